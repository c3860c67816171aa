/** Changes the fields of one ticket, with a message in the same step where wanted. */
import { builder } from '#platform/graphql/builder.ts'
import { applyPatch } from './apply-patch.ts'
import { carryOut } from './command.ts'
import { addEntries } from './entries.ts'
import { onlyOnce, type PatchShape, TicketPatch } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { patchFrom } from './patch-input.ts'
import { TicketPayload } from './payloads.ts'
import { invalid, type Path } from './problem.ts'
import { markTicket, setRecycled } from './states.ts'
import { checkVersionByField, editTicket, saveTicket, type TicketEdit } from './ticket-edit.ts'
import { keepUndo } from './undo-steps.ts'

const TicketUpdateInput = builder.inputType('TicketUpdateInput', {
  description: 'Which ticket to change, and how.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The ticket.' }),
    patch: t.field({ type: TicketPatch, required: true, description: 'What to change.' }),
    ifVersion: t.int({
      description: 'Fail with ConflictError when the ticket moved on. Left out: the last write wins.',
    }),
    mergeNonConflicting: t.boolean({
      defaultValue: true,
      description: 'When both sides changed different fields, apply instead of failing.',
    }),
    ...onlyOnce(t),
  }),
})

builder.mutationField('ticketUpdate', (t) =>
  t.field({
    type: TicketPayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Changes a ticket. What is left out stays; null clears.',
    args: { input: t.arg({ type: TicketUpdateInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketUpdate', input, ticketUpdate),
  }),
)

async function ticketUpdate(command: Command, input: typeof TicketUpdateInput.$inferInput): Promise<Outcome> {
  const edit = await editTicket(command, input.id, ['input', 'id'])
  const messageIds = await changeTicket(command, edit, input.patch, ['input', 'patch'])
  const version = { ifVersion: input.ifVersion, isMerging: input.mergeNonConflicting ?? true }
  await checkVersionByField(command, edit, { ...version, path: ['input', 'ifVersion'] })
  await saveTicket(command, edit)
  return { ticketId: edit.before.id, messageIds, ...(await keepUndo(command, edit.undo)) }
}

/** Everything a patch can say; the ticket is still to be saved. Says which messages were made. */
export async function changeTicket(
  command: Command,
  edit: TicketEdit,
  patch: PatchShape,
  path: Path,
): Promise<string[]> {
  refuseEmpty(patch, path)
  const { message, isReadByAgent, isRecycled, ...fields } = patch
  // What is said comes first: a closing answer has to go out before the ticket is closed.
  const written = message
    ? await addEntries(command, edit, [{ entry: message, path: [...path, 'message'] }], { path })
    : []
  const wanted = await patchFrom(command, fields, { ticketId: edit.before.id, backendId: edit.before.backendId, path })
  await applyPatch(command, edit, wanted, path)
  if (isReadByAgent != null)
    await markTicket(command, edit, { isRead: isReadByAgent, side: 'AGENT', path: [...path, 'isReadByAgent'] })
  if (isRecycled != null) await setRecycled(command, edit, isRecycled, [...path, 'isRecycled'])
  return written.map(({ message: { id } }) => id)
}

/** @throws CommandError */
export function refuseEmpty(patch: PatchShape, path: Path): void {
  if (Object.values(patch).every((value) => value === undefined))
    throw invalid(path, 'Expected something to change, got an empty patch.', 'minProperties=1', 'REQUIRED')
}

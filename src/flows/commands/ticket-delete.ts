/** Removing a ticket for good, at its help desk too. Normally it lay in the recycle bin before. */
import { and, eq } from 'drizzle-orm'
import { vendorOf } from '#domain/backends/vendors.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { threadsRefusal } from '#domain/viewer/permissions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { giveUp } from './giving-up.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload } from './payloads.ts'
import { permit, refused } from './permits.ts'
import { invalid, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { editTicket, isAtVendor, logChanges, type TicketEdit } from './ticket-edit.ts'

const TicketDeletePayload = builder.objectRef<Payload>('TicketDeletePayload').implement({
  description: 'What became of a removal.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    deletedTicketId: t.id({
      nullable: true,
      description: 'Global id of the ticket that is gone; null when nothing was removed.',
      resolve: ({ deletedId }) => deletedId ?? null,
    }),
    ...deliveriesPart(t),
  }),
})

const TicketDeleteInput = builder.inputType('TicketDeleteInput', {
  description: 'Which ticket to remove for good.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The ticket.' }),
    skipRecycleBin: t.boolean({
      defaultValue: false,
      description: 'Must be true when the ticket is not in the recycle bin.',
    }),
    ...namedByClient(t),
  }),
})

builder.mutationField('ticketDelete', (t) =>
  t.field({
    type: TicketDeletePayload,
    scopes: ['TICKETS_DELETE'],
    description:
      'Removes a ticket for good, also at its help desk. There is no way back; `ticketRecycle` is the gentle one.',
    args: { input: t.arg({ type: TicketDeleteInput, required: true, description: 'What to remove.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketDelete', input, ticketDelete),
  }),
)

const path = ['input', 'id']

async function ticketDelete(command: Command, input: typeof TicketDeleteInput.$inferInput): Promise<Outcome> {
  const edit = await editTicket(command, input.id, path)
  const { before, backend } = edit
  const isHereOnly = !isAtVendor(before)
  if (!isHereOnly && vendorOf(backend).capabilities.TICKET_DELETE.level !== 'NATIVE')
    throw unsupported(backend, 'TICKET_DELETE', path)
  permit(command, edit, 'delete', path)
  if (!before.isRecycled && input.skipRecycleBin !== true)
    throw invalid(
      ['input', 'skipRecycleBin'],
      'Expected a ticket in the recycle bin, or skipRecycleBin: true for one that is not.',
      'recycled',
    )
  await refuseWithThreadsOfOthers(command, edit)
  await (isHereOnly ? remove(command, edit) : hide(command, edit))
  return { deletedId: nodeIdOf('Ticket', before.id) }
}

/** Threads of other tickets must not go with this one. @throws CommandError */
async function refuseWithThreadsOfOthers({ tx, workspaceId }: Command, { before, backend }: TicketEdit): Promise<void> {
  const merged = await tx
    .selectDistinct({ backendId: tickets.backendId })
    .from(tickets)
    .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.mergedIntoId, before.id)))
  const mergedBackendIds = merged.map(({ backendId }) => backendId)
  const refusal = threadsRefusal(before, backend, mergedBackendIds)
  if (refusal) throw refused(refusal, backend, path)
}

/** Gone for every reader at once; when the help desk refuses, it is taken back. */
async function hide(command: Command, { before }: TicketEdit): Promise<void> {
  const { tx, workspaceId, now } = command
  const version = before.version + 1
  await tx
    .update(tickets)
    .set({ vanishedAt: now, version, contentHash: '' })
    .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, before.id)))
  await logGone(command, before.id, version)
  await promise(command, {
    ...{ backendId: before.backendId, ticketId: before.id, operation: 'deleteTicket', input: {} },
    ...{ fields: ['existence'], before: { kind: 'existence' } },
  })
}

/** The help desk never had it. */
async function remove(command: Command, { before }: TicketEdit): Promise<void> {
  const { tx, workspaceId } = command
  await giveUp(command, eq(deliveries.ticketId, before.id), path)
  await tx.delete(tickets).where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, before.id)))
  await logGone(command, before.id, before.version + 1)
}

async function logGone(command: Command, ticketId: string, version: number): Promise<void> {
  await logChanges(command, [{ ticketId, messageId: null, kind: 'DELETED', changedFields: [], version }])
}

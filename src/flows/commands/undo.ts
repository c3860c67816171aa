/** Takes back what a command did, while its token lives. */

import { and, eq, gt } from 'drizzle-orm'
import { vendorOf } from '#domain/backends/vendors.ts'
import type { TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { conflict } from '#domain/tickets/conflict.ts'
import { isSame } from '#domain/tickets/differences.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { tickets, type WholeTicket } from '#domain/tickets/table.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { undos } from '#domain/undos/table.ts'
import { revived } from '#platform/db/revived.ts'
import { builder } from '#platform/graphql/builder.ts'
import { sha256 } from '#sha256.ts'
import { applyPatch } from './apply-patch.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import { takeBackLook } from './looks.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { tagChange, tagIdsOf } from './patch-input.ts'
import { deliveriesPart, found, MutationPayload } from './payloads.ts'
import { CommandError, missing } from './problem.ts'
import { markTicket, setRecycled } from './states.ts'
import { editOf, lockTickets, saveTicket, type TicketEdit } from './ticket-edit.ts'
import { unmerge } from './ticket-merge.ts'
import type { UndoStep } from './undo-steps.ts'

const UndoPayload = builder.objectRef<Payload>('UndoPayload').implement({
  description: 'What was taken back.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    tickets: t.field({
      type: [Ticket],
      description: 'The tickets as they are now.',
      resolve: ({ ticketIds }, _args, context) => found(context, ticketIds, visibleTicket),
    }),
    ...deliveriesPart(t),
  }),
})

const UndoInput = builder.inputType('UndoInput', {
  description: 'What to take back.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The `undoToken` of a payload. It works once.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('undo', (t) =>
  t.field({
    type: UndoPayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Takes back a change of status, assignment, tags, read state, recycle bin, snooze or a merge kept here, while the token lives. What somebody changed since is a conflict.',
    args: { input: t.arg({ type: UndoInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'undo', input, undo),
  }),
)

const path = ['input', 'token']

async function undo(command: Command, { token }: typeof UndoInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const [kept] = await tx
    .delete(undos)
    .where(
      and(
        eq(undos.workspaceId, workspaceId),
        eq(undos.tokenHash, sha256(token)),
        eq(undos.tokenName, viewer.tokenName),
        gt(undos.expiresAt, now),
      ),
    )
    .returning()
  if (!kept) throw missing('change to take back', null, path)
  const steps = kept.steps as UndoStep[]
  const rows = await lockTickets(command, steps.flatMap(ticketsOf))
  const edits = new Map<string, TicketEdit>()
  const editFor = (id: string): TicketEdit => {
    const row = rows.get(id)
    if (!row) throw missing('ticket', null, path)
    const edit = edits.get(id) ?? editOf(command, row)
    edits.set(id, edit)
    return edit
  }
  for (const step of [...steps].reverse()) {
    if (step.kind === 'fields') await takeBackFields(command, editFor(step.ticketId), step)
    if (step.kind === 'recycling') await setRecycled(command, editFor(step.ticketId), step.wasRecycled, path)
    if (step.kind === 'readState')
      await markTicket(command, editFor(step.ticketId), {
        ...{ isRead: step.wasRead, side: step.side, isOwnLook: false, path },
      })
    if (step.kind === 'look') await takeBackLook(command, editFor(step.ticketId), step)
  }
  for (const edit of edits.values()) await saveTicket(command, edit)
  for (const step of steps) if (step.kind === 'merge') await takeBackMerge(command, rows, step)
  return { ticketIds: [...new Set(steps.flatMap(ticketsOf))] }
}

function ticketsOf(step: UndoStep): string[] {
  return step.kind === 'merge' ? [step.targetId, ...step.sourceIds] : [step.ticketId]
}

async function takeBackFields(
  command: Command,
  edit: TicketEdit,
  { before, after, tags }: Extract<UndoStep, { kind: 'fields' }>,
): Promise<void> {
  const current = JSON.parse(JSON.stringify(edit.after)) as Record<string, unknown>
  const changed = Object.keys(after).filter((column) => !isSame(current[column], after[column]))
  if (changed.length > 0) {
    const message = 'Somebody changed it again since; it is not taken back.'
    const { version, id } = edit.before
    throw new CommandError(conflict({ message, path, currentVersion: version, changedFields: changed, ticketId: id }))
  }
  const patch: TicketPatchInOurIds = {}
  if (before.statusDetail !== undefined || before.status !== undefined) Object.assign(patch, statusBefore(edit, before))
  for (const column of ['assigneeId', 'departmentId', 'snoozedUntil'] as const) {
    if (before[column] !== undefined) patch[column] = before[column] as string | null
  }
  if (tags) {
    const now = await tagIdsOf(command, edit.before.id)
    patch.tags = tagChange(now, { add: tags.removed, remove: tags.added })
  }
  await applyPatch(command, edit, patch, path)
  // Also the times, which a change sets to now.
  edit.after = { ...edit.after, ...revived(tickets, before) }
  edit.undo = []
}

/** By our word where the help desk takes it, else by its own. */
function statusBefore({ backend, after }: TicketEdit, before: Record<string, unknown>): TicketPatchInOurIds {
  const status = (before.status ?? after.status) as WholeTicket['status']
  if (vendorOf(backend).writing.statuses[status]) return { status }
  const detail = (before.statusDetail ?? after.statusDetail) as WholeTicket['statusDetail']
  return { status, rawStatus: detail.raw }
}

async function takeBackMerge(
  command: Command,
  rows: Map<string, WholeTicket>,
  { targetId, sourceIds, addedTagIds }: Extract<UndoStep, { kind: 'merge' }>,
): Promise<void> {
  const sources = sourceIds.flatMap((id) => {
    const row = rows.get(id)
    return row && row.mergedIntoId === targetId && row.mergedIntoExternalId === null ? [editOf(command, row)] : []
  })
  if (sources.length === 0) throw missing('merge to take back', null, path)
  await unmerge(command, targetId, sources, addedTagIds)
}

/** Many tickets into one, at their help desk where it can, else here only; and back where it was here only. */
import { sql } from 'drizzle-orm'
import { vendorOf } from '#domain/backends/vendors.ts'
import { moveThreads, returnThread } from '#domain/merges/thread-moves.ts'
import { recounted } from '#domain/messages/recounting.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { writeTags } from './apply-patch.ts'
import { carryOut } from './command.ts'
import { addEntries } from './entries.ts'
import { onlyOnce, TicketActionInput } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { tagIdsOf } from './patch-input.ts'
import { deliveriesPart, found, MutationPayload, replayedPart, undoPart } from './payloads.ts'
import * as plausible from './plausible.ts'
import { DryRun, invalid, missing, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { checkVersion, editOf, lockTickets, saveTicket, type TicketEdit } from './ticket-edit.ts'
import { keepUndo, type UndoStep } from './undo-steps.ts'

const MOST_SOURCES = 50

const TicketMergePayload = builder.objectRef<Payload>('TicketMergePayload').implement({
  description: 'What became of a merge.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    target: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket that has everything now; after an unmerge, the one that gave a thread back.',
      resolve: ({ ticketId }, _args, context) => (ticketId ? visibleTicket(context, ticketId) : null),
    }),
    sources: t.field({
      type: [Ticket],
      description: 'The tickets that were merged into it, or taken out again.',
      resolve: ({ ticketIds }, _args, context) => found(context, ticketIds, visibleTicket),
    }),
    movedMessageCount: t.int({
      description: 'How many messages and notes went from one to the other.',
      resolve: ({ movedMessageCount }) => movedMessageCount ?? 0,
    }),
    ...undoPart(t),
    ...replayedPart(t),
    ...deliveriesPart(t),
  }),
})

const TicketMergeInput = builder.inputType('TicketMergeInput', {
  description: 'Which tickets to merge, and into which.',
  fields: (t) => ({
    targetId: t.id({ required: true, description: 'The ticket that stays.' }),
    sourceIds: t.idList({ required: true, description: 'The tickets that go into it, at most 50.' }),
    note: t.string({ description: 'A note for the agents, left on the target.' }),
    dryRun: t.boolean({ defaultValue: false, description: 'Only check: says what would move, and changes nothing.' }),
    ...onlyOnce(t),
  }),
})

builder.mutationFields((t) => ({
  ticketMerge: t.field({
    type: TicketMergePayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'One target, many sources, also of other help desks. Messages, notes, files, tags and mentions move; the sources stay findable and say where they went (`mergedInto`).',
    args: { input: t.arg({ type: TicketMergeInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketMerge', input, ticketMerge),
  }),
  ticketUnmerge: t.field({
    type: TicketMergePayload,
    scopes: ['TICKETS_WRITE'],
    description: 'Takes a merged ticket out of its target again, where the merge was kept here only.',
    args: { input: t.arg({ type: TicketActionInput, required: true, description: 'Which merged ticket.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'ticketUnmerge', input, ticketUnmerge),
  }),
}))

// ------------------------------------------------------------------ merging

async function ticketMerge(command: Command, input: typeof TicketMergeInput.$inferInput): Promise<Outcome> {
  const sourceIds = plausible.listOf(input.sourceIds, ['input', 'sourceIds'], MOST_SOURCES)
  const { target, sources } = await lockAll(command, input.targetId, sourceIds)
  refuseImpossible(target, sources)
  const native = sources.filter((source) => isNative(source, target))
  const emulated = sources.filter((source) => !native.includes(source))

  const moved = await moveThreads(command.tx, command.workspaceId, {
    sourceIds: sources.map(({ before }) => before.id),
    targetId: target.before.id,
  })
  // What nobody has read of a source is unread in the target.
  const isRead = (side: 'isReadByAgent' | 'isReadByContact') => [target, ...sources].every(({ before }) => before[side])
  target.after = {
    ...target.after,
    isReadByAgent: isRead('isReadByAgent'),
    isReadByContact: isRead('isReadByContact'),
  }
  for (const source of sources) source.after = merged(source.after, target.before, native.includes(source))
  if (native.length > 0) await promiseMerge(command, target, native, moved.addedTagIds)
  target.tagged.added.push(...moved.addedTagIds)
  await promiseTags(command, target, { added: moved.addedTagIds, removed: [] })
  if (input.note) {
    const entry = { type: 'NOTE_PRIVATE' as const, body: { text: input.note } }
    await addEntries(command, target, [{ entry, path: ['input', 'note'] }], { path: ['input', 'note'] })
  }
  await saveMerged(command, target, sources)

  const targetId = target.before.id
  const steps: UndoStep[] =
    native.length > 0
      ? []
      : [
          {
            kind: 'merge',
            targetId,
            sourceIds: emulated.map(({ before }) => before.id),
            addedTagIds: moved.addedTagIds,
          },
        ]
  const ticketIds = sources.map(({ before }) => before.id)
  const outcome = { ticketId: targetId, ticketIds, movedMessageCount: moved.messageCount }
  if (input.dryRun) throw new DryRun(outcome)
  return { ...outcome, ...(await keepUndo(command, steps)) }
}

async function lockAll(command: Command, targetNodeId: string, sourceNodeIds: string[]) {
  const named = [{ nodeId: targetNodeId, path: ['input', 'targetId'] as Path }].concat(
    sourceNodeIds.map((nodeId, index) => ({ nodeId, path: ['input', 'sourceIds', index] })),
  )
  const ids = named.map(({ nodeId }) => idFrom(nodeId, 'Ticket'))
  const rows = await lockTickets(
    command,
    ids.filter((id) => id !== null),
  )
  const [target, ...sources] = await plausible.each(named, async ({ nodeId, path }, index) => {
    const row = rows.get(ids[index] ?? '')
    if (!row) throw missing('ticket', nodeId, path)
    return editOf(command, row)
  })
  return { target: target as TicketEdit, sources }
}

/** A target that is merged itself is refused too, so that merges never go in circles. */
function refuseImpossible(target: TicketEdit, sources: TicketEdit[]): void {
  if (isMerged(target.before))
    throw invalid(['input', 'targetId'], 'Expected a ticket that is not merged itself: merge into the one it went to.')
  if (target.before.vanishedAt) throw invalid(['input', 'targetId'], 'Expected a ticket that its help desk still has.')
  for (const [index, source] of sources.entries()) {
    const path = ['input', 'sourceIds', index]
    if (source.before.id === target.before.id)
      throw invalid(path, 'Expected another ticket than the target.', 'notTarget')
    if (isMerged(source.before)) throw invalid(path, 'This ticket is merged already.', null, 'ALREADY_DONE')
    if (source.before.vanishedAt) throw invalid(path, 'Expected a ticket that its help desk still has.')
    const isSameDesk = source.before.backendId === target.before.backendId
    const { level } = vendorOf(source.backend).capabilities.TICKET_MERGE
    if (isSameDesk && (level === 'READ_ONLY' || level === 'UNSUPPORTED'))
      throw unsupported(source.backend, 'TICKET_MERGE', path)
  }
}

function isMerged({ mergedIntoId, mergedIntoExternalId }: WholeTicket): boolean {
  return mergedIntoId !== null || mergedIntoExternalId !== null
}

function isNative(source: TicketEdit, target: TicketEdit): boolean {
  const isSameDesk = source.before.backendId === target.before.backendId
  return isSameDesk && vendorOf(source.backend).capabilities.TICKET_MERGE.level === 'NATIVE'
}

/** The help desk's id of the target is noted only where it did the merge: that is how they are told apart. */
function merged(row: WholeTicket, target: WholeTicket, isNativeMerge: boolean): WholeTicket {
  const mergedIntoExternalId = isNativeMerge ? target.externalId : null
  return { ...row, mergedIntoId: target.id, mergedIntoExternalId, isThreadMoved: true }
}

async function promiseMerge(command: Command, target: TicketEdit, sources: TicketEdit[], addedTagIds: string[]) {
  const sourceIds = sources.map(({ before }) => before.id)
  await promise(command, {
    ...{ backendId: target.before.backendId, ticketId: target.before.id, operation: 'mergeTickets', lanes: sourceIds },
    input: { sourceIds },
    fields: ['merging'],
    before: { kind: 'merge', sourceIds, addedTagIds },
  })
}

/** Tags of other help desks stay here only. */
async function promiseTags(
  command: Command,
  target: TicketEdit,
  { added, removed }: { added: string[]; removed: string[] },
): Promise<void> {
  if (added.length + removed.length === 0) return
  target.alsoChanged.add('tags')
  if (vendorOf(target.backend).writing.ticketFields.tags !== 'NATIVE') return
  const tags = { all: await tagIdsOf(command, target.before.id), added, removed }
  await promise(command, {
    ...{ backendId: target.before.backendId, ticketId: target.before.id, operation: 'updateTicket' },
    ...{ input: { patch: { tags } }, fields: ['tags'], before: null },
  })
}

async function saveMerged(command: Command, target: TicketEdit, sources: TicketEdit[]): Promise<void> {
  const newest = Math.max(...[target, ...sources].map(({ after }) => after.lastActivityAt.getTime()))
  target.after = { ...target.after, lastActivityAt: new Date(newest) }
  const edits = [target, ...sources]
  const rows = await recounted(
    command.tx,
    command.workspaceId,
    edits.map(({ after }) => after),
  )
  for (const [index, edit] of edits.entries()) {
    edit.after = rows[index] as WholeTicket
    edit.alsoChanged.add('messages')
    edit.alsoChanged.add('conversations')
    await saveTicket(command, edit)
  }
}

// ------------------------------------------------------------------ and back

async function ticketUnmerge(command: Command, input: typeof TicketActionInput.$inferInput): Promise<Outcome> {
  const path = ['input', 'id']
  const id = idFrom(input.id, 'Ticket')
  const first = id === null ? undefined : (await lockTickets(command, [id, ...(await targetsOf(command, id))])).get(id)
  if (!first) throw missing('ticket', input.id, path)
  const source = editOf(command, first)
  checkVersion(source, input.ifVersion, ['input', 'ifVersion'])
  if (first.mergedIntoId === null)
    throw invalid(path, 'Expected a ticket that is merged into another.', null, 'ALREADY_DONE')
  if (!first.isThreadMoved || first.mergedIntoExternalId !== null)
    throw unsupported(source.backend, 'TICKET_UNMERGE', path, `${vendorOf(source.backend).name} merged it for good.`)
  const movedMessageCount = await unmerge(command, first.mergedIntoId, [source])
  return { ticketId: first.mergedIntoId, ticketIds: [first.id], movedMessageCount }
}

/** The ticket that it is merged into, the one that is merged into, and so on: all are locked in one go. */
async function targetsOf({ tx, workspaceId }: Command, id: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with recursive above as (
      select merged_into_id as id from tickets where workspace_id = ${workspaceId} and id = ${id}
      union
      select ticket.merged_into_id from above
      join tickets ticket on ticket.workspace_id = ${workspaceId} and ticket.id = above.id
    )
    select id from above where id is not null`)
  return rows.map((row) => row.id)
}

/**
 * Gives the sources their threads back and saves all of them, with every ticket that may have shown them. `removedTagIds`:
 * what the target loses again. Says how many messages went back.
 */
export async function unmerge(
  command: Command,
  targetId: string,
  sources: TicketEdit[],
  removedTagIds: string[] = [],
): Promise<number> {
  let movedMessageCount = 0
  for (const source of sources) {
    movedMessageCount += await returnThread(command.tx, command.workspaceId, source.before.id)
    source.after = { ...source.after, mergedIntoId: null, isThreadMoved: false }
  }
  const rows = await lockTickets(command, [targetId, ...(await targetsOf(command, targetId))])
  const row = rows.get(targetId)
  if (!row) throw new Error(`ticket ${targetId} is missing`)
  const target = editOf(command, row)
  await writeTags(command, target, { added: [], removed: removedTagIds })
  await promiseTags(command, target, { added: [], removed: removedTagIds })
  const others = [...rows.values()].filter(({ id }) => id !== targetId).map((other) => editOf(command, other))
  await saveMerged(command, target, [...sources, ...others])
  return movedMessageCount
}

/** Mentions of the viewer: read or not. Kept here only, no help desk hears of it. */
import { and, eq } from 'drizzle-orm'
import { Mention } from '#domain/mentions/graphql.ts'
import { mentionById } from '#domain/mentions/loaders.ts'
import { lockMentions, markMentions, type WhichMentions } from '#domain/mentions/read-state.ts'
import { ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { tickets } from '#domain/tickets/table.ts'
import { UnreadCounts, unreadCountsFor } from '#domain/views/unread-counts.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { found, MutationPayload } from './payloads.ts'
import * as plausible from './plausible.ts'
import { CommandError, invalid, missing } from './problem.ts'
import { logChanges } from './ticket-edit.ts'

const MOST_MENTIONS = 100

const MentionReadInput = builder.inputType('MentionReadInput', {
  description: 'Which mentions of the viewer: given ones, or all of a ticket.',
  fields: (t) => ({
    ids: t.idList({ description: `These, at most ${MOST_MENTIONS}.` }),
    ticketId: t.id({ description: 'All in the notes of this ticket; not together with `ids`.' }),
    isRead: t.boolean({ required: true, defaultValue: true, description: 'False marks them as unread.' }),
    ...namedByClient(t),
  }),
})
type Input = typeof MentionReadInput.$inferInput

const MentionsPayload = builder.objectRef<Payload>('MentionsPayload').implement({
  description: 'What became of mentions.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    mentions: t.field({
      type: [Mention],
      description: 'The mentions that were asked for, as they are now.',
      resolve: ({ mentionIds }, _args, context) => found(context, mentionIds, mentionById),
    }),
    unreadCounts: t.field({
      type: UnreadCounts,
      nullable: true,
      description: 'What is unread for the viewer now; null when nothing was changed.',
      resolve: ({ mentionIds }, _args, context) => (mentionIds ? unreadCountsFor(context, null) : null),
    }),
  }),
})

builder.mutationField('mentionMarkRead', (t) =>
  t.field({
    type: MentionsPayload,
    scopes: ['TICKETS_WRITE', 'NOTES_READ'],
    description: 'Marks mentions of the viewer as read or unread; a program may mark those of any agent.',
    args: { input: t.arg({ type: MentionReadInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'mentionMarkRead', input, mentionMarkRead),
  }),
)

async function mentionMarkRead(command: Command, input: Input): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const which = await whichOf(command, input)
  const known = (await lockMentions(tx, { workspaceId, viewer, which })).map(({ id }) => id)
  if ('ids' in which) refuseMissing(which.ids, known, input.ids ?? [])
  const ids = 'ids' in which ? which.ids : known
  const ticketIds = await markMentions(tx, { workspaceId, ids, isRead: input.isRead, now })
  // The ticket itself is as it was: its version stays.
  await logChanges(
    command,
    ticketIds.map((ticketId) => ({
      ...{ ticketId, messageId: null, kind: 'UPDATED', changedFields: ['mentions'], version: null },
    })),
  )
  return { mentionIds: [...ids] }
}

/** An id that is damaged is kept as one that no mention has. */
const noId = '00000000-0000-0000-0000-000000000000'

async function whichOf(command: Command, { ids, ticketId }: Input): Promise<WhichMentions> {
  if ((ids == null) === (ticketId == null))
    throw invalid(['input'], 'Expected either ids or a ticketId.', 'oneOf', ids == null ? 'REQUIRED' : undefined)
  if (ids) {
    const listed = plausible.listOf(ids, ['input', 'ids'], MOST_MENTIONS)
    return { ids: listed.map((nodeId) => idFrom(nodeId, 'Mention') ?? noId) }
  }
  const id = idFrom(ticketId ?? '', 'Ticket')
  if (!id || !(await isVisible(command, id))) throw missing('ticket', ticketId ?? null, ['input', 'ticketId'])
  return { ticketId: id }
}

async function isVisible({ tx, workspaceId, viewer }: Command, ticketId: string): Promise<boolean> {
  const visible = ticketsVisibleTo(viewer)
  const rows = await tx
    .select({ id: tickets.id })
    .from(tickets)
    .where(and(eq(tickets.workspaceId, workspaceId), eq(tickets.id, ticketId), visible.where()))
    .prepare('')
    .execute(visible.values)
  return rows.length > 0
}

function refuseMissing(ids: readonly string[], known: string[], nodeIds: readonly string[]): void {
  const listed = [...new Set(nodeIds)]
  const problems = ids.flatMap((id, index) => {
    if (known.includes(id)) return []
    const nodeId = listed[index] ?? ''
    return missing('mention', nodeId, ['input', 'ids', nodeIds.indexOf(nodeId)]).problems
  })
  if (problems.length > 0) throw new CommandError(...problems)
}

/** Whatever a list can be narrowed by, a stream judges the same: at the end it holds what the list holds. */
import { sql } from 'drizzle-orm'
import type { GraphQLInputObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { schema } from '../../src/schema.ts'
import { servePeople } from '../views/people.ts'
import { readStream } from './sse.ts'

const { db, url, ids, workspaceId, askAs, save } = await servePeople()

const [one] = (
  await db.execute<
    Record<string, string>
  >(sql`select t.department_id as department, t.channel_account_id as account, tag_ids[1] as tag,
    t.backend_id as backend, status_detail ->> 'raw' as raw, subject, number, t.id, contact_language as language
  from tickets t where workspace_id = ${workspaceId} and tag_ids <> '{}' and not is_recycled and not is_spam
    and channel_account_id is not null order by id limit 1`)
).rows as [Record<string, string>]
const word =
  String(one.subject)
    .split(/\W+/)
    .find((part) => part.length > 3) ?? ''
const years = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }
const agent = (id: string) => nodeIdOf('Agent', id)

/** Some of everything, and what is looked for. */
const { rows: drawn } = await db.execute<{ id: string }>(sql`
  (select id from tickets where workspace_id = ${workspaceId} order by hashtext(id::text) limit 60)
  union select ${one.id}::uuid union (select id from tickets where requester_id = ${ids.customer} limit 5)
  union (select ticket_id from mentions limit 5) union (select id from tickets where is_recycled limit 2)
  union (select id from tickets where merged_into_id is not null limit 2) union (select id from tickets where is_spam limit 2)`)
const sample = drawn.map(({ id }) => id)

/** Every field of the filter, at least once. */
const filters: Record<string, unknown>[] = [
  {},
  { ids: [nodeIdOf('Ticket', String(one.id))] },
  { backendIds: [nodeIdOf('Backend', String(one.backend))], status: ['NEW', 'RESOLVED'] },
  { statusCategory: ['OPEN'], rawStatus: [one.raw] },
  { priority: ['HIGH', 'URGENT'] },
  { assigneeIds: [agent(ids.bob)] },
  { isAssigned: false, assignedToMe: false },
  { departmentIds: one.department ? [nodeIdOf('Department', String(one.department))] : [] },
  { requesterIds: [nodeIdOf('Contact', ids.customer)], requesterTypes: ['CONTACT'] },
  { channelTypes: ['EMAIL'], channelAccountIds: [nodeIdOf('ChannelAccount', String(one.account))] },
  { tagIds: [nodeIdOf('Tag', String(one.tag))] },
  { allTagIds: [nodeIdOf('Tag', String(one.tag))], hasTags: true },
  { isUnread: true },
  { isUnread: false, isReadByContact: true },
  { hasDraft: true },
  { hasAttachments: true },
  { mentionsMe: true },
  { hasUnreadMention: true, isFollowed: false },
  { isRecycled: true },
  { isMerged: true },
  { isSpam: true },
  { isVanished: false, isSnoozed: false },
  { replyingAgentMode: ['HUMAN_AGENT'] },
  { contactLanguages: ['en', 'id'] },
  { keywords: word },
  { subjectContains: word },
  { slaState: ['BREACHED', 'NONE'] },
  { without: ['ASSIGNEE', 'TAG', 'CHANNEL_TYPE'] },
  { createdAt: years, updatedAt: years, lastActivityAt: years },
  { lastRepliedAt: years },
  { resolvedAt: years },
  { waitingSince: years },
  { customFields: [{ key: 'plan', equals: 'pro' }] },
  { not: { status: ['RESOLVED'] }, or: [{ isUnread: true }, { hasDraft: true }], and: [{ isAssigned: true }] },
]

test('no field of the filter is left out', () => {
  const fields = Object.keys((schema.getType('TicketFilter') as GraphQLInputObjectType).getFields())
  expect(fields.filter((field) => !filters.some((filter) => field in filter))).toEqual([])
})

const inbox = `subscription ($filter: TicketFilter, $viewId: ID, $after: EventCursor) {
  ticketEvents(filter: $filter, viewId: $viewId, after: $after) { __typename ... on ChangeEvent { cursor }
    ... on TicketEvent { ticketId wasInSelection isInSelection } } }`

type Listed = { tickets: { totalCount: number; nodes: { id: string }[] } } | null
const list = `query ($filter: TicketFilter, $viewId: ID) {
  tickets(filter: $filter, viewId: $viewId, first: 100) { totalCount nodes { id } } }`

test.each(['ana', 'program', 'customer'])('a stream holds what the list of %s holds', async (who) => {
  const { data } = await askAs(who, '{ changes { nextCursor } }')
  const { nextCursor: after } = (data as { changes: { nextCursor: string } }).changes
  await db.execute(sql`insert into changes (workspace_id, ticket_id, kind, changed_fields, source)
    select workspace_id, id, 'UPDATED', '{status}', 'SYNC' from tickets
    where workspace_id = ${workspaceId} and id = any(${sql.param(sample)}::uuid[])`)
  const views =
    who === 'customer'
      ? []
      : [
          {
            viewId: await save({ filter: { statusCategory: ['OPEN'] } }),
            filter: { isAssigned: true, ids: sample.map((id) => nodeIdOf('Ticket', id)) },
          },
        ]

  async function problemOf(variables: object): Promise<string[]> {
    const answer = await askAs(who, list, variables)
    const stream = await readStream({ url, token: who, query: inbox, variables: { ...variables, after } })
    const page = (answer.data as Listed)?.tickets
    if (!page) {
      await stream.ended
      const codes = [answer.errors, stream.answers[0]?.errors].map((errors) => errors?.[0]?.extensions?.code)
      return codes[0] !== undefined && codes[0] === codes[1] ? [] : [`${JSON.stringify(variables)}: ${codes}`]
    }
    await stream.until(page.totalCount)
    stream.leave()
    const held = new Set(stream.events.filter(({ isInSelection }) => isInSelection).map(({ ticketId }) => ticketId))
    const isSame = held.size === page.totalCount && page.nodes.every(({ id }) => held.has(id))
    return isSame ? [] : [`${JSON.stringify(variables)}: list ${page.totalCount}, stream ${held.size}`]
  }
  const problems: string[] = []
  const among = sample.map((id) => nodeIdOf('Ticket', id))
  const all = [...filters.map((filter) => ({ filter: { ids: among, ...filter } })), ...views]
  // A customer may have 20 streams.
  while (all.length > 0) problems.push(...(await Promise.all(all.splice(0, 8).map(problemOf))).flat())
  expect(problems).toEqual([])
})

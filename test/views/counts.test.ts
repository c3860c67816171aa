/** Unread counts equal what a person would count over the rows, for each viewer, in a fixed number of statements. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf as globalIdOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from './people.ts'

const { askAs, save, statementsDuring, db, ids, workspaceId } = await servePeople()

type Row = {
  id: string
  status: string
  statusCategory: string
  isReadByAgent: boolean
  isReadByContact: boolean
  isRecycled: boolean
  isSpam: boolean
  vanishedAt: string | null
  mergedInto: object | null
  assignee: { id?: string } | null
  requester: { id: string } | null
  tags: { id: string }[]
  mentions: { isRead: boolean; agent: { id: string } }[]
  lastActivityAt: string
}

/** Every ticket there is, read page by page without a filter that hides any. */
async function allRows(): Promise<Row[]> {
  const hidden = ['isRecycled', 'isMerged', 'isSpam', 'isVanished']
  const filter = { and: hidden.map((field) => ({ or: [{ [field]: true }, { [field]: false }] })) }
  const query = `query ($after: String, $filter: TicketFilter) { tickets(first: 100, after: $after, filter: $filter) {
    nodes { id status statusCategory isReadByAgent isReadByContact isRecycled isSpam vanishedAt mergedInto { id }
      assignee { ... on Agent { id } } requester { id } tags { id } mentions { isRead agent { id } } lastActivityAt }
    pageInfo { endCursor hasNextPage } } }`
  const rows: Row[] = []
  let after: string | null = null
  do {
    const answer = await askAs('program', query, { after, filter })
    const { tickets } = answer.data as {
      tickets: { nodes: Row[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    }
    rows.push(...tickets.nodes)
    after = tickets.pageInfo.hasNextPage ? tickets.pageInfo.endCursor : null
  } while (after)
  return rows
}

const rows = await allRows()
const nodeIdOf = async (name: string) =>
  ((await askAs(name, '{ viewer { actor { id } } }')).data as { viewer: { actor: { id: string } } }).viewer.actor.id
const [ana, customer] = [await nodeIdOf('ana'), await nodeIdOf('customer')]
const isShown = (row: Row) => !row.isRecycled && !row.isSpam && !row.vanishedAt && !row.mergedInto
const isOpen = (row: Row) => ['OPEN', 'WAITING'].includes(row.statusCategory)
const byActivity = (a: Row, b: Row) => (a.lastActivityAt < b.lastActivityAt ? 1 : -1)

type Counts = {
  allCount: number
  mentionedCount: number
  asOf: string
  views: {
    view: { id: string; name: string; backend: object | null }
    unreadCount: number
    unreadTicketIds: string[]
    mentionedUnreadCount: number
    mentionedUnreadTicketIds: string[]
  }[]
}
const query = `query ($viewIds: [ID!]) { unreadCounts(viewIds: $viewIds) { allCount mentionedCount asOf
  views { view { id name backend { id } } unreadCount unreadTicketIds mentionedUnreadCount mentionedUnreadTicketIds } } }`
async function countsAs(name: string, viewIds: string[] | null = null): Promise<Counts> {
  const answer = await askAs(name, query, { viewIds })
  expect(answer.errors).toBeUndefined()
  return (answer.data as { unreadCounts: Counts }).unreadCounts
}

/** What each view holds, counted by hand. */
const fits: Record<string, (row: Row) => boolean> = {
  Mine: (row) => isShown(row) && isOpen(row) && row.assignee?.id === ana,
  Unassigned: (row) => isShown(row) && isOpen(row) && row.assignee === null,
  Unread: (row) => isShown(row) && !row.isReadByAgent,
  Mentions: (row) => isShown(row) && mentionsOf(row, ana).some(({ isRead }) => !isRead),
  Following: () => false,
  'All open': (row) => isShown(row) && isOpen(row),
  Spam: (row) => row.isSpam && !row.isRecycled && !row.vanishedAt && !row.mergedInto,
  'Recycle bin': (row) => row.isRecycled && !row.isSpam && !row.vanishedAt && !row.mergedInto,
  'New with tags': (row) => isShown(row) && row.status === 'NEW' && row.tags.length > 0,
  'Nearly all': (row) => isShown(row) && (row.status !== 'ON_HOLD' || row.tags.length === 0),
}
const mentionsOf = ({ mentions }: Row, agentId: string) => mentions.filter(({ agent }) => agent.id === agentId)

test('of each view are those of a count by hand, and the ids are the newest of them', async () => {
  await save({ name: 'New with tags', filter: { status: ['NEW'], hasTags: true } })
  await save({ name: 'Nearly all', filter: { not: { status: ['ON_HOLD'], hasTags: true } } })
  const counts = await countsAs('ana')
  const ours = counts.views.filter(({ view }) => !view.backend)
  expect(ours.map(({ view }) => view.name).toSorted()).toEqual(Object.keys(fits).toSorted())
  for (const { view, ...counted } of ours) {
    const own = rows.filter(fits[view.name] as (row: Row) => boolean).toSorted(byActivity)
    const unread = own.filter((row) => !row.isReadByAgent)
    const mentioned = own.filter((row) => mentionsOf(row, ana).some(({ isRead }) => !isRead))
    expect([view.name, counted.unreadCount, counted.mentionedUnreadCount]).toEqual([
      view.name,
      unread.length,
      mentioned.length,
    ])
    expect(counted.unreadTicketIds.length).toBe(Math.min(100, unread.length))
    const times = new Map(rows.map(({ id, lastActivityAt }) => [id, lastActivityAt]))
    const timesOf = (list: string[]) => list.map((id) => times.get(id))
    expect(timesOf(counted.unreadTicketIds)).toEqual(timesOf(unread.slice(0, 100).map(({ id }) => id)))
    expect(counted.mentionedUnreadTicketIds.toSorted()).toEqual(mentioned.map(({ id }) => id).toSorted())
  }
  expect(counts.allCount).toBe(rows.filter((row) => isShown(row) && !row.isReadByAgent).length)
  expect(counts.mentionedCount).toBe(rows.filter(fits.Mentions as (row: Row) => boolean).length)
  expect(counts.allCount).toBeGreaterThan(10)
  expect(counts.mentionedCount).toBeGreaterThan(0)
})

test('of a view say the same on the view itself', async () => {
  const [counts, answer] = [
    await countsAs('ana'),
    await askAs('ana', '{ views { name problem unreadCount mentionedUnreadCount } }'),
  ]
  const views = (answer.data as { views: { name: string; problem: string | null }[] }).views
  expect(views.filter(({ problem }) => problem === null)).toEqual(
    counts.views.map(({ view: { name }, unreadCount, mentionedUnreadCount }) => ({
      ...{ name, problem: null, unreadCount, mentionedUnreadCount },
    })),
  )
})

test("mentions are the viewer's own; of a program, everybody's; of a contact, none", async () => {
  const unreadAtAll = rows.filter((row) => isShown(row) && row.mentions.some(({ isRead }) => !isRead)).length
  const counted = []
  for (const name of ['program', 'bob', 'customer']) counted.push((await countsAs(name)).mentionedCount)
  expect(counted).toEqual([unreadAtAll, 0, 0])
})

test("of a contact are their own tickets, unread on the contact's side", async () => {
  await db.execute(sql`update tickets set is_read_by_contact = false where requester_id = ${ids.customer}
    and id in (select id from tickets where requester_id = ${ids.customer} and not is_recycled limit 1)`)
  const own = (await allRows()).filter((row) => row.requester?.id === customer && isShown(row))
  const counts = await countsAs('customer')
  expect(counts).toMatchObject({ allCount: own.filter((row) => !row.isReadByContact).length, views: [] })
  const listed = await askAs(
    'customer',
    '{ tickets { totalCount } unread: tickets(filter: { isUnread: true }) { totalCount } }',
  )
  expect(listed.data).toEqual({ tickets: { totalCount: own.length }, unread: { totalCount: counts.allCount } })
  await db.execute(sql`update tickets set is_read_by_contact = true where requester_id = ${ids.customer}`)
})

test('cost as many statements for thirty views as for two, at most five', async () => {
  const saved = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      save({ name: `${index}`, filter: { rawStatus: [`${index}`], isUnread: true } }),
    ),
  )
  const few = await statementsDuring(() => countsAs('ana', saved.slice(0, 2)))
  const many = await statementsDuring(() => countsAs('ana', saved))
  expect(many.result.views.length).toBe(30)
  expect(many.statements.length, many.statements.map(({ text }) => text.slice(0, 60)).join('\n')).toBe(
    few.statements.length,
  )
  expect(many.statements.length).toBeLessThanOrEqual(5)
})

test('come in the order of the views, each once, and tell until when', async () => {
  const [one, two] = [await save({ name: 'b', position: 2 }), await save({ name: 'a', position: 1 })]
  const counts = await countsAs('ana', [one, two, one])
  expect(counts.views.map(({ view }) => view.id)).toEqual([two, one])
  await db.execute(sql`insert into changes (workspace_id, ticket_id, kind, source)
    select workspace_id, id, 'UPDATED', 'SYNC' from tickets where workspace_id = ${workspaceId} limit 1`)
  // Transactions of other tests in the same cluster hold the end of the log back.
  await expect.poll(async () => (await countsAs('ana', [])).asOf, { timeout: 20_000 }).not.toBe(counts.asOf)
})

test('refuse more than a hundred ids, of views and of tickets', async () => {
  const viewIds = Array.from({ length: 101 }, () => 'x')
  for (const answer of [
    await askAs('ana', query, { viewIds }),
    await askAs('ana', '{ unreadCounts { views { unreadTicketIds(first: 101) } } }'),
    await askAs('ana', '{ unreadCounts { views { unreadTicketIds(first: -1) } } }'),
  ])
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  const answer = await askAs('ana', '{ unreadCounts { views { unreadCount unreadTicketIds(first: 2) } } }')
  for (const view of (answer.data as { unreadCounts: Counts }).unreadCounts.views)
    expect(view.unreadTicketIds.length).toBe(Math.min(2, view.unreadCount))
})

test('have the newest ids of many too, also after the newest were read', async () => {
  const onHold = await save({ name: 'Long on hold', filter: { status: ['ON_HOLD'] } })
  const everything = await save({ name: 'Everything', filter: {} })
  // Twelve hundred copies of a ticket, a minute between each; the last two hundred are on hold.
  await db.execute(sql`insert into tickets select copy.*
    from (select * from tickets where workspace_id = ${workspaceId} and not is_recycled and not is_spam
      and merged_into_id is null and merged_into_external_id is null and vanished_at is null limit 1) t,
    generate_series(1, 1200) n, jsonb_populate_record(null::tickets, to_jsonb(t) || jsonb_build_object(
      'id', gen_random_uuid(), 'external_id', 'copy ' || n, 'is_read_by_agent', false,
      'status', case when n > 1000 then 'ON_HOLD' else 'NEW' end,
      'last_activity_at', t.last_activity_at + interval '1 year' - n * interval '1 minute')) copy`)
  for (const newestRead of [0, 40, 160, 1100]) {
    await db.execute(sql`update tickets set is_read_by_agent = true where id in
      (select id from tickets where external_id like 'copy %' order by last_activity_at desc limit ${newestRead})`)
    const { views } = await countsAs('program', [everything, onHold])
    for (const [viewId, condition] of [
      [everything, sql`true`],
      [onHold, sql`status = 'ON_HOLD'`],
    ] as const) {
      const { rows } = await db.execute<{ id: string }>(sql`select id from tickets
        where workspace_id = ${workspaceId} and not is_read_by_agent and not is_recycled and not is_spam
          and merged_into_id is null and merged_into_external_id is null and vanished_at is null and ${condition}
        order by last_activity_at desc, id desc`)
      const counted = views.find(({ view }) => view.id === viewId)
      expect([newestRead, counted?.unreadCount]).toEqual([newestRead, rows.length])
      expect(counted?.unreadTicketIds).toEqual(rows.slice(0, 100).map(({ id }) => globalIdOf('Ticket', id)))
    }
  }
})

/** A board shows what a person would count and sort by hand, in two statements however many columns. */
import { beforeAll, expect, test } from 'vitest'
import type { TicketRecord } from '#connectors/contract.ts'
import { minute, ticket } from '../syncing/scripted.ts'
import { openCompany } from './company.ts'

const { chats, mails, run, runAs, askAs, statementsDuring, signIn, pool } = await openCompany()

const statuses = ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD', 'RESOLVED'] as const
const priorities = ['URGENT', 'HIGH', 'NORMAL', null] as const

/** Ticket `index` of a help desk; ON_HOLD and LOW never occur, some are hidden. */
function made(index: number, desk: string): TicketRecord {
  const status = statuses.filter((word) => word !== 'ON_HOLD')[(index % 7) % 4] ?? 'NEW'
  const agent = index % 4 === 0 ? null : `a${index % 3}`
  return ticket(`${desk}${index}`, {
    status,
    priority: priorities[index % 4] ?? null,
    requester: { type: 'CONTACT', externalId: `c${index % 5}`, name: `${desk} contact ${index % 5}` },
    assignee: agent === null ? null : { type: 'AGENT', externalId: agent, name: `${desk} agent ${agent}` },
    departmentExternalId: index % 2 ? 'd1' : null,
    channelExternalId: index % 3 === 0 ? null : index % 3 === 1 ? 'mail' : 'chat',
    contactLanguage: index % 3 === 0 ? 'de' : index % 3 === 1 ? 'pt-BR' : null,
    isReadByAgent: index % 2 === 0,
    isSpam: index === 7,
    isRecycled: index === 8,
    tags: (['red', 'green', 'blue'] as const)
      .filter((_tag, place) => (index >> place) % 2 === 1)
      .map((name) => ({ externalId: name, name })),
    createdAt: minute(index),
    lastActivityAt: minute(1000 + ((index * 37) % 60)),
  })
}

type Row = {
  id: string
  status: string
  priority: string | null
  isUnread: boolean
  lastActivityAt: string
  assignee: { id: string } | null
  requester: { id: string } | null
  department: { id: string } | null
  channel: { type: string } | null
  backend: { id: string }
  contactLanguage: string | null
  tags: { id: string }[]
}
type Group = {
  key: string
  label: string
  filter: object
  totalCount: number
  unreadCount: number
  tickets: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean }; totalCount: number }
}
const rowFields =
  'id status priority isUnread lastActivityAt assignee { ... on Agent { id } } requester { id } department { id } channel { type } backend { id } contactLanguage tags { id }'
const board = `query ($by: TicketGroupBy!, $first: Int, $limit: Int! = 12, $filter: TicketFilter, $viewId: ID, $orderBy: [TicketOrder!]) {
  ticketGroups(by: $by, limit: $limit, filter: $filter, viewId: $viewId) { key label filter totalCount unreadCount
    tickets(first: $first, orderBy: $orderBy) { totalCount nodes { id } pageInfo { endCursor hasNextPage } } } }`

let rows: Row[]
beforeAll(async () => {
  for (const [desk, name] of [
    [chats, 'x'],
    [mails, 'y'],
  ] as const)
    await desk.store({
      channels: [
        { externalId: 'mail', type: 'EMAIL', name: 'Mail', accounts: [] },
        { externalId: 'chat', type: 'LIVE_CHAT', name: 'Chat', accounts: [] },
      ],
      departments: [{ externalId: 'd1', name: `Support ${name}` }],
      tickets: Array.from({ length: name === 'x' ? 40 : 25 }, (_, index) => made(index, name)),
    })
  const list = await run<{ nodes: Row[] }>(`{ tickets(first: 100) { nodes { ${rowFields} } } }`)
  rows = list.nodes
  expect(rows.length).toBe(61)
})

const keysOf: Record<string, (row: Row) => string[]> = {
  STATUS: (row) => [row.status],
  PRIORITY: (row) => [row.priority ?? 'NONE'],
  ASSIGNEE: (row) => [row.assignee?.id ?? 'NONE'],
  DEPARTMENT: (row) => [row.department?.id ?? 'NONE'],
  CHANNEL: (row) => [row.channel?.type ?? 'NONE'],
  TAG: (row) => (row.tags.length > 0 ? row.tags.map(({ id }) => id) : ['NONE']),
  BACKEND: (row) => [row.backend.id],
  LANGUAGE: (row) => [row.contactLanguage ?? 'NONE'],
  REQUESTER: (row) => [row.requester?.id ?? 'NONE'],
}
const byActivity = (a: Row, b: Row) =>
  b.lastActivityAt.localeCompare(a.lastActivityAt) || -(idBytes(a.id) < idBytes(b.id) ? -1 : 1)
const idBytes = (id: string) => Buffer.from(id, 'base64url').toString()

test.each(Object.keys(keysOf))('by %s the columns hold the tickets of a count by hand, newest first', async (by) => {
  const groups = await run<Group[]>(board, { by, first: 100 })
  const expected = Map.groupBy(
    rows.flatMap((row) => (keysOf[by] as (row: Row) => string[])(row).map((key) => ({ key, row }))),
    ({ key }) => key,
  )
  expect(new Set(groups.map(({ key }) => key).filter((key) => !isEmptyWord(key)))).toEqual(new Set(expected.keys()))
  for (const { key, totalCount, unreadCount, tickets } of groups) {
    const own = (expected.get(key) ?? []).map(({ row }) => row).toSorted(byActivity)
    expect([key, totalCount, unreadCount]).toEqual([key, own.length, own.filter(({ isUnread }) => isUnread).length])
    expect(tickets.nodes.map(({ id }) => id)).toEqual(own.map(({ id }) => id))
    expect(tickets.totalCount).toBe(own.length)
  }

  function isEmptyWord(key: string) {
    return !expected.has(key) && ['UNKNOWN', 'LOW', 'ON_HOLD'].includes(key)
  }
})

test.each(Object.keys(keysOf))('by %s the key and the filter of a column find its tickets in a list', async (by) => {
  for (const { key, filter, totalCount } of await run<Group[]>(board, { by, first: 1 })) {
    const list = await run<{ totalCount: number }>(
      'query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }',
      { filter: { and: [{ isSpam: false }, filter] } },
    )
    expect([key, list.totalCount]).toEqual([key, totalCount])
    expect(JSON.stringify(filter)).toContain(key === 'NONE' ? by : key)
  }
})

test('words have their order and are there when they are empty; others come by size, those without last', async () => {
  const keys = async (by: string) => (await run<Group[]>(board, { by, first: 1 })).map(({ key }) => key)
  expect(await keys('STATUS')).toEqual([...statuses, 'UNKNOWN'])
  expect(await keys('PRIORITY')).toEqual(['URGENT', 'HIGH', 'NORMAL', 'LOW', 'NONE'])
  for (const by of ['ASSIGNEE', 'TAG', 'REQUESTER', 'BACKEND', 'LANGUAGE', 'CHANNEL', 'DEPARTMENT']) {
    const groups = await run<Group[]>(board, { by, first: 1 })
    const sizes = groups.filter(({ key }) => key !== 'NONE').map(({ totalCount }) => totalCount)
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
    expect(groups.slice(0, -1).some(({ key }) => key === 'NONE')).toBe(false)
  }
})

test('a limit keeps the biggest, and always those without', async () => {
  const all = await run<Group[]>(board, { by: 'ASSIGNEE', first: 1 })
  const some = await run<Group[]>(board, { by: 'ASSIGNEE', first: 1, limit: 3 })
  expect(some.map(({ label }) => label)).toEqual([...all.slice(0, 2).map(({ label }) => label), 'Unassigned'])
  expect(all.length).toBeGreaterThan(3)
  const words = await run<Group[]>(board, { by: 'STATUS', first: 1 })
  // The last of them may well be bigger.
  for (const limit of [1, 2, 3])
    expect(await run<Group[]>(board, { by: 'STATUS', first: 1, limit })).toEqual(words.slice(0, limit))
})

test('labels are for people', async () => {
  const labels = async (by: string) =>
    (await run<Group[]>(board, { by, first: 1 })).map(({ label }) => label).toSorted()
  expect(await labels('STATUS')).toContain('Pending internal')
  expect(await labels('LANGUAGE')).toEqual(['Brazilian Portuguese', 'German', 'No language'])
  expect(await labels('CHANNEL')).toEqual(['Email', 'Live chat', 'No channel'])
  expect(await labels('DEPARTMENT')).toEqual(['No department', 'Support x', 'Support y'])
  expect(await labels('BACKEND')).toEqual(['Chats', 'Mails'])
  expect(await labels('ASSIGNEE')).toContain('x agent a1')
})

test('what is unread has an unread message at least, also where its help desk counts none', async () => {
  type Counted = { isUnread: boolean; unreadMessageCount: number }
  const list = await run<{ nodes: Counted[] }>('{ tickets(first: 100) { nodes { isUnread unreadMessageCount } } }')
  for (const { isUnread, unreadMessageCount } of list.nodes) expect(unreadMessageCount).toBe(isUnread ? 1 : 0)
})

test('a word of a help desk that is no language tag is a group under that word', async () => {
  await chats.store({ tickets: [{ ...made(50, 'x'), contactLanguage: 'zh_CN' }] })
  const groups = await run<Group[]>(board, { by: 'LANGUAGE', first: 1 })
  expect(groups.map(({ label }) => label)).toContain('zh_CN')
  await pool.query(`delete from tickets where contact_language = 'zh_CN'`)
})

test.each(['STATUS', 'ASSIGNEE', 'TAG'])('by %s each column goes on by its own cursor, without repeats', async (by) => {
  const whole = await run<Group[]>(board, { by, first: 100 })
  const [first] = await run<Group[]>(board, { by, first: 3 })
  const seen = first?.tickets.nodes ?? []
  let { endCursor, hasNextPage } = (first as Group).tickets.pageInfo
  while (hasNextPage) {
    const groups = await run<Group[]>(
      `query ($by: TicketGroupBy!, $after: String) { ticketGroups(by: $by) { key tickets(first: 3, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } }`,
      { by, after: endCursor },
    )
    const own = groups.find(({ key }) => key === first?.key) as Group
    seen.push(...own.tickets.nodes)
    ;({ endCursor, hasNextPage } = own.tickets.pageInfo)
  }
  expect(seen).toEqual(whole[0]?.tickets.nodes)
})

test('a board costs two statements, and one for the names, however many columns it has', async () => {
  const cost = async (by: string, limit: number) =>
    (await statementsDuring(() => run(board, { by, first: 10, limit }))).statements.length
  expect([await cost('STATUS', 2), await cost('STATUS', 12)]).toEqual([2, 2])
  expect([await cost('ASSIGNEE', 2), await cost('ASSIGNEE', 12)]).toEqual([3, 3])
  expect([await cost('TAG', 2), await cost('TAG', 12)]).toEqual([3, 3])
})

test('a filter, a view and an order hold for every column', async () => {
  const views = await run<{ id: string; name: string }[]>('{ views { id name } }')
  const viewId = views.find(({ name }) => name === 'Unread')?.id
  const groups = await run<Group[]>(board, {
    ...{ by: 'STATUS', first: 100, viewId, filter: { hasTags: true } },
    orderBy: [{ field: 'CREATED_AT', direction: 'ASC' }],
  })
  const own = rows.filter((row) => row.isUnread && row.tags.length > 0)
  for (const { key, unreadCount, totalCount, tickets } of groups) {
    const ids = own.filter(({ status }) => status === key).map(({ id }) => id)
    expect([totalCount, unreadCount, tickets.nodes.length]).toEqual([ids.length, ids.length, ids.length])
    expect(new Set(tickets.nodes.map(({ id }) => id))).toEqual(new Set(ids))
  }
  const recycled = await run<Group[]>(board, { by: 'BACKEND', first: 5, filter: { isRecycled: true } })
  expect(recycled.map(({ totalCount }) => totalCount)).toEqual([1, 1])
})

test('a contact has a board of their own tickets, a stranger an empty one', async () => {
  const id = await signIn('customer', 'CONTACT', chats, 'c1')
  const { rows: counted } = await pool.query(
    `select count(*)::int as own, count(*) filter (where not is_read_by_contact)::int as unread from tickets
     where requester_id = $1 and not is_spam and not is_recycled`,
    [id],
  )
  const groups = await runAs('customer')<Group[]>(board, { by: 'STATUS', first: 100 })
  const sum = (name: 'totalCount' | 'unreadCount') => groups.reduce((total, group) => total + group[name], 0)
  expect([sum('totalCount'), sum('unreadCount')]).toEqual([counted[0].own, counted[0].unread])
  expect(groups.flatMap(({ tickets }) => tickets.nodes).length).toBe(counted[0].own)
  const { errors } = await askAs('customer', board, { by: 'ASSIGNEE', first: 100 })
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const strange = await runAs('stranger')<Group[]>(board, { by: 'STATUS', first: 5 })
  expect(strange.every(({ totalCount, tickets }) => totalCount === 0 && tickets.nodes.length === 0)).toBe(true)
})

test('a limit beyond reason and a view that is not there are bad input', async () => {
  for (const variables of [
    { by: 'STATUS', limit: 0 },
    { by: 'STATUS', limit: 51 },
    { by: 'STATUS', viewId: 'x' },
    { by: 'STATUS', first: 101 },
  ])
    expect((await askAs('program', board, variables)).errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

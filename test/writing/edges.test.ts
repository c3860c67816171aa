/** Edges in payloads: what was made is at its place in the list, and a client that continues from there misses nothing. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { runOver } from '../support/asking.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { db, statementsDuring } = served
const run = runOver(served.ask)

const uuidOf = (nodeId: string) => nodeKeyOf(nodeId)?.id ?? ''

type Edge = { cursor: string; node: { id: string } }
type List = { edges: Edge[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean } }
const list = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }'
const range = '$first: Int, $after: String, $last: Int, $before: String'
const inRange = 'first: $first, after: $after, last: $last, before: $before'

/** Walks away from the edge both ways: the neighbours in the list are what comes, and the list has the very same cursor. */
async function expectAtItsPlace(edge: Edge, page: (args: object) => Promise<List>) {
  const all: Edge[] = []
  for (let after: string | null = null; ; after = all.at(-1)?.cursor ?? null) {
    const { edges, pageInfo } = await page({ first: 100, after })
    all.push(...edges)
    if (!pageInfo.hasNextPage) break
  }
  const place = all.findIndex(({ node }) => node.id === edge.node.id)
  expect(all[place]).toEqual(edge)
  expect((await page({ first: 3, after: edge.cursor })).edges).toEqual(all.slice(place + 1, place + 4))
  expect((await page({ last: 3, before: edge.cursor })).edges).toEqual(all.slice(Math.max(0, place - 3), place))
  return { place, count: all.length }
}

const backends = await run<{ id: string; vendor: { key: string } }[]>('{ backends { id vendor { key } } }')
const backendId = backends.find(({ vendor }) => vendor.key === 'chatwoot')?.id as string
type Created = { ticket: { id: string } | null; ticketEdge: Edge | null; replayed: boolean; errors: { code: string }[] }
const create = (input: object) =>
  run<Created>(
    `mutation ($input: TicketCreateInput!) { ticketCreate(input: $input) {
      ticket { id } ticketEdge { cursor node { id } } replayed errors { code } } }`,
    { input: { backendId, subject: 'New', requester: { contact: { email: 'new@example.com' } }, ...input } },
  )
const tickets = (args: object) => run<List>(`query (${range}) { tickets(${inRange}) { ${list} } }`, args)

test('a new ticket comes with its place in the list', async () => {
  const { ticket, ticketEdge, errors } = await create({ idempotencyKey: 'new' })
  expect(errors).toEqual([])
  expect(ticketEdge?.node).toEqual(ticket)
  expect(await expectAtItsPlace(ticketEdge as Edge, tickets)).toMatchObject({ place: 0 })
})

test('also among tickets of the same moment, and when it has got another place meanwhile', async () => {
  const made = await create({ subject: 'Not the first', idempotencyKey: 'again' })
  const uuid = uuidOf(made.ticket?.id ?? '')
  // Ten tickets in the middle of the list and this one have the same moment.
  const listed = (await tickets({ first: 60 })).edges.slice(40, 50).map(({ node }) => uuidOf(node.id))
  const all = sql.param([uuid, ...listed])
  await db.execute(sql`
    update tickets set last_activity_at = (select last_activity_at from tickets where id = ${listed[0]})
    where id = any(${all}::uuid[])`)
  const again = await create({ subject: 'Not the first', idempotencyKey: 'again' })
  expect(again).toMatchObject({ replayed: true, ticket: made.ticket })
  expect(again.ticketEdge?.cursor).not.toBe(made.ticketEdge?.cursor)
  const { place } = await expectAtItsPlace(again.ticketEdge as Edge, tickets)
  expect(place).toBeGreaterThan(30)
})

type Said = {
  message: { id: string; conversation: { id: string } } | null
  messageEdge: Edge | null
  errors: { code: string }[]
}
const said = 'message { id conversation { id } } messageEdge { cursor node { id } } errors { code }'
const messagesOf = (type: string, id: string) => (args: object) =>
  run<{ messages: List }>(
    `query ($id: ID!, ${range}) { node(id: $id) { ... on ${type} { messages(${inRange}) { ${list} } } } }`,
    { id, ...args },
  ).then(({ messages }) => messages)
/** A ticket with a long thread. */
const { rows: long } = await db.execute<{ id: string }>(sql`
  select t.id from tickets t join backends b on b.id = t.backend_id and b.vendor = 'comm100' and not t.is_recycled
  where exists (select from messages m where m.ticket_id = t.id and m.type = 'REPLY_OUTBOUND')
  order by t.message_count desc limit 1`)
const longest = nodeIdOf('Ticket', long[0]?.id as string)
const expectInItsThreads = async ({ message, messageEdge, errors }: Said) => {
  expect(errors).toEqual([])
  expect(messageEdge?.node.id).toBe(message?.id)
  await expectAtItsPlace(messageEdge as Edge, messagesOf('Conversation', message?.conversation.id as string))
  return expectAtItsPlace(messageEdge as Edge, messagesOf('Ticket', longest))
}

test.each([
  ['an answer', 'messageSend', 'MessageSendInput', { entry: { body: { text: 'We are on it.' } } }],
  ['a note', 'noteAdd', 'NoteAddInput', { body: { text: 'For us.' } }],
])('%s comes with its place in the thread', async (_what, name, type, input) => {
  const answer = await run<Said>(`mutation ($input: ${type}!) { ${name}(input: $input) { ${said} } }`, {
    input: { ticketId: longest, ...input },
  })
  const { place, count } = await expectInItsThreads(answer)
  expect([place, count]).toEqual([count - 1, count])
})

test('a message that was changed is at its place in the middle of the thread, also among others of that moment', async () => {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from messages where ticket_id = ${uuidOf(longest)} and type = 'REPLY_OUTBOUND' order by at limit 1`)
  await db.execute(sql`
    update messages set at = (select at from messages where id = ${rows[0]?.id}), sequence = 7
    where id in (select id from messages where ticket_id = ${uuidOf(longest)} order by at, sequence, id limit 6)`)
  await db.execute(sql`update messages set sequence = 7 where id = ${rows[0]?.id}`)
  const id = nodeIdOf('Message', rows[0]?.id as string)
  const answer = await run<Said>(
    `mutation ($input: MessageUpdateInput!) { messageUpdate(input: $input) { ${said} } }`,
    { input: { id, body: { text: 'Changed since.' } } },
  )
  const { place, count } = await expectInItsThreads(answer)
  expect(place).toBeLessThan(count - 1)
})

test('an edge beside its message costs no statement more, and there is none where nothing was made', async () => {
  const readFor = async (asked: string) => {
    const { statements } = await statementsDuring(() =>
      run(`mutation ($input: NoteAddInput!) { noteAdd(input: $input) { message { id } ${asked} } }`, {
        input: { ticketId: longest, body: { text: 'Counted.' } },
      }),
    )
    return statements.flatMap(({ name }) => (name?.startsWith('message') ? [name] : []))
  }
  const alone = await readFor('')
  expect(alone).toContain('messages_by_id')
  expect(await readFor('messageEdge { cursor node { id } }')).toEqual(alone)
  const nothing = await run<Said>(`mutation ($input: NoteAddInput!) { noteAdd(input: $input) { ${said} } }`, {
    input: { ticketId: longest, body: { text: ' ' } },
  })
  expect(nothing).toMatchObject({ message: null, messageEdge: null, errors: [{ code: 'REQUIRED' }] })
  expect(await create({ subject: '' })).toMatchObject({
    ticket: null,
    ticketEdge: null,
    errors: [{ code: 'REQUIRED' }],
  })
})

/** What a document may ask for. Everything refused is refused before it runs, quickly, and the limit is named. */
import { getIntrospectionQuery } from 'graphql'
import { afterAll, describe, expect, test } from 'vitest'
import { operationsFor } from '../../bench/operations/operations.ts'
import { queries } from '../../bench/queries.ts'
import { graphiqlTabs } from '../../src/graphiql-tabs.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'

const { db, pool } = await createTestDatabase()
const { during } = watchStatements(pool)
const gateway = await openTestGateway(db)
afterAll(gateway.close)
const { ask } = gateway

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ')
const nested = (depth: number, open: string, inside: string) => open.repeat(depth) + inside + '}'.repeat(depth)
/** `count` fragments, each with two fields of the next: two to the power of `count` fields when written out. */
const bomb = (count: number) =>
  `{ tickets { nodes { ...F0 } } } ${times(count, (i) => `fragment F${i} on Ticket { a: mergedInto { ...F${i + 1} } b: mergedInto { ...F${i + 1} } }`)}
  fragment F${count} on Ticket { id }`

const tooMuch: [what: string, limit: string, document: string, variables?: object][] = [
  ['50,000 tokens', 'tokens', `{ ${times(16_000, (i) => `a${i % 9}: id`)} }`.slice(0, 60_000)],
  ['a megabyte', 'characters', `{ tickets(filter: { keywords: "${'x'.repeat(900_000)}" }) { totalCount } }`],
  ['a depth of 50', 'depth', nested(49, '{ mergedInto', '{ id }')],
  ['nothing but nesting', 'depth', nested(600, '{a', '')],
  ['1,000 aliases', 'tokens', `{ ${times(1_000, (i) => `a${i}: __typename`)} }`],
  ['600 aliases', 'aliases', `{ ${times(600, (i) => `a${i}: __typename`)} }`],
  ['31 aliases of __typename', 'aliases', `{ ${times(31, (i) => `a${i}: __typename`)} }`],
  [
    'aliases by fragments',
    'aliases',
    `{ ${times(16, () => '...F')} } fragment F on Query { a: __typename b: __typename }`,
  ],
  ['1,000 directives', 'tokens', `{ __typename ${times(1_000, () => '@a')} }`],
  ['900 directives', 'directives', `{ __typename ${times(900, () => '@a')} }`],
  ['1,900 times one field', 'repeats', `{ ${times(1_900, () => '__typename')} }`],
  [
    'one field of many fragments',
    'repeats',
    `{ ${times(40, (i) => `...F${i}`)} } ${times(40, (i) => `fragment F${i} on Query { viewer { role } }`)}`,
  ],
  [
    'one field of fragments nobody uses',
    'repeats',
    `{ __typename } fragment F on Query { ${times(400, () => 'viewer { role }')} }`,
  ],
  ['200 fragments', 'fragments', `{ ...F0 } ${times(200, (i) => `fragment F${i} on Query { __typename }`)}`],
  ['fragments of fragments', 'fields', bomb(40)],
  [
    'two changes',
    'mutations',
    'mutation { a: undo(input: { token: "a" }) { errors { code } } b: undo(input: { token: "b" }) { errors { code } } }',
  ],
  ['deep lists', 'nesting', `{ nodes(ids: ${'['.repeat(600)}${']'.repeat(600)}) { id } }`],
  [
    'deep lists in defaults',
    'nesting',
    `query ($ids: [ID!]! = ${'['.repeat(600)}${']'.repeat(600)}) { nodes(ids: $ids) { id } }`,
  ],
  [
    'deep lists in variables',
    'nesting',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { ids: JSON.parse('['.repeat(2_000) + ']'.repeat(2_000)) },
  ],
  [
    'deep objects in variables',
    'nesting',
    'query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }',
    { f: JSON.parse(`${'{"not":'.repeat(100)}{}${'}'.repeat(100)}`) },
  ],
  [
    '100,000 values',
    'values',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { ids: Array.from({ length: 100_000 }, () => 'x') },
  ],
  [
    '100 × 100 × 100 rows',
    'nodes',
    '{ tickets(first: 100) { nodes { conversations(first: 100) { nodes { messages(first: 100) { nodes { id } } } } } } }',
  ],
  [
    'the same by variables',
    'nodes',
    'query ($n: Int = 100) { tickets(last: $n) { edges { node { conversations(first: $n) { nodes { messages(first: $n) { nodes { id } } } } } } } }',
  ],
  [
    'lists without a size in each other',
    'nodes',
    `{ backends ${'{ channels { backend '.repeat(4)} { id } ${'} }'.repeat(4)} }`,
  ],
  [
    'tickets of a hundred ids',
    'nodes',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { tickets(first: 100) { nodes { messages { nodes { id } } } } } } }',
    { ids: Array.from({ length: 100 }, () => 'x') },
  ],
]

describe.each(tooMuch)('%s', (_what, limit, document, variables) => {
  test(`is refused, and the limit ${limit} named`, async () => {
    const started = process.cpuUsage()
    const { result, statements } = await during(() => ask(document, variables))
    const { user } = process.cpuUsage(started)
    const { status, errors, data } = result
    expect({ status, data, errors }).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limit } }],
    })
    const [{ message, extensions }] = errors as [NonNullable<Answer['errors']>[0]]
    expect(message).toContain(String(extensions?.allowed))
    expect(message).toContain(String(extensions?.got))
    expect(statements).toEqual([])
    // Client and server are one process here.
    expect(user / 1000).toBeLessThan(150)
  })
})

const row = `id version number subject preview status statusCategory statusDetail { label } priority isUnread waitingSince
  requester { __typename id displayName avatarUrl } assignee { __typename ... on Agent { id displayName } ... on Bot { id displayName } }
  department { id name } channel { type } tags { id name color } sla { state dueAt } sync { isStale pendingWrites }`
const entry = `id type direction contentType subject body { html quotedText editorjs { blocks { id type data } } } sender { id displayName }
  emailAddresses { email name direction } attachments { id name kind status downloadUrl } mentions { agent { id displayName } isRead }
  delivery { status failReason } translation { locale text }`
const id = '"VGlja2V0OjAx"'

const known = {
  contactName: 'Ana',
  ticketNumber: '1',
  ticketId: '01a2b3c4-0000-7000-8000-000000000001',
  changesAfter: 'x',
  viewIds: [],
}

const asked: [what: string, document: string][] = [
  ['what GraphiQL asks the schema', getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true })],
  // A stream would answer for as long as somebody listens.
  ...graphiqlTabs
    .filter((document) => !/^subscription /m.test(document))
    .map((document, index): [string, string] => [`tab ${index + 1} of GraphiQL`, document]),
  ...queries.map(({ title, document }): [string, string] => [`the bench, ${title}`, document]),
  ...operationsFor(known).map(({ name, document }): [string, string] => [`the bench, ${name}`, document]),
  [
    'the largest page of the inbox',
    `{ tickets(first: 100) { totalCount signature nodes { ${row} } pageInfo { endCursor } incompleteBackends { id name } } }`,
  ],
  [
    'the largest board',
    `{ ticketGroups(by: TAG, limit: 50) { key totalCount tickets(first: 100) { nodes { id number subject } } } }`,
  ],
  [
    'the largest timeline',
    `{ ticket(id: ${id}) { firstMessage { ${entry} } timeline(last: 100) { totalCount edges { cursor node {
    __typename id itemType at actor { id displayName } ... on Message { ${entry} } ... on StatusChangedItem { from to }
    ... on TagsChangedItem { added { name } removed { name } } ... on MergeItem { source { id } target { id } } } } } } }`,
  ],
  [
    'the largest search',
    `{ search(query: "parcel", first: 100) { counts { tickets } nodes { highlights { snippet } node {
    ... on Ticket { ${row} } ... on Message { id ticket { id } sender { id } } ... on Contact { id ticketCounts { open } } } } } }`,
  ],
  [
    'a hundred tickets with their last ten messages',
    `{ tickets(first: 100) { nodes { ${row} messages(last: 10) { nodes { id body { html } sender { id } attachments { id } } } } } }`,
  ],
  [
    'a hundred rows of the log',
    '{ changes(first: 100) { gap nodes { cursor ... on TicketEvent { ticket { id version status } } } } }',
  ],
  [
    'a change',
    `mutation { ticketMarkRead(input: { ids: [${id}] }) { tickets { ${row} } unreadCounts { allCount } errors { code } } }`,
  ],
]

test.each(asked)('%s is within the limits', async (_what, document) => {
  const { errors = [] } = await ask(document, {
    n: 100,
    status: 'NEW',
    after: null,
    id: 'x',
    viewIds: [],
    query: 'parcel',
  })
  expect(errors.map(({ extensions }) => extensions?.code)).not.toContain('QUERY_TOO_COMPLEX')
  expect(errors.map(({ extensions }) => extensions?.code)).not.toContain('GRAPHQL_VALIDATION_FAILED')
})

test('a list in a list is refused before it is read, however deep the JSON is', async () => {
  const deep = 200_000
  const body = `{"query":"query ($ids: [ID!]!) { nodes(ids: $ids) { id } }","variables":{"ids":${'['.repeat(deep)}${']'.repeat(deep)}}}`
  const response = await fetch(gateway.url, { method: 'POST', headers: gateway.headers, body })
  expect(response.status).toBe(400)
})

test('a batch is refused, and broken JSON told without the parser’s own words', async () => {
  const post = async (body: string) => {
    const response = await fetch(gateway.url, { method: 'POST', headers: gateway.headers, body })
    return { status: response.status, text: await response.text() }
  }
  const batch = await post(JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ __typename }' }))))
  expect(batch).toMatchObject({ status: 400, text: expect.stringContaining('One operation a request') })
  const broken = await post('{"query": "{ __typename }", secret}')
  expect(broken).toMatchObject({ status: 400, text: expect.not.stringMatching(/position|token s|originalError/) })
})

test('every way to ask for too large a page is an error that names the argument', async () => {
  const wrong: [fields: string, argument: string][] = [
    ['tickets(first: 1000000) { totalCount }', 'first'],
    ['tickets(first: -1) { totalCount }', 'first'],
    ['tickets(last: 101) { totalCount }', 'last'],
    ['tickets(first: 1, last: 1) { totalCount }', 'last'],
    ['tickets(after: "damaged") { totalCount }', 'after'],
    ['contacts(first: 1000000) { totalCount }', 'first'],
    ['agents(first: 1000000) { totalCount }', 'first'],
    ['tags(first: 1000000) { totalCount }', 'first'],
    ['deliveries(last: 1000000) { totalCount }', 'last'],
    ['search(query: "parcel", first: 1000000) { totalCount }', 'first'],
    ['changes(first: 1000000) { gap }', 'first'],
    ['ticketGroups(by: STATUS, limit: 1000000) { key }', 'limit'],
    ['viewer { mentions(first: 1000000) { totalCount } }', 'first'],
    ['viewer { drafts(first: 1000000) { totalCount } }', 'first'],
    ['viewer { recentTickets(first: 1000000) { id } }', 'first'],
  ]
  for (const [fields, argument] of wrong)
    expect((await ask(`{ ${fields} }`)).errors, fields).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument } },
    ])
})

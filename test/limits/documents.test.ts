/** What a document may ask for. Everything refused is refused before it runs, quickly, and the limit is named. */
import { getIntrospectionQuery } from 'graphql'
import { afterAll, describe, expect, test } from 'vitest'
import { usualLimits } from '#platform/limits/limits.ts'
import { graphiqlTabs } from '../../src/graphiql-tabs.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, gatewayForTest, openTestGateway } from '../support/gateway.ts'
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
    { f: JSON.parse('{"not":'.repeat(40) + '{}' + '}'.repeat(40)) },
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

/** What a document costs: told in every answer and by `rateLimit`, and never mistaken for what another viewer's costs. */
import { afterAll, expect, test } from 'vitest'
import { openBudgets, usualBudgets } from '#platform/limits/budgets.ts'
import { createTestDatabase } from '../support/database.ts'
import { deskFor, openDesk } from './desk.ts'

const { db } = await createTestDatabase()
const desk = await openDesk(db)
afterAll(desk.close)

const declared = { $n: 'Int', $isWanted: 'Boolean = true' }

/** A document that asks its own price, with the variables it uses. */
function priced(fields: string): string {
  const variables = Object.entries(declared).filter(([name]) => fields.includes(name))
  const head = variables.length > 0 ? `query (${variables.map(([name, type]) => `${name}: ${type}`).join(' ')})` : ''
  return `${head} { rateLimit(dryRun: true) { cost nodeCount } ${fields} } ${fields === '...F' ? 'fragment F on Query { viewer { role tenant { id } } }' : ''}`
}

test.each<[what: string, fields: string, cost: number, nodes: number, variables?: object]>([
  ['a scalar costs nothing', '__typename', 0, 0],
  ['an object costs 1', 'viewer { role }', 1, 1],
  ['a page costs its rows', 'tickets(first: 7) { nodes { id } }', 8, 8],
  ['a page without a size costs 25 rows', 'tickets { nodes { id } }', 26, 26],
  ['last counts as first', 'tickets(last: 7) { edges { cursor } }', 8, 8],
  ['edges count, and what they hold', 'tickets(first: 7) { edges { node { id } } pageInfo { endCursor } }', 16, 16],
  ['a weight costs more', 'tickets(first: 7) { totalCount }', 3, 1],
  ['a list of scalars costs nothing', 'viewer { myTickets(first: 0) { nodes { id } } }', 2, 2],
  ['pages in pages multiply', 'tickets(first: 10) { nodes { messages(first: 10) { nodes { id } } } }', 121, 121],
  ['an expensive field', 'ticketStats { totalCount }', 20, 1],
  ['a variable says how much', 'tickets(first: $n) { nodes { id } }', 4, 4, { n: 3 }],
  ['a variable that is null says nothing', 'tickets(first: $n) { nodes { id } }', 26, 26, { n: null }],
  ['more than a page can hold is a page', 'tickets(first: $n) { nodes { id } }', 101, 101, { n: 1_000_000 }],
  ['less than nothing is nothing', 'tickets(first: $n) { nodes { id } }', 1, 1, { n: -5 }],
  ['one field asked twice is one', 'tickets(first: 7) { nodes { id } } tickets(first: 7) { nodes { number } }', 8, 8],
  ['by two names it is two', 'a: viewer { role } b: viewer { role }', 2, 2],
  ['what is left out costs nothing', 'a: viewer @skip(if: true) { role } b: viewer @include(if: false) { role }', 0, 0],
  ['a variable leaves it out', 'viewer @include(if: $isWanted) { role }', 0, 0, { isWanted: false }],
  ['a variable takes it in', 'viewer @include(if: $isWanted) { role }', 1, 1],
  [
    'of several types the dearest',
    'node(id: "") { ... on Ticket { backend { id } } ... on Message { sender { id } ticket { id } } }',
    3,
    3,
  ],
  ['a fragment counts where it is', '...F', 2, 2],
])('%s', async (_what, fields, cost, nodeCount, variables = {}) => {
  const { data, errors } = await desk.askAs('ADMIN', priced(fields), variables)
  expect({ data, errors }).toEqual({
    data: { rateLimit: { cost: cost + 1, nodeCount: nodeCount + 1 } },
    errors: undefined,
  })
})

test('every answer tells what it cost, and headers what is left', async () => {
  const { askAs } = await deskFor(db, { budgets: openBudgets(usualBudgets) })
  const { headers, ...answer } = await askAs('ADMIN', '{ tickets(first: 7) { nodes { id } } }')
  expect(answer).toMatchObject({ extensions: { cost: 8 }, data: { tickets: { nodes: [] } } })
  expect(headers.get('ratelimit-limit')).toBe('60000000')
  expect(headers.get('ratelimit-remaining')).toBe('59999992')
  expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(0)
  expect(Number(headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60)
})

test('rateLimit tells this document’s price and the limits; a dry run costs nothing and answers nothing else', async () => {
  const { askAs } = await deskFor(db, { budgets: openBudgets(usualBudgets) })
  const { data } = await askAs(
    'CONTACT',
    '{ rateLimit { limit cost remaining resetAt nodeCount maxNodes maxDepth } viewer { role } }',
  )
  const { rateLimit } = data as { rateLimit: { resetAt: string } }
  expect(rateLimit).toMatchObject({
    limit: 300_000,
    cost: 2,
    remaining: 299_998,
    nodeCount: 2,
    maxNodes: 50_000,
    maxDepth: 12,
  })
  const untilReset = Date.parse(rateLimit.resetAt) - Date.now()
  expect(untilReset > 0 && untilReset <= 60_000).toBe(true)

  const dear =
    'tickets(first: 100) { nodes { conversations(first: 100) { nodes { messages(first: 100) { nodes { id } } } } } }'
  const tried = await askAs(
    'CONTACT',
    `query ($isDry: Boolean!) { limits: rateLimit(dryRun: $isDry) { nodeCount remaining } ${dear} }`,
    { isDry: true },
  )
  expect(tried.data).toEqual({ limits: { nodeCount: 1_020_202, remaining: 299_998 } })
  expect(
    (
      await askAs('CONTACT', `query ($isDry: Boolean!) { rateLimit(dryRun: $isDry) { cost } ${dear} }`, {
        isDry: false,
      })
    ).errors,
  ).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'nodes' } }])
})

test('a verdict is never that of another role or of other variables', async () => {
  const { askAs } = desk
  const document =
    'query ($n: Int) { tickets(first: $n) { nodes { conversations(first: $n) { nodes { messages(first: $n) { nodes { id } } } } } } }'
  for (const [role, n, isRefused] of [
    ['ADMIN', 3, false],
    ['CONTACT', 100, true],
    ['ADMIN', 100, true],
    ['CONTACT', 3, false],
    ['ADMIN', 3, false],
  ] as const) {
    const { errors } = await askAs(role, document, { n })
    expect(errors?.[0]?.extensions?.code, `${role} ${n}`).toBe(isRefused ? 'QUERY_TOO_COMPLEX' : undefined)
  }
})

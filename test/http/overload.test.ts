// More requests than can be worked on: the newest are answered, the rest are told to come back, and soon.
import { setTimeout as sleep } from 'node:timers/promises'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { gatewayForTest } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const field = (ms: number) => ({ type: GraphQLString, resolve: () => sleep(ms, 'answered') })
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { slow: field(400), quick: field(50) } }),
})

test('past the slots a request waits a moment, then it gets 503 with Retry-After', async () => {
  const { ask } = await gatewayForTest(db, { schema, requestsAtOnce: 4 })
  const timed = async (document: string) => {
    const started = performance.now()
    const { status, headers, errors } = await ask(document)
    const code = errors?.[0]?.extensions?.code
    return { status, code, retryAfter: headers.get('retry-after'), elapsedMs: performance.now() - started }
  }
  const answers = await Promise.all(Array.from({ length: 40 }, () => timed('{ slow }')))
  const refused = answers.filter(({ status }) => status !== 200)
  expect(refused.length).toBe(36)
  for (const each of refused) {
    expect(each).toMatchObject({ status: 503, code: 'OVERLOADED', retryAfter: '1' })
    expect(each.elapsedMs).toBeLessThan(2000)
  }
  const soon = await Promise.all(Array.from({ length: 8 }, () => timed('{ quick }')))
  expect(soon.map(({ status }) => status)).toEqual(Array(8).fill(200))
})

test('clients that leave, also while they wait, leave their slots to others', async () => {
  const { ask, url, headers } = await gatewayForTest(db, { schema, requestsAtOnce: 2 })
  for (let round = 0; round < 3; round++) {
    const leaving = new AbortController()
    const init = { method: 'POST', headers, body: '{"query":"{ slow }"}', signal: leaving.signal }
    const asked = Array.from({ length: 10 }, () => fetch(url, init).catch(() => 'left'))
    await sleep(80)
    leaving.abort()
    await Promise.all(asked)
  }
  await sleep(50)
  const answers = await Promise.all([ask('{ quick }'), ask('{ quick }'), ask('{ quick }')])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
})

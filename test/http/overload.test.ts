// More requests than can be worked on: the newest are answered, the rest are told to come back, and soon.
import { get } from 'node:http'
import { connect } from 'node:net'
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

test('new connections are taken in while a gateway is busy, many at a time', async () => {
  const { url } = await gatewayForTest(db, { schema })
  let isOver = false
  const busy = () => {
    for (const until = performance.now() + 20; performance.now() < until; );
    if (!isOver) setImmediate(busy)
  }
  busy()
  const started = performance.now()
  const alive = () =>
    new Promise((resolve, reject) => {
      const sent = get(new URL('/health/live', url), { agent: false }, (answer) => resolve(answer.resume().statusCode))
      sent.on('error', reject)
    })
  const answers = await Promise.all(Array.from({ length: 150 }, alive))
  isOver = true
  expect(new Set(answers)).toEqual(new Set([200]))
  // One for each turn of the loop would be 3 s.
  expect(performance.now() - started).toBeLessThan(2000)
})

test('readers that do not read hold no slots, and together no more memory than they may', async () => {
  const large = { type: GraphQLString, resolve: () => 'x'.repeat(12_000_000) }
  const query = new GraphQLObjectType({ name: 'Query', fields: { large, quick: field(50) } })
  const { ask, url, headers } = await gatewayForTest(db, { schema: new GraphQLSchema({ query }), requestsAtOnce: 1 })
  const body = '{"query":"{ large }"}'
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  const readers = []
  let gone = 0
  for (let count = 0; count < 6; count++) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1').pause()
    socket.on('error', () => {})
    socket.write(head + body)
    readers.push(socket)
    await sleep(100)
    expect((await ask('{ quick }')).data).toEqual({ quick: 'answered' })
  }
  await Promise.all(
    readers.map(async (socket) => {
      let bytes = 0
      socket.on('data', (chunk) => {
        bytes += chunk.length
        if (bytes > 12_000_000) socket.destroy()
      })
      await new Promise((resolve) => socket.once('close', resolve).resume())
      if (bytes < 12_000_000) gone += 1
    }),
  )
  // 72 MB were answered and 32 may wait; the kernel holds some of each.
  expect(gone).toBeGreaterThanOrEqual(1)
  expect(gone).toBeLessThan(6)
})

// The end of a gateway: answers under way are given, new requests are sent elsewhere, and nothing is left behind.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { expect, test, vi } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'

const { db } = await createTestDatabase()

test('a gateway that is closed gives the answers under way, refuses what comes after, and is gone soon', async () => {
  let asked = 0
  const resolve = () => {
    asked += 1
    return sleep(600, 'answered')
  }
  const field = { type: GraphQLString, resolve }
  const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { slow: field } }) })
  const { url, headers, close } = await openTestGateway(db, { schema })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = (agent?: Agent) =>
    new Promise<{ status: number; text: string; connection: string | undefined }>((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent }, async (answer) => {
        const text = (await Array.fromAsync(answer)).join('')
        resolve({ status: answer.statusCode ?? 0, text, connection: answer.headers.connection })
      })
      sent.on('error', reject).end(JSON.stringify({ query: '{ slow }' }))
    })

  const underWay = Array.from({ length: 20 }, () => post())
  // Two on one connection: the second is sent when the first is answered, and by then the gateway is closing.
  const [first, second] = [post(agent), post(agent).catch((error: { code: string }) => error)]
  await vi.waitFor(() => expect(asked).toBe(21), { timeout: 5000, interval: 10 })
  const started = performance.now()
  const closed = close()
  await vi.waitFor(() => expect(post()).rejects.toMatchObject({ code: 'ECONNREFUSED' }))
  for (const { status, text } of await Promise.all([...underWay, first])) {
    expect(status).toBe(200)
    expect(text).toContain('answered')
  }
  const late = await second
  expect(late).toEqual(
    'code' in late
      ? expect.objectContaining({ code: expect.stringMatching(/^ECONN(RESET|REFUSED)$/) })
      : expect.objectContaining({ status: 503, connection: 'close' }),
  )
  await closed
  expect(performance.now() - started).toBeLessThan(2500)
})

test('a body of which nothing more comes keeps no gateway from closing, one that still comes is answered', async () => {
  const { url, headers, close } = await openTestGateway(db)
  const body = JSON.stringify({ query: '{ __typename }' })
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  const socket = () => {
    const opened = connect(Number(new URL(url).port), '127.0.0.1')
    const text = Array.fromAsync(opened).then((chunks) => Buffer.concat(chunks as Buffer[]).toString())
    opened.write(head)
    return { opened, text }
  }
  const [silent, slow] = [socket(), socket()]
  await sleep(200)
  const started = performance.now()
  const closed = close()
  for (const letter of body) {
    slow.opened.write(letter)
    await sleep(100)
  }
  expect(await slow.text).toContain('"__typename":"Query"')
  expect(await silent.text).toMatch(/^HTTP\/1.1 503 .*UNAVAILABLE/s)
  await closed
  expect(performance.now() - started).toBeLessThan(5000)
})

/** WebSockets whose other side is gone or does not read: what they hold is given back. */
import { once } from 'node:events'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { usualStreamLimits } from '#platform/limits/limits.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway, testToken } from '../support/gateway.ts'
import { openDesk } from './desk.ts'

const { db, connectionString } = await createTestDatabase()
const wakes = openWakes({ connectionString, log: openLog({ level: 'silent' }) })
const limits = { ...usualStreamLimits, perToken: 1 }
const patient = await openTestGateway(db, { wakes, streamLimits: limits })
const { workspaceId } = patient
const pinging = await openTestGateway(db, { workspaceId, wakes, streamLimits: { ...limits, pingEveryMs: 200 } })
const desk = await openDesk(db, workspaceId)
afterAll(async () => {
  await Promise.all([patient.close(), pinging.close()])
  await wakes.close()
})

type Message = { id: string; type: string; payload?: { data?: { ticketEvents?: object } | null; errors?: object[] } }

/** Signed in, and with nothing between the test and the messages. */
async function connect({ url }: { url: string }, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', options)
  onTestFinished(() => socket.terminate())
  const messages: Message[] = []
  socket.on('message', (text) => messages.push(JSON.parse(String(text))))
  const send = (message: object) => socket.send(JSON.stringify(message))
  await once(socket, 'open')
  send({ type: 'connection_init', payload: { authorization: `Bearer ${testToken}` } })
  await once(socket, 'message')
  return {
    socket,
    messages,
    ask: (id: string, query: string) => send({ type: 'subscribe', id, payload: { query } }),
    answersTo: (id: string) => messages.filter((message) => message.id === id && message.type === 'next'),
  }
}

/** Asks for a stream until it gets one; every ticket made meanwhile would be told to it. */
async function untilStreamed(client: Awaited<ReturnType<typeof connect>>) {
  let asked = 0
  await expect
    .poll(
      async () => {
        asked += 1
        client.ask(`stream ${asked}`, 'subscription { ticketEvents { __typename } }')
        await desk.ticket()
        return client.messages.some(({ payload }) => payload?.data?.ticketEvents)
      },
      { timeout: 5_000, interval: 50 },
    )
    .toBe(true)
}

test('a client that answers no ping is gone, and its stream makes room; who answers stays', async () => {
  const alive = await connect(pinging)
  const dead = await connect(pinging, { autoPong: false })
  let isDead = false
  dead.socket.on('ping', () => {
    if (!isDead) dead.socket.pong()
  })
  await untilStreamed(dead)
  alive.ask('refused', 'subscription { ticketEvents { __typename } }')
  await expect.poll(() => alive.answersTo('refused')).toMatchObject([{ payload: { errors: [expect.anything()] } }])
  isDead = true
  await once(dead.socket, 'close')
  await untilStreamed(alive)
  expect(alive.socket.readyState).toBe(WebSocket.OPEN)
})

test('a client that does not read is cut off at 8 MB, and its stream makes room; who reads gets all of it', async () => {
  const tenMegabytes = `{ ${Array.from({ length: 20 }, (_, index) => `t${index}: tickets(first: 1, filter: { status: NEW }) { nodes { subject } }`).join(' ')} }`
  const [reader, idler] = [await connect(patient), await connect(patient)]
  await untilStreamed(idler)
  await desk.ticket({ subject: 'x'.repeat(500_000) })
  idler.socket.pause()
  for (const id of ['1', '2', '3']) {
    for (const client of [reader, idler]) client.ask(id, tenMegabytes)
    await expect.poll(() => reader.answersTo(id).length, { timeout: 5_000 }).toBe(1)
  }
  await untilStreamed(reader)
  idler.socket.resume()
  await expect.poll(() => idler.socket.readyState, { timeout: 5_000 }).toBe(WebSocket.CLOSED)
  expect(idler.messages.map(({ id }) => id)).not.toContain('3')
})

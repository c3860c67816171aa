/** Keeps the connector that is there to be copied right. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Cursor, Page } from '#connectors/contract.ts'
import { example } from '#connectors/example/connector.ts'

const customer = { name: 'Wulan', mail: 'wulan@example.com', session_token: 'live-secret' }
const cases = Array.from({ length: 120 }, (_, index) => ({
  id: index + 1,
  title: `Case ${index + 1}`,
  state: index === 7 ? 'on fire' : 'open',
  customer,
  opened: 1_700_000_000 + index,
  changed: 1_700_000_100 + index,
  entries: [
    { id: `${index}-a`, by: 'customer', text: '  spaces stay \n', at: 1_700_000_000 + index },
    index === 9
      ? { id: `${index}-b`, text: 'no time' }
      : { id: `${index}-b`, by: 'agent', text: 'Done.', at: 1_700_000_050 + index },
  ],
}))

const written: { method: string | undefined; path: string; body: unknown }[] = []

async function openServer() {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://desk')
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== 'Token right') return send(401, { error: 'no' })
    if (request.method !== 'GET') {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
      written.push({ method: request.method, path: url.pathname, body })
      return send(200, { id: 'new-entry' })
    }
    const id = /^\/cases\/(\d+)$/.exec(url.pathname)?.[1]
    if (id) return cases[Number(id) - 1] ? send(200, cases[Number(id) - 1]) : send(404, { error: 'gone' })
    const since = Number(url.searchParams.get('changed_since') ?? 0)
    const fitting = cases.filter(({ changed }) => changed >= since)
    const offset = Number(url.searchParams.get('offset') ?? 0)
    send(200, { total: fitting.length, cases: fitting.slice(offset, offset + Number(url.searchParams.get('limit'))) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const log = { debug() {}, info() {}, warn() {}, error() {} }
async function openSession(token = 'right') {
  const settings = example.settings.parse({ baseUrl: await openServer(), token })
  return example.connect(settings, { log, now: () => new Date(1_800_000_000_000) })
}

test('a full round brings everything once, and the next one only what changed', async () => {
  const session = await openSession()
  const pages: Page[] = []
  let cursor: Cursor | null = null
  do {
    const page: Page = await session.pull(cursor)
    pages.push(page)
    cursor = page.cursor
  } while (pages.at(-1)?.hasMore)
  const tickets = pages.flatMap(({ records }) => records.tickets)
  expect(tickets.map(({ externalId }) => externalId)).toEqual(cases.map(({ id }) => String(id)))
  expect(tickets[0]?.conversations[0]?.messages.map(({ body }) => body.text)).toEqual(['  spaces stay \n', 'Done.'])
  expect((await session.pull(cursor)).records.tickets).toEqual([])
})

test('what does not fit is noted and the rest arrives', async () => {
  const { records } = await (await openSession()).pull(null)
  expect(records.tickets).toHaveLength(50)
  expect(records.misfits).toMatchObject([
    { kind: 'unmapped', field: 'status', externalId: '8', raw: 'on fire' },
    { kind: 'parked', subject: 'message', externalId: '9-b', problem: 'expected a time in at, got nothing' },
  ])
})

test('live secrets stay outside and a ticket that is gone is null', async () => {
  const session = await openSession()
  expect(JSON.stringify(await session.ticket('3'))).not.toContain('live-secret')
  expect(await session.ticket('999')).toBeNull()
  await expect((await openSession('wrong')).check()).rejects.toThrow('401')
})

test('an answer and a state go out, a note never does', async () => {
  const { operations } = await openSession()
  const said = { type: 'REPLY_OUTBOUND', body: { text: 'On it.' } } as never
  const order = { ticketExternalId: '3', conversationExternalId: null }
  expect(await operations.createMessages?.({ ...order, messages: [said] })).toEqual({
    messages: [{ externalId: 'new-entry', conversationExternalId: '3' }],
  })
  await operations.updateTicket?.({ ticketExternalId: '3', changes: { status: 'RESOLVED' } })
  const note = { type: 'NOTE_PRIVATE', body: { text: 'Secret.' } } as never
  await expect(operations.createMessages?.({ ...order, messages: [note] })).rejects.toThrow('answers only')
  expect(written).toEqual([
    { method: 'POST', path: '/cases/3/entries', body: { text: 'On it.' } },
    { method: 'PUT', path: '/cases/3', body: { state: 'closed' } },
  ])
})

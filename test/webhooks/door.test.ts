// What the address of webhooks answers, over real HTTP: two vendors' own ways to prove who calls, and a full or absent store.
import { createHmac, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { connectorByKey } from '#connectors/registry.ts'
import { enqueueRefetch } from '#flows/sync/refetch.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { type CalledBackend, openWebhooks } from '#flows/webhooks/door.ts'
import { openDatabase } from '#platform/db/client.ts'
import { createTestDatabase, requestsOn } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'

const secret = 'secret of the tests, long enough'
const log = pino({ level: 'silent' })
const { db } = await createTestDatabase()

const settingsOf = {
  chatwoot: { baseUrl: 'http://127.0.0.1:9', accountId: 7, apiAccessToken: 'x' },
  comm100: {
    apiUrl: 'http://127.0.0.1:9/v4',
    auth: { grant: 'apiKey', email: 'a@example.com', apiKey: 'x', siteId: '10001' },
  },
  deskhero: {},
}
type Vendor = keyof typeof settingsOf

const workspace = { key: 'acme', name: 'Acme' }
const configured: { key: string; vendor: Vendor; webhookSecrets?: string[] }[] = [
  { key: 'woot', vendor: 'chatwoot', webhookSecrets: ['a secret that is going out of use', secret] },
  { key: 'comm', vendor: 'comm100', webhookSecrets: [secret] },
  { key: 'woot-off', vendor: 'chatwoot' },
  { key: 'comm-off', vendor: 'comm100' },
  { key: 'polled', vendor: 'deskhero' },
]
const registered = await registerBackends(
  db,
  configured.map(({ key, vendor }) => ({ workspace, key, name: key, vendor })),
)
const backends = configured.map(({ vendor, webhookSecrets = [] }, index) => ({
  ...registered[index],
  connector: connectorByKey(vendor),
  settings: { ...settingsOf[vendor], webhookSecrets },
})) as unknown as CalledBackend[]
const door = openWebhooks({ dbOf: requestsOn(db), log, backends, heardOf: enqueueRefetch, bodyPatienceMs: 300 })
const gateway = await openTestGateway(db, { workspaceId: registered[0]?.workspaceId as string, doors: [door] })
afterAll(() => gateway.close())
const origin = new URL(gateway.url).origin

beforeEach(async () => {
  await db.execute(sql`delete from webhook_calls`)
  await db.execute(sql`delete from graphile_worker._private_jobs`)
})

describe('a signed call of Chatwoot', () => {
  test('has its ticket read again', async () => {
    expect(await post('woot', chatwoot())).toEqual({ status: 200, text: 'ok\n' })
    expect(await jobs()).toEqual(['7:42'])
  })

  test('is known by every configured secret', async () => {
    expect((await post('woot', chatwoot({ secret: 'a secret that is going out of use' }))).status).toBe(200)
  })

  test('is refused with 401 when the signature is wrong, and has no effect', async () => {
    const forged = [
      chatwoot({ secret: 'a secret somebody else made up' }),
      { ...chatwoot(), body: JSON.stringify({ event: 'message_created', conversation: { id: 43 } }) },
      withHeader(chatwoot(), 'x-chatwoot-signature', 'sha256='),
      withHeader(chatwoot(), 'x-chatwoot-timestamp', String(seconds() + 1)),
      withHeader(chatwoot(), 'x-chatwoot-timestamp', ''),
      { headers: {}, body: chatwoot().body },
    ]
    for (const call of forged) expect((await post('woot', call)).status).toBe(401)
    expect(await jobs()).toEqual([])
    expect(await noted()).toBe(0)
  })

  test('over the body alone is a wrong signature', async () => {
    const call = chatwoot()
    const signature = `sha256=${createHmac('sha256', secret).update(call.body).digest('hex')}`
    expect((await post('woot', withHeader(call, 'x-chatwoot-signature', signature))).status).toBe(401)
  })

  test('is refused with 409 when it is more than 300 s old or ahead', async () => {
    for (const timestamp of [seconds() - 310, seconds() + 310])
      expect((await post('woot', chatwoot({ timestamp }))).status).toBe(409)
    for (const timestamp of [seconds() - 290, seconds() + 290])
      expect((await post('woot', chatwoot({ timestamp }))).status).toBe(200)
    expect(await noted()).toBe(2)
  })

  test('that comes again is answered with 200 and has no effect', async () => {
    const call = chatwoot()
    await post('woot', call)
    await db.execute(sql`delete from graphile_worker._private_jobs`)
    expect((await post('woot', call)).status).toBe(200)
    // The vendor's own repetition: the same delivery, signed anew.
    expect((await post('woot', chatwoot({ ...call, timestamp: seconds() - 5 }))).status).toBe(200)
    expect(await jobs()).toEqual([])
    expect(await noted()).toBe(1)
  })

  test('of another account, or that is no object, is refused with 400', async () => {
    const another = { event: 'message_created', account: { id: 8 }, conversation: { id: 42 } }
    expect((await post('woot', chatwoot({ payload: another }))).status).toBe(400)
    for (const body of ['', 'nonsense', '[]', 'null', '{"event":'])
      expect((await post('woot', chatwoot({ body }))).status).toBe(400)
    expect(await jobs()).toEqual([])
  })

  test('names its ticket by each documented event, and anything else is taken without effect', async () => {
    const quiet = ['conversation_typing_on', 'contact_updated', 'webwidget_triggered', '__proto__', 'toString', '']
    for (const event of quiet) expect((await post('woot', chatwoot({ payload: { event, id: 1 } }))).status).toBe(200)
    for (const id of ['x', -1, 1.5, null, { a: 1 }])
      expect((await post('woot', chatwoot({ payload: { event: 'conversation_updated', id } }))).status).toBe(200)
    expect(await jobs()).toEqual([])
    for (const [index, event] of ['created', 'updated', 'status_changed'].entries())
      await post('woot', chatwoot({ payload: { event: `conversation_${event}`, id: 50 + index } }))
    for (const [index, event] of ['created', 'updated'].entries())
      await post('woot', chatwoot({ payload: { event: `message_${event}`, id: 1, conversation: { id: 60 + index } } }))
    expect(await jobs()).toEqual(['7:50', '7:51', '7:52', '7:60', '7:61'])
  })
})

describe('an unsigned call of an older Chatwoot', () => {
  test('is taken only at an address that ends in the secret', async () => {
    const call = { headers: {}, body: chatwoot().body }
    expect((await post(`woot/${encodeURIComponent(secret)}`, call)).status).toBe(200)
    expect(await jobs()).toEqual(['7:42'])
    for (const rest of ['', '/', '/another secret', `/${encodeURIComponent(secret)}x`])
      expect((await post(`woot${rest}`, call)).status).toBe(401)
  })

  test('with a signature that is wrong is not saved by the address', async () => {
    const forged = chatwoot({ secret: 'a secret somebody else made up' })
    expect((await post(`woot/${encodeURIComponent(secret)}`, forged)).status).toBe(401)
  })
})

describe('a call of Comm100', () => {
  const address = `comm/${encodeURIComponent(secret)}`

  test('has its ticket read again, and the one it was merged into', async () => {
    expect((await post(address, comm100({ Id: 539, MergedToTargetId: 540 }))).status).toBe(200)
    expect(await jobs()).toEqual(['539', '540'])
  })

  test('without the secret, or with a wrong one, finds nothing, like a call to an unknown backend', async () => {
    const unknown = await post('nobody', comm100({ Id: 1 }))
    expect(unknown.status).toBe(404)
    for (const place of ['comm', 'comm/', 'comm/guess', `${address}/more`, `comm/${encodeURIComponent(secret)}%00`])
      expect(await post(place, comm100({ Id: 1 }))).toEqual(unknown)
    expect(await noted()).toBe(0)
  })

  test('that comes again has no effect; the next change of the ticket has', async () => {
    const first = comm100({ Id: 539, LastUpdatedTime: '2026-01-01T00:00:00.1Z' })
    for (let time = 0; time < 3; time += 1) expect((await post(address, first)).status).toBe(200)
    expect(await noted()).toBe(1)
    await post(address, comm100({ Id: 539, LastUpdatedTime: '2026-01-01T00:00:00.2Z' }))
    expect(await noted()).toBe(2)
    expect(await jobs()).toEqual(['539'])
  })

  test('of another shape is taken without effect, one of another site or that is no JSON is refused', async () => {
    for (const payload of [
      {},
      { TicketInfo: null },
      { TicketInfo: [] },
      { TicketInfo: { Id: '../1' } },
      { contentId: 5 },
    ])
      expect((await post(address, { headers: {}, body: JSON.stringify(payload) })).status).toBe(200)
    expect((await post(address, comm100({ Id: 1 }, 10002))).status).toBe(400)
    expect((await post(address, { headers: {}, body: '{' })).status).toBe(400)
    expect(await jobs()).toEqual([])
  })
})

describe('the door', () => {
  test('is shut without a configured secret, for a vendor that posts nothing, and for an unknown backend', async () => {
    for (const place of ['woot-off', 'comm-off', 'comm-off/', 'polled', 'nobody', '', '__proto__', '%', 'woot%2F'])
      expect((await post(place, chatwoot({ secret: '' }))).status).toBe(404)
  })

  test('answers 405 to anything but POST', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await fetch(`${origin}/webhooks/woot`, { method })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  test('answers 413 to 5 MB, announced or not, without reading them', async () => {
    const body = Buffer.alloc(5_000_000, ' ')
    for (let time = 0; time < 3; time += 1) {
      const announced = await fetch(`${origin}/webhooks/woot`, { method: 'POST', body })
      expect([announced.status, await announced.text()]).toEqual([413, 'Expected a body of at most 1048576 bytes.\n'])
      const chunked = await fetch(`${origin}/webhooks/woot`, {
        method: 'POST',
        body: new Blob([body]).stream(),
        duplex: 'half',
      } as RequestInit)
      expect(chunked.status).toBe(413)
    }
  })

  test('takes a body of exactly 1 MiB', async () => {
    const start = JSON.stringify({ event: 'conversation_updated', id: 42 })
    const body = start + ' '.repeat(1024 * 1024 - start.length)
    expect((await post('woot', chatwoot({ body }))).status).toBe(200)
    expect((await post('woot', chatwoot({ body: `${body} ` }))).status).toBe(413)
  })

  test('answers 408 to a body that does not come', async () => {
    const { port } = new URL(origin)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /webhooks/woot HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"ev')
    const said = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
    expect(said).toMatch(/^HTTP\/1\.1 408 /)
    socket.destroy()
  })

  test('answers 503 with Retry-After while Postgres is away', async () => {
    const absent = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:9/none' })
    const away = openWebhooks({ dbOf: () => absent.db, log, backends, heardOf: enqueueRefetch })
    const other = await openTestGateway(db, { doors: [away] })
    const startedAt = Date.now()
    const answer = await fetch(`${new URL(other.url).origin}/webhooks/woot`, { method: 'POST', ...chatwoot() })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(Date.now() - startedAt).toBeLessThan(2500)
    await other.close()
    await absent.close()
  })

  test('takes a burst of 1,000 calls for 10 tickets, and the queue holds 10 jobs', async () => {
    const calls = Array.from({ length: 1000 }, (_, index) =>
      chatwoot({ payload: { event: 'message_created', id: index, conversation: { id: 100 + (index % 10) } } }),
    )
    const slowest: number[] = []
    const startedAt = Date.now()
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let call = calls.pop(); call; call = calls.pop()) {
          const sentAt = Date.now()
          expect((await post('woot', call)).status).toBe(200)
          slowest.push(Date.now() - sentAt)
        }
      }),
    )
    const tookMs = Date.now() - startedAt
    expect(await noted()).toBe(1000)
    expect((await jobs()).length).toBe(10)
    slowest.sort((a, b) => a - b)
    process.stdout.write(`1,000 webhooks in ${tookMs} ms, p50 ${slowest[500]} ms, p99 ${slowest[990]} ms\n`)
    // The vendor waits 5 s.
    expect(slowest[999]).toBeLessThan(5000)
  })

  test('takes the same call 50 times at once and notes it once', async () => {
    const call = chatwoot()
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('woot', call)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await noted()).toBe(1)
    expect(await jobs()).toEqual(['7:42'])
  })
})

// ------------------------------------------------------------------ calls

type Call = { headers: Record<string, string>; body: string }
const seconds = () => Math.floor(Date.now() / 1000)

function chatwoot(
  said: { payload?: object; body?: string; secret?: string; timestamp?: number; headers?: Record<string, string> } = {},
): Call {
  const payload = said.payload ?? { event: 'message_created', id: 101, account: { id: 7 }, conversation: { id: 42 } }
  const body = said.body ?? JSON.stringify(payload)
  const timestamp = String(said.timestamp ?? seconds())
  const signature = createHmac('sha256', said.secret ?? secret)
    .update(`${timestamp}.${body}`)
    .digest('hex')
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-chatwoot-delivery': said.headers?.['x-chatwoot-delivery'] ?? randomUUID(),
      'x-chatwoot-timestamp': timestamp,
      'x-chatwoot-signature': `sha256=${signature}`,
    },
  }
}

function withHeader({ headers, body }: Call, name: string, value: string): Call {
  return { body, headers: { ...headers, [name]: value } }
}

function comm100(ticket: object, siteId = 10001): Call {
  return { headers: {}, body: JSON.stringify({ SiteId: siteId, TriggerName: 'x', TicketInfo: ticket }) }
}

async function post(place: string, { headers, body }: Call) {
  const answer = await fetch(`${origin}/webhooks/${place}`, { method: 'POST', headers, body })
  return { status: answer.status, text: await answer.text() }
}

/** The tickets that wait to be read again. */
async function jobs(): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select payload->>'externalId' as id from graphile_worker._private_jobs order by 1`)
  return rows.map(({ id }) => id)
}

async function noted(): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`select count(*)::int from webhook_calls`)
  return rows[0]?.count ?? -1
}

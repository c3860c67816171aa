/** What becomes of requests: repeats, receivers in trouble, secrets, replays, and addresses that are not called. */
import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { Webhook as Verifier } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { forgetHandler, replayHandler } from '#flows/calling/caller.ts'
import type { Calling } from '#flows/calling/calling.ts'
import { sweep } from '#flows/sweeping/sweeping.ts'
import { openDatabase } from '#platform/db/client.ts'
import { nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Handler } from '#platform/jobs/queue.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { givenOut } from '../changes/given-out.ts'
import { silent } from '../syncing/backend.ts'
import { message, thread } from '../syncing/scripted.ts'
import { openDesks, openReceiver, type Reply, until, type Webhook } from './desk.ts'

const key = { id: 'k1', key: randomBytes(32) }
const secretKeys = { newest: key, byId: new Map([[key.id, key.key]]) }
const { db, connectionString, newDesk } = await openDesks({ secretKeys })
const strict = await openDesks({ localAddresses: false })
const uuidIn = (nodeId: string) => nodeKeyOf(nodeId)?.id as string

async function deskWithTicket() {
  const desk = await newDesk()
  await desk.store({ tickets: [thread('1', [message('1')])] })
  return { ...desk, id: await desk.ticketId('1') }
}
type Desk = Awaited<ReturnType<typeof deskWithTicket>>

/** Changes of a ticket that the log gives out. */
async function change(desk: Desk, ...priorities: string[]) {
  for (const priority of priorities) await desk.update(desk.id, { priority })
  await givenOut(db, desk.workspaceId)
  desk.calling.waker.wake()
}

/** The one delivery of a webhook, once it is so. */
async function settled(desk: Desk, id: string, isSo: (delivery: Webhook['deliveries']['nodes'][0]) => boolean) {
  let found: Webhook['deliveries']['nodes'][0] | undefined
  await until(
    async () => {
      ;[found] = await desk.deliveries(id)
      return found !== undefined && isSo(found)
    },
    () => JSON.stringify(found),
  )
  return found as NonNullable<typeof found>
}
/** Until the test ends. */
function runJobs(desk: Desk, handlers: Handler<{ calling: Calling }>[]) {
  const { pool, close } = openDatabase({ connectionString })
  const runner = startJobRunner({ pool, handlers, context: { calling: desk.calling }, concurrency: 1, log: silent })
  onTestFinished(async () => {
    await runner.stop()
    await close()
  })
}

const secondsUntil = (time: string | null) => (Date.parse(time ?? '') - Date.now()) / 1000

test('what a receiver does not take is sent again, the same under the same id, with growing waits and as it asks', async () => {
  const desk = await deskWithTicket()
  const replies: Reply[] = [
    { status: 500, body: `Oops \0 ${'x'.repeat(20_000)}` },
    { status: 429, headers: { 'retry-after': '3600' } },
    { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    {},
  ]
  const receiver = await openReceiver((_request, count) => replies[count - 1] ?? {})
  const { id, secret } = await desk.listen(receiver.url)
  desk.worker()
  await change(desk, 'HIGH')
  const first = await settled(desk, id, ({ attempt, state }) => attempt === 1 && state === 'WAITING')
  expect(first).toMatchObject({ httpStatus: 500, problem: 'The receiver answered 500.', succeeded: false })
  expect(first.response).toMatch(/^Oops {2}x{1900,}$/)
  // It may repeat what was sent, which not everybody may read.
  const byFew = await desk.ask<{ response: string | null }>(
    ...(['query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { response } } }', { id: first.id }] as const),
    desk.viewer({ without: 'NOTES_READ' }),
  )
  expect(byFew).toEqual({ response: null })
  expect(secondsUntil(first.nextAttemptAt)).toBeGreaterThan(3)
  expect(secondsUntil(first.nextAttemptAt)).toBeLessThan(6.5)
  expect((await desk.webhook(id)).failingSince).not.toBeNull()
  await desk.later('10 seconds')
  const second = await settled(desk, id, ({ attempt }) => attempt === 2)
  expect(secondsUntil(second.nextAttemptAt)).toBeGreaterThan(3500)
  await desk.later()
  const third = await settled(desk, id, ({ attempt }) => attempt === 3)
  expect(third.problem).toBe('The receiver answered 302, and redirects are not followed.')
  const query = `query ($id: ID!, $onlyFailed: Boolean!) { node(id: $id) { ... on Webhook {
    deliveries(onlyFailed: $onlyFailed, first: 1) { totalCount nodes { id } pageInfo { hasNextPage } } } } }`
  const failed = { deliveries: { totalCount: 1, nodes: [{ id: third.id }], pageInfo: { hasNextPage: false } } }
  expect(await desk.ask(query, { id, onlyFailed: true })).toEqual(failed)
  await desk.later()
  await settled(desk, id, ({ state }) => state === 'SUCCEEDED')
  expect(await desk.ask(query, { id, onlyFailed: true })).toMatchObject({ deliveries: { totalCount: 0, nodes: [] } })
  expect(await desk.webhook(id)).toMatchObject({ failingSince: null, isEnabled: true })

  const { requests } = receiver
  expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
  expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([first.messageId]))
  for (const { headers, body } of requests) new Verifier(secret).verify(body, headers as Record<string, string>)
  const { rows } = await db.execute(sql`select body from webhook_deliveries where workspace_id = ${desk.workspaceId}`)
  expect(rows).toEqual([{ body: null }])
})

test('after nine attempts a request is given up; a receiver that is gone, or fails for five days, is told nothing more', async () => {
  const desk = await deskWithTicket()
  let status = 503
  const receiver = await openReceiver(() => ({ status }))
  const { id } = await desk.listen(receiver.url)
  desk.worker()
  await change(desk, 'HIGH')
  for (let attempt = 1; attempt < 9; attempt++) {
    await settled(desk, id, (delivery) => delivery.attempt === attempt)
    await desk.later()
  }
  await settled(desk, id, ({ state, attempt }) => state === 'FAILED' && attempt === 9)
  expect(await desk.webhook(id)).toMatchObject({ isEnabled: true, problem: null })

  await db.execute(
    sql`update webhooks set failing_since = now() - interval '6 days' where workspace_id = ${desk.workspaceId}`,
  )
  await change(desk, 'LOW')
  await until(async () => !(await desk.webhook(id)).isEnabled)
  expect((await desk.webhook(id)).problem).toMatchObject({ kind: 'FAILING' })
  // What waits is sent when it is enabled again, and so is what happened meanwhile.
  await change(desk, 'URGENT')
  const before = receiver.requests.length
  status = 204
  await desk.save({ id, isEnabled: true })
  desk.calling.waker.wake()
  await receiver.got(before + 2)
  expect(await desk.webhook(id)).toMatchObject({ isEnabled: true, problem: null })
  status = 410
  await change(desk, 'NORMAL')
  await until(async () => !(await desk.webhook(id)).isEnabled)
  expect((await desk.webhook(id)).problem).toMatchObject({ kind: 'RECEIVER_GONE' })
  expect((await desk.deliveries(id))[0]).toMatchObject({ state: 'FAILED', httpStatus: 410, nextAttemptAt: null })
})

test('a worker killed between a request and the note of it: another one sends it again, under the same id', async () => {
  const desk = await deskWithTicket()
  const dying = openDatabase({ connectionString, applicationName: 'dying worker' })
  dying.pool.on('error', () => {})
  const receiver = await openReceiver(async (_request, count) => {
    if (count > 1) return {}
    await db.execute(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dying worker'`,
    )
    await dying.close()
    return {}
  })
  const { id } = await desk.listen(receiver.url)
  await change(desk, 'HIGH')
  const first = desk.worker(desk.callingOf({ db: dying.db }))
  await receiver.got(1)
  await first.stop()
  expect(await desk.deliveries(id)).toMatchObject([{ state: 'WAITING', attempt: 0 }])
  const second = desk.worker()
  // While its lease runs nobody else touches it.
  await receiver.got(1)
  expect(receiver.requests).toHaveLength(1)
  await desk.later('30 seconds')
  await settled(desk, id, ({ state }) => state === 'SUCCEEDED')
  await second.stop()
  const [one, other] = receiver.requests
  expect(one?.headers['webhook-id']).toBe(other?.headers['webhook-id'])
  expect(one?.body).toBe(other?.body)
})

test('for a day after a rotation both secrets sign, and neither stands readable in the database or the audit log', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { id, secret } = await desk.listen(receiver.url)
  const { secret: fresh } = await desk.act<{ secret: string }>(
    'webhookRotateSecret',
    id,
    'secret webhook { formerSecretUntil }',
  )
  expect(fresh).not.toBe(secret)
  expect((await desk.save({ id, description: 'Ours' })).secret).toBeNull()
  desk.worker()
  const verifies = (by: string, { headers, body }: (typeof receiver.requests)[0]) => {
    try {
      return Boolean(new Verifier(by).verify(body, headers as Record<string, string>))
    } catch {
      return false
    }
  }
  await change(desk, 'HIGH')
  const [both] = await receiver.got(1)
  expect([secret, fresh].map((by) => both && verifies(by, both))).toEqual([true, true])
  await db.execute(
    sql`update webhooks set former_secret_until = now() - interval '1 second' where workspace_id = ${desk.workspaceId}`,
  )
  await change(desk, 'LOW')
  const [, one] = await receiver.got(2)
  expect([secret, fresh].map((by) => one && verifies(by, one))).toEqual([false, true])

  const { rows } = await db.execute(sql`
    select (select jsonb_agg(to_jsonb(w)) from webhooks w where workspace_id = ${desk.workspaceId})::text
      || (select jsonb_agg(to_jsonb(a)) from audit_entries a where workspace_id = ${desk.workspaceId})::text as kept`)
  const kept = String((rows[0] as { kept: string }).kept)
  for (const plain of [secret, fresh]) expect(kept).not.toContain(plain.slice(12))
  expect(kept).toContain('enc:k1:')
  const entries = await desk.ask<{ nodes: object[] }>('{ auditLog { nodes { operation targetIds changes } } }')
  expect(entries.nodes).toContainEqual({
    ...{ operation: 'webhookSave', targetIds: [id], changes: [{ kind: 'GIVEN', fields: ['description', 'id'] }] },
  })
  expect(entries.nodes).toContainEqual(expect.objectContaining({ operation: 'webhookRotateSecret', targetIds: [id] }))

  // A worker that starts with a newer key leaves nothing to the older one.
  const newer = { id: 'k0', key: randomBytes(32) }
  const bothKeys = { newest: newer, byId: new Map([...secretKeys.byId, [newer.id, newer.key]]) }
  const isSealedBy = async (prefix: string) =>
    (
      await db.execute(
        sql`select from webhooks where workspace_id = ${desk.workspaceId} and starts_with(secret, ${prefix})`,
      )
    ).rowCount === 1
  const restarted = desk.worker(desk.callingOf({ secretKeys: bothKeys }))
  await until(() => isSealedBy('enc:k0:'))
  await restarted.stop()

  // Without the key nothing is sent unsigned.
  await db.execute(
    sql`update webhooks set secret = replace(secret, 'enc:k0:', 'enc:k2:') where workspace_id = ${desk.workspaceId}`,
  )
  await change(desk, 'URGENT')
  await until(async () => !(await desk.webhook(id)).isEnabled)
  expect((await desk.webhook(id)).problem).toMatchObject({ kind: 'SECRET_LOST' })
  expect(receiver.requests).toHaveLength(2)
})

test('given requests, or all since a place in the log, are sent again under their ids and as they are now', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const query = 'query ($ticketId: ID!) { ticket(id: $ticketId) { priority } }'
  const { id, cursor } = await desk.listen(receiver.url, { query })
  desk.worker()
  await change(desk, 'HIGH')
  await receiver.got(1)
  await change(desk, 'LOW')
  await receiver.got(2)
  const [newest, oldest] = await desk.deliveries(id)
  const replay = (input: object) =>
    desk.run<{ job: { id: string; state: string; total: number; processed: number } | null }>(
      ...([
        'webhookReplay',
        'WebhookReplayInput',
        'job { id state total processed }',
        { webhookId: id, ...input },
      ] as const),
    )
  const done = await replay({ deliveryIds: [oldest?.id] })
  expect(done).toMatchObject({ errors: [], job: { state: 'SUCCEEDED', total: 1, processed: 1 } })
  desk.calling.waker.wake()
  const third = (await receiver.got(3))[2]
  expect(third?.headers['webhook-id']).toBe(oldest?.messageId)
  expect(third?.said.data).toEqual({ ticket: { priority: 'LOW' } })

  // What it was not told then is told by what it listens to now.
  await desk.run('noteAdd', 'NoteAddInput', '__typename', { ticketId: desk.id, body: { text: 'A note' } })
  await givenOut(db, desk.workspaceId)
  desk.calling.waker.wake()
  await receiver.got(4)
  await desk.save({ id, events: ['TICKET_UPDATED', 'MESSAGE_CREATED'] })
  const { job, errors } = await replay({ from: cursor })
  expect({ job, errors }).toMatchObject({ errors: [], job: { state: 'QUEUED', total: 4, processed: 0 } })
  runJobs(desk, [replayHandler])
  await receiver.got(8)
  expect(receiver.types().slice(4).sort()).toEqual([
    ...['MESSAGE_CREATED', 'TICKET_UPDATED'],
    ...['TICKET_UPDATED', 'TICKET_UPDATED'],
  ])
  const ids = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))
  expect(ids.has(newest?.messageId)).toBe(true)
  expect(ids.size).toBe(4)
  const state = await desk.ask('query ($id: ID!) { job(id: $id) { state total processed failed } }', { id: job?.id })
  expect(state).toEqual({ state: 'SUCCEEDED', total: 4, processed: 4, failed: 0 })

  expect((await replay({})).errors).toMatchObject([{ path: ['input'] }])
  expect((await replay({ deliveryIds: [id] })).errors).toMatchObject([
    { code: 'NOT_FOUND', path: ['input', 'deliveryIds', '0'] },
  ])
  await db.execute(
    sql`insert into change_gaps select ${desk.workspaceId}, system_identifier, pg_current_xact_id(), 0 from pg_control_system()`,
  )
  await givenOut(db, desk.workspaceId)
  expect((await replay({ from: cursor })).errors).toMatchObject([{ path: ['input', 'from'] }])
})

test('what is sent again while a request of it is still under way goes out once more', async () => {
  const desk = await deskWithTicket()
  const held = Promise.withResolvers<Reply>()
  const receiver = await openReceiver((_request, count) => (count === 1 ? held.promise : {}))
  const { id } = await desk.listen(receiver.url)
  desk.worker()
  await change(desk, 'HIGH')
  await receiver.got(1)
  const [delivery] = await desk.deliveries(id)
  await desk.run('webhookReplay', 'WebhookReplayInput', '__typename', { webhookId: id, deliveryIds: [delivery?.id] })
  held.resolve({})
  desk.calling.waker.wake()
  await receiver.got(2)
  await settled(desk, id, ({ state, attempt }) => state === 'SUCCEEDED' && attempt === 1)
  expect(receiver.requests).toHaveLength(2)
})

test('what its saver may no longer see is not in the next attempt, though it was in the one before', async () => {
  const desk = await deskWithTicket()
  await desk.run('noteAdd', 'NoteAddInput', '__typename', { ticketId: desk.id, body: { text: 'hush hush' } })
  const receiver = await openReceiver((_request, count) => ({ status: count === 1 ? 500 : 204 }))
  const query = 'query ($ticketId: ID!) { ticket(id: $ticketId) { messages(first: 10) { nodes { body { text } } } } }'
  const { id } = await desk.listen(receiver.url, { query })
  let scopes = usualScopes('ADMIN')
  desk.worker(desk.callingOf({ rightsOf: () => scopes, waker: desk.calling.waker }))
  await change(desk, 'HIGH')
  await settled(desk, id, ({ attempt, state }) => attempt === 1 && state === 'WAITING')
  scopes = new Set([...scopes].filter((scope) => scope !== 'NOTES_READ'))
  await desk.later()
  const [before, after] = await receiver.got(2)
  expect(before?.body).toContain('hush')
  expect(after?.said.data).toMatchObject({ ticket: { messages: { nodes: [{ body: { text: 'Message 1' } }] } } })
  expect(after?.body).not.toContain('hush')
})

test('a query that is not answered is an attempt: it waits for the next one, and not in the way of others', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const query = 'query ($ticketId: ID!) { ticket(id: $ticketId) { number } }'
  const { id } = await desk.listen(receiver.url, { query })
  const away = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' })
  onTestFinished(() => away.close())
  const worker = desk.worker(desk.callingOf({ dbOf: () => away.db, waker: desk.calling.waker }))
  await change(desk, 'HIGH')
  const waiting = await settled(desk, id, ({ attempt }) => attempt === 1)
  expect(waiting).toMatchObject({
    state: 'WAITING',
    httpStatus: null,
    problem: expect.stringMatching(/^The query was/),
  })
  await worker.stop()
  desk.worker()
  await desk.later()
  expect((await receiver.got(1))[0]?.said.data).toEqual({ ticket: { number: '1' } })
})

test('addresses inside are refused when they are saved, and not called when a name leads there later', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { id } = await desk.listen(receiver.url)
  const inside = desk.callingOf({ localAddresses: false })
  desk.worker(inside)
  const port = new URL(receiver.url).port
  const addresses = [
    `http://127.0.0.1:${port}/`,
    `https://127.0.0.1:${port}/`,
    `https://localhost:${port}/`,
    `https://[::1]:${port}/`,
  ]
  for (const [index, address] of [...addresses, 'https://169.254.169.254/latest/meta-data/'].entries()) {
    await db.execute(
      sql`update webhooks set url = ${address}, failing_since = null where workspace_id = ${desk.workspaceId}`,
    )
    await desk.act('webhookTest', id, 'delivery { id }')
    inside.waker.wake()
    await until(async () => {
      const tried = (await desk.deliveries(id)).filter(({ attempt }) => attempt > 0)
      return (
        tried.length > index &&
        tried.every(({ httpStatus, problem }) => httpStatus === null && /https|internet/.test(problem ?? ''))
      )
    })
  }
  expect(receiver.requests).toEqual([])

  // As a gateway is that allows none of it.
  const other = await strict.newDesk()
  const refused = [
    'http://hooks.example/',
    'https://10.0.0.8/',
    'https://[::ffff:127.0.0.1]/',
    'https://localhost/',
    'https://me:word@hooks.example/',
    'ftp://hooks.example/',
  ]
  for (const url of refused) {
    const { webhook, errors } = await other.save({ url, events: ['TICKET_UPDATED'] })
    expect({ url, webhook, errors }).toMatchObject({ url, webhook: null, errors: [{ path: ['input', 'url'] }] })
  }
  expect((await other.save({ url: 'https://hooks.example/x', events: ['TICKET_UPDATED'] })).errors).toEqual([])
})

test('a receiver that does not answer holds up no other, and gets one request at a time once it failed', async () => {
  const desk = await deskWithTicket()
  desk.worker() // stopped after them
  const held = Promise.withResolvers<Reply>()
  const next = Promise.withResolvers<Reply>()
  const slow = await openReceiver((_request, count) => (count <= 4 ? held.promise : next.promise))
  const quick = await openReceiver()
  await desk.listen(slow.url)
  await desk.listen(quick.url)
  const priorities = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? 'HIGH' : 'LOW'))
  await change(desk, ...priorities)
  await quick.got(12)
  expect(slow.requests).toHaveLength(4)
  held.resolve({ status: 500 })
  expect(await slow.got(5)).toHaveLength(5)
  next.resolve({})
})

test('a test request says nothing but that it came; a deleted webhook is gone with what is known of it', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { id } = await desk.listen(receiver.url)
  desk.worker()
  const { delivery } = await desk.act<{ delivery: { id: string } }>('webhookTest', id, 'delivery { id }')
  desk.calling.waker.wake()
  const [got] = await receiver.got(1)
  expect(got?.said).toMatchObject({ type: 'TEST', data: { id: delivery.id } })

  // An old request goes with the sweep.
  await db.execute(
    sql`update webhook_deliveries set created_at = now() - interval '31 days' where id = ${uuidIn(delivery.id)}`,
  )
  await sweep(db)
  expect((await desk.webhook(id)).deliveries.totalCount).toBe(0)
  const { errors } = await desk.save({ id, isEnabled: false })
  expect(errors).toEqual([])
  expect((await desk.act('webhookTest', id, '__typename')).errors).toMatchObject([{ path: ['input', 'id'] }])
  const more = 5_001 // than go at once
  await db.execute(sql`
    insert into webhook_deliveries (workspace_id, webhook_id, event, cluster_id, transaction_id, log_position, subject_id)
    select workspace_id, id, 'TEST', 1, '1', n, id from webhooks, generate_series(1, ${more}) n
    where workspace_id = ${desk.workspaceId}`)
  // Whoever saves it does not wait for all that waits either.
  await desk.later('-1 hours')
  await desk.save({ id, description: 'Ours' })
  const { rowCount: due } = await db.execute(sql`
    select from webhook_deliveries where workspace_id = ${desk.workspaceId} and next_attempt_at <= now()`)
  expect(due).toBe(1_000)
  const [left] = await desk.deliveries(id)
  expect(await desk.act('webhookDelete', id, 'deletedId')).toMatchObject({ deletedId: id, errors: [] })
  // Nobody waits for them to go, and nobody sees them any more.
  const known = async () =>
    (await db.execute(sql`select from webhook_deliveries where workspace_id = ${desk.workspaceId}`)).rowCount
  expect(await known()).toBe(more)
  const node = 'query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { webhook { id } } } }'
  expect(await desk.ask(node, { id: left?.id })).toBeNull()
  runJobs(desk, [forgetHandler])
  await until(async () => (await known()) === 0)
  expect(await desk.ask('{ webhooks { id } }')).toEqual([])
  for (const name of ['webhookTest', 'webhookDelete', 'webhookRotateSecret'])
    expect((await desk.act(name, id, '__typename')).errors).toMatchObject([{ code: 'NOT_FOUND' }])
})

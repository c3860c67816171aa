/** What is promised to a help desk gets there once, in order, or it shows why not: on real sandboxes that misbehave. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import type { Session } from '#connectors/contract.ts'
import { backends as backendRows } from '#domain/backends/table.ts'
import { RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'
import { startDeliverer } from '#flows/deliver/deliverer.ts'
import type { Delivering } from '#flows/deliver/delivering.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing, type SyncedBackend } from '#flows/sync/syncing.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { openLog } from '#platform/log.ts'
import { type Desk, deskOf } from '../../torture/desk.ts'
import { deliverDuringTest, deliveringOf } from '../support/delivering.ts'
import { gatewayForTest } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const vendors = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox']
const served = await serveBuiltIn()
const { ask, db, workspaceId } = served
const log = openLog({ level: 'silent' })

// Help desks that are given up on before a second is over, and are surely done then.
const backends = served.backends.map((backend) => ({
  ...backend,
  settings: { ...(backend.settings as object), timeoutMs: 800, writeSettlesAfterMs: 1000 },
}))
const syncing = openSyncing({ db, log, backends })
const hurried = { db, syncing, backends }
const backendOf = (vendor: string) => backends.find(({ connector }) => connector.key === vendor) as SyncedBackend
const desks = new Map(served.sandboxes.backends.map((backend) => [backend.vendor, deskOf(backend)]))
const deskAt = (vendor: string) => desks.get(vendor) as Desk
const SEND = `mutation ($input: MessageSendInput!) {
  messageSend(input: $input) { errors { code message } message { id } replayed deliveries { id } }
}`
const { taking, refusing } = await ticketsByAnswer()

beforeEach(async () => {
  await Promise.all([...desks.values()].map((desk) => desk.behave()))
})

test('a reply that a help desk stored is found when its answer is lost, and not repeated', async () => {
  const { settled } = deliverDuringTest(hurried)
  const kinds = ['time-out', '500', 'reset', '502', 'cut'] as const
  const sent = await sendEverywhere(kinds.length, 'Stored all the same', async (desk) => {
    for (const kind of kinds) await desk.failNext(kind, { isCarriedOut: true })
  })
  await settled()
  for (const { vendor, text, deliveryId, messageId } of sent) {
    expect(await deskAt(vendor).count(text), text).toBe(1)
    expect(await delivery(deliveryId), text).toMatchObject({ state: 'SETTLED', attempts: 1, error: null })
    expect((await message(messageId)).delivery.status, text).toMatch(/^(SENT|DELIVERED|READ)$/)
    expect(await copiesOf(text), text).toBe(1)
  }
})

test('a reply that a help desk did not store is repeated once that is sure', async () => {
  const { settled } = deliverDuringTest(hurried)
  const kinds = ['time-out', '500', 'reset'] as const
  const sent = await sendEverywhere(kinds.length, 'Not stored at first', async (desk) => {
    for (const kind of kinds) await desk.failNext(kind)
  })
  await settled()
  for (const { vendor, text, deliveryId } of sent) {
    expect(await deskAt(vendor).count(text), text).toBe(1)
    const { state, attempts } = await delivery(deliveryId)
    expect(state, text).toBe('SETTLED')
    expect(attempts, text).toBeGreaterThan(1) // more than two where so many failures made us leave it alone for a while
    expect(await copiesOf(text), text).toBe(1)
  }
})

test('what is still being stored when its answer is given up is waited for', async () => {
  const desk = deskAt('chatwoot')
  const { settled } = deliverDuringTest(hurried)
  await desk.failNext('time-out', { isCarriedOut: true, carriedOutAfterMs: 1500 })
  const { deliveryId } = await send(nextTicket('chatwoot'), 'Stored late')
  await settled()
  expect(await desk.count('Stored late')).toBe(1)
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 1 })
})

test('too many requests: it waits as long as it was told, and goes out then', async () => {
  const desk = deskAt('deskhero')
  const { settled } = deliverDuringTest(hurried)
  await desk.failNext('429')
  const startedAt = Date.now()
  const { deliveryId } = await send(nextTicket('deskhero'), 'Not so fast')
  await until(async () => (await delivery(deliveryId)).error !== null)
  expect(await delivery(deliveryId)).toMatchObject({ state: 'QUEUED', attempts: 1, nextAttemptAt: expect.anything() })
  await settled()
  expect(Date.now() - startedAt).toBeGreaterThan(1000)
  expect(await desk.count('Not so fast')).toBe(1)
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 2, error: null })
})

test('a refused reply is shown as failed; sent again when the cause is gone, it arrives', async () => {
  const desk = deskAt('alibaba')
  const { settled } = deliverDuringTest(hurried)
  const ticketId = refusing[0] as string
  const { deliveryId, messageId } = await send(ticketId, 'To a closed ticket')
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'REFUSED', nextAttemptAt: null })
  expect((await delivery(deliveryId)).error?.message).toMatch(/closed/)
  const failed = { status: 'FAILED', failReason: expect.stringMatching(/closed/) }
  expect((await message(messageId)).delivery).toMatchObject(failed)
  expect(await desk.count('To a closed ticket')).toBe(0)

  const { errors } = await mutate('ticketUpdate', 'TicketUpdateInput', {
    id: ticketId,
    patch: { status: 'PENDING_EXTERNAL' },
  })
  expect(errors).toEqual([])
  await settled()
  expect((await mutate('deliveryRetry', 'NodeActionInput', { id: deliveryId })).errors).toEqual([])
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', error: null })
  expect(await desk.count('To a closed ticket')).toBe(1)
})

test('a refused reply that is given up stays to be read, as deleted and not sent', async () => {
  const createMessages = async () => Promise.reject(new RefusedError('too rude', { httpStatus: 422 }))
  const { settled } = deliverDuringTest(hurried, withOperations({ createMessages }))
  const { deliveryId, messageId } = await send(nextTicket('chatwoot'), 'Given up')
  await settled()
  expect((await mutate('deliveryDiscard', 'NodeActionInput', { id: deliveryId })).errors).toEqual([])
  expect(await delivery(deliveryId)).toMatchObject({ state: 'DISCARDED' })
  expect(await message(messageId)).toMatchObject({ isDeleted: true, delivery: { status: 'FAILED' } })
  await settled()
  expect(await deskAt('chatwoot').count('Given up')).toBe(0)
})

test('a refused change of status is taken back', async () => {
  const updateTicket = async () => Promise.reject(new RefusedError('not from here', { httpStatus: 422 }))
  const { settled } = deliverDuringTest(hurried, withOperations({ updateTicket }))
  const ticketId = nextTicket('chatwoot')
  const before = await statusOf(ticketId)
  const wanted = before === 'RESOLVED' ? 'ON_HOLD' : 'RESOLVED'
  const { deliveries } = await mutate('ticketUpdate', 'TicketUpdateInput', { id: ticketId, patch: { status: wanted } })
  expect(await statusOf(ticketId)).toBe(wanted)
  await settled()
  expect(await delivery(deliveries[0]?.id as string)).toMatchObject({ state: 'REFUSED' })
  expect(await statusOf(ticketId)).toBe(before)
})

test('wrong credentials pause a help desk, and nothing is lost when they are right again', async () => {
  const vendor = 'chatwoot'
  const wrong = {
    ...backendOf(vendor),
    settings: { ...(backendOf(vendor).settings as object), apiAccessToken: 'wrong' },
  }
  const locked = { db, backends: [wrong], syncing: openSyncing({ db, log, backends: [wrong] }) }
  const first = deliverDuringTest(locked)
  const sent = await send(nextTicket(vendor), 'Behind a lock')
  const other = await send(nextTicket(vendor), 'Behind the same lock')
  await until(async () => (await healthOf(vendor)) === 'AUTH_FAILED')
  await first.stop()
  expect(await delivery(sent.deliveryId)).toMatchObject({ state: 'QUEUED' })
  expect(await delivery(other.deliveryId)).toMatchObject({ state: 'QUEUED' })

  // While it is paused nothing is tried, whoever works.
  const { settled } = deliverDuringTest(hurried)
  await sleep(1200)
  expect(await deskAt(vendor).count('the same lock')).toBe(0)
  await syncNow(syncing, backendOf(vendor).backendId)
  expect(await healthOf(vendor)).toBe('OK')
  await db.execute(sql`update deliveries set next_attempt_at = now()`) // nobody is to wait a minute in a test
  await settled()
  expect(await deskAt(vendor).count('Behind a lock')).toBe(1)
  expect(await deskAt(vendor).count('Behind the same lock')).toBe(1)
})

test('a used-up quota is waited for', async () => {
  let isOpen = false
  const createMessages = async (session: Session, order: never) => {
    if (isOpen) return (session.operations.createMessages as (order: never) => never)(order)
    throw new WaitForQuotaError('nothing left for today', { resetsAt: new Date(Date.now() + 1500), httpStatus: 401 })
  }
  const { settled } = deliverDuringTest(hurried, withOperations({ createMessages }))
  const ticketId = nextTicket('onebox')
  const { deliveryId } = await send(ticketId, 'Within the quota')
  await until(async () => (await healthOf('onebox')) === 'QUOTA_EXHAUSTED')
  isOpen = true
  expect(await delivery(deliveryId)).toMatchObject({ state: 'QUEUED', attempts: 1, error: { code: 'QUOTA_EXCEEDED' } })
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 2 })
  expect(await deskAt('onebox').count('Within the quota')).toBe(1)
  await syncNow(syncing, backendOf('onebox').backendId)
})

test('replies to one ticket arrive in their order, whatever happens to one of them', async () => {
  const places = [1, 2, 3, 4]
  for (const vendor of vendors) {
    await deskAt(vendor).failNext('time-out', { isCarriedOut: true })
    await deskAt(vendor).failNext('500')
    const ticketId = nextTicket(vendor)
    for (const place of places) await send(ticketId, `Number ${place} in a row at ${vendor}`)
  }
  const { settled } = deliverDuringTest(hurried)
  const other = deliverDuringTest(hurried)
  await settled()
  await other.settled()
  for (const vendor of vendors) {
    const arrived = (await deskAt(vendor).messages()).flatMap(
      ({ text }) => /Number (\d) in a row/.exec(text)?.[1] ?? [],
    )
    expect(arrived.map(Number), vendor).toEqual(places)
    expect(await copiesOf(`in a row at ${vendor}`), vendor).toBe(places.length)
  }
})

test('a delivery that another worker left is looked up; an answer that comes after that changes nothing', async () => {
  const isLate = Promise.withResolvers<void>()
  const createMessages = async (session: Session, order: never) => {
    const receipt = await (session.operations.createMessages as (order: never) => Promise<never>)(order)
    await isLate.promise
    return receipt
  }
  const first = startDeliverer(deliveringOf(hurried, withOperations({ createMessages })))
  const { deliveryId } = await send(nextTicket('chatwoot'), 'Left behind')
  await until(async () => (await deskAt('chatwoot').count('Left behind')) === 1)
  // As when the first one had been stopped for longer than its lease.
  await db.execute(
    sql`update deliveries set lease_owner = gen_random_uuid(), lease_until = now() where state = 'SENDING'`,
  )
  const { settled } = deliverDuringTest(hurried)
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 1 })
  isLate.resolve()
  await first.stop()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 1 })
  expect(await deskAt('chatwoot').count('Left behind')).toBe(1)
  expect(await copiesOf('Left behind')).toBe(1)
})

test('a worker that stood still for longer than its lease sends nothing any more before it has looked', async () => {
  let isFirst = true
  const createMessages = async (session: Session, order: never) => {
    if (isFirst) standStill(1500)
    isFirst = false
    return (session.operations.createMessages as (order: never) => never)(order)
  }
  const { settled } = deliverDuringTest(hurried, { ...withOperations({ createMessages }), delivery: { leaseMs: 1000 } })
  const { deliveryId } = await send(nextTicket('chatwoot'), 'After a standstill')
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 2 })
  expect(await deskAt('chatwoot').count('After a standstill')).toBe(1)
})

test('where nothing can be told it is uncertain: not repeated, until somebody decides', async () => {
  const sessionOf = (backendId: string): Session => ({ ...syncing.sessionOf(backendId), ticket: async () => null })
  const blind = deliverDuringTest(hurried, { sessionOf })
  await deskAt('deskhero').failNext('reset', { isCarriedOut: true })
  const { deliveryId, messageId } = await send(nextTicket('deskhero'), 'Who knows')
  await until(async () => (await delivery(deliveryId)).state === 'UNCERTAIN')
  expect((await message(messageId)).delivery).toMatchObject({ status: 'FAILED', failReason: expect.anything() })
  await sleep(1200)
  await blind.stop()
  expect(await deskAt('deskhero').count('Who knows')).toBe(1)

  // A pull sees it after all; sending it again then has nothing to do.
  await syncNow(syncing, backendOf('deskhero').backendId)
  expect((await mutate('deliveryRetry', 'NodeActionInput', { id: deliveryId })).errors).toEqual([])
  const { settled } = deliverDuringTest(hurried)
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED' })
  expect(await deskAt('deskhero').count('Who knows')).toBe(1)
  expect(await copiesOf('Who knows')).toBe(1)
})

test('the same idempotency key 50 times at once over two gateways makes one message', async () => {
  const other = await gatewayForTest(db, { workspaceId })
  const { settled } = deliverDuringTest(hurried)
  const input = entryFor(nextTicket('comm100'), 'Fifty at once', { idempotencyKey: 'fifty' })
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? ask : other.ask)(SEND, { input })),
  )
  const payloads = answers.map(({ data }) => (data as { messageSend: Payload }).messageSend)
  expect(new Set(payloads.map((payload) => payload.message?.id)).size).toBe(1)
  expect(payloads.filter(({ replayed }) => !replayed)).toHaveLength(1)
  await settled()
  expect(await deskAt('comm100').count('Fifty at once')).toBe(1)
})

test('an incoming page never undoes a change that is on its way, and brings everything else', async () => {
  const vendor = 'chatwoot'
  const ticketId = nextTicket(vendor)
  const before = await statusOf(ticketId)
  const wanted = before === 'ON_HOLD' ? 'RESOLVED' : 'ON_HOLD'
  const { deliveries } = await mutate('ticketUpdate', 'TicketUpdateInput', { id: ticketId, patch: { status: wanted } })
  await deskAt(vendor).customerWrites(await deskTicketOf(vendor, ticketId), 'Meanwhile at the help desk')
  await syncNow(syncing, backendOf(vendor).backendId, { full: true })
  expect(await statusOf(ticketId)).toBe(wanted)
  expect(await copiesOf('Meanwhile at the help desk')).toBe(1)

  // Its help desk says done and does nothing: what it shows then is the truth.
  const { settled } = deliverDuringTest(hurried, withOperations({ updateTicket: async () => ({}) }))
  await settled()
  expect(await delivery(deliveries[0]?.id as string)).toMatchObject({ state: 'SETTLED' })
  expect(await statusOf(ticketId)).toBe('PENDING_INTERNAL') // reopened by what the customer wrote
})

test.for(vendors)('a pull that is faster than the answer of %s makes no second message', async (vendor) => {
  const { backendId } = backendOf(vendor)
  const text = `Pulled at once from ${vendor}`
  let pulled: unknown
  const createMessages = async (session: Session, order: never) => {
    const receipt = await (session.operations.createMessages as (order: never) => Promise<never>)(order)
    await syncNow(syncing, backendId)
    pulled = (await db.execute(sql`select external_id from messages where body_text = ${text}`)).rows
    return receipt
  }
  const { settled } = deliverDuringTest(hurried, withOperations({ createMessages }))
  const { messageId } = await send(nextTicket(vendor), text)
  await settled()
  expect(pulled).toEqual([{ external_id: expect.not.stringMatching(/^deskgraph/) }])
  await syncNow(syncing, backendId, { full: true })
  expect(await copiesOf(text)).toBe(1)
  expect((await message(messageId)).externalId).not.toMatch(/^deskgraph/)
})

test('the same words twice on a ticket arrive twice, also when an answer is lost', async () => {
  const { settled } = deliverDuringTest(hurried)
  const tickets = vendors.map((vendor) => ({ vendor, ticketId: nextTicket(vendor), text: `Thank you, ${vendor}` }))
  for (const fault of [{ kind: '500', isCarriedOut: true }, { kind: 'reset' }] as const) {
    for (const { vendor, ticketId, text } of tickets) {
      await deskAt(vendor).failNext(fault.kind, 'isCarriedOut' in fault ? { isCarriedOut: true } : {})
      await send(ticketId, text)
    }
    await settled()
  }
  for (const { vendor, text } of tickets) {
    expect(await deskAt(vendor).count(text), vendor).toBe(2)
    expect(await copiesOf(text), vendor).toBe(2)
  }
})

test('words that somebody wrote at the help desk before are not taken for ours', async () => {
  const vendor = 'deskhero'
  const ticketId = nextTicket(vendor)
  const text = 'We are looking into it'
  const { settled } = deliverDuringTest(hurried)
  await send(ticketId, text)
  await settled()
  // Now it is as if it had been written there, a moment before the next one.
  await db.execute(
    sql`delete from email_addresses where message_id in (select id from messages where body_text = ${text})`,
  )
  await db.execute(sql`
    update messages set delivery_id = null, id = (lpad(to_hex(floor(extract(epoch from now()) * 1000)::bigint - 60000), 12, '0')
      || '7000800000000000beef')::uuid
    where body_text = ${text}`)
  await deskAt(vendor).failNext('reset')
  await send(ticketId, text)
  await settled()
  expect(await deskAt(vendor).count(text)).toBe(2)
})

test('a connection to Postgres that breaks while the answer comes loses nothing', async () => {
  const createMessages = async (session: Session, order: never) => {
    const receipt = await (session.operations.createMessages as (order: never) => Promise<never>)(order)
    await served.pool.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    return receipt
  }
  const { settled } = deliverDuringTest(hurried, withOperations({ createMessages }))
  const { deliveryId } = await send(nextTicket('onebox'), 'Through a broken connection')
  await sleep(1000)
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 1 })
  expect(await deskAt('onebox').count('Through a broken connection')).toBe(1)
})

test('a help desk that is away is tried again without having got anything', async () => {
  let failures = 0
  const createMessages = async (session: Session, order: never) => {
    failures += 1
    if (failures === 1) throw new TryAgainError('nobody there')
    return (session.operations.createMessages as (order: never) => never)(order)
  }
  const { settled } = deliverDuringTest(hurried, withOperations({ createMessages }))
  const { deliveryId } = await send(nextTicket('comm100'), 'Nobody there at first')
  await settled()
  expect(await delivery(deliveryId)).toMatchObject({ state: 'SETTLED', attempts: 2 })
})

// ------------------------------------------------------------------ asking

type Payload = {
  errors: { code: string; message: string }[]
  message?: { id: string } | null
  replayed?: boolean
  deliveries: { id: string }[]
}

test('a thousand promises behind one ticket in trouble hold nobody else up', async () => {
  const [stuck, other] = [nextTicket('chatwoot'), nextTicket('chatwoot')]
  const { deliveryId: head } = await send(stuck, 'The head of the queue')
  await db.execute(sql`
    insert into deliveries (workspace_id, id, backend_id, ticket_id, lanes, operation, input)
    select workspace_id, gen_random_uuid(), backend_id, ticket_id, lanes, 'deleteMessage', '{}'
    from deliveries, generate_series(1, 1000) where id = ${idFrom(head, 'Delivery')}`)
  await db.execute(sql`
    update deliveries set next_attempt_at = now() + interval '1 hour' where id = ${idFrom(head, 'Delivery')}`)
  const { deliveryId } = await send(other, 'Behind all of them')
  const { stop } = deliverDuringTest(hurried)
  await until(async () => (await delivery(deliveryId)).state === 'SETTLED')
  expect((await delivery(head)).state).toBe('QUEUED')
  await stop()
  await db.execute(sql`delete from deliveries where operation = 'deleteMessage'`)
})

function entryFor(ticketId: string, text: string, more: object = {}) {
  return { ticketId, entry: { type: 'REPLY_OUTBOUND', body: { text } }, ...more }
}

async function send(ticketId: string, text: string) {
  const { data } = await ask(SEND, { input: entryFor(ticketId, text) })
  const { errors, message: made, deliveries } = (data as { messageSend: Payload }).messageSend
  expect(errors).toEqual([])
  return { messageId: made?.id as string, deliveryId: deliveries[0]?.id as string }
}

/** So many replies to each help desk, on tickets of their own. */
async function sendEverywhere(count: number, words: string, before: (desk: Desk) => Promise<unknown>) {
  const sent: { vendor: string; text: string; messageId: string; deliveryId: string }[] = []
  for (const vendor of vendors) {
    await before(deskAt(vendor))
    for (let place = 1; place <= count; place++) {
      const text = `${words}, ${place} at ${vendor}`
      sent.push({ vendor, text, ...(await send(nextTicket(vendor), text)) })
    }
  }
  return sent
}

async function mutate(name: string, inputType: string, input: object): Promise<Payload> {
  const part = name.startsWith('delivery') ? '' : 'deliveries { id }'
  const query = `mutation ($input: ${inputType}!) { ${name}(input: $input) { errors { code message } ${part} } }`
  const { data, errors } = await ask(query, { input })
  if (errors) throw new Error(JSON.stringify(errors))
  return data[name]
}

type Shown = {
  state: string
  attempts: number
  nextAttemptAt: string | null
  error: { code: string; message: string } | null
}
async function delivery(id: string): Promise<Shown> {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Delivery { state attempts nextAttemptAt error { code message } } } }'
  return ((await ask(query, { id })).data as { node: Shown }).node
}

type ShownMessage = { externalId: string; isDeleted: boolean; delivery: { status: string; failReason: string | null } }
async function message(id: string): Promise<ShownMessage> {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Message { externalId isDeleted delivery { status failReason } } } }'
  return ((await ask(query, { id })).data as { node: ShownMessage }).node
}

async function statusOf(id: string): Promise<string> {
  const { data } = await ask('query ($id: ID!) { ticket(id: $id) { status } }', { id })
  return (data as { ticket: { status: string } }).ticket.status
}

// ------------------------------------------------------------------ looking

async function copiesOf(text: string): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from messages where body_text like ${`%${text}%`}`,
  )
  return rows[0]?.count ?? 0
}

async function healthOf(vendor: string): Promise<string> {
  const [row] = await db
    .select({ health: backendRows.health })
    .from(backendRows)
    .where(eq(backendRows.id, backendOf(vendor).backendId))
  return row?.health ?? ''
}

/** The desk's number of a ticket: that of the reply it got in the beginning. */
async function deskTicketOf(vendor: string, ticketId: string): Promise<number> {
  const text = `First to ${ticketId}`
  return (await deskAt(vendor).messages()).find((shown) => shown.text.includes(text))?.ticketId as number
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const startedAt = Date.now(); Date.now() - startedAt < 25_000; await sleep(50)) if (await isSo()) return
  throw new Error('it did not come so far within 25 s')
}

/** As a process that the operating system gives no time. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

type Replaced = (session: Session, order: never) => Promise<unknown>

/** The real sessions, with some operations replaced. */
function withOperations(operations: Record<string, Replaced | (() => Promise<unknown>)>): Partial<Delivering> {
  return {
    sessionOf(backendId) {
      const session = syncing.sessionOf(backendId)
      const replaced = Object.entries(operations).map(([name, work]) => [
        name,
        (order: never) => (work as Replaced)(session, order),
      ])
      return { ...session, operations: { ...session.operations, ...Object.fromEntries(replaced) } }
    },
  }
}

// ------------------------------------------------------------------ tickets

function nextTicket(vendor: string): string {
  const tickets = taking.get(vendor) ?? []
  const id = tickets.shift()
  if (!id) throw new Error(`no ticket of ${vendor} takes replies`)
  tickets.push(id)
  return id
}

/** Each ticket gets one reply: those that take it, and Alibaba's closed ones, that refuse it. */
async function ticketsByAnswer() {
  const MANY = 9
  const { data } = await ask('{ backends { id vendor { key } } }')
  const known = (data as { backends: { id: string; vendor: { key: string } }[] }).backends
  const query = 'query ($ids: [ID!]) { tickets(first: 100, filter: { backendIds: $ids }) { nodes { id } } }'
  const sent: { vendor: string; ticketId: string; deliveryId: string }[] = []
  for (const { id, vendor } of known) {
    const { nodes } = ((await ask(query, { ids: [id] })).data as { tickets: { nodes: { id: string }[] } }).tickets
    for (const ticket of nodes.slice(0, MANY)) {
      const { data } = await ask(SEND, { input: entryFor(ticket.id, `First to ${ticket.id}`) })
      const [made] = (data as { messageSend: Payload }).messageSend.deliveries
      if (made) sent.push({ vendor: vendor.key, ticketId: ticket.id, deliveryId: made.id })
    }
  }
  const deliverer = startDeliverer(deliveringOf(hurried, { delivery: { perBackend: 2 } }))
  const open = sql<{ open: number }>`select count(*)::int as open from deliveries where state in ('QUEUED', 'SENDING')`
  await until(async () => (await db.execute<{ open: number }>(open)).rows[0]?.open === 0)
  await deliverer.stop()
  const states = new Map<string, string>()
  for (const { deliveryId } of sent) states.set(deliveryId, (await delivery(deliveryId)).state)
  const of = (state: string) => sent.filter(({ deliveryId }) => states.get(deliveryId) === state)
  const taking = new Map(
    [...Map.groupBy(of('SETTLED'), ({ vendor }) => vendor)].map(([vendor, all]) => [
      vendor,
      all.map(({ ticketId }) => ticketId),
    ]),
  )
  const refusing = of('REFUSED').flatMap(({ vendor, ticketId }) => (vendor === 'alibaba' ? [ticketId] : []))
  return { taking, refusing }
}

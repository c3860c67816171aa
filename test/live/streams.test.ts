/** Streams of tickets as clients read them over SSE. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { insertChanges, noteGap } from '#domain/changes/log.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { usualStreamLimits } from '#platform/limits/limits.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { givenOut } from '../changes/given-out.ts'
import { runOver } from '../support/asking.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { openDesk } from './desk.ts'
import { readStream } from './sse.ts'

const { db, pool, connectionString } = await createTestDatabase()
const { during } = watchStatements(pool)
const wakes = openWakes({ connectionString, log: openLog({ level: 'silent' }) })
const viewers = new Map<string, Viewer>()
const gateway = await openTestGateway(db, {
  ...{ wakes, authenticate: (token: string | null) => viewers.get(token ?? '') ?? null },
  streamLimits: { ...usualStreamLimits, perContact: 2 },
})
const { workspaceId, url } = gateway
const desk = await openDesk(db, workspaceId)
afterAll(async () => {
  await gateway.close()
  await wakes.close()
})

function sign(tokenName: string, more: Partial<Viewer> = {}): string {
  const role = more.role ?? 'ADMIN'
  viewers.set(tokenName, { workspaceId, actorId: null, role, scopes: usualScopes(role), tokenName, ...more })
  return tokenName
}
const admin = sign('admin')

const parts = `__typename ... on ChangeEvent { cursor at }
  ... on TicketEvent { changeType ticketId wasInSelection isInSelection changedFields clientMutationId ticket { id subject status } }
  ... on MessageEvent { changeType messageId ticketId message { id } }
  ... on StreamGap { reason droppedCount resumeFrom }`
const inbox = `subscription ($filter: TicketFilter, $viewId: ID, $after: EventCursor) {
  ticketEvents(filter: $filter, viewId: $viewId, after: $after) { ${parts} } }`
const detail = `subscription ($id: ID!, $after: EventCursor) { ticketActivity(ticketId: $id, after: $after) { ${parts} } }`
const read = (variables: object = {}, token = admin, query = inbox) => readStream({ url, token, query, variables })

async function askAs(token: string, query: string, variables: object = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  return (await response.json()) as { data: never; errors?: { message: string }[] }
}
const endOfLog = () =>
  runOver((query) => askAs(admin, query))<{ nextCursor: string }>('{ changes { nextCursor } }').then(
    ({ nextCursor }) => nextCursor,
  )
const moves = (events: { wasInSelection: boolean; isInSelection: boolean }[]) =>
  events.map(({ wasInSelection, isInSelection }) => [wasInSelection, isInSelection])

test('a ticket that enters, changes in and leaves a selection is told, with what it was before', async () => {
  const stream = await read({ filter: { status: ['NEW'] } })
  const id = await desk.ticket({ status: 'RESOLVED' })
  await desk.change(id, { status: 'NEW' })
  await desk.change(id, { subject: 'Another' })
  await desk.change(id, { status: 'RESOLVED' })
  await desk.change(id, { subject: 'Unseen' })
  await desk.change(id, { status: 'NEW' })
  await desk.remove(id)
  const events = await stream.until(5)
  expect(events.every(({ ticketId }) => ticketId === nodeIdOf('Ticket', id))).toBe(true)
  expect(moves(events)).toEqual([
    [false, true],
    [true, true],
    [true, false],
    [false, true],
    [true, false],
  ])
  expect(events.at(-1)).toMatchObject({ changeType: 'DELETED', ticket: null })
})

test('thirty changes while nobody listens come once, in order, and then what happens', async () => {
  const after = await endOfLog()
  const id = await desk.ticket({})
  for (let number = 1; number < 30; number++) await desk.change(id, { subject: `Number ${number}` })
  const stream = await read({ after })
  await stream.until(30)
  await desk.change(id, { subject: 'Live' })
  const events = await stream.until(31)
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(31)
  expect(events[0]).toMatchObject({ changeType: 'CREATED', wasInSelection: false, isInSelection: true })
  expect(events.at(-1)).toMatchObject({ ticket: { subject: 'Live' } })
})

test('when the log does not reach back a gap comes first, and the stream goes on', async () => {
  const after = await endOfLog()
  await noteGap(db, workspaceId)
  const stream = await read({ after })
  const [gap] = await stream.until(1)
  expect(gap).toMatchObject({ __typename: 'StreamGap', droppedCount: null, resumeFrom: gap?.cursor })
  await desk.ticket({ subject: 'After the gap' })
  expect((await stream.until(2))[1]).toMatchObject({ ticket: { subject: 'After the gap' } })
})

test('a thousand changes at once reach a reader whole; one that does not read gets a gap, and costs nothing', async () => {
  const big = 'x'.repeat(200_000)
  const id = await desk.ticket({ subject: big })
  await givenOut(db, workspaceId)
  const healthy = await readStream({
    ...{ url, token: admin, variables: { filter: { ids: [nodeIdOf('Ticket', id)] } } },
    query:
      'subscription ($filter: TicketFilter) { ticketEvents(filter: $filter) { __typename ... on ChangeEvent { cursor } } }',
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const query = `subscription { ticketEvents(filter: { ids: ["${nodeIdOf('Ticket', id)}"] }) { __typename ... on TicketEvent { ticket { subject } }
    ... on StreamGap { droppedCount } } }`
  const body = JSON.stringify({ query })
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${admin}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  let text = ''
  await new Promise((resolve) => socket.once('data', resolve))
  socket.pause()
  const lines = (count: number) =>
    db.transaction((tx) =>
      insertChanges(
        tx,
        Array.from({ length: count }, () => desk.line(id, { changedFields: ['subject'] })),
      ),
    )
  await lines(60) // fills what lies between the two
  await healthy.until(60)
  await sleep(200)
  await lines(1_400)
  const events = await healthy.until(1_460)
  expect(events.filter(({ __typename }) => __typename === 'StreamGap')).toEqual([])
  expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(1_460)

  await sleep(2_100)
  socket.on('data', (chunk) => {
    text = (text + chunk.toString('latin1')).replaceAll(big, 'x')
  })
  socket.resume()
  for (let waited = 0; !text.includes('StreamGap') && waited < 100; waited++) await sleep(50)
  const dropped = Number(/"droppedCount":(\d+)/.exec(text)?.[1])
  const came = text.split('"TicketEvent"').length - 1
  expect(dropped + came).toBe(1_460)
  expect(dropped).toBeGreaterThan(1_000)
  await lines(1)
  for (let waited = 0; text.split('"TicketEvent"').length - 1 === came && waited < 100; waited++) await sleep(50)
  expect(text.split('"TicketEvent"').length - 1).toBe(came + 1)
})

test('readers of one selection cost one look at the log, one judgement and one answer', async () => {
  const id = await desk.ticket({})
  const filter = { ids: [nodeIdOf('Ticket', id)] }
  const streams = await Promise.all(Array.from({ length: 20 }, () => read({ filter })))
  // Another person, who asks for the same rows in other words.
  streams.push(
    await readStream({ url, token: sign('other'), variables: { filter }, query: inbox.replace('changedFields', '') }),
  )
  await sleep(50)
  const { statements } = await during(async () => {
    await desk.change(id, { subject: 'Once' })
    await Promise.all(streams.map((stream) => stream.until(1)))
  })
  const texts = statements.map(({ text, name }) => name ?? text.slice(0, 60))
  const looks = texts.filter((text) => text === 'next_of_log').length
  expect(texts.filter((text) => text.includes('number::int'))).toHaveLength(1)
  expect(texts.filter((text) => text.startsWith('tickets_by_id'))).toHaveLength(1)
  expect(texts.length - looks).toBeLessThanOrEqual(3)
})

test('a customer hears of own tickets only, of nothing internal, and that one is theirs no longer', async () => {
  const [ann, zoe] = [await desk.contact('Ann'), await desk.contact('Zoe')]
  const customer = sign('customer', { role: 'CONTACT', actorId: ann })
  const id = await desk.ticket({ requesterId: ann })
  const foreign = await desk.ticket({ requesterId: zoe })
  await givenOut(db, workspaceId)
  const stream = await read({}, customer)
  const activity = await read({ id: nodeIdOf('Ticket', id) }, customer, detail)
  await desk.change(foreign, { status: 'RESOLVED' })
  await desk.change(id, { hasDraft: true })
  await desk.change(id, { status: 'RESOLVED', priority: 'HIGH', assigneeId: null })
  const note = await desk.message(id, { type: 'NOTE_PRIVATE', isInternal: true })
  const reply = await desk.message(id, { type: 'REPLY_OUTBOUND' })
  await desk.change(id, { requesterId: zoe }, { changedFields: ['requester'] })
  await desk.change(id, { status: 'NEW' })
  await desk.change(foreign, { requesterId: ann }, { changedFields: ['requester'] })
  const events = await stream.until(3)
  expect(events.map(({ ticketId, changedFields, ...event }) => [ticketId, changedFields, ...moves([event])])).toEqual([
    [nodeIdOf('Ticket', id), ['status', 'priority'], [true, true]],
    [nodeIdOf('Ticket', id), ['requester'], [true, false]],
    [nodeIdOf('Ticket', foreign), ['requester'], [false, true]],
  ])
  expect(events.map(({ ticket }) => ticket === null).slice(1)).toEqual([true, false])
  const seen = await activity.until(3)
  expect(JSON.stringify(seen)).not.toContain(nodeIdOf('Message', note))
  expect(seen.map((event) => [event.__typename, event.messageId, event.isInSelection])).toEqual([
    ['TicketEvent', undefined, true],
    ['MessageEvent', nodeIdOf('Message', reply), undefined],
    ['TicketEvent', undefined, false],
  ])
})

test('a ticket of somebody else cannot be followed, as one that is not there', async () => {
  const customer = sign('customer-of-none', { role: 'CONTACT', actorId: await desk.contact('Nobody') })
  const foreign = await desk.ticket({})
  const missing = nodeIdOf('Ticket', '00000000-0000-4000-8000-000000000000')
  const answers: unknown[] = []
  // One after the other: a customer may have two at once here.
  for (const id of [nodeIdOf('Ticket', foreign), missing, 'garbage']) {
    const stream = await read({ id }, customer, detail)
    await stream.ended
    answers.push(stream.answers)
  }
  expect(answers[0]).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
  const withoutPlace = JSON.parse(JSON.stringify(answers).replace(/"requestId":"[^"]*"/g, '""'))
  expect(withoutPlace[0]).toEqual(withoutPlace[1])
  expect(withoutPlace[0]).toEqual(withoutPlace[2])
})

test('a token that is good no longer ends its streams within seconds, and says so', async () => {
  const token = sign('revoked')
  const stream = await read({}, token)
  viewers.delete(token)
  expect(await stream.ended).toBe(true)
  expect(stream.answers.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('more streams than allowed are refused, and one that is left makes room', async () => {
  const token = sign('busy', { role: 'CONTACT', actorId: await desk.contact('Busy') })
  const { data } = await askAs(token, '{ rateLimit { maxSubscriptions } }')
  expect(data).toEqual({ rateLimit: { maxSubscriptions: 2 } })
  const [first, second] = [await read({}, token), await read({}, token)]
  const third = await read({}, token)
  await third.ended
  expect(third.answers).toMatchObject([{ errors: [{ extensions: { code: 'RATE_LIMITED' } }] }])
  first?.leave()
  await sleep(100)
  const fourth = await read({}, token)
  expect([second?.answers, fourth.answers]).toEqual([[], []])
})

test('Postgres goes away and comes back: streams stay open, and nothing is lost', async () => {
  const id = await desk.ticket({ subject: 'Before' })
  await givenOut(db, workspaceId)
  const filter = { ids: [nodeIdOf('Ticket', id)] }
  const stream = await read({ filter })
  const behind = await read({ filter, after: await endOfLog() })
  await desk.change(id, { subject: 'Heard' })
  await Promise.all([stream.until(1), behind.until(1)])
  const terminate = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
  for (let round = 0; round < 5; round++) {
    const changing = untilDone(() => desk.change(id, { subject: `During ${round}` }))
    await untilDone(() => db.execute(terminate))
    await changing
  }
  const { rows } = await untilDone(() =>
    db.execute<{ count: string }>(sql`select count(*) from changes where ticket_id = ${id}`),
  )
  const count = Number(rows[0]?.count) - 1
  expect(count).toBeGreaterThan(5)
  const [one, other] = await Promise.all([stream.until(count), behind.until(count)])
  expect(one).toHaveLength(count)
  // What a ticket is is told as it is when the answer is made.
  const places = (events: typeof one) => events.map(({ ticket: _now, ...event }) => event)
  expect(places(one)).toEqual(places(other))
  expect(stream.answers.filter(({ errors }) => errors)).toEqual([])
})

/** The pool may hold several connections that are gone, and a busy machine needs a while to say so of each. */
async function untilDone<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const startedAt = Date.now(); Date.now() - startedAt < 5_000; await sleep(10)) {
    const done = await work().then(
      (result) => ({ result }),
      () => null,
    )
    if (done) return done.result
  }
  return work()
}

test('a gateway that goes ends its streams in order', async () => {
  const going = await openTestGateway(db, {
    workspaceId,
    wakes,
    authenticate: (token) => viewers.get(token ?? '') ?? null,
  })
  const stream = await readStream({ url: going.url, token: admin, query: inbox })
  const startedAt = Date.now()
  await going.close()
  expect(await stream.ended).toBe(true)
  expect(Date.now() - startedAt).toBeLessThan(3_000)
})

test('a stream can be read by GET, as an EventSource does', async () => {
  const id = await desk.ticket({})
  const query = `subscription { ticketActivity(ticketId: "${nodeIdOf('Ticket', id)}") { __typename } }`
  const leaving = new AbortController()
  const headers = { authorization: `Bearer ${admin}`, accept: 'text/event-stream' }
  const response = await fetch(`${url}?query=${encodeURIComponent(query)}`, { headers, signal: leaving.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  await desk.change(id, { subject: 'By GET' })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('TicketEvent')) break
  }
  leaving.abort()
  expect(text).toContain('event: next\ndata: {"data":{"ticketActivity":{"__typename":"TicketEvent"}}}\n\n')
})

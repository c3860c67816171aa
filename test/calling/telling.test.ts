/** What webhooks are told, by whom they were saved, and what of it receivers can rely on. */
import { sql } from 'drizzle-orm'
import { Webhook as Verifier } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { noteGap } from '#domain/changes/log.ts'
import { tellWebhooksHandler } from '#flows/calling/caller.ts'
import { planNext } from '#flows/calling/planning.ts'
import { openDatabase } from '#platform/db/client.ts'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { givenOut } from '../changes/given-out.ts'
import { silent } from '../syncing/backend.ts'
import { answer, message, minute, thread } from '../syncing/scripted.ts'
import { openDesks, openReceiver, until } from './desk.ts'

const { db, connectionString, newDesk, gone } = await openDesks()

async function deskWithTicket() {
  const desk = await newDesk()
  await desk.store({ tickets: [thread('1', [message('1')])] })
  await givenOut(db, desk.workspaceId)
  return { ...desk, id: await desk.ticketId('1') }
}

test('a change reaches the webhook within a second of its commit, signed as the public library verifies it', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { secret, secretHint, id } = await desk.listen(receiver.url)
  desk.worker()
  // As in production: the commit wakes the worker by a job.
  const { pool, close } = openDatabase({ connectionString })
  const options = { pool, handlers: [tellWebhooksHandler], context: { calling: desk.calling }, concurrency: 1 }
  const runner = startJobRunner({ ...options, log: silent })
  onTestFinished(async () => {
    await runner.stop()
    await close()
  })
  await until(async () => (await db.execute(sql`select from graphile_worker.jobs`)).rowCount === 0)

  const took: number[] = []
  for (const [index, priority] of ['HIGH', 'LOW', 'URGENT', 'NORMAL', 'HIGH'].entries()) {
    await desk.update(desk.id, { priority }, { clientMutationId: `mine ${index}` })
    const committedAt = performance.now()
    await until(() => receiver.requests.length > index)
    took.push(performance.now() - committedAt)
  }
  expect(Math.max(...took)).toBeLessThan(1500)
  const [first] = await receiver.got(5)
  const { headers, body, said } = first as NonNullable<typeof first>
  expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toEqual(said)
  expect(() => new Verifier(secret).verify(`${body} `, headers as Record<string, string>)).toThrow()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(secret.startsWith(secretHint)).toBe(true)
  const [newest] = (await desk.deliveries(id)).toReversed()
  expect(said).toEqual({
    ...{ type: 'TICKET_UPDATED', timestamp: expect.any(String), cursor: newest?.cursor, webhookId: id },
    workspaceId: nodeIdOf('Tenant', desk.workspaceId),
    data: {
      ...{ id: desk.id, ticketId: desk.id, messageId: null, changeType: 'UPDATED', changedFields: ['priority'] },
      clientMutationId: 'mine 0',
    },
  })
  expect(newest).toMatchObject({ state: 'SUCCEEDED', attempt: 1, httpStatus: 204, messageId: headers['webhook-id'] })
})

test('each kind of event is told to who listens to it, and to nobody else', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const kinds = [
    'TICKET_CREATED',
    'TICKET_MERGED',
    'TICKET_RECYCLED',
    'TICKET_DELETED',
    'MESSAGE_CREATED',
    'CONTACT_UPDATED',
  ]
  const more = ['MESSAGE_UPDATED', 'MESSAGE_DELIVERY_CHANGED', 'MENTION_CREATED', 'BACKEND_HEALTH_CHANGED']
  await desk.listen(receiver.url, { events: [...kinds, ...more] })
  desk.worker()
  const told = async (...expected: string[]) => {
    await givenOut(db, desk.workspaceId)
    desk.calling.waker.wake()
    const got = await receiver.got(expected.length)
    expect(got.map(({ said }) => said.type).sort()).toEqual(expected.sort())
    return receiver.requests.splice(0).map(({ said }) => said)
  }

  await desk.store({ tickets: [thread('2', [message('2')])] })
  await told('TICKET_CREATED', 'MESSAGE_CREATED')
  const second = await desk.ticketId('2')
  const bob = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
  const sent = { status: 'SENT', failReason: null, at: minute(3), retryCount: 0 } as never
  await desk.store({ tickets: [thread('2', [message('2'), answer('3', { delivery: sent })])] })
  await told('MESSAGE_CREATED')
  const read = { ...(sent as object), status: 'READ' } as never
  await desk.store({ tickets: [thread('2', [message('2'), answer('3', { delivery: read })])] }, 1001)
  const [changed] = await told('MESSAGE_UPDATED', 'MESSAGE_DELIVERY_CHANGED')
  expect(changed?.data).toMatchObject({ ticketId: second, changedFields: ['delivery'] })

  const mentions = [{ externalId: 'm', agent: bob, messageExternalId: '3', isRead: false, createdAt: minute(4) }]
  const named = thread('2', [message('2'), answer('3', { delivery: read })], {
    mentions,
    updatedAt: minute(5),
  } as never)
  await desk.store({ tickets: [named] }, 1002)
  const [mention] = await told('MENTION_CREATED')
  const query = 'query ($id: ID!) { node(id: $id) { ... on Mention { agent { displayName } ticket { id } } } }'
  expect(await desk.ask(query, { id: mention?.data.id })).toEqual({
    agent: { displayName: 'Bob' },
    ticket: { id: second },
  })
  // To read it is not to make it.
  await desk.run('mentionMarkRead', 'MentionReadInput', '__typename', { ids: [mention?.data.id] })

  await desk.recycle(second)
  await told('TICKET_RECYCLED')
  await db.execute(sql`update backends set health = 'DEGRADED' where workspace_id = ${desk.workspaceId}`)
  const [health] = await told('BACKEND_HEALTH_CHANGED')
  expect(health?.data).toMatchObject({ id: nodeIdOf('Backend', desk.backend.id), changedFields: ['health'] })
  await db.execute(
    sql`update actors set last_activity_at = now(), is_provisional = false where workspace_id = ${desk.workspaceId}`,
  )
  await db.execute(
    sql`update actors set email = 'ann@ann.example' where workspace_id = ${desk.workspaceId} and type = 'CONTACT'`,
  )
  const [contact] = await told('CONTACT_UPDATED')
  expect(contact?.data).toMatchObject({ changedFields: ['email'], ticketId: null })
})

test('a query shapes what is sent, with the rights of who saved it; what cannot run is refused when it is saved', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const query = `query ($ticketId: ID!) {
    ticket(id: $ticketId) { number priority notes(first: 5) { nodes { body { text } } } } node(id: $ticketId) { id } viewer { role } }`
  const listen = { url: receiver.url, events: ['TICKET_UPDATED'] }
  const problem = async (input: object, token?: string) => {
    const { errors } = await desk.save({ ...listen, ...input }, token)
    return errors.map(({ path, message: text }) => `${path?.join('.')} ${text}`).join()
  }
  expect(await problem({ query: '{ nothing }' })).toMatch(/^input.query Cannot query field "nothing"/)
  expect(await problem({ query: '{ tickets { ' })).toMatch(/^input.query Syntax Error/)
  expect(await problem({ query: 'mutation { ticketRecycle(input: { id: "x" }) { __typename } }' })).toMatch(/a query/)
  expect(await problem({ query: 'query ($x: ID!) { ticket(id: $x) { id } }' })).toMatch(
    /Expected only the variables \$id, .*got \$x/,
  )
  expect(await problem({ query, events: ['TICKET_UPDATED', 'CONTACT_UPDATED'] })).toMatch(
    /Expected \$ticketId to be ID, got ID!: CONTACT_UPDATED has none/,
  )
  expect(
    await problem({ query: '{ tickets(first: 100) { nodes { messages(first: 100) { nodes { id } } } } }' }),
  ).toMatch(/cost|objects/)
  expect(await problem({ query: '{ __schema { types { name } } }' })).toMatch(/Introspection/)
  expect(await problem({ query: '{ detectLanguage(text: "x") { locale } }' })).toMatch(/cannot be asked here/)

  await desk.listen(receiver.url, { query })
  desk.worker()
  await desk.update(desk.id)
  desk.calling.waker.wake()
  const [got] = await receiver.got(1)
  expect(got?.said).toMatchObject({
    type: 'TICKET_UPDATED',
    data: {
      ticket: { number: '1', priority: 'HIGH', notes: { nodes: [] } },
      node: { id: desk.id },
      viewer: { role: 'ADMIN' },
    },
  })
})

test('a note never reaches a webhook whose saver may not read notes, neither as an event nor by its query', async () => {
  const desk = await deskWithTicket()
  const [all, some, shaped] = [await openReceiver(), await openReceiver(), await openReceiver()]
  const events = ['MESSAGE_CREATED', 'TICKET_UPDATED']
  const noNotes = desk.viewer({ without: 'NOTES_READ' })
  await desk.listen(all.url, { events })
  const { id } = await desk.listen(some.url, { events }, noNotes)
  const query = 'query ($ticketId: ID!) { ticket(id: $ticketId) { messages(first: 10) { nodes { body { text } } } } }'
  await desk.listen(shaped.url, { events, query }, noNotes)
  const { errors } = await desk.save({ url: some.url, events: ['MENTION_CREATED'] }, noNotes)
  expect(errors).toMatchObject([{ __typename: 'ForbiddenError', path: ['input', 'events'] }])
  const { errors: wrong } = await desk.save({ url: some.url, events: ['GAP'] })
  expect(wrong).toMatchObject([{ path: ['input', 'events'] }])

  await desk.run('noteAdd', 'NoteAddInput', '__typename', { ticketId: desk.id, body: { text: 'hush hush' } })
  await desk.run('messageSend', 'MessageSendInput', '__typename', {
    ticketId: desk.id,
    entry: { body: { text: 'Hello' } },
  })
  await givenOut(db, desk.workspaceId)
  desk.worker()
  expect((await all.got(4)).map(({ said }) => said.type).sort()).toEqual([
    'MESSAGE_CREATED',
    'MESSAGE_CREATED',
    ...Array(2).fill('TICKET_UPDATED'),
  ])
  expect((await some.got(3)).filter(({ said }) => said.type === 'MESSAGE_CREATED')).toHaveLength(1)
  expect(JSON.stringify(await shaped.got(3))).toContain('Message 1')
  expect(JSON.stringify([some.requests, shaped.requests])).not.toContain('hush')

  // What was written down for somebody who may is not sent by the rights of somebody who may not.
  const noteEvent = all.requests
    .map(({ said }) => said.data)
    .find(({ messageId }) => {
      const known = some.requests.map(({ said }) => said.data.messageId)
      return messageId !== null && !known.includes(messageId)
    })
  const withNotes = await desk.deliveries((await desk.listen(all.url, { events })).id)
  expect(withNotes).toEqual([])
  await db.execute(sql`insert into webhook_deliveries (workspace_id, webhook_id, event, cluster_id, transaction_id, log_position, subject_id, ticket_id, message_id)
    select workspace_id, ${uuidIn(id)}, event, cluster_id, transaction_id, log_position, subject_id, ticket_id, message_id from webhook_deliveries
    where workspace_id = ${desk.workspaceId} and message_id = ${uuidIn(String(noteEvent?.messageId))} and event = 'MESSAGE_CREATED' limit 1`)
  desk.calling.waker.wake()
  await until(async () => (await desk.deliveries(id)).some(({ state }) => state === 'FAILED'))
  expect(await some.got(3)).toHaveLength(3)
})

test('only events of tickets that match the filter are told, also of those that were just recycled', async () => {
  const desk = await newDesk()
  await desk.store({ tickets: [thread('1', [message('1')], { priority: 'HIGH' }), thread('2', [message('2')])] })
  const receiver = await openReceiver()
  await desk.listen(receiver.url, { filter: { priority: ['HIGH'] }, events: ['TICKET_UPDATED', 'TICKET_RECYCLED'] })
  desk.worker()
  const [one, two] = [await desk.ticketId('1'), await desk.ticketId('2')]
  await desk.update(two, { category: 'a' })
  await desk.update(one, { category: 'b' })
  await desk.recycle(one)
  await givenOut(db, desk.workspaceId)
  desk.calling.waker.wake()
  const got = await receiver.got(3)
  expect(got.map(({ said }) => said.data.ticketId)).toEqual([one, one, one])
  expect(receiver.types().sort()).toEqual(['TICKET_RECYCLED', 'TICKET_UPDATED', 'TICKET_UPDATED'])
  const { errors } = await desk.save({ url: receiver.url, events: ['TICKET_UPDATED'], filter: { ids: ['x'] } })
  expect(errors).toMatchObject([{ path: ['input', 'filter'] }])
})

test('where the log no longer reaches back the webhook says so, here and to its receiver, and goes on', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { id } = await desk.listen(receiver.url)
  await desk.update(desk.id)
  await db.transaction((tx) => noteGap(tx, desk.workspaceId))
  await givenOut(db, desk.workspaceId)
  desk.worker()
  const [gap] = await receiver.got(1)
  expect(gap?.said).toMatchObject({ type: 'GAP', data: { id } })
  expect(await desk.webhook(id)).toMatchObject({ isEnabled: true, problem: { kind: 'GAP' } })
  await desk.update(desk.id, { priority: 'LOW' })
  desk.calling.waker.wake()
  await receiver.got(2)
  expect(receiver.types()).toEqual(['GAP', 'TICKET_UPDATED'])
  expect((await desk.save({ id })).webhook?.problem).toBeNull()
})

test('a worker that dies while it writes down what is to be told loses nothing and tells nothing twice', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const { id, cursor } = await desk.listen(receiver.url)
  for (const priority of ['HIGH', 'LOW', 'URGENT']) await desk.update(desk.id, { priority })
  await givenOut(db, desk.workspaceId)
  const due = { workspaceId: desk.workspaceId, id: uuidIn(id) }
  await db.execute(
    sql`create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`,
  )
  await db.execute(sql`create trigger die after insert on webhook_deliveries for each statement execute function die()`)
  await expect(planNext(desk.calling, due)).rejects.toThrow()
  await db.execute(sql`drop trigger die on webhook_deliveries`)
  expect(await desk.webhook(id)).toMatchObject({ cursor, deliveries: { totalCount: 0 } })
  // Two at once are as good as one.
  await Promise.all([planNext(desk.calling, due), planNext(desk.calling, due)])
  desk.worker()
  expect(await receiver.got(3)).toHaveLength(3)
})

test('what no longer fits the schema of today stops the webhook, and it says which', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const query = 'query ($ticketId: ID!) { ticket(id: $ticketId) { number } }'
  const { id } = await desk.listen(receiver.url, { query, filter: { status: ['PENDING_INTERNAL'] } })
  desk.worker()
  const stops = async (column: 'query' | 'filter', kind: string) => {
    const gone = column === 'query' ? sql`query = replace(query, 'number', 'gone')` : sql`filter = '{"gone": true}'`
    await db.execute(sql`update webhooks set ${gone} where workspace_id = ${desk.workspaceId}`)
    await desk.update(desk.id, { category: kind })
    await givenOut(db, desk.workspaceId)
    desk.calling.waker.wake()
    await until(async () => !(await desk.webhook(id)).isEnabled)
    expect((await desk.webhook(id)).problem).toMatchObject({ kind })
  }
  await stops('query', 'QUERY_INVALID')
  expect((await desk.save({ id, isEnabled: true, description: 'x' })).errors).toMatchObject([
    { path: ['input', 'query'] },
  ])
  await desk.save({ id, isEnabled: true, query })
  desk.calling.waker.wake()
  await receiver.got(1)
  await stops('filter', 'FILTER_INVALID')
  await desk.save({ id, isEnabled: true, filter: null })
  desk.calling.waker.wake()
  expect((await receiver.got(2)).map(({ said }) => said.data)).toEqual(Array(2).fill({ ticket: { number: '1' } }))
})

test('a key that is revoked, or a token that is gone, stops what it saved, and the webhook says why', async () => {
  const desk = await deskWithTicket()
  const receiver = await openReceiver()
  const key = await desk.run<{ apiKey: { id: string; name: string } }>(
    'apiKeyCreate',
    'ApiKeyCreateInput',
    'apiKey { id name }',
    {
      ...{ name: 'hooks', role: 'INTEGRATION', scopes: ['TICKETS_READ', 'WEBHOOKS_ADMIN'] },
    },
  )
  const byKey = desk.viewer({
    role: 'INTEGRATION',
    tokenName: 'key:hooks',
    scopes: new Set(['TICKETS_READ', 'WEBHOOKS_ADMIN']),
  })
  const byToken = desk.viewer()
  const saved = [await desk.listen(receiver.url, {}, byKey), await desk.listen(receiver.url, {}, byToken)]
  await desk.update(desk.id)
  await givenOut(db, desk.workspaceId)
  desk.worker()
  await receiver.got(2)
  await desk.act('apiKeyRevoke', key.apiKey.id, '__typename')
  gone.add(byToken)
  await desk.update(desk.id, { priority: 'LOW' })
  await givenOut(db, desk.workspaceId)
  desk.calling.waker.wake()
  for (const { id } of saved) {
    await until(async () => (await desk.webhook(id)).problem !== null)
    expect(await desk.webhook(id)).toMatchObject({ isEnabled: false, problem: { kind: 'SAVER_GONE' } })
  }
  // Saved by somebody else it goes on where it stopped.
  await desk.save({ id: saved[0]?.id, isEnabled: true })
  desk.calling.waker.wake()
  expect(await receiver.got(3)).toHaveLength(3)
})

function uuidIn(nodeId: string): string {
  return nodeKeyOf(nodeId)?.id as string
}

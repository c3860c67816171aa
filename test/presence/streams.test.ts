/** How things stand, told whenever they are otherwise, on whichever gateway somebody listens. */
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { TryAgainError } from '#errors.ts'
import { workOnBatch } from '#flows/commands/bulk-batch.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { givenOut } from '../changes/given-out.ts'
import { readStream } from '../live/sse.ts'
import { silent, syncingOf } from '../syncing/backend.ts'
import { message, page, scripted, thread } from '../syncing/scripted.ts'
import { openPresenceDesk } from './desk.ts'

const desk = await openPresenceDesk()
const { db, workspaceId, backend, cleaner, store, set, askAs, ticketId, urls } = desk
const id = await ticketId('1')
async function listenAs(name: string, query: string, variables: object = {}, gateway = 1) {
  const stream = await readStream({ url: urls[gateway] as string, token: name, query, variables })
  let taken = 0
  return {
    ...stream,
    async next<Value>(): Promise<Value> {
      const events = await stream.until(++taken)
      return events[taken - 1] as unknown as Value
    },
  }
}

async function prioritise(priority: string) {
  const query = 'mutation ($input: TicketUpdateInput!) { ticketUpdate(input: $input) { errors { message } } }'
  const { data } = await askAs('ana', query, { input: { id, patch: { priority } } })
  expect(data).toEqual({ ticketUpdate: { errors: [] } })
}

type Present = { agent: { displayName: string }; state: string }
const presenceChanged = `subscription ($id: ID!) { presenceChanged(ticketId: $id) { agent { displayName } state } }`

test('who comes, does something else and goes is told on another gateway; a heartbeat is not', async () => {
  const { next } = await listenAs('bob', presenceChanged, { id })
  const told = async () => (await next<Present[]>()).map(({ agent, state }) => `${agent.displayName} ${state}`)
  expect(await told()).toEqual([])
  await set('ana', { ticketId: id, state: 'VIEWING' })
  expect(await told()).toEqual(['Ana VIEWING'])
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await set('ana', { ticketId: await ticketId('2'), state: 'TYPING_REPLY' })
  await set('ana', { ticketId: id, state: 'TYPING_NOTE' })
  expect(await told()).toEqual(['Ana TYPING_NOTE'])
  await set('ana', { ticketId: id, state: 'LEFT' })
  expect(await told()).toEqual([])
})

test('who is not heard of any more is told to be gone, though nobody says so', async () => {
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await db.execute(sql`update presences set expires_at = now() + interval '400 ms'`)
  const { next } = await listenAs('bob', presenceChanged, { id })
  expect(await next()).toHaveLength(1)
  expect(await next()).toEqual([])
})

test('streams for agents are refused to a customer, and what is not there is said before they begin', async () => {
  const job = Buffer.from(`Job:${crypto.randomUUID()}`, 'latin1').toString('base64url')
  const refusals = [
    ['customer', presenceChanged, 'FORBIDDEN'],
    ['customer', 'subscription { backendHealthChanged { id } }', 'FORBIDDEN'],
    ['customer', 'subscription { mentionReceived { cursor } }', 'FORBIDDEN'],
    ['blind', 'subscription { mentionReceived { cursor } }', 'FORBIDDEN'],
    ['customer', `subscription { jobProgress(id: "${job}") { id } }`, 'NOT_FOUND'],
    ['ana', `subscription { jobProgress(id: "${job}") { id } }`, 'NOT_FOUND'],
    ['ana', 'subscription { presenceChanged(ticketId: "x") { state } }', 'NOT_FOUND'],
  ] as const
  for (const [name, query, code] of refusals) {
    const { answers, ended } = await listenAs(name, query, query.includes('$id') ? { id } : {})
    await ended
    expect(answers[0]?.errors?.[0]?.extensions.code, `${name} ${query}`).toBe(code)
  }
})

test('the badge of an agent goes up with what comes in and down when they read it; what changes no number is not told', async () => {
  await askAs('ana', 'mutation ($id: ID!) { ticketMarkRead(input: { ids: [$id] }) { errors { message } } }', { id })
  const { next, events } = await listenAs(
    'ana',
    'subscription { unreadCountsChanged { allCount views { unreadCount view { name } } } }',
  )
  type Counts = { allCount: number; views: { unreadCount: number; view: { name: string } }[] }
  const before = await next<Counts>()
  expect(before.views.length).toBeGreaterThan(3)
  await store({ tickets: [thread('1', [message('1'), message('11')])] }, 2000)
  const came = await next<Counts>()
  expect(came.allCount).toBe(before.allCount + 1)
  await prioritise('HIGH')
  await setTimeout(500)
  expect(events).toHaveLength(2)
  await askAs('ana', 'mutation ($id: ID!) { ticketMarkRead(input: { ids: [$id] }) { errors { message } } }', { id })
  expect((await next<Counts>()).allCount).toBe(before.allCount)
})

type MentionEvent = {
  cursor: string
  unreadCount: number
  mention: { agent: { displayName: string }; note: { body: { text: string } } }
}
const mentionReceived = `subscription ($after: EventCursor) { mentionReceived(after: $after) {
  cursor at unreadCount mention { agent { displayName } note { body { text } } mentionedBy { displayName } } } }`
async function mention(text: string, agentIds: string[]) {
  const query = 'mutation ($input: NoteAddInput!) { noteAdd(input: $input) { errors { message } } }'
  const input = { ticketId: id, body: { text }, mentionAgentIds: agentIds }
  expect((await askAs('bob', query, { input })).data).toEqual({ noteAdd: { errors: [] } })
}

test('a mention arrives once, also to who comes back, and those of others do not', async () => {
  const { ana, bob } = desk.nodeIds
  const text = (event: MentionEvent) => event.mention.note.body.text
  const first = await listenAs('ana', mentionReceived)
  await mention('for Bob', [bob])
  await mention('one', [ana, bob])
  const one = await first.next<MentionEvent>()
  expect(one).toMatchObject({
    unreadCount: 1,
    mention: { agent: { displayName: 'Ana' }, mentionedBy: { displayName: 'Bob' } },
  })
  expect(text(one)).toBe('one')
  first.leave()
  await mention('two', [ana])
  await mention('three', [ana])
  const again = await listenAs('ana', mentionReceived, { after: one.cursor }, 0)
  expect([text(await again.next()), text(await again.next())]).toEqual(['two', 'three'])
  await mention('four', [ana])
  expect(text(await again.next())).toBe('four')
  const all = await listenAs('program', mentionReceived, { after: one.cursor })
  expect([text(await all.next()), text(await all.next())]).toEqual(['one', 'two'])
})

test('a mention that a help desk brings is told, but not those of its first copy', async () => {
  const { next } = await listenAs('ana', mentionReceived)
  const brought = (name: string) => {
    const mentions = [{ externalId: name, agent: { type: 'AGENT' as const, externalId: '7' }, messageExternalId: name }]
    return { tickets: [thread(name, [message(name, { body: { text: name } })], { mentions: mentions as never })] }
  }
  await store(brought('m1'), 1000, { withChanges: false })
  await store(brought('m2'))
  expect((await next<MentionEvent>()).mention.note.body.text).toBe('m2')
})

test('a mention that an open transaction holds back comes when that one ends', async () => {
  const { next, events } = await listenAs('ana', mentionReceived)
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_current_xact_id()`)
    await mention('held', [desk.nodeIds.ana])
    await setTimeout(100)
    expect(events).toEqual([])
  })
  expect((await next<MentionEvent>()).mention.note.body.text).toBe('held')
})

test('a place that the log no longer reaches back to is refused, so that nobody believes to have all mentions', async () => {
  const { data } = await askAs('ana', '{ changes { nextCursor } }')
  const after = (data as { changes: { nextCursor: string } }).changes.nextCursor
  await db.execute(sql`insert into change_gaps (workspace_id, cluster_id, transaction_id, position)
    select ${workspaceId}, system_identifier, pg_current_xact_id(), 1 from pg_control_system()`)
  await givenOut(db, workspaceId)
  const { answers, ended } = await listenAs('ana', mentionReceived, { after })
  await ended
  expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }])
})

test('a job is told step by step, and its stream ends with its outcome', async () => {
  await store({ tickets: Array.from({ length: 110 }, (_, index) => thread(`j${index}`, [message(`j${index}`)])) })
  const query = `mutation { ticketsBulkUpdate(input: { selector: { filter: { subjectContains: "Ticket j" } }, patch: { status: RESOLVED }, mode: BEST_EFFORT }) { job { id } errors { message } } }`
  const { data } = await askAs('ana', query)
  const jobId = (data as { ticketsBulkUpdate: { job: { id: string } } }).ticketsBulkUpdate.job.id
  const { next, ended, events } = await listenAs(
    'ana',
    'subscription ($id: ID!) { jobProgress(id: $id) { state processed total failed } }',
    { id: jobId },
  )
  expect(await next()).toEqual({ state: 'QUEUED', processed: 0, total: 110, failed: 0 })
  const batch = () => workOnBatch({ db, cleaner, log: silent }, { workspaceId, jobId: nodeKeyOf(jobId)?.id as string })
  await batch()
  expect(await next()).toMatchObject({ state: 'RUNNING', processed: 25 })
  for (let count = 0; count < 4; count++) await batch()
  expect(await ended).toBe(true)
  expect(events.at(-1)).toMatchObject({ state: 'SUCCEEDED', processed: 110 })
})

// ------------------------------------------------------------------ on a ticket's own stream

type Activity = { __typename: string; cursor: string }
const ticketActivity = `subscription ($id: ID!, $after: EventCursor) { ticketActivity(ticketId: $id, after: $after) {
  __typename ... on ChangeEvent { cursor at } ... on TicketEvent { changedFields }
  ... on PresenceEvent { ticketId presence { agent { displayName } state } }
  ... on TranslationEvent { messageId translation { text locale } errors { message } } } }`

test('who is there is told on the stream of a ticket, and who goes on behind such an event misses nothing', async () => {
  const { next, leave } = await listenAs('bob', ticketActivity, { id })
  expect(await next()).toMatchObject({ __typename: 'PresenceEvent', presence: [] })
  await prioritise('LOW')
  const changed = await next<Activity>()
  expect(changed.__typename).toBe('TicketEvent')
  await set('ana', { ticketId: id, state: 'TYPING_REPLY' })
  const came = await next<Activity>()
  expect(came).toMatchObject({ presence: [{ agent: { displayName: 'Ana' }, state: 'TYPING_REPLY' }] })
  leave()
  await prioritise('NORMAL')
  const again = await listenAs('bob', ticketActivity, { id, after: came.cursor }, 0)
  const two = [await again.next<Activity>(), await again.next<Activity>()].map((event) => event.__typename).sort()
  expect(two).toEqual(['PresenceEvent', 'TicketEvent'])
  await prioritise('HIGH')
  expect((await again.next<Activity>()).__typename).toBe('TicketEvent')
  expect(again.events).toHaveLength(3)
  await set('ana', { ticketId: id, state: 'TYPING_NOTE' })
  const blind = await listenAs('blind', ticketActivity, { id })
  expect(await blind.next()).toMatchObject({ presence: [{ state: 'VIEWING' }] })
  await set('ana', { ticketId: id, state: 'LEFT' })
})

test('a translation is told on the stream of its ticket, to the customer too, who is told of no presence', async () => {
  const [agent, customer] = [
    await listenAs('bob', ticketActivity, { id }),
    await listenAs('customer', ticketActivity, { id }),
  ]
  expect(await agent.next()).toMatchObject({ __typename: 'PresenceEvent' })
  const { data } = await askAs('bob', 'query ($id: ID!) { ticket(id: $id) { firstMessage { id } } }', { id })
  const messageId = (data as { ticket: { firstMessage: { id: string } } }).ticket.firstMessage.id
  const query = 'mutation ($id: ID!) { messageTranslate(input: { id: $id, to: "de" }) { errors { message } } }'
  expect((await askAs('bob', query, { id: messageId })).data).toEqual({ messageTranslate: { errors: [] } })
  const told = {
    __typename: 'TranslationEvent',
    messageId,
    translation: { text: 'de: Message 1', locale: 'de' },
    errors: [],
  }
  expect(await agent.next()).toMatchObject(told)
  expect(await customer.next()).toMatchObject(told)
})

// ------------------------------------------------------------------ what empties the desk comes last

test('a help desk that goes down is told, and that it is up again', async () => {
  const { next } = await listenAs('bob', 'subscription { backendHealthChanged { id health healthMessage } }')
  expect(await next()).toMatchObject({ health: 'OK' })
  let isDown = true
  const pages = {
    start: () => {
      if (isDown) throw new TryAgainError('it does not answer')
      return page({}, 'end')
    },
  }
  const { syncing } = syncingOf(db, backend, scripted({ pages }))
  await syncNow(syncing, backend.id).catch(() => {})
  expect(await next()).toMatchObject({ health: 'DEGRADED', healthMessage: 'it does not answer' })
  isDown = false
  await db.execute(sql`update backend_syncs set next_sync_at = now()`)
  await syncNow(syncing, backend.id)
  expect(await next()).toMatchObject({ health: 'OK', healthMessage: null })
})

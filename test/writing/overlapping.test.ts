/** Changes that meet each other on their way: the same words twice, a merge behind an answer, several changes of one field. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Session } from '#connectors/contract.ts'
import { RefusedError, TryAgainError } from '#errors.ts'
import type { Delivering } from '#flows/deliver/delivering.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing, type SyncedBackend } from '#flows/sync/syncing.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openLog } from '#platform/log.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db } = served
const log = openLog({ level: 'silent' })
const backends = served.backends.map((backend) => ({
  ...backend,
  settings: { ...(backend.settings as object), writeSettlesAfterMs: 300 },
}))
const syncing = openSyncing({ db, log, backends })
const hurried = { db, syncing, backends }
const backendOf = (vendor: string) => backends.find(({ connector }) => connector.key === vendor) as SyncedBackend

test('words that were refused and are said again go out once, though the answer is lost', async () => {
  // It keeps no mark of ours with a message.
  const [ticket] = await ticketsOf('deskhero', 1)
  const text = 'Said twice, sent once.'
  let round = 0
  const { settled } = deliverDuringTest(
    hurried,
    withOperations({
      createMessages: async ({ operations: { createMessages } }, order) => {
        round += 1
        if (round === 1) throw new RefusedError('not now', { httpStatus: 422 })
        await createMessages?.(order)
        if (round === 2) throw new TryAgainError('the answer was lost')
      },
    }),
  )
  await mutate('messageSend', { ticketId: ticket?.id, entry: { body: { text } } })
  await settled()
  await mutate('messageSend', { ticketId: ticket?.id, entry: { body: { text } } })
  await settled()
  expect(round).toBe(2)
  expect(await textsAt('deskhero', ticket?.externalId as string, text)).toBe(1)
  const { rows } = await db.execute(sql`
    select delivery ->> 'status' as status from messages where body_text = ${text} order by id`)
  expect(rows).toEqual([{ status: 'FAILED' }, { status: 'SENT' }])
})

test.for(['comm100', 'deskhero'])(
  'at %s an answer that waits goes to its own ticket, though that was merged meanwhile',
  async (vendor) => {
    const [target, source] = await ticketsOf(vendor, 2)
    const text = `Written before the merge at ${vendor}.`
    const sent: string[] = []
    const { settled } = deliverDuringTest(
      hurried,
      withOperations({
        createMessages: async ({ operations: { createMessages } }, order: { ticketExternalId: string }) => {
          sent.push(order.ticketExternalId)
          const receipt = await createMessages?.(order as never)
          if (sent.length === 1) throw new TryAgainError('the answer was lost')
          return receipt
        },
      }),
    )
    await mutate('messageSend', { ticketId: source?.id, entry: { body: { text } } })
    await mutate('ticketMerge', { targetId: target?.id, sourceIds: [source?.id] })
    await settled()
    expect(sent).toEqual([source?.externalId])
    await copyAgain(vendor)
    // Some help desks leave it in the source's thread, some show it in the target's.
    const places = [target, source].map((ticket) => textsAt(vendor, ticket?.externalId as string, text))
    expect((await Promise.all(places)).reduce((sum, count) => sum + count)).toBe(1)
    const { rows } = await db.execute(sql`select count(*)::int as count from messages where body_text = ${text}`)
    expect(rows).toEqual([{ count: 1 }])
  },
)

test.for(['comm100', 'deskhero'])('at %s a ticket can be merged into one that is only being opened', async (vendor) => {
  const [source] = await ticketsOf(vendor, 1)
  const { rows: before } = await db.execute<{ last: number }>(sql`select max(position) as last from deliveries`)
  const last = before[0]?.last ?? 0
  const targetId = await create({ ...newTicket(vendor), requester: { contactId: source?.requesterId } })
  await mutate('ticketMerge', { targetId, sourceIds: [source?.id] })
  const { settled } = deliverDuringTest(hurried)
  await settled()
  await copyAgain(vendor)
  const { rows: open } = await db.execute(sql`
    select operation, state, problem from deliveries where state <> 'SETTLED' and position > ${last}`)
  expect(open).toEqual([])
  const after = await run<{ ticket: object }>(
    'query($id: ID!) { ticket(id: $id) { mergedInto { id } messageCount } }',
    {
      id: source?.id,
    },
  )
  expect(after.ticket).toEqual({ mergedInto: { id: targetId }, messageCount: 0 })
})

test('of several changes of one field that are all refused, the first state comes back', async () => {
  const [ticket] = await ticketsOf('chatwoot', 1)
  const { settled } = deliverDuringTest(hurried, withOperations({ updateTicket: refuse }))
  const before = await shown(ticket?.id as string)
  const next = (['URGENT', 'LOW', 'HIGH', 'NORMAL'] as const).filter((priority) => priority !== before.priority)
  for (const priority of next.slice(0, 3)) await mutate('ticketUpdate', { id: ticket?.id, patch: { priority } })
  expect((await shown(ticket?.id as string)).priority).toBe(next[2])
  await settled()
  expect((await shown(ticket?.id as string)).priority).toBe(before.priority)
})

test('a refused change leaves a later one of the same field alone', async () => {
  const [ticket] = await ticketsOf('chatwoot', 1)
  let round = 0
  const { settled } = deliverDuringTest(
    hurried,
    withOperations({
      updateTicket: ({ operations: { updateTicket } }, order) => {
        round += 1
        return round === 1 ? refuse() : (updateTicket?.(order) as Promise<unknown>)
      },
    }),
  )
  await mutate('ticketTag', { ids: [ticket?.id], addTagNames: ['once'] })
  await mutate('ticketTag', { ids: [ticket?.id], addTagNames: ['twice'] })
  await settled()
  expect((await shown(ticket?.id as string)).tags.map(({ name }) => name)).toContain('twice')
  expect((await shown(ticket?.id as string)).tags.map(({ name }) => name)).not.toContain('once')
})

test('what is said in an edited message is what was written last, though the first edit is refused', async () => {
  const [ticket] = await ticketsOf('comm100', 1)
  const { ticket: found } = await run<{ ticket: { messages: { nodes: { id: string; type: string }[] } } }>(
    'query($id: ID!) { ticket(id: $id) { messages(first: 50) { nodes { id type } } } }',
    { id: ticket?.id },
  )
  const message = found.messages.nodes.find(({ type }) => type === 'REPLY_OUTBOUND')
  let round = 0
  const bodies: string[] = []
  const { settled } = deliverDuringTest(
    hurried,
    withOperations({
      updateMessage: ({ operations: { updateMessage } }, order: { body?: { text: string } }) => {
        round += 1
        if (round === 1) return refuse()
        bodies.push(order.body?.text ?? '')
        return updateMessage?.(order as never) as Promise<unknown>
      },
    }),
  )
  await mutate('messageUpdate', { id: message?.id, body: { text: 'Second words.' } })
  await mutate('messageUpdate', { id: message?.id, body: { text: 'Third words.' } })
  await settled()
  expect(bodies).toEqual(['Third words.'])
  const after = await run<{ node: { body: { text: string } } }>(
    'query($id: ID!) { node(id: $id) { ... on Message { body { text } } } }',
    { id: message?.id },
  )
  expect(after.node.body.text).toBe('Third words.')
})

test('a new ticket whose later calls are turned away is not opened twice', async () => {
  const [like] = await ticketsOf('chatwoot', 1)
  const subject = 'Opened once, whatever came after.'
  let round = 0
  const { settled } = deliverDuringTest(
    hurried,
    withOperations({
      createTicket: async ({ operations: { createTicket } }, order) => {
        round += 1
        const receipt = await createTicket?.(order)
        if (round === 1) throw new TryAgainError('too many requests', { httpStatus: 429 })
        return receipt
      },
    }),
  )
  const input = { ...newTicket('chatwoot'), subject, priority: 'HIGH', requester: { contactId: like?.requesterId } }
  await create({ ...input, messages: [{ body: { text: 'The only first message.' } }] })
  await settled()
  expect(round).toBe(1)
  await copyAgain('chatwoot')
  const { rows } = await db.execute(sql`
    select count(*)::int as count from messages where body_text = 'The only first message.'`)
  expect(rows).toEqual([{ count: 1 }])
})

test('one ticket that its help desk has trouble with holds up no other that gets the same tag', async () => {
  const [stuck, other] = await ticketsOf('chatwoot', 2)
  const { rows } = await db.execute<{ name: string }>(sql`
    select name from tags where backend_id = ${backendOf('chatwoot').backendId} and external_id not like 'deskgraph:%'
      and not exists (select from ticket_tags join tickets on tickets.id = ticket_id
        where tag_id = tags.id and tickets.external_id in (${stuck?.externalId}, ${other?.externalId})) limit 1`)
  const name = rows[0]?.name as string
  let isInTrouble = true
  const { settled } = deliverDuringTest(
    hurried,
    withOperations({
      updateTicket: ({ operations: { updateTicket } }, order: { ticketExternalId: string }) => {
        if (isInTrouble && order.ticketExternalId === stuck?.externalId)
          return Promise.reject(new TryAgainError('busy'))
        return updateTicket?.(order as never) as Promise<unknown>
      },
    }),
  )
  await mutate('ticketTag', { ids: [stuck?.id], addTagNames: [name] })
  await mutate('ticketTag', { ids: [other?.id], addTagNames: [name] })
  await expect.poll(() => openOf(other?.id as string), { timeout: 10_000 }).toBe(0)
  expect(await openOf(stuck?.id as string)).toBe(1)
  isInTrouble = false
  await settled()
})

// ------------------------------------------------------------------ asking

type Ticket = { id: string; externalId: string; requesterId: string }
const used = new Set<string>()

/** Tickets of a help desk that no test has used yet, that take answers and were answered before. */
async function ticketsOf(vendor: string, count: number): Promise<Ticket[]> {
  const { rows } = await db.execute<{ number: string }>(sql`
    select external_id as number from tickets where backend_id = ${backendOf(vendor).backendId}
      and not is_recycled and vanished_at is null and merged_into_id is null and merged_into_external_id is null
      and not exists (select from tickets merged where merged.merged_into_id = tickets.id)
      and not exists (select from conversations c where c.ticket_id = tickets.id and not can_reply)
      and exists (select from messages m where m.ticket_id = tickets.id and type = 'REPLY_OUTBOUND')
      and external_id not like 'deskgraph:%' and status <> 'RESOLVED'
    order by created_at desc`)
  type Found = { tickets: { nodes: { id: string; externalId: string; requester: { id: string } | null }[] } }
  const { tickets: found } = await run<Found>(
    `query($ids: [ID!]) { tickets(filter: {backendIds: $ids}, first: 100) { nodes { id externalId requester { id } } } }`,
    { ids: [nodeIdOf('Backend', backendOf(vendor).backendId)] },
  )
  const fitting = found.nodes.filter(
    ({ id, externalId, requester }) => requester && !used.has(id) && rows.some(({ number }) => number === externalId),
  )
  const taken = fitting.slice(0, count)
  expect(taken).toHaveLength(count)
  for (const { id } of taken) used.add(id)
  return taken.map(({ id, externalId, requester }) => ({ id, externalId, requesterId: requester?.id as string }))
}

function newTicket(vendor: string) {
  const backendId = nodeIdOf('Backend', backendOf(vendor).backendId)
  const messages = vendor === 'chatwoot' ? [] : [{ type: 'REPLY_INBOUND', body: { text: 'Hello?' } }]
  return { backendId, subject: `Opened at ${vendor}`, messages }
}

async function create(input: object): Promise<string> {
  type Created = { ticketCreate: { ticket: { id: string } | null; errors: object[] } }
  const { ticketCreate } = await run<Created>(
    'mutation($input: TicketCreateInput!) { ticketCreate(input: $input) { ticket { id } errors { message } } }',
    { input },
  )
  expect(ticketCreate.errors).toEqual([])
  return ticketCreate.ticket?.id as string
}

async function run<Data>(query: string, variables: object): Promise<Data> {
  const { data, errors } = await ask(query, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data as Data
}

async function mutate(name: string, input: object): Promise<void> {
  const query = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { errors { code message path } }
  }`
  const data = await run<Record<string, { errors: object[] }>>(query, { input })
  expect(data[name]?.errors).toEqual([])
}

async function shown(id: string) {
  type Shown = { ticket: { priority: string | null; tags: { name: string }[] } }
  return (await run<Shown>('query($id: ID!) { ticket(id: $id) { priority tags { name } } }', { id })).ticket
}

async function openOf(id: string): Promise<number> {
  type Shown = { ticket: { sync: { pendingWrites: number } } }
  const { ticket } = await run<Shown>('query($id: ID!) { ticket(id: $id) { sync { pendingWrites } } }', { id })
  return ticket.sync.pendingWrites
}

async function textsAt(vendor: string, externalId: string, text: string): Promise<number> {
  const records = await syncing.sessionOf(backendOf(vendor).backendId).ticket(externalId)
  const messages = (records?.tickets ?? []).flatMap(({ conversations }) =>
    conversations.flatMap((each) => each.messages),
  )
  return messages.filter(({ body }) => `${body.text ?? ''}${body.html ?? ''}`.includes(text)).length
}

async function copyAgain(vendor: string) {
  expect((await syncNow(syncing, backendOf(vendor).backendId, { full: true })).outcome).toBe('finished')
}

function refuse(): Promise<never> {
  return Promise.reject(new RefusedError('not from here', { httpStatus: 422 }))
}

type Replaced = (session: Session, order: never) => Promise<unknown>
/** The real sessions, with some operations replaced. */
function withOperations(operations: Record<string, Replaced>): Partial<Delivering> {
  return {
    sessionOf(backendId) {
      const session = syncing.sessionOf(backendId)
      const replaced = Object.entries(operations).map(([name, work]) => [name, (order: never) => work(session, order)])
      return { ...session, operations: { ...session.operations, ...Object.fromEntries(replaced) } }
    },
  }
}

/** The log of changes as clients pull it. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { insertChanges } from '#domain/changes/log.ts'
import { sweepChanges } from '#flows/sweeping/changes.ts'
import { runRound } from '#flows/sync/round.ts'
import { type Db, openDatabase } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile, newBackend, storeInto, syncingOf } from '../syncing/backend.ts'
import { answer, message, minute, page, scripted, thread } from '../syncing/scripted.ts'
import { givenOut } from './given-out.ts'

const database = await createTestDatabase()
const { db } = database
const { during } = watchStatements(database.pool)
const cleaner = cleanerOfFile()
/** Connections of writers, so that readers never wait for one. */
const writing = openDatabase({ connectionString: database.connectionString, applicationName: 'writers', poolSize: 8 })
afterAll(() => writing.close())

const viewers = new Map<string, Viewer>()
const gateway = await openTestGateway(db, { authenticate: (token) => viewers.get(token ?? '') ?? null })
afterAll(() => gateway.close())

type Event = { __typename: string; cursor: string; ticketId: string; messageId?: string; changeType: string } & {
  changedFields?: string[]
  clientMutationId: string | null
  ticket?: { number: string } | null
  message?: { id: string } | null
  actor: { displayName: string } | null
}
type Page = { nodes: Event[]; pageInfo: { hasNextPage: boolean }; nextCursor: string; gap: boolean }

const document = `query ($after: EventCursor, $types: [String!], $first: Int!) {
  changes(after: $after, types: $types, first: $first) { gap nextCursor pageInfo { hasNextPage } nodes {
    __typename cursor at
    ... on TicketEvent { changeType ticketId changedFields clientMutationId ticket { number } actor { displayName } }
    ... on MessageEvent { changeType messageId ticketId clientMutationId message { id } actor { displayName } }
  } } }`

async function answerTo(token: string, variables: object, query = document) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  return (await response.json()) as { data: { changes: Page }; errors?: { message: string }[] }
}

/** A token of a workspace, and what it pulls. */
function reader(workspaceId: string, said: Partial<Viewer> = {}) {
  const token = randomUUID()
  viewers.set(token, {
    workspaceId,
    actorId: null,
    role: 'ADMIN',
    scopes: usualScopes(said.role ?? 'ADMIN'),
    tokenName: token,
    ...said,
  })
  const pull = async (after: string | null, more: { types?: string[]; first?: number } = {}): Promise<Page> => {
    const { data, errors } = await answerTo(token, { after, first: 100, ...more })
    if (errors) throw new Error(JSON.stringify(errors))
    return data.changes
  }
  return {
    ...{ token, pull },
    /** The end, behind everything that is written by now. */
    async end() {
      await givenOut(db, workspaceId)
      return (await pull(null)).nextCursor
    },
  }
}

const line = (workspaceId: string, said: object = {}) => ({
  ...{ workspaceId, ticketId: randomUUID(), messageId: null, kind: 'UPDATED' as const, changedFields: ['status'] },
  ...{ version: null, source: 'SYNC' as const, at: new Date(), ...said },
})
const write = (tx: Db, workspaceId: string, said: object = {}) => {
  const written = line(workspaceId, said)
  return insertChanges(tx, [written]).then(() => nodeIdOf('Ticket', written.ticketId))
}

/** Pulls until as many have come. */
async function pullUntil(pull: ReturnType<typeof reader>['pull'], after: string, count: number, more: object = {}) {
  const nodes: Event[] = []
  for (const started = Date.now(); nodes.length < count; ) {
    if (Date.now() - started > 10_000) throw new Error(`only ${nodes.length} of ${count} lines came`)
    const page = await pull(after, more)
    nodes.push(...page.nodes)
    after = page.nextCursor
    if (!page.pageInfo.hasNextPage) await sleep(5)
  }
  return { nodes, nextCursor: after }
}

test('of many writers that commit in another order than they began, every reader gets every line once and in one order', async () => {
  const workspaceId = await makeWorkspace(db)
  const readers = [reader(workspaceId), reader(workspaceId), reader(workspaceId)]
  const starts = await Promise.all(readers.map(({ end }) => end()))
  const written: string[] = []
  const total = 8 * 20 * 2
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 20; round++) {
      await writing.db.transaction(async (tx) => {
        written.push(await write(tx, workspaceId))
        // Whoever began first is often last.
        await sleep((writer * 7 + round * 3) % 16)
        written.push(await write(tx, workspaceId))
      })
    }
  })
  // The first in small pages, the second in one sort of them, the third as they come.
  const pulled = await Promise.all([
    ...readers.map(({ pull }, index) =>
      pullUntil(pull, starts[index] as string, total, { first: index === 0 ? 3 : 100 }),
    ),
    ...writers,
  ])
  const [first, second, third] = (pulled as { nodes: Event[] }[])
    .slice(0, 3)
    .map(({ nodes }) => nodes.map((event) => event.ticketId))
  expect(new Set(first).size).toBe(total)
  expect([...(first ?? [])].sort()).toEqual(written.sort())
  expect(second).toEqual(first)
  expect(third).toEqual(first)
  // And what was pulled live is what is pulled later.
  const [late] = readers
  expect(
    (await pullUntil(late?.pull as never, starts[0] as string, total)).nodes.map(({ ticketId }) => ticketId),
  ).toEqual(first)
  // Positions alone would have lied: some were committed after later ones had been given out.
  const { rows } = await db.execute(sql`
    select position from changes where workspace_id = ${workspaceId} order by transaction_id, position`)
  const positions = rows.map(({ position }) => Number(position))
  expect(positions).not.toEqual(positions.toSorted((a, b) => a - b))
})

test('a transaction that stays open holds the feed back, and nothing is lost', async () => {
  const workspaceId = await makeWorkspace(db)
  const { pull, end } = reader(workspaceId)
  const start = await end()
  const old = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<string>()
  const slow = writing.db.transaction(async (tx) => {
    begun.resolve(await write(tx, workspaceId))
    await old.promise
  })
  const first = await begun.promise
  const second = await write(db, workspaceId)
  const held = await pull(start)
  expect(held).toMatchObject({ nodes: [], gap: false, pageInfo: { hasNextPage: false } })
  // What is asked from here on is still behind both.
  expect((await pull(held.nextCursor)).nodes).toEqual([])
  old.resolve()
  await slow
  const { nodes } = await pullUntil(pull, held.nextCursor, 2)
  expect(nodes.map(({ ticketId }) => ticketId)).toEqual([first, second])
})

test('counts with `asOf` and the changes after it miss nothing, also what was being committed meanwhile', async () => {
  const workspaceId = await makeWorkspace(db)
  const { token, pull } = reader(workspaceId)
  const old = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<string>()
  const slow = writing.db.transaction(async (tx) => {
    begun.resolve(await write(tx, workspaceId))
    await old.promise
  })
  const late = await begun.promise
  await write(db, workspaceId)
  const counted = await answerTo(token, {}, '{ unreadCounts { allCount asOf } }')
  const { asOf } = (counted.data as unknown as { unreadCounts: { asOf: string } }).unreadCounts
  old.resolve()
  await slow
  const { nodes } = await pullUntil(pull, asOf, 2)
  expect(nodes.map(({ ticketId }) => ticketId)).toContain(late)
})

test('without a place only the end is told, and pages follow each other', async () => {
  const workspaceId = await makeWorkspace(db)
  const { token, pull, end } = reader(workspaceId)
  const start = await end()
  const written = []
  for (let count = 0; count < 5; count++) written.push(await write(db, workspaceId))
  expect(await pull(null)).toMatchObject({ nodes: [], gap: false })
  await pullUntil(pull, start, 5)
  const page = await pull(start, { first: 2 })
  expect(page).toMatchObject({ pageInfo: { hasNextPage: true }, nextCursor: page.nodes[1]?.cursor })
  const rest = await pull(page.nodes[1]?.cursor as string, { first: 3 })
  expect([...page.nodes, ...rest.nodes].map(({ ticketId }) => ticketId)).toEqual(written)
  expect(rest.pageInfo.hasNextPage).toBe(false)
  expect((await pull(rest.nextCursor)).nodes).toEqual([])
  for (const wrong of [{ first: 101 }, { first: -1 }, { types: ['Ticket'] }, { after: 'Y2hhbmdlIDE' }]) {
    const { errors } = await answerTo(token, { after: start, first: 1, ...wrong })
    expect(errors).toHaveLength(1)
  }
})

test('only what was swept away makes a gap', async () => {
  const workspaceId = await makeWorkspace(db)
  const other = await makeWorkspace(db)
  const { pull, end } = reader(workspaceId)
  const start = await end()
  const days = (count: number) => new Date(Date.now() - count * 86_400_000)
  for (const age of [40, 31, 29]) await write(db, workspaceId, { at: days(age) })
  await write(db, other)
  const { nodes } = await pullUntil(pull, start, 3)
  expect(await sweepChanges(db)).toBe(2)
  const [first, second, third] = nodes.map(({ cursor }) => cursor) as [string, string, string]
  const missed = await pull(start)
  expect(missed).toMatchObject({ gap: true, nodes: [], pageInfo: { hasNextPage: false } })
  expect(await pull(first)).toMatchObject({ gap: true })
  expect(await pull(second)).toMatchObject({ gap: false, nodes: [{ cursor: third }] })
  expect(await pull(missed.nextCursor)).toMatchObject({ gap: false, nodes: [] })
  const elsewhere = reader(other)
  expect(await elsewhere.pull(start)).toMatchObject({ gap: false })
})

test('a place of another cluster, as after a restore, is a gap, and the lines of that one never come again', async () => {
  const workspaceId = await makeWorkspace(db)
  const { pull, end } = reader(workspaceId)
  const before = await end()
  await write(db, workspaceId)
  const { nodes } = await pullUntil(pull, before, 1)
  // As a dump of another cluster brings them: there its transactions were far ahead.
  await db.execute(sql`
    update changes set cluster_id = cluster_id - 1, transaction_id = '9000000000000' where workspace_id = ${workspaceId}`)
  const place = Buffer.from(nodes[0]?.cursor as string, 'base64url')
    .toString()
    .split(' ')
  const theirs = Buffer.from([place[0], BigInt(place[1] as string) - 1n, '9000000000000', '1'].join(' ')).toString(
    'base64url',
  )
  const refused = await pull(theirs)
  expect(refused).toMatchObject({ gap: true, nodes: [] })
  const own = await write(db, workspaceId)
  expect((await pullUntil(pull, refused.nextCursor, 1)).nodes).toMatchObject([{ ticketId: own }])
  expect((await pullUntil(pull, before, 1)).nodes).toMatchObject([{ ticketId: own }])
  // A place that is still to come was given out by what a restore has taken back.
  const ahead = Buffer.from([place[0], place[1], '9000000000000', '1'].join(' ')).toString('base64url')
  expect(await pull(ahead)).toMatchObject({ gap: true })
})

test('the first copy of a help desk, which the log has no lines of, is a gap', async () => {
  const backend = await newBackend(db)
  const { pull, end } = reader(backend.workspaceId)
  const before = await end()
  const pages = { start: page({ tickets: [thread('1', [message('1')])] }, 'end') }
  const { syncing, backend: synced } = syncingOf(db, backend, scripted({ pages }))
  expect(await runRound(syncing, synced)).toMatchObject({ outcome: 'finished' })
  await givenOut(db, backend.workspaceId)
  expect(await pull(before)).toMatchObject({ gap: true })
})

test('events name tickets, messages and who did it; gone tickets have an id only', async () => {
  const backend = await newBackend(db)
  const store = storeInto(db, backend, { cleaner })
  const { pull, end } = reader(backend.workspaceId)
  const start = await end()
  await store({ tickets: [thread('1', [message('1'), answer('2')])] })
  const { nodes } = await pullUntil(pull, start, 3)
  expect(nodes).toMatchObject([
    { __typename: 'TicketEvent', changeType: 'CREATED', ticket: { number: '1' } },
    { __typename: 'MessageEvent', changeType: 'CREATED', actor: { displayName: 'Ann' } },
    { __typename: 'MessageEvent', changeType: 'CREATED', actor: { displayName: 'Bob' } },
  ])
  expect(nodes[1]?.message?.id).toBe(nodes[1]?.messageId)
  expect((await pull(start, { types: ['MessageEvent'] })).nodes).toHaveLength(2)
  expect((await pull(start, { types: ['TicketEvent'] })).nodes).toHaveLength(1)
  expect((await pull(start, { types: [] })).nodes).toHaveLength(0)
  const gone = await write(db, backend.workspaceId, { kind: 'DELETED', changedFields: [] })
  const after = await pullUntil(pull, nodes[2]?.cursor as string, 1)
  expect(after.nodes).toMatchObject([{ changeType: 'DELETED', ticketId: gone, ticket: null, actor: null }])
})

test('a mutation is echoed to who sent it, with its actor, and to others without its name', async () => {
  const backend = await newBackend(db, 'chatwoot')
  await storeInto(db, backend, { cleaner })({ tickets: [thread('1', [message('1'), answer('2')])] })
  const bob = await one(sql`select id from actors where workspace_id = ${backend.workspaceId} and type = 'AGENT'`)
  const ticketId = await one(sql`select id from tickets where workspace_id = ${backend.workspaceId}`)
  const [own, colleague] = [reader(backend.workspaceId, { actorId: bob, role: 'AGENT' }), reader(backend.workspaceId)]
  const start = await own.end()
  await answerTo(
    own.token,
    { input: { id: nodeIdOf('Ticket', ticketId), patch: { priority: 'HIGH' }, clientMutationId: 'mine' } },
    'mutation ($input: TicketUpdateInput!) { ticketUpdate(input: $input) { errors { message } } }',
  )
  const mine = (await pullUntil(own.pull, start, 1)).nodes
  expect(mine).toMatchObject([{ actor: { displayName: 'Bob' }, clientMutationId: 'mine' }])
  expect(mine[0]?.changedFields).toContain('priority')
  expect((await pullUntil(colleague.pull, start, 1)).nodes).toMatchObject([
    { actor: { displayName: 'Bob' }, clientMutationId: null },
  ])
})

test('a contact sees the events of their own tickets, and nothing of what agents do among themselves', async () => {
  const backend = await newBackend(db)
  const { workspaceId } = backend
  const store = storeInto(db, backend, { cleaner })
  const note = (id: string) => answer(id, { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true })
  const zoe = { type: 'CONTACT', externalId: '2', name: 'Zoe' } as const
  const bob = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
  await store({ tickets: [thread('1', [message('11')]), thread('2', [message('21')], { requester: zoe })] })
  const own = await one(sql`select id from tickets where workspace_id = ${workspaceId} and number = '1'`)
  const ann = await one(sql`select requester_id as id from tickets where id = ${own}`)
  const agent = reader(workspaceId)
  const contact = reader(workspaceId, { actorId: ann, role: 'CONTACT' })
  const start = await agent.end()
  const changed = { updatedAt: minute(50), assignee: bob }
  await store({
    tickets: [
      thread('1', [message('11'), answer('12'), note('13')], changed),
      thread('2', [message('21'), message('22')], { ...changed, requester: zoe }),
    ],
  })
  await pullUntil(agent.pull, start, 5)
  const seen = await contact.pull(start)
  const answered = await one(sql`select id from messages where workspace_id = ${workspaceId} and external_id = '12'`)
  expect(seen.nodes.map(({ __typename }) => __typename).sort()).toEqual(['MessageEvent', 'TicketEvent'])
  expect(seen.nodes.find(({ messageId }) => messageId)?.messageId).toBe(nodeIdOf('Message', answered))
  for (const event of seen.nodes) {
    expect(event.ticketId).toBe(nodeIdOf('Ticket', own))
    for (const field of ['assignee', 'messages', 'messageCount', 'unreadMessageCount', 'isReadByAgent'])
      expect(event.changedFields ?? []).not.toContain(field)
  }
  // A note alone is nothing to them, and nothing betrays it.
  const later = { ...changed, updatedAt: minute(60) }
  await store({ tickets: [thread('1', [message('11'), answer('12'), note('13'), note('14')], later)] }, 1001)
  await pullUntil(agent.pull, seen.nextCursor, 2)
  expect(await contact.pull(seen.nextCursor)).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } })
  const nobody = reader(workspaceId, { role: 'CONTACT' })
  expect((await nobody.pull(start)).nodes).toEqual([])
})

test('a hundred events cost as many statements as five', async () => {
  const backend = await newBackend(db)
  const { pull, end } = reader(backend.workspaceId)
  const start = await end()
  const tickets = Array.from({ length: 60 }, (_, index) =>
    thread(`${index}`, [message(`${index}-1`), answer(`${index}-2`)]),
  )
  await storeInto(db, backend, { cleaner })({ tickets })
  await pullUntil(pull, start, 180)
  const few = await during(() => pull(start, { first: 5 }))
  const many = await during(() => pull(start, { first: 100 }))
  expect(many.result.nodes).toHaveLength(100)
  expect(many.statements.length).toBeLessThanOrEqual(4)
  expect(few.statements.length).toBeLessThanOrEqual(many.statements.length)
})

const one = async (query: ReturnType<typeof sql>) => ((await db.execute(query)).rows[0] as { id: string }).id

/** The recipes of the README, as they stand there, with the packages themselves. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test, vi } from 'vitest'
import { sweepChanges } from '#flows/sweeping/changes.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { givenOut } from '../changes/given-out.ts'
import { openDesk } from '../live/desk.ts'
import { readStream } from '../live/sse.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway, testToken } from '../support/gateway.ts'
import { useCompiledDocuments } from './compiled-documents.ts'
import { openWay, type Way } from './cutting.ts'
import { eventsQuery, type Inbox, type List, listQuery } from './live.ts'

useCompiledDocuments()
const recipes: Record<string, { openInbox(inbox: Inbox): () => void }> = {
  urql: await import('./urql.ts'),
  'Apollo Client': await import('./apollo.ts'),
  Relay: await import('./relay.ts'),
  EventSource: await import('./event-source.ts'),
}

const { db, connectionString } = await createTestDatabase()
const wakes = openWakes({ connectionString, log: openLog({ level: 'silent' }) })
const gateway = await openTestGateway(db, { wakes })
const desk = await openDesk(db, gateway.workspaceId)
const random = (below: number) => Math.floor(Math.random() * below)

/** Later than everything before, so that there is one order. */
let lastMs = Date.now()
const activity = () => ({ lastActivityAt: new Date(++lastMs) })

const filter = { status: ['NEW', 'PENDING_INTERNAL'] }
const statuses = ['NEW', 'PENDING_INTERNAL', 'RESOLVED', 'ON_HOLD'] as const
const ids = await Promise.all(
  Array.from({ length: 50 }, (_, index) => desk.ticket({ status: index < 30 ? 'NEW' : 'RESOLVED', ...activity() })),
)

type Opened = { name: string; first: number; way: Way; shown: List | null; times: number; leave(): void }
let clients: Opened[] = []

/** Every recipe, on ways of their own. */
async function open(firsts: number[], patienceMs?: number): Promise<void> {
  const opening = Object.entries(recipes).flatMap(([name, { openInbox }]) =>
    firsts.map(async (first) => {
      const way = await openWay(gateway.url)
      const client: Opened = { name: `${name}, ${first}`, first, way, shown: null, times: 0, leave() {} }
      const show = (list: List) => {
        client.shown = list
        client.times += 1
      }
      client.leave = openInbox({ url: way.url, token: async () => testToken, filter, first, show, patienceMs })
      return client
    }),
  )
  clients = await Promise.all(opening)
}

function leave() {
  for (const client of clients) {
    client.leave()
    client.way.close()
  }
}

afterAll(async () => {
  leave()
  await gateway.close()
  await wakes.close()
})

const rows = (list: List | null) =>
  list?.nodes.map(({ id, subject, status, lastActivityAt }) => [id, subject, status, lastActivityAt].join(' '))

/** What each shows, beside what the server has. A short page may be shorter still, until it is read anew. */
async function compared() {
  const answer = await gateway.ask(listQuery, { filter, first: 100 })
  const all = rows((answer.data as { tickets: List }).tickets) ?? []
  const shown = clients.map(({ name, shown }) => [name, rows(shown)])
  const expected = clients.map(({ name, first, shown }) => {
    const count = Math.max(first / 2 + 1, Math.min(shown?.nodes.length ?? 0, first))
    return [name, all.slice(0, first === 100 ? first : count)]
  })
  return { shown, expected }
}

async function allAreRight() {
  await vi.waitFor(
    async () => {
      const { shown, expected } = await compared()
      expect(shown).toEqual(expected)
    },
    { timeout: 20_000, interval: 100 },
  )
}

async function change() {
  const id = ids[random(ids.length)] as string
  if (random(5) === 0) ids.push(await desk.ticket({ status: statuses[random(4)], ...activity() }))
  else if (random(3) === 0) await desk.change(id, { subject: `Subject ${random(1_000)}` })
  else await desk.change(id, { status: statuses[random(4)], ...activity() })
}

const WRITES = 150

test('cut off again and again while others write, each ends with the list that the server has, each event once', async () => {
  await givenOut(db, gateway.workspaceId) // of what the tickets began with nothing is told any more
  await open([100, 10])
  await allAreRight()
  for (const client of clients) client.times = 0
  const unbroken = await readStream({ url: gateway.url, token: testToken, query: eventsQuery, variables: { filter } })
  for (let written = 0; written < WRITES; written++) {
    await change()
    if (random(4) === 0) clients[random(clients.length)]?.way.cut()
    await sleep(random(12))
  }
  await allAreRight()
  // Apollo Client shows several at once.
  const eachOnce = clients.filter(({ name, first }) => first === 100 && !name.startsWith('Apollo'))
  await vi.waitFor(() => expect(eachOnce.map(({ times }) => times)).toEqual(eachOnce.map(() => unbroken.events.length)))
})

test('a page that is too short for all stays the beginning of the list, and is read anew when little of it is left', async () => {
  const { data } = await gateway.ask(listQuery, { filter, first: 100 })
  const uuids = (data as { tickets: List }).tickets.nodes.map(({ id }) => atob(id).split(':')[1] ?? '')
  for (const id of uuids.slice(0, 3)) await desk.change(id, { status: 'RESOLVED' })
  await desk.change(uuids[20] ?? '', { subject: 'Far behind' })
  await allAreRight()
  for (const id of uuids.slice(3, 12)) await desk.change(id, { status: 'RESOLVED' })
  await allAreRight()
})

test('connections that die without a word are noticed; where the log no longer reaches back, the list is read anew', async () => {
  leave()
  await open([100], 1_500)
  await allAreRight()
  await change()
  await allAreRight()
  for (const { way } of clients) {
    way.freeze()
    way.shut(true)
  }
  for (let written = 0; written < 20; written++) await change()
  await db.execute(sql`update changes set at = now() - interval '40 days'`)
  await sweepChanges(db)
  for (const { way } of clients) way.shut(false)
  await allAreRight()
  await change()
  await allAreRight()
})

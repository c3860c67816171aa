/**
 * `npm run torture:live`: clients of two gateways are cut off 200 times each while tickets change 10,000 times, some stop
 * reading, and Postgres is started anew in the middle. Fails when one of them missed, doubled or mistook anything, does not
 * end with what there is, or when a gateway has grown.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type pg from 'pg'
import { pick, seededChance } from '#connectors/sandbox/chance.ts'
import { type Db, openDatabase } from '#platform/db/client.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openDesk } from '../test/live/desk.ts'
import { type Event, type Follower, type FollowerOptions, follow } from './followers.ts'
import { lookInto } from './inside.ts'
import { openInstallation } from './installation.ts'

const options = new Command('npm run torture:live --')
  .description('Cuts off those who follow tickets, stops Postgres in the middle, and compares what they end with.')
  .option('--changes <count>', 'how many changes are made', Number, 10_000)
  .option('--cuts <count>', 'how often each client is cut off', Number, 200)
  .option('--seed <number>', 'the same one draws the same', Number, 1)
  .option('--keep', 'keep configuration and logs, in .deskgraph/torture-live')
  .parse()
  .opts<{ changes: number; cuts: number; seed: number; keep?: true }>()

const TICKETS = 60
const WRITERS = 4
/** So that what one does not read is more than lies between the two. */
const PADDING = 'x'.repeat(4_000)
const HEAP_MAY_GROW_BYTES = 30_000_000
/** For a reader that has not stopped. */
const CAUGHT_UP_WITHIN_MS = 30_000
const STATUSES = ['NEW', 'PENDING_INTERNAL', 'RESOLVED', 'ON_HOLD'] as const
const filter = { status: ['NEW', 'PENDING_INTERNAL'] }
const query = `subscription ($filter: TicketFilter, $after: EventCursor) { ticketEvents(filter: $filter, after: $after) {
  __typename ... on ChangeEvent { cursor }
  ... on TicketEvent { ticketId wasInSelection isInSelection ticket { subject } } } }`
const list = `query ($filter: TicketFilter) { changes { nextCursor }
  tickets(filter: $filter, first: 100) { totalCount nodes { id subject } } }`

const folder = join(import.meta.dirname, '../.deskgraph/torture-live')
rmSync(folder, { recursive: true, force: true })
const startPostgres = () => startEmbeddedPostgres({ dataDirectory: folder })
let postgres = await startPostgres()
const databaseUrl = postgres.connectionString()
const installation = await openInstallation({ databaseUrl, vendors: ['chatwoot'], folder, isInspected: true })
const writing = openDatabase({ connectionString: databaseUrl, applicationName: 'writers', poolSize: WRITERS + 1 })
const chance = seededChance(options.seed)
const broken: string[] = []
const followers: Follower[] = []
try {
  await Promise.all([installation.startGateway(0), installation.startGateway(1)])
  const urls = installation.gateways.map(({ url }) => url)
  const insides = await Promise.all(installation.gateways.map(({ child }) => lookInto(child)))
  const { db } = writing
  const desk = await openDesk(db, await workspaceOf(db))
  const ids: string[] = []
  for (let number = 0; number < TICKETS; number++) ids.push(await desk.ticket({ status: pick(STATUSES, chance) }))

  const first = await stateAt(urls[0] as string)
  const heapBefore = await heapBytes()
  const open = (name: string, kind: FollowerOptions['kind'], url: () => string) => {
    const follower = follow({
      name,
      kind,
      url,
      token: installation.token,
      query,
      variables: { filter },
      after: first.after,
    })
    followers.push(follower)
    return follower
  }
  const anywhere = () => pick(urls, chance)
  const steady = urls.map((url, place) => open(`steady ${place + 1}`, 'SSE', () => url))
  const cut = [1, 2, 3, 4].map((number) => open(`cut ${number}`, number % 2 ? 'SSE' : 'WebSocket', anywhere))
  const stopped = urls.flatMap((url, place) => [
    open(`stopped ${place + 1}, SSE`, 'SSE', () => url),
    open(`stopped ${place + 1}, WebSocket`, 'WebSocket', () => url),
  ])
  const cutsAt = cut.map(() =>
    Array.from({ length: options.cuts }, () => chance() * options.changes).sort((a, b) => a - b),
  )
  await sleep(1_000)
  for (const follower of stopped) follower.stopReading()
  say(
    `${followers.length} clients read; now ${options.changes} changes, each of ${cut.length} cut off ${options.cuts} times`,
  )

  const { awayMs, failures } = await write(ids, (made) => {
    for (const [index, places] of cutsAt.entries())
      while ((places[0] ?? Number.POSITIVE_INFINITY) <= made) {
        places.shift()
        cut[index]?.cut()
      }
  })
  const heapAfter = await heapBytes()
  for (const follower of stopped) follower.readOn()
  // Entered last, and told last.
  const last = nodeIdOf('Ticket', await desk.ticket({ status: 'NEW', subject: 'The last one' }))
  const wroteAtMs = performance.now()
  const isAtEnd = ({ events }: Follower) => events.at(-1)?.ticketId === last
  while (!followers.every(isAtEnd) && performance.now() - wroteAtMs < CAUGHT_UP_WITHIN_MS) await sleep(20)
  const caughtUpMs = performance.now() - wroteAtMs
  say(
    `Postgres was away for ${seconds(awayMs)}, ${failures} transactions failed; all had everything ${seconds(caughtUpMs)} after the last change`,
  )

  const states = await Promise.all(urls.map(stateAt))
  const [reference] = steady as [Follower]
  for (const follower of followers) judge(follower, { reference, first, states, isAtEnd })
  for (const [place, { child }] of installation.gateways.entries()) {
    if (child.process.exitCode !== null) broken.push(`gateway ${place + 1} ended`)
    const grown = (heapAfter[place] as number) - (heapBefore[place] as number)
    say(
      `gateway ${place + 1}: heap ${megabytes(heapBefore[place])}, ${megabytes(heapAfter[place])} with two that do not read`,
    )
    if (grown > HEAP_MAY_GROW_BYTES) broken.push(`gateway ${place + 1} grew by ${megabytes(grown)}`)
  }
  for (const follower of followers) follower.leave()
  for (const inside of insides) inside.close()
  await installation.stop()

  function heapBytes(): Promise<number[]> {
    return Promise.all(insides.map(async (inside) => (await inside.holdings()).heapBytes))
  }

  /** So many changes by a few writers at once; `onMade` hears how many there are. */
  async function write(tickets: string[], onMade: (made: number) => void) {
    let [made, failures, awayMs] = [0, 0, 0]
    let restarting: Promise<void> | undefined
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const own = seededChance(options.seed * 1_000 + writer)
        while (made < options.changes) {
          const some = tickets.filter(() => own() < 2 / TICKETS)
          const wait = own() < 0.2 ? 10 * own() : 0
          const values = some.map(() => ({ status: pick(STATUSES, own), subject: `${made} ${own()} ${PADDING}` }))
          try {
            await db.transaction(async (tx) => {
              // Some get their number long before they change a ticket: their order is not that of the changes.
              if (wait > 0) {
                await tx.execute('select pg_current_xact_id()')
                await sleep(wait)
              }
              for (const [index, id] of some.entries()) await desk.changeIn(tx, id, values[index] ?? {})
            })
            made += some.length
          } catch {
            failures += 1
            await sleep(100)
          }
          onMade(made)
          if (made > options.changes / 2) restarting ??= restart()
          await sleep(5)
        }
      }),
    )
    await restarting
    return { awayMs, failures }

    async function restart() {
      const startedMs = performance.now()
      await postgres.stop()
      await sleep(1_000)
      postgres = await startPostgres()
      awayMs = performance.now() - startedMs
    }
  }

  /** What the list says now, and where to go on behind it. */
  async function stateAt(url: string): Promise<State> {
    const headers = { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' }
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: list, variables: { filter } }),
    })
    const { data } = (await response.json()) as {
      data: { changes: { nextCursor: string }; tickets: { nodes: { id: string; subject: string }[] } }
    }
    return {
      after: data.changes.nextCursor,
      rows: new Map(data.tickets.nodes.map(({ id, subject }) => [id, subject])),
    }
  }
} finally {
  for (const follower of followers) follower.leave()
  await installation.close()
  await writing.close()
  await postgres.stop()
}
for (const line of broken) say(`BROKEN  ${line}`)
say(broken.length > 0 ? `${broken.length} promises were broken.` : 'Every promise was kept.')
process.exitCode = broken.length > 0 ? 1 : 0
if (!options.keep && !process.exitCode) rmSync(folder, { recursive: true, force: true })

type State = { after: string; rows: Map<string, string> }
type Truth = { reference: Follower; first: State; states: State[]; isAtEnd(follower: Follower): boolean }

function judge(follower: Follower, { reference, first, states, isAtEnd }: Truth) {
  const { name, events, cuts, beginnings } = follower
  const fail = (words: string) => broken.push(`${name}: ${words}`)
  for (const words of new Set(follower.problems)) fail(words)
  if (!isAtEnd(follower)) fail(`has not come to the end, but to event ${events.length}`)
  const gaps = events.filter(({ __typename }) => __typename === 'StreamGap').length
  say(`${name}: ${events.length} events, ${gaps} gaps, cut off ${cuts} times, began ${beginnings} times`)
  if (name.startsWith('cut') && cuts !== options.cuts) fail(`was cut off ${cuts} times only`)
  const cursors = events.map(({ cursor }) => cursor)
  const doubled = cursors.length - new Set(cursors).size
  if (doubled > 0) fail(`${doubled} events came twice`)
  if (gaps > 0) {
    // What was left out is read anew; what came is right all the same.
    if (!name.startsWith('stopped')) fail(`was told of ${gaps} gaps`)
    const known = new Set(reference.events.map(({ cursor }) => cursor))
    const foreign = events.filter(({ __typename, cursor }) => __typename === 'TicketEvent' && !known.has(cursor))
    if (foreign.length > 0) fail(`${foreign.length} events came to nobody else`)
    return
  }
  const other = events.findIndex((event, index) => placeOf(event) !== placeOf(reference.events[index]))
  if (other >= 0 || events.length !== reference.events.length)
    fail(`event ${other} is ${placeOf(events[other])} and not ${placeOf(reference.events[other])}`)
  const shown = new Map(first.rows)
  let mistaken = 0
  for (const { ticketId, wasInSelection, isInSelection, ticket } of events) {
    if (shown.has(ticketId) !== wasInSelection) mistaken += 1
    if (isInSelection && ticket) shown.set(ticketId, ticket.subject)
    else shown.delete(ticketId)
  }
  if (mistaken > 0) fail(`${mistaken} events were mistaken about what was before`)
  for (const { rows } of states)
    if (JSON.stringify([...rows].sort()) !== JSON.stringify([...shown].sort())) fail('does not end with what there is')
}

function placeOf(event: Event | undefined): string {
  return event ? `${event.cursor} ${event.wasInSelection} ${event.isInSelection}` : 'nothing'
}

async function workspaceOf(db: Db): Promise<string> {
  const { rows } = (await db.execute('select id from workspaces')) as unknown as pg.QueryResult<{ id: string }>
  const [row] = rows
  if (!row) throw new Error('no workspace')
  return row.id
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function megabytes(bytes = 0): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function say(line: string) {
  process.stdout.write(`${`${Math.round(performance.now() / 1000)} s`.padStart(6)}  ${line}\n`)
}

/**
 * Workers are killed again and again while replies go out to help desks that misbehave. What arrived is then read from the
 * desks themselves: each reply exactly once, or its delivery says that nobody can tell.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pick, seededChance } from '#connectors/sandbox/chance.ts'
import { behave, desksOf, misbehave, shownBy } from './desks.ts'
import { evidence, type Verdict } from './evidence.ts'
import { type Installation, openInstallation } from './installation.ts'
import { type Ask, askOneOf, markFor, rowIdOf, send, type Thread } from './replies.ts'

export type TortureOptions = {
  /** Of a database that is empty, or migrated and without backends. */
  databaseUrl: string
  rounds: number
  replies: number
  seed: number
  vendors: readonly string[]
  ticketsPerVendor: number
  /** What the sandboxes hold, see `startSandboxes`. */
  data?: string
  /** For configuration and logs. */
  folder: string
  say(line: string): void
}

export type Outcome = Verdict & {
  events: Record<string, number>
  faults: Record<string, number>
  seconds: number
}

export async function torture(options: TortureOptions): Promise<Outcome> {
  const { databaseUrl, rounds, replies, seed, say } = options
  const startedAt = performance.now()
  const installation = await openInstallation(options)
  const database = new pg.Pool({ connectionString: databaseUrl, max: 3, application_name: 'torture' })
  database.on('error', () => {})
  try {
    const ask = askOneOf(() => installation.gateways.map(({ url }) => url), installation.token)
    const desks = desksOf(installation.backends)
    await start(installation, database)
    say('The first copy is there; looking for tickets that take replies …')
    const threads = await threadsFor(options, { ask, database })
    say(`${threads.length} tickets. Now ${replies} replies, ${rounds} rounds …`)
    await misbehave(desks, seed)
    const events = await roundsOf(options, { installation, database, ask, threads })
    await behave(desks)
    say('The help desks behave again; what is left goes out …')
    await nothingOpen(database, 300_000)
    say('Now everything is read once more …')
    await installation.stop()
    await installation.run(['sync', '--full'])
    const verdict = await evidence({ database, desks, threads })
    const faults = await shownBy(desks)
    return { ...verdict, events, faults, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    await installation.close()
    await database.end()
  }
}

async function start(installation: Installation, database: pg.Pool): Promise<void> {
  // All four at once, on a database where nothing is yet.
  installation.startWorker(0)
  installation.startWorker(1)
  await Promise.all([installation.startGateway(0), installation.startGateway(1)])
  await copied(database)
}

/** Until every help desk was copied once. */
export function copied(database: pg.Pool): Promise<void> {
  return until(database, 60_000, 'select count(*)::int as open from backend_syncs where last_full_synced_at is null')
}

/** Each ticket gets a first reply while nothing goes wrong: those that take none are left alone. */
export async function threadsFor(
  { vendors, ticketsPerVendor }: Pick<TortureOptions, 'vendors' | 'ticketsPerVendor'>,
  { ask, database }: { ask: Ask; database: pg.Pool },
): Promise<Thread[]> {
  const query = 'query ($ids: [ID!]) { tickets(first: 100, filter: { backendIds: $ids }) { nodes { id } } }'
  const { data } = await ask('{ backends { id vendor { key } } }')
  const { backends } = data as { backends: { id: string; vendor: { key: string } }[] }
  const candidates: Thread[] = []
  for (const vendor of vendors) {
    const ids = backends.filter((backend) => backend.vendor.key === vendor).map(({ id }) => id)
    const answer = (await ask(query, { ids })).data as { tickets: { nodes: { id: string }[] } }
    const some = answer.tickets.nodes.slice(0, 2 * ticketsPerVendor)
    candidates.push(...some.map(({ id }) => ({ vendor, ticketId: id, sent: [] })))
  }
  await Promise.all(candidates.map((thread, index) => send(ask, thread, `first ${index}`)))
  await nothingOpen(database, 60_000)
  const { rows } = await database.query<{ id: string }>("select id from deliveries where state = 'SETTLED'")
  const settled = new Set(rows.map(({ id }) => id))
  const taking = candidates.filter(({ sent: [first] }) => first && settled.has(rowIdOf(first.deliveryId)))
  return vendors.flatMap((vendor) => {
    const found = taking.filter((thread) => thread.vendor === vendor).slice(0, ticketsPerVendor)
    if (found.length === 0) throw new Error(`no ticket of ${vendor} takes replies`)
    return found
  })
}

type Arena = { installation: Installation; database: pg.Pool; ask: Ask; threads: Thread[] }

async function roundsOf(options: TortureOptions, { installation, database, ask, threads }: Arena) {
  const { rounds, replies, seed, say } = options
  const chance = seededChance(seed)
  const between = (from: number, to: number) => from + chance() * (to - from)
  const events: Record<string, number> = {}
  const note = (what: string) => {
    events[what] = (events[what] ?? 0) + 1
  }
  // One after the other on each ticket, so that there is an order to keep.
  const queues = new Map<Thread, Promise<unknown>>()
  let number = 0
  const write = (thread: Thread) => {
    number += 1
    const own = number
    const sending = (queues.get(thread) ?? Promise.resolve()).then(async () => {
      if (!(await send(ask, thread, markFor(own, thread)))) throw new Error(`a reply to ${thread.ticketId} was refused`)
    })
    sending.catch(() => {})
    queues.set(thread, sending)
  }

  for (let round = 1; round <= rounds; round++) {
    while (number < (replies * round) / rounds) write(pick(threads, chance))
    const victim = Math.floor(chance() * 2)
    const dice = chance()
    if (dice < 0.1) {
      note('workers stopped for longer than their lease')
      const sleeper = installation.workers[1 - victim]?.process
      sleeper?.kill('SIGSTOP')
      setTimeout(() => sleeper?.kill('SIGCONT'), between(1500, 5000)).unref()
    } else if (dice < 0.18) {
      note('connections of all to Postgres cut')
      await database.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'torture'`)
    } else if (dice < 0.23) {
      note('gateways killed')
      const place = Math.floor(chance() * 2)
      await installation.gateways[place]?.child.kill('SIGKILL')
      await installation.startGateway(place)
    }
    await sleep(between(300, 3000))
    await installation.workers[victim]?.kill('SIGKILL')
    note('workers killed')
    installation.startWorker(victim)
    if (round % 20 === 0) say(`round ${round}: ${number} replies written`)
  }
  for (const { process } of installation.workers) process.kill('SIGCONT')
  await Promise.all(queues.values())
  return events
}

/** Until no delivery is on its way. */
export function nothingOpen(database: pg.Pool, deadlineMs: number): Promise<void> {
  return until(
    database,
    deadlineMs,
    "select count(*)::int as open from deliveries where state in ('QUEUED', 'SENDING')",
  )
}

async function until(database: pg.Pool, deadlineMs: number, question: string): Promise<void> {
  let last: unknown
  for (const startedAt = Date.now(); Date.now() - startedAt < deadlineMs; await sleep(200)) {
    last = await database.query<{ open: number }>(question).then(
      ({ rows }) => rows[0]?.open,
      (error: Error) => error.message,
    )
    if (last === 0) return
  }
  throw new Error(`after ${deadlineMs} ms there is still ${last} of: ${question}`)
}

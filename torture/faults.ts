/**
 * `npm run torture:faults`: everything that stands still for a minute, one after the other, under reads and writes; then a
 * soak. Fails when an answer was wrong or late, a write was lost, or anything grew.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import pg from 'pg'
import { pick, seededChance } from '#connectors/sandbox/chance.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { behave, desksOf, misbehave } from './desks.ts'
import { evidence } from './evidence.ts'
import { type Holdings, lookInto } from './inside.ts'
import { openInstallation } from './installation.ts'
import { askOneOf, markFor, send, type Thread } from './replies.ts'
import { copied, nothingOpen, threadsFor } from './torture.ts'
import { type Noted, watch } from './watchers.ts'

const options = new Command('npm run torture:faults --')
  .description('Stops, cuts and fills what a running installation depends on, then lets it run, and counts what broke.')
  .option('--seconds <seconds>', 'how long each fault lasts', Number, 60)
  .option('--minutes <minutes>', 'how long the soak lasts', Number, 5)
  .option('--seed <number>', 'the same one draws the same', Number, 1)
  .option('--keep', 'keep configuration and logs, in .deskgraph/torture-faults')
  .parse()
  .opts<{ seconds: number; minutes: number; seed: number; keep?: true }>()

/** What reliability is promised: see the tests of `test/http/store-faults.test.ts` for the same in short. */
const NOTICED_AFTER_MS = 2600
const REFUSED_WITHIN_MS = 1000
const WELL_WITHIN_MS = 5000
const HEAP_MAY_GROW_BYTES = 10_000_000
const HANDLES_MAY_GROW = 10
const vendors = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox']

const folder = join(import.meta.dirname, '../.deskgraph/torture-faults')
rmSync(folder, { recursive: true, force: true })
const startPostgres = () => startEmbeddedPostgres({ dataDirectory: folder })
let postgres = await startPostgres()
const databaseUrl = postgres.connectionString()
const installation = await openInstallation({ databaseUrl, vendors, folder, isInspected: true })
const database = new pg.Pool({ connectionString: databaseUrl, max: 3, application_name: 'torture' })
database.on('error', () => {})
const broken: string[] = []
try {
  installation.startWorker(0)
  await installation.startGateway(0)
  await copied(database)
  const { child, url } = installation.gateways[0] as (typeof installation.gateways)[0]
  const worker = installation.workers[0] as (typeof installation.workers)[0]
  const [gatewayInside, workerInside] = [await lookInto(child), await lookInto(worker)]
  const ask = askOneOf(() => [url], installation.token)
  const desks = desksOf(installation.backends)
  const threads = await threadsFor({ vendors, ticketsPerVendor: 4 }, { ask, database })
  const watchers = watch({ url, token: installation.token, ticketIds: threads.map(({ ticketId }) => ticketId) })
  const writers = write(threads)
  const before = await holdings()
  say(`everything runs; ${summaryOf(before)}`)

  await fault('Postgres hangs', { isStoreAway: true }, async (wait) => {
    const processes = serverProcesses()
    for (const pid of processes) process.kill(pid, 'SIGSTOP')
    await wait()
    for (const pid of processes) process.kill(pid, 'SIGCONT')
  })
  await fault('Postgres is gone', { isStoreAway: true }, async (wait) => {
    await postgres.stop()
    await wait()
    postgres = await startPostgres()
  })
  await fault('the help desks hang', { isStoreAway: false }, async (wait) => {
    for (const desk of desks.values()) await desk.fail({ kind: 'time-out', probability: 1, seed: options.seed })
    await wait()
    await behave(desks)
  })
  await fault('the event loop is busy', { isStoreAway: false, isBusy: true }, async () => {
    for (let turn = 0; turn < 5; turn++) {
      await Promise.all([gatewayInside.keepBusy(3000), workerInside.keepBusy(3000)])
      await sleep(500)
    }
  })
  await soak()

  await Promise.all([watchers.stop(), writers.stop()])
  say(`${watchers.answers.length} reads, ${writers.count()} writes; what is left goes out …`)
  await nothingOpen(database, 300_000)
  for (const inside of [gatewayInside, workerInside]) inside.close()
  await installation.stop()
  await installation.run(['sync', '--full'])
  const verdict = await evidence({ database, desks, threads })
  broken.push(...verdict.broken)
  for (const [vendor, { replies, once, uncertain }] of Object.entries(verdict.byVendor))
    say(`${vendor}: ${replies} replies, ${once} arrived once, ${uncertain} uncertain`)

  type Kind = { isStoreAway: boolean; isBusy?: boolean }

  /** Carries a fault out, and judges what was answered meanwhile and how soon all was well. */
  async function fault(
    name: string,
    { isStoreAway, isBusy = false }: Kind,
    carryOut: (wait: () => Promise<void>) => Promise<void>,
  ) {
    const fail = (words: string) => broken.push(`${name}: ${words}`)
    await sleep(5000)
    const startedMs = performance.now()
    let [awayMs, backMs] = [startedMs, Number.POSITIVE_INFINITY]
    await carryOut(async () => {
      awayMs = performance.now()
      await sleep(options.seconds * 1000)
      backMs = performance.now()
      if (isStoreAway && watchers.readiness() !== 503) fail(`readiness says ${watchers.readiness()}`)
    })
    const endedMs = performance.now()
    let wellMs = Number.POSITIVE_INFINITY
    while (wellMs === Number.POSITIVE_INFINITY && performance.now() - endedMs < 4 * WELL_WITHIN_MS) {
      await sleep(20)
      const well = watchers.answers.find(({ atMs, status }) => atMs > endedMs && status === 200)
      if (well && watchers.readiness() === 200) wellMs = performance.now() - endedMs
    }
    const meanwhile = watchers.answers.filter(({ atMs }) => atMs > startedMs && atMs < endedMs)
    const noticed = meanwhile.filter(({ atMs }) => atMs > awayMs + NOTICED_AFTER_MS && atMs < backMs)
    const slowest = longest(meanwhile)
    if (wellMs > WELL_WITHIN_MS) fail(`well again only after ${Math.round(wellMs)} ms`)
    if (slowest > NOTICED_AFTER_MS + (isBusy ? 3000 : 0)) fail(`an answer took ${Math.round(slowest)} ms`)
    if (isStoreAway && longest(noticed) > REFUSED_WITHIN_MS) fail(`a refusal took ${Math.round(longest(noticed))} ms`)
    if (isStoreAway && noticed.some(({ status }) => status === 200)) fail('there were answers without a store')
    if (!isStoreAway && meanwhile.some(({ status }) => status !== 200 && !isBusy)) fail('reads were refused')
    for (const words of new Set(watchers.answers.splice(0).flatMap(({ words }) => words ?? []))) fail(words)
    for (const {
      name: process,
      process: { exitCode },
    } of [child, worker])
      if (exitCode !== null) fail(`${process} ended`)
    const now = await holdings()
    if (now.heapBytes > before.heapBytes + 3 * HEAP_MAY_GROW_BYTES) fail(`the heap grew to ${summaryOf(now)}`)
    const statuses = Object.entries(Object.groupBy(meanwhile, ({ status }) => status)).map(
      ([status, some]) => `${some?.length} × ${status}`,
    )
    say(
      `${name}: ${statuses.join(', ')}; slowest ${Math.round(slowest)} ms, then ${Math.round(longest(noticed))} ms; well after ${Math.round(wellMs)} ms; ${summaryOf(now)}`,
    )
  }

  /** All of it at once, with misbehaving help desks: after a third of the time nothing grows any more. */
  async function soak() {
    await misbehave(desks, options.seed)
    const looks: Holdings[] = []
    for (const endMs = performance.now() + options.minutes * 60_000; performance.now() < endMs; await sleep(5000))
      looks.push(await holdings())
    await behave(desks)
    const part = Math.ceil(looks.length / 3)
    const [warm, late] = [looks.slice(part, 2 * part), looks.slice(2 * part)]
    const least = (some: Holdings[], of: keyof Holdings) => Math.min(...some.map((look) => look[of]))
    for (const [of, may] of [
      ['heapBytes', HEAP_MAY_GROW_BYTES],
      ['handles', HANDLES_MAY_GROW],
      ['openFiles', HANDLES_MAY_GROW],
      ['listeners', 0],
    ] as const) {
      const growth = least(late, of) - least(warm, of)
      say(`soak: ${of} at least ${least(warm, of)}, later ${least(late, of)}`)
      if (growth > may) broken.push(`soak: ${of} grew by ${growth}`)
    }
    for (const words of new Set(watchers.answers.flatMap(({ words }) => words ?? []))) broken.push(`soak: ${words}`)
  }

  /** Of gateway and worker together. */
  async function holdings(): Promise<Holdings> {
    const [a, b] = await Promise.all([gatewayInside.holdings(), workerInside.holdings()])
    return {
      heapBytes: a.heapBytes + b.heapBytes,
      handles: a.handles + b.handles,
      openFiles: a.openFiles + b.openFiles,
      listeners: a.listeners + b.listeners,
    }
  }

  /** One reply after the other, each until it is acknowledged. */
  function write(threads: Thread[]) {
    const chance = seededChance(options.seed)
    let [isOver, number] = [false, 0]
    const writing = (async () => {
      for (; !isOver; await sleep(500)) {
        const thread = pick(threads, chance)
        number += 1
        if (!(await send(ask, thread, markFor(number, thread))))
          broken.push(`a reply to ${thread.ticketId} was refused`)
      }
    })()
    return {
      count: () => number,
      async stop() {
        isOver = true
        await writing
      },
    }
  }
} finally {
  await installation.close()
  await database.end()
  await postgres.stop()
}
for (const line of broken) say(`BROKEN  ${line}`)
say(broken.length > 0 ? `${broken.length} promises were broken.` : 'Every promise was kept.')
process.exitCode = broken.length > 0 ? 1 : 0
if (!options.keep && !process.exitCode) rmSync(folder, { recursive: true, force: true })

function longest(answers: Noted[]): number {
  return Math.max(0, ...answers.map(({ tookMs }) => tookMs))
}

function summaryOf({ heapBytes, handles, openFiles }: Holdings): string {
  return `heap ${Math.round(heapBytes / 1e6)} MB, ${handles} handles, ${openFiles} files`
}

/** The server of the cluster, and its children. */
function serverProcesses(): number[] {
  const cluster = readdirSync(folder).find((entry) => entry.startsWith('postgres-')) ?? ''
  const server = Number.parseInt(readFileSync(join(folder, cluster, 'postmaster.pid'), 'utf8'), 10)
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ').map(Number)
  return [server, ...children]
}

function say(line: string) {
  process.stdout.write(`${`${Math.round(performance.now() / 1000)} s`.padStart(6)}  ${line}\n`)
}

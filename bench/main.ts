/** `npm run bench`: ours beside PostGraphile and what Node and Postgres can do at best, reading and syncing, in one run. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { onDatabase, ticketDatabase } from './data/database.ts'
import { databaseTimeBench, databaseTimeSettings, type Store } from './load/database-time.ts'
import { readBench } from './load/read-bench.ts'
import { describeMachine } from './machine.ts'
import { type OperationResult, operationsBench } from './operations/operations-bench.ts'
import { installPostgraphile } from './postgraphile/install.ts'
import { queries } from './queries.ts'
import { chartOf } from './report/chart.ts'
import type { Reading } from './report/reading.ts'
import { type Results, reportOf } from './report/report.ts'
import { targetConnections, targetTickets } from './report/targets.ts'
import { syncBench } from './sync/sync-bench.ts'

const folder = join(import.meta.dirname, '../.deskgraph/bench')
const committedReport = join(import.meta.dirname, 'REPORT.md')
const [quick, full] = [
  {
    ...{ sizes: [20_000], concurrency: [16], rounds: 3, seconds: 0.8 },
    ...{ warmUpCpuSeconds: { ours: 1.5, bare: 0.3, postgraphile: 1.5 }, conversations: 500, operationRounds: 20 },
  },
  {
    ...{ sizes: [20_000, 200_000], concurrency: [16, 1, 64], rounds: 5, seconds: 2 },
    ...{ warmUpCpuSeconds: { ours: 3, bare: 0.5, postgraphile: 3 }, conversations: 10_000, operationRounds: 100 },
  },
]

const options = new Command('npm run bench --')
  .description(
    'Measures reading beside PostGraphile 5 and the bare limit of Node and Postgres, syncing beside COPY, and single ' +
      'operations. Without options: all, into bench/REPORT.md; a big store alone is read at other concurrencies than 16.',
  )
  .option('--quick', `small and short: ${quick.sizes} tickets, ${quick.rounds} rounds of ${quick.seconds} s`)
  .option('--sizes <counts>', 'tickets in the store, separated by commas; 1000000 is possible', listOf(numberFrom))
  .option('--concurrency <counts>', 'connections, separated by commas; at all sizes', listOf(numberFrom))
  .option('--rounds <count>', 'how often each query is measured', numberFrom)
  .option('--seconds <seconds>', 'how long each time', numberFrom)
  .option('--queries <names>', `only some of: ${queries.map(({ name }) => name).join(', ')}`, listOf(queryNameFrom))
  .option('--skip-postgraphile', 'ours and the bare server only')
  .option('--skip-database-time', 'not how database time grows with the store')
  .option('--skip-sync', 'no sync')
  .option('--skip-operations', 'no single operations')
  .option('--data <file>', 'sync this file of conversations (.jsonl, .jsonl.gz) instead of made-up ones')
  .option('--report <file>', 'write the report there, and its chart beside it')
  .option('--cpu-profile <folder>', 'the servers write CPU profiles there, for Chrome DevTools; slower')
  .option('--drop', 'delete what was generated (.deskgraph/bench), and do nothing else')
  .parse()
  .opts<Options>()

type Options = {
  quick?: true
  sizes?: number[]
  concurrency?: number[]
  rounds?: number
  seconds?: number
  queries?: string[]
  skipPostgraphile?: true
  skipDatabaseTime?: true
  skipSync?: true
  skipOperations?: true
  data?: string
  report?: string
  cpuProfile?: string
  drop?: true
}

if (options.drop) rmSync(folder, { recursive: true, force: true })
else await run()

async function run() {
  const usual = options.quick ? quick : full
  const { sizes = usual.sizes, rounds = usual.rounds, seconds = usual.seconds, queries: only = null } = options
  if (options.cpuProfile) mkdirSync(options.cpuProfile, { recursive: true })
  const postgraphileProblem = options.skipPostgraphile ? 'it was not asked for' : installPostgraphile(say)
  if (postgraphileProblem) say(`Without PostGraphile: ${postgraphileProblem}.`)
  // As shipped but for room: the data set is generated in one go and is bigger than what a first start sees.
  const settings = { shared_buffers: '512MB', max_wal_size: '8GB', ...databaseTimeSettings }
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, settings })
  try {
    const version = await onDatabase(postgres.connectionString('postgres'), (client) =>
      client.query('show server_version'),
    )
    const machine = describeMachine(version.rows[0]?.server_version)
    const stores: Store[] = []
    for (const ticketCount of sizes)
      stores.push({ ticketCount, connectionString: await ticketDatabase(postgres, ticketCount, say) })

    const reading: Reading[] = []
    const operations: { ticketCount: number; results: OperationResult[] }[] = []
    for (const { ticketCount, connectionString } of stores) {
      say(`Reading from ${ticketCount.toLocaleString('en')} tickets:`)
      const results = await readBench({
        ...{ connectionString, rounds, secondsPerMeasurement: seconds, only, say },
        connections: options.concurrency ?? usualConcurrency(usual.concurrency, ticketCount),
        withPostgraphile: postgraphileProblem === null,
        warmUpCpuSeconds: usual.warmUpCpuSeconds,
        profileFolder: options.cpuProfile ?? null,
      })
      reading.push({ ticketCount, results })
      // Some of them count the whole store, so that a hundred rounds of a bigger one take most of an hour.
      if (options.skipOperations || ticketCount > targetTickets) continue
      say(`One request after the other to ${ticketCount.toLocaleString('en')} tickets:`)
      const single = await operationsBench({ connectionString, rounds: usual.operationRounds, say })
      operations.push({ ticketCount, results: single })
    }
    const databaseTimes = options.skipDatabaseTime ? null : await growthOf(stores, only)
    if (!options.skipSync) say('Copying from five sandboxes …')
    const sync = options.skipSync
      ? null
      : await syncBench({ postgres, folder, data: options.data ?? null, conversationCount: usual.conversations })
    write({
      machine,
      rounds,
      secondsPerMeasurement: seconds,
      reading,
      postgraphileProblem,
      databaseTimes,
      operations,
      sync,
    })
  } finally {
    await postgres.stop()
  }
}

/** Other concurrencies than the first take as long again, so only a big store is read at them. */
function usualConcurrency(all: number[], ticketCount: number): number[] {
  return ticketCount >= targetTickets ? all : all.slice(0, 1)
}

async function growthOf(stores: Store[], only: string[] | null) {
  if (stores.length < 2) return null
  say('Database time of a request, one after the other:')
  const results = await databaseTimeBench({ stores, only, say })
  if (!results) say('  not measured: the running Postgres was started by something else, without pg_stat_statements.')
  return results && { ticketCounts: stores.map(({ ticketCount }) => ticketCount), results }
}

function write(results: Results) {
  const isWhole =
    !options.queries &&
    !options.skipSync &&
    !options.skipOperations &&
    !options.cpuProfile &&
    results.postgraphileProblem === null &&
    results.reading.some(
      ({ ticketCount, results }) =>
        ticketCount === targetTickets && results.some(({ connections }) => connections === targetConnections),
    )
  const file = options.report ?? (isWhole ? committedReport : null)
  const chartFile = file && join(dirname(file), `${basename(file, '.md')}.svg`)
  const report = reportOf(results, chartFile && basename(chartFile))
  process.stdout.write(`\n${report}`)
  if (file) writeFileSync(file, report)
  if (chartFile) writeFileSync(chartFile, chartOf(results.reading))
}

function say(line: string) {
  process.stderr.write(`${line}\n`)
}

function numberFrom(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new InvalidArgumentError('expected a number above 0.')
  return number
}

function queryNameFrom(text: string): string {
  if (!queries.some(({ name }) => name === text)) throw new InvalidArgumentError(`there is no query ${text}.`)
  return text
}

function listOf<Item>(itemFrom: (text: string) => Item): (text: string) => Item[] {
  return (text) => text.split(',').map((item) => itemFrom(item.trim()))
}

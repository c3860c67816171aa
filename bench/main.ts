/** `npm run bench`: ours beside what Node and Postgres can do at best, reading and syncing, in one run. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { onDatabase, ticketDatabase } from './data/database.ts'
import { connectionCount } from './load/measure.ts'
import { type QueryResult, readBench } from './load/read-bench.ts'
import { describeMachine } from './machine.ts'
import { type OperationResult, operationsBench } from './operations/operations-bench.ts'
import { queries } from './queries.ts'
import { reportOf } from './report.ts'
import { syncBench } from './sync/sync-bench.ts'

const folder = join(import.meta.dirname, '../.deskgraph/bench')
const committedReport = join(import.meta.dirname, 'REPORT.md')
const [quick, full] = [
  {
    tickets: [20_000],
    rounds: 3,
    seconds: 0.8,
    warmUpSeconds: { ours: 1.5, bare: 0.5 },
    conversations: 500,
    operationRounds: 20,
  },
  {
    ...{ tickets: [20_000, 200_000], rounds: 5, seconds: 3, warmUpSeconds: { ours: 4, bare: 1 } },
    ...{ conversations: 10_000, operationRounds: 100 },
  },
]

const options = new Command('npm run bench --')
  .description(
    'Measures reading and syncing beside the bare limits of Node and Postgres, and single operations. Without ' +
      'options: all, into bench/REPORT.md.',
  )
  .option('--quick', `small and short: ${quick.tickets} tickets, ${quick.rounds} rounds of ${quick.seconds} s`)
  .option('--tickets <counts>', 'sizes of the store, separated by commas', listOf(numberFrom))
  .option('--rounds <count>', 'how often each query is measured', numberFrom)
  .option('--seconds <seconds>', 'how long each time', numberFrom)
  .option('--queries <names>', `only some of: ${queries.map(({ name }) => name).join(', ')}`, listOf(queryNameFrom))
  .option('--skip-sync', 'no sync')
  .option('--skip-operations', 'no single operations')
  .option('--data <file>', 'sync this file of conversations (.jsonl, .jsonl.gz) instead of made-up ones')
  .option('--report <file>', 'write the report there')
  .option('--cpu-profile <folder>', 'the servers write CPU profiles there, for Chrome DevTools; slower')
  .option('--drop', 'delete what was generated (.deskgraph/bench), and do nothing else')
  .parse()
  .opts<Options>()

type Options = {
  quick?: true
  tickets?: number[]
  rounds?: number
  seconds?: number
  queries?: string[]
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
  const sizes = options.quick ? quick : full
  const { tickets = sizes.tickets, rounds = sizes.rounds, seconds = sizes.seconds } = options
  if (options.cpuProfile) mkdirSync(options.cpuProfile, { recursive: true })
  const isWhole =
    !options.quick &&
    !options.tickets &&
    !options.queries &&
    !options.skipSync &&
    !options.skipOperations &&
    !options.cpuProfile
  // As shipped but for room: the data set is generated in one go and is bigger than what a first start sees.
  const settings = { shared_buffers: '512MB', max_wal_size: '8GB' }
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, settings })
  try {
    const version = await onDatabase(postgres.connectionString('postgres'), (client) =>
      client.query('show server_version'),
    )
    const machine = describeMachine(version.rows[0]?.server_version)
    const reading: { ticketCount: number; results: QueryResult[] }[] = []
    const operations: { ticketCount: number; results: OperationResult[] }[] = []
    for (const ticketCount of tickets) {
      const connectionString = await ticketDatabase(postgres, ticketCount, say)
      say(`Reading from ${ticketCount.toLocaleString('en')} tickets:`)
      const results = await readBench({
        ...{ connectionString, rounds, secondsPerMeasurement: seconds, say },
        warmUpSeconds: sizes.warmUpSeconds,
        only: options.queries ?? null,
        profileFolder: options.cpuProfile ?? null,
      })
      reading.push({ ticketCount, results })
      if (options.skipOperations) continue
      say(`One request after the other to ${ticketCount.toLocaleString('en')} tickets:`)
      const single = await operationsBench({ connectionString, rounds: sizes.operationRounds, say })
      operations.push({ ticketCount, results: single })
    }
    if (!options.skipSync) say('Copying from five sandboxes …')
    const sync = options.skipSync
      ? null
      : await syncBench({ postgres, folder, data: options.data ?? null, conversationCount: sizes.conversations })
    const report = reportOf({
      machine,
      rounds,
      secondsPerMeasurement: seconds,
      connectionCount,
      reading,
      operations,
      sync,
    })
    process.stdout.write(`\n${report}`)
    const file = options.report ?? (isWhole ? committedReport : null)
    if (file) writeFileSync(file, report)
  } finally {
    await postgres.stop()
  }
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

/** The results as Markdown, which is also what a terminal gets. */

import type { Machine } from '../machine.ts'
import type { OperationResult } from '../operations/operations-bench.ts'
import type { SyncResult } from '../sync/sync-bench.ts'
import { perSecond, table } from './markdown.ts'
import { type Reading, readingText } from './reading.ts'
import { type DatabaseTimes, databaseTimeText, targetsText } from './targets.ts'

export type Results = {
  machine: Machine
  rounds: number
  secondsPerMeasurement: number
  reading: Reading[]
  /** Why PostGraphile was not measured; null when it was. */
  postgraphileProblem: string | null
  /** Null when it was not measured. */
  databaseTimes: DatabaseTimes | null
  operations: { ticketCount: number; results: OperationResult[] }[]
  sync: SyncResult | null
}

/** `chartFile`: the name of the picture beside it. */
export function reportOf(results: Results, chartFile: string | null): string {
  const { machine, rounds, secondsPerMeasurement, reading, postgraphileProblem, databaseTimes, operations, sync } =
    results
  const { date, commit, cpu, cores, memoryGb, os, load, versions } = machine
  const sections = [
    `# Benchmark

Written by \`npm run bench\` on ${date}, commit ${commit}.
${cores} × ${cpu}, ${memoryGb} GB, ${os}; load before it began ${load}. ${versions}.
${rounds} rounds of ${secondsPerMeasurement} s each, the servers in turn; medians over the rounds, in brackets the lowest
and the highest.
`,
    postgraphileProblem && `**PostGraphile was not measured:** ${postgraphileProblem}.\n`,
    chartFile && `![Requests per second as shares of the bare server's](${chartFile})\n`,
    targetsText(reading, databaseTimes),
    ...reading.map(readingText),
    databaseTimes && databaseTimeText(databaseTimes),
    operationsText(operations),
    sync && syncText(sync),
    howToRead,
  ]
  return sections.filter(Boolean).join('\n')
}

/** A row for each operation, with the sizes of the store side by side. */
function operationsText(operations: Results['operations']): string {
  const [first] = operations
  if (!first) return ''
  const head = operations.flatMap(({ ticketCount }) => [
    ...[`${ticketCount.toLocaleString('en')}: p50 ms`, 'p95 ms', 'SQL statements', 'found'],
  ])
  const rows = first.results.map(({ name }, index) => [
    name,
    ...operations.flatMap(({ results }) => {
      const { p50Ms, p95Ms, statements, found } = results[index] as OperationResult
      return [p50Ms.toFixed(1), p95Ms.toFixed(1), statements.toFixed(1), found]
    }),
  ])
  return `## Operations: one connection of an agent, one request after the other

${table(['operation', ...head], rows)}`
}

function syncText({ source, copied, bare, rowCount, messageCount }: SyncResult): string {
  const peakMb = Math.round(copied.peakRssBytes / 2 ** 20)
  const byBackend = Object.entries(copied.secondsByBackend).map(([key, seconds]) => `${key} ${seconds.toFixed(1)} s`)
  const rows = [
    [
      'the sync',
      copied.seconds.toFixed(1),
      perSecond(rowCount, copied.seconds),
      perSecond(messageCount, copied.seconds),
    ],
    ['bare COPY', bare.seconds.toFixed(1), perSecond(rowCount, bare.seconds), perSecond(messageCount, bare.seconds)],
    ['**ratio**', '', (bare.seconds / copied.seconds).toFixed(3), ''],
  ]
  return `## Sync: ${source}, five sandboxes to Postgres

${messageCount.toLocaleString('en')} messages, ${rowCount.toLocaleString('en')} rows in all.

${table(['', 'seconds', 'rows/s', 'messages/s'], rows)}
The syncing process took ${copied.cpuSeconds.toFixed(1)} s of CPU and at most ${peakMb} MB of memory.
Backends are copied at the same time: ${byBackend.join(', ')}.
`
}

const howToRead = `## How to read it

- **Ratios** are taken round by round. Ours is the whole gateway as shipped: authentication, limits, row-level security.
- **Bare** is \`node:http\` that sends the JSON of one hand-written, named, prepared statement for each query: no GraphQL,
  no authentication, no checks. It is no strict bound: JSON assembled in Node can beat its JSON made by Postgres.
- **PostGraphile** 5 runs as its documentation sets it up for production (Amber preset, its own server on \`node:http\`,
  prepared statements, plans kept) with a pool of as many connections to Postgres, on views of the same tables in a
  schema of its own, whose columns and conditions are those of the queries: it makes one statement of each. It
  authenticates nobody, limits nothing and scopes by nothing but the constant in the views, where ours decides for each request. Its ids are
  bare, its inner lists have no connections around them (which makes no difference that can be measured), and it sends
  somewhat fewer bytes for that. It looks for the files of every message; ours and bare know which messages have some.
- Before anything is measured all of them have to give the same rows in the same order with the same values.
- Each group is ours / bare / PostGraphile. Variables are random in every request. RSS is the highest after any round.
- Ours, as shipped, refuses (503) what it cannot begin within 200 ms, and ends (504) what waits too long for Postgres. Such
  a request is asked again at once, its time counts from the first try, and the table of speed shows how many there were.
- All have ten connections. Ours, as shipped, lets few short statements run at once where Postgres shares its cores: four
  on two of them.
- Postgres, the server and the load generator share the cores, so a server that needs less CPU also leaves more to
  Postgres. **CPU per request** moves less with other load on the machine than requests per second do; effects below
  1.3 × are not resolved by either. Above a load of about 1 before it began, repeat the run on a quiet machine.
- **Database time** is what Postgres counts itself (pg_stat_statements) as the execution of all statements of a request,
  at one connection, the sizes in turn, over forty tickets whose pages are in memory: it tells how the work grows, not
  what a disk costs.
- \`Q1 later\` is the page behind a random ticket of the status it filters by.
- The bare \`COPY\` writes one table after the other from files beside the database, over the same constraints and
  indexes: no HTTP, no mapping, no cleaning of HTML, no check for what is there already. The sandboxes take CPU from the
  sync, as no real help desk would. It is measured once, so it tells less than the queries do.
`

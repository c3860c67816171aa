/** The results as Markdown, which is also what a terminal gets. */

import type { Measurement } from './load/measure.ts'
import type { QueryResult } from './load/read-bench.ts'
import type { Machine } from './machine.ts'
import type { OperationResult } from './operations/operations-bench.ts'
import { type Spread, spreadOf } from './statistics.ts'
import type { SyncResult } from './sync/sync-bench.ts'

export type Results = {
  machine: Machine
  rounds: number
  secondsPerMeasurement: number
  connectionCount: number
  reading: { ticketCount: number; results: QueryResult[] }[]
  operations: { ticketCount: number; results: OperationResult[] }[]
  sync: SyncResult | null
}

export function reportOf({
  machine,
  rounds,
  secondsPerMeasurement,
  connectionCount,
  reading,
  operations,
  sync,
}: Results): string {
  const { date, commit, cpu, cores, memoryGb, os, load, versions } = machine
  return `# Benchmark

Written by \`npm run bench\` on ${date}, commit ${commit}.
${cores} × ${cpu}, ${memoryGb} GB, ${os}; load before it began ${load}. ${versions}.
${connectionCount} connections, ${rounds} rounds of ${secondsPerMeasurement} s each, the two servers in turn;
medians over the rounds, in brackets the lowest and the highest.

${reading.map(({ ticketCount, results }) => readingText(ticketCount, results)).join('\n')}
${operationsText(operations)}
${sync ? syncText(sync) : ''}
${howToRead}`
}

const readingHead = [
  ...['query', 'requests/s', '**ratio**', 'p50 ms', 'p99 ms', 'Node CPU µs/request', 'CPU ratio', 'SQL statements'],
  ...['KB', 'RSS MB'],
]

function readingText(ticketCount: number, results: QueryResult[]): string {
  const rows = results.map(({ query, rounds: { ours, bare }, ratios }) => [
    `${query.name}: ${query.title}`,
    `${whole(ours, (each) => each.requestsPerSecond)} / ${whole(bare, (each) => each.requestsPerSecond)}`,
    ratioText(ratios.requestsPerSecond),
    `${fine(ours, (each) => each.p50Ms)} / ${fine(bare, (each) => each.p50Ms)}`,
    `${fine(ours, (each) => each.p99Ms)} / ${fine(bare, (each) => each.p99Ms)}`,
    `${whole(ours, cpuOf)} / ${whole(bare, cpuOf)}`,
    ratioText(ratios.cpu, 1),
    `${fine(ours, (each) => each.statementsPerRequest)} / ${fine(bare, (each) => each.statementsPerRequest)}`,
    fine(ours, (each) => each.bytesPerAnswer / 1024),
    `${Math.round(highestRssMb(ours))} / ${Math.round(highestRssMb(bare))}`,
  ])
  return `## Reading: ${ticketCount.toLocaleString('en')} tickets, ten messages each

${table(readingHead, rows)}`
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

- **Ratio** is ours ÷ bare, round by round. Bare is \`node:http\` that sends the JSON of one hand-written, named,
  prepared statement for each query: no GraphQL, no authentication, no checks. Before anything is measured both have to
  give the same answers. It is no strict bound: JSON assembled in Node can beat its JSON made by Postgres.
- Each pair is ours / bare. Variables are random in every request. RSS is the highest after any round.
- Postgres, the server and the load generator share the cores, so a server that needs less CPU also leaves more to
  Postgres. **CPU per request** moves less with other load on the machine than requests per second do; effects below
  1.3 × are not resolved by either. Above a load of about 1 before it began, repeat the run on a quiet machine.
- \`Q1 later\` is the page behind a random ticket of the status it filters by.
- The bare \`COPY\` writes one table after the other from files beside the database, over the same constraints and
  indexes: no HTTP, no mapping, no cleaning of HTML, no check for what is there already. The sandboxes take CPU from the
  sync, as no real help desk would. It is measured once, so it tells less than the queries do.
`

const cpuOf = (measurement: Measurement) => measurement.cpuMicrosecondsPerRequest

function highestRssMb(rounds: Measurement[]): number {
  return spreadOf(rounds.map(({ rssBytes }) => rssBytes)).max / 2 ** 20
}

function whole(rounds: Measurement[], of: (measurement: Measurement) => number): string {
  const { min, median, max } = spreadOf(rounds.map(of))
  return `${Math.round(median)} (${Math.round(min)}–${Math.round(max)})`
}

function fine(rounds: Measurement[], of: (measurement: Measurement) => number): string {
  return spreadOf(rounds.map(of)).median.toFixed(1)
}

function ratioText({ min, median, max }: Spread, digits = 2): string {
  return `**${median.toFixed(digits)}** (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

function perSecond(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

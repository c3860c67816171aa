/** What was read at one size of the store: for each number of connections a table of speed and one of costs. */
import type { Measurement } from '../load/measure.ts'
import { type QueryResult, ratioOf } from '../load/read-bench.ts'
import type { ServerName } from '../servers/start.ts'
import { medianOf, ratioText, table } from './markdown.ts'

export type Reading = { ticketCount: number; results: QueryResult[] }

const mebibyte = 2 ** 20
const servers: Record<ServerName, string> = { ours: 'ours', bare: 'bare', postgraphile: 'PostGraphile' }

export function readingText({ ticketCount, results }: Reading): string {
  const connections = [...new Set(results.map((result) => result.connections))].sort((one, other) => one - other)
  const parts = connections.map((count) => {
    const some = results.filter((result) => result.connections === count)
    return `### ${connectionsText(count)}

${table(headOf(speedColumns, some), rowsOf(speedColumns, some))}
${table(headOf(costColumns, some), rowsOf(costColumns, some))}`
  })
  return `## Reading: ${ticketCount.toLocaleString('en')} tickets, ten messages each

${parts.join('\n')}`
}

export function connectionsText(count: number): string {
  return count === 1 ? 'One connection' : `${count} connections`
}

type Column = {
  title: string
  /** Of every server that was measured, in one cell. */
  each?: (rounds: Measurement[]) => string
  of?: (result: QueryResult) => string
  needs?: ServerName
  isWorthIt?: (results: QueryResult[]) => boolean
}

const perSecond = ({ requestsPerSecond }: Measurement) => requestsPerSecond
const cpu = ({ cpuMicrosecondsPerRequest }: Measurement) => cpuMicrosecondsPerRequest

const speedColumns: Column[] = [
  { title: 'requests/s', each: (rounds) => medianOf(rounds, perSecond).toFixed(0) },
  { title: '**ours ÷ bare**', of: (result) => ratioText(ratioOf(result, ['ours', 'bare'], perSecond)) },
  {
    title: '**ours ÷ PostGraphile**',
    of: (result) => ratioText(ratioOf(result, ['ours', 'postgraphile'], perSecond)),
    needs: 'postgraphile',
  },
  { title: 'p50 ms', each: (rounds) => medianOf(rounds, ({ p50Ms }) => p50Ms).toFixed(1) },
  { title: 'p99 ms', each: (rounds) => medianOf(rounds, ({ p99Ms }) => p99Ms).toFixed(1) },
  {
    title: 'ours: refused first',
    of: ({ rounds }) => `${(100 * medianOf(rounds.ours, ({ refusedShare }) => refusedShare)).toFixed(1)} %`,
    isWorthIt: (results) => results.some(({ rounds }) => rounds.ours.some(({ refusedShare }) => refusedShare > 0)),
  },
]

const costColumns: Column[] = [
  { title: 'Node CPU µs/request', each: (rounds) => medianOf(rounds, cpu).toFixed(0) },
  { title: 'ours ÷ bare', of: (result) => ratioText(ratioOf(result, ['ours', 'bare'], cpu), 1) },
  {
    title: '**ours ÷ PostGraphile**',
    of: (result) => ratioText(ratioOf(result, ['ours', 'postgraphile'], cpu)),
    needs: 'postgraphile',
  },
  {
    title: 'SQL statements',
    each: (rounds) => medianOf(rounds, ({ statementsPerRequest }) => statementsPerRequest).toFixed(1),
  },
  { title: 'KB', each: (rounds) => medianOf(rounds, ({ bytesPerAnswer }) => bytesPerAnswer / 1024).toFixed(1) },
  {
    title: 'RSS MiB',
    each: (rounds) => (Math.max(...rounds.map(({ rssBytes }) => rssBytes)) / mebibyte).toFixed(0),
  },
]

function measuredIn(results: QueryResult[]): ServerName[] {
  const names = Object.keys(servers) as ServerName[]
  return names.filter((name) => results.some(({ rounds }) => rounds[name].length > 0))
}

function headOf(columns: Column[], results: QueryResult[]): string[] {
  const measured = measuredIn(results)
  const names = measured.map((name) => servers[name]).join(' / ')
  return ['query', ...shown(columns, results).map(({ title, each }) => (each ? `${title}: ${names}` : title))]
}

function rowsOf(columns: Column[], results: QueryResult[]): string[][] {
  const measured = measuredIn(results)
  return results.map((result) => [
    `${result.query.name}: ${result.query.title}`,
    ...shown(columns, results).map(({ each, of }) =>
      each ? measured.map((name) => each(result.rounds[name])).join(' / ') : (of?.(result) ?? ''),
    ),
  ])
}

function shown(columns: Column[], results: QueryResult[]): Column[] {
  const measured = measuredIn(results)
  return columns.filter(
    ({ needs, isWorthIt }) => (!needs || measured.includes(needs)) && (isWorthIt?.(results) ?? true),
  )
}

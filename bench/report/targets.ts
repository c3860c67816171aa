/** What is asked of the read path, beside what was measured. */
import type { DatabaseTime } from '../load/database-time.ts'
import type { Measurement } from '../load/measure.ts'
import { type QueryResult, ratioOf } from '../load/read-bench.ts'
import type { ServerName } from '../servers/start.ts'
import { ratioText, table } from './markdown.ts'
import { connectionsText, type Reading } from './reading.ts'

/** Where the targets are meant. */
export const targetTickets = 200_000
export const targetConnections = 16
const mostRssMb = 300
const mostGrowth = 1.3

type Target = {
  title: string
  servers: [ServerName, ServerName]
  of(measurement: Measurement): number
  /** By the name of the query. */
  atLeast?: Record<string, number>
  atMost?: Record<string, number>
}

const targets: Target[] = [
  {
    title: 'requests/s ÷ PostGraphile',
    servers: ['ours', 'postgraphile'],
    of: ({ requestsPerSecond }) => requestsPerSecond,
    atLeast: { Q1: 1.5, 'Q1 later': 1.5, Q2: 1.5, Q3: 1.5, Q4: 1.25 },
  },
  {
    title: 'requests/s ÷ bare',
    servers: ['ours', 'bare'],
    of: ({ requestsPerSecond }) => requestsPerSecond,
    atLeast: { Q1: 0.65, 'Q1 later': 0.65, Q2: 0.6, Q3: 0.45, Q4: 0.7 },
  },
  {
    title: 'Node CPU per request ÷ PostGraphile',
    servers: ['ours', 'postgraphile'],
    of: ({ cpuMicrosecondsPerRequest }) => cpuMicrosecondsPerRequest,
    atMost: { Q1: 0.6, 'Q1 later': 0.6, Q2: 0.6, Q4: 0.6 },
  },
  {
    title: 'p99 ÷ bare',
    servers: ['ours', 'bare'],
    of: ({ p99Ms }) => p99Ms,
    atMost: { Q1: 2, 'Q1 later': 2, Q2: 2, Q3: 2, Q4: 2 },
  },
]

export function targetsText(readings: Reading[], databaseTimes: DatabaseTimes | null): string {
  const measured = nearest(readings)
  if (!measured) return ''
  const { ticketCount, connections, results } = measured
  const rows = results.map((result) => [
    result.query.name,
    ...targets.map((target) => cellOf(target, result)),
    growthCell(result, databaseTimes),
  ])
  const rssMb = Math.max(...results.flatMap(({ rounds }) => rounds.ours.map(({ rssBytes }) => rssBytes / 2 ** 20)))
  const growthTitle = databaseTimes
    ? `database time, ${databaseTimes.ticketCounts.map((count) => count.toLocaleString('en')).join(' → ')}`
    : 'database time'
  return `## What is asked, and what was measured

Ours at ${placeText(connections, ticketCount)}, where ${placeText(targetConnections, targetTickets)} are meant:
medians of the rounds, and in brackets what is asked of them.

${table(['query', ...targets.map(({ title }) => title), growthTitle], rows)}
Resident memory: ${verdict(rssMb, { atMost: mostRssMb }, 0)} MiB.
`
}

function placeText(connections: number, ticketCount: number): string {
  return `${connectionsText(connections).toLowerCase()} and ${ticketCount.toLocaleString('en')} tickets`
}

export type DatabaseTimes = { ticketCounts: number[]; results: DatabaseTime[] }

export function databaseTimeText({ ticketCounts, results }: DatabaseTimes): string {
  const head = ticketCounts.flatMap((count, index) => [
    `ms at ${count.toLocaleString('en')} tickets`,
    ...(index > 0 ? ['**÷ the first**'] : []),
  ])
  const rows = results.map(({ query, msBySize, growth }) => [
    query.name,
    ...msBySize.flatMap(({ median }, index) => [
      median.toFixed(3),
      ...(index > 0 && growth[index] ? [ratioText(growth[index])] : []),
    ]),
  ])
  return `## Database time of a request of ours, one after the other

${table(['query', ...head], rows)}`
}

/** What was measured where the targets are meant, or else at the biggest store and the nearest number of connections. */
function nearest(readings: Reading[]) {
  const reading = readings.find(({ ticketCount }) => ticketCount === targetTickets) ?? readings.at(-1)
  const distance = ({ connections }: QueryResult) => Math.abs(connections - targetConnections)
  const [closest] = reading?.results.toSorted((one, other) => distance(one) - distance(other)) ?? []
  if (!reading || !closest) return null
  const { connections } = closest
  const results = reading.results.filter((result) => result.connections === connections)
  return { ticketCount: reading.ticketCount, connections, results }
}

function cellOf({ servers, of, atLeast, atMost }: Target, result: QueryResult): string {
  const limits = { atLeast: atLeast?.[result.query.name], atMost: atMost?.[result.query.name] }
  const ratio = ratioOf(result, servers, of)
  if (!ratio) return 'not measured'
  return verdict(ratio.median, limits, 2)
}

const growing = ['Q1', 'Q1 later', 'Q2', 'Q3']

function growthCell({ query }: QueryResult, databaseTimes: DatabaseTimes | null): string {
  const growth = databaseTimes?.results.find((result) => result.query === query)?.growth.at(-1)
  if (!growth) return 'not measured'
  return verdict(growth.median, { atMost: growing.includes(query.name) ? mostGrowth : undefined }, 2)
}

function verdict(value: number, { atLeast, atMost }: { atLeast?: number; atMost?: number }, digits: number): string {
  const limit = atLeast ?? atMost
  if (limit === undefined) return value.toFixed(digits)
  const isReached = atLeast === undefined ? value <= limit : value >= limit
  return `${isReached ? '✓' : '✗'} **${value.toFixed(digits)}** (${atLeast === undefined ? '≤' : '≥'} ${limit})`
}

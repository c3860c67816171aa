/** Measures the read path: all servers in turn, so that what disturbs one disturbs the others. */
import type { Say } from '../data/database.ts'
import { makeViews } from '../postgraphile/views.ts'
import { type Query, queries, type Sample } from '../queries.ts'
import { type Server, type ServerName, startServer } from '../servers/start.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import { type Measurement, measure } from './measure.ts'
import { bringPages } from './pages.ts'
import { checkSameAnswers } from './same-answers.ts'
import { drawSamples } from './samples.ts'

/** Of one query at one number of connections. */
export type QueryResult = {
  query: Query
  connections: number
  /** Empty for a server that was not measured. */
  rounds: Record<ServerName, Measurement[]>
}

export type ReadOptions = {
  connectionString: string
  connections: number[]
  withPostgraphile: boolean
  rounds: number
  secondsPerMeasurement: number
  /** Of CPU, not of a clock, which on a busy machine tells nothing of what V8 has compiled. */
  warmUpCpuSeconds: Record<ServerName, number>
  /** Names of queries; all when null. */
  only: string[] | null
  profileFolder: string | null
  say: Say
}

const checkedSamples = 20

export async function readBench(options: ReadOptions): Promise<QueryResult[]> {
  const { connectionString, warmUpCpuSeconds, withPostgraphile, only, say } = options
  if (withPostgraphile) await makeViews(connectionString)
  const names: ServerName[] = withPostgraphile ? ['ours', 'bare', 'postgraphile'] : ['ours', 'bare']
  const servers: Server[] = []
  try {
    for (const name of names) servers.push(await startServer(name, options))
    const portOf = (wanted: ServerName) => servers.find(({ name }) => name === wanted)?.port
    const ports = { ourPort: portOf('ours') as number, postgraphilePort: portOf('postgraphile') }
    const draw = await drawSamples({ connectionString, ...ports })
    const results: QueryResult[] = []
    for (const query of queries.filter(({ name }) => only?.includes(name) ?? true)) {
      await checkSameAnswers(servers, query, Array.from({ length: checkedSamples }, draw))
      await bringPages(connectionString)
      for (const server of servers) await warmUp({ server, query, draw }, warmUpCpuSeconds[server.name])
      for (const connections of options.connections) {
        const rounds: QueryResult['rounds'] = { ours: [], bare: [], postgraphile: [] }
        for (let round = 0; round < options.rounds; round++) {
          // Who goes first changes, or the others would always profit from what the first left behind.
          for (const server of rotated(servers, round)) {
            const seconds = options.secondsPerMeasurement
            rounds[server.name].push(await measure({ server, query, connections, seconds, draw }))
          }
        }
        const result = { query, connections, rounds }
        results.push(result)
        say(lineOf(result))
      }
    }
    return results
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function warmUp(load: { server: Server; query: Query; draw(): Sample }, cpuSeconds: number) {
  const before = await load.server.usage()
  do await measure({ ...load, connections: 16, seconds: 0.5 })
  while ((await load.server.usage()).cpuMicroseconds - before.cpuMicroseconds < cpuSeconds * 1e6)
}

/** One server ÷ another, round by round; null unless both were measured. */
export function ratioOf(
  { rounds }: QueryResult,
  [over, under]: [ServerName, ServerName],
  of: (measurement: Measurement) => number,
): Spread | null {
  const ratios = rounds[over].flatMap((measurement, round) => {
    const other = rounds[under][round]
    return other ? [of(measurement) / of(other)] : []
  })
  return ratios.length === 0 ? null : spreadOf(ratios)
}

function rotated<Item>(items: Item[], by: number): Item[] {
  const start = by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

function lineOf(result: QueryResult): string {
  const { query, connections, rounds } = result
  const perSecond = ({ requestsPerSecond }: Measurement) => requestsPerSecond
  const parts = Object.entries(rounds).flatMap(([name, measured]) =>
    measured.length === 0 ? [] : [`${name} ${Math.round(spreadOf(measured.map(perSecond)).median)}`],
  )
  const ratios = (['bare', 'postgraphile'] as const).flatMap((other) => {
    const ratio = ratioOf(result, ['ours', other], perSecond)
    return ratio ? [`${ratio.median.toFixed(2)} × ${other}`] : []
  })
  const connectionText = `${connections} connection${connections === 1 ? '' : 's'}`
  return `  ${query.name.padEnd(9)} ${connectionText}: ${parts.join(', ')} requests per second; ${ratios.join(', ')}`
}

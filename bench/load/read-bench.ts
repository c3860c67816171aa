/** Measures the read path: ours and the bare server in turn, so that what disturbs one disturbs the other. */
import type { Say } from '../data/database.ts'
import { type Query, queries } from '../queries.ts'
import { type Server, type ServerName, startServer } from '../servers/start.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import { type Measurement, measure } from './measure.ts'
import { checkSameAnswers } from './same-answers.ts'
import { drawSamples } from './samples.ts'

export type QueryResult = {
  query: Query
  rounds: Record<ServerName, Measurement[]>
  /** Ours ÷ bare of the same round. */
  ratios: { requestsPerSecond: Spread; cpu: Spread }
}

export type ReadOptions = {
  connectionString: string
  rounds: number
  secondsPerMeasurement: number
  /** Until V8 has compiled what a query needs. */
  warmUpSeconds: Record<ServerName, number>
  /** Names of queries; all when null. */
  only: string[] | null
  profileFolder: string | null
  say: Say
}

const checkedSamples = 20

export async function readBench(options: ReadOptions): Promise<QueryResult[]> {
  const { connectionString, rounds, secondsPerMeasurement, warmUpSeconds, only, say } = options
  const servers: Record<ServerName, Server> = {
    ours: await startServer('ours', options),
    bare: await startServer('bare', options),
  }
  try {
    const draw = await drawSamples({ connectionString, ourPort: servers.ours.port })
    const results: QueryResult[] = []
    for (const query of queries.filter(({ name }) => only?.includes(name) ?? true)) {
      await checkSameAnswers(servers, query, Array.from({ length: checkedSamples }, draw))
      for (const server of Object.values(servers)) {
        await measure({ server, query, seconds: warmUpSeconds[server.name], draw })
      }
      const measured: QueryResult['rounds'] = { ours: [], bare: [] }
      for (let round = 0; round < rounds; round++) {
        // Who goes first changes, or the second would always profit from what the first left behind.
        const order = round % 2 === 0 ? [servers.ours, servers.bare] : [servers.bare, servers.ours]
        for (const server of order)
          measured[server.name].push(await measure({ server, query, seconds: secondsPerMeasurement, draw }))
      }
      const result = { query, rounds: measured, ratios: ratiosOf(measured) }
      results.push(result)
      say(lineOf(result))
    }
    return results
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
  }
}

function ratiosOf({ ours, bare }: QueryResult['rounds']): QueryResult['ratios'] {
  const ratio = (of: (measurement: Measurement) => number) =>
    spreadOf(ours.map((measurement, round) => of(measurement) / of(bare[round] as Measurement)))
  return {
    requestsPerSecond: ratio(({ requestsPerSecond }) => requestsPerSecond),
    cpu: ratio(({ cpuMicrosecondsPerRequest }) => cpuMicrosecondsPerRequest),
  }
}

function lineOf({ query, rounds, ratios }: QueryResult): string {
  const median = (name: ServerName) => Math.round(spreadOf(rounds[name].map((each) => each.requestsPerSecond)).median)
  const { min, median: middle, max } = ratios.requestsPerSecond
  const ratio = `${middle.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
  return `  ${query.name.padEnd(9)} ours ${median('ours')} / bare ${median('bare')} requests per second = ${ratio}`
}

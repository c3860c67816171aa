/**
 * How long Postgres works for one request of ours, and how that grows with the store: the sum of what it ran, by its own
 * clock (pg_stat_statements), one request after the other. The sizes take turns, so that what disturbs one disturbs all.
 */
import { onDatabase, type Say } from '../data/database.ts'
import { type Query, queries, type Sample } from '../queries.ts'
import { ask, requestOf } from '../servers/requests.ts'
import { type Server, startServer } from '../servers/start.ts'
import { type Spread, spreadOf } from '../statistics.ts'
import { measure } from './measure.ts'
import { drawSamples } from './samples.ts'

export type Store = { ticketCount: number; connectionString: string }

/** Sizes are in the order they were given. */
export type DatabaseTime = {
  query: Query
  msBySize: Spread[] /** ÷ the first size, round by round */
  growth: Spread[]
}

export const databaseTimeSettings = {
  shared_preload_libraries: 'pg_stat_statements',
  // Counting costs some µs a statement: only while this is measured.
  'pg_stat_statements.track': 'none',
}

const rounds = 15
const requestsPerRound = 50
/** So few that what they need stays in memory, also of a big store: this is about work, not about the size of a cache. */
const sampleCount = 40
const warmUpSeconds = 4

type Running = Store & { server: Server; draw(): Sample }

/** @returns null when the running Postgres was started by something else, without pg_stat_statements. */
export async function databaseTimeBench(options: {
  stores: Store[]
  only: string[] | null
  say: Say
}): Promise<DatabaseTime[] | null> {
  const { stores, only, say } = options
  const [first] = stores
  if (!first || !(await canCount(first))) return null
  const running: Running[] = []
  try {
    for (const store of stores) {
      await startCounting(store)
      const server = await startServer('ours', { ...store, profileFolder: null })
      const draw = await drawSamples({ ...store, ourPort: server.port, sampleCount })
      running.push({ ...store, server, draw })
    }
    const results: DatabaseTime[] = []
    for (const query of queries.filter(({ name }) => only?.includes(name) ?? true)) {
      for (const { server, draw } of running)
        await measure({ server, query, connections: 16, seconds: warmUpSeconds, draw })
      const timesMs = running.map(() => [] as number[])
      for (let round = 0; round < rounds; round++) {
        for (const [index, each] of running.entries()) timesMs[index]?.push(await databaseMs(each, query))
      }
      const growth = timesMs.map((times) =>
        spreadOf(times.map((ms, round) => ms / (timesMs[0]?.[round] ?? Number.NaN))),
      )
      const result = { query, msBySize: timesMs.map(spreadOf), growth }
      results.push(result)
      say(`  ${query.name.padEnd(9)} ${result.msBySize.map(({ median }) => `${median.toFixed(3)} ms`).join(', ')}`)
    }
    return results
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
    for (const store of stores) await stopCounting(store)
  }
}

/** A request's mean, of one round. */
async function databaseMs({ connectionString, server, draw }: Running, query: Query): Promise<number> {
  const sum = await onDatabase(connectionString, async (client) => {
    await client.query('select pg_stat_statements_reset()')
    for (let asked = 0; asked < requestsPerRound; asked++) await ask(server.port, requestOf.ours(query, draw()))
    const { rows } = await client.query<{ ms: number }>(`
      select coalesce(sum(total_exec_time), 0) as ms from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
        and query not like '%pg_stat_statements%'`)
    return rows[0]?.ms ?? Number.NaN
  })
  return sum / requestsPerRound
}

function canCount({ connectionString }: Store): Promise<boolean> {
  return onDatabase(connectionString, async (client) => {
    const { rows } = await client.query<{ libraries: string }>(
      `select current_setting('shared_preload_libraries') as libraries`,
    )
    return rows[0]?.libraries.includes('pg_stat_statements') ?? false
  })
}

function startCounting({ connectionString, ticketCount }: Store) {
  return onDatabase(connectionString, async (client) => {
    await client.query('create extension if not exists pg_stat_statements')
    await client.query(`alter database tickets_${ticketCount} set pg_stat_statements.track = 'top'`)
  })
}

function stopCounting({ connectionString, ticketCount }: Store) {
  return onDatabase(connectionString, (client) =>
    client.query(`alter database tickets_${ticketCount} reset pg_stat_statements.track`),
  )
}

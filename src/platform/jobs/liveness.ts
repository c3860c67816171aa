import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import type { Log } from '#platform/log.ts'

export type Liveness = { end(): Promise<void> }

const LOCK_CLASS = 1_145_328_460 // the first half of the advisory lock's key; any number nobody else uses
const SWEEP_INTERVAL_MS = 3000
/** A live worker whose connection broke has two sweeps' time to take its lock again. */
const SWEEPS_UNTIL_DEAD = 3

/** Jobs held by workers without a lock. Two-part keys show up in pg_locks as classid, objid (unsigned) and objsubid 2. */
const DEAD_WORKERS = `
  select distinct locked_by from graphile_worker.jobs
  where locked_by is not null and not exists (
    select from pg_locks
    where locktype = 'advisory' and classid = ${LOCK_CLASS} and objsubid = 2
      and objid::bigint = hashtext(locked_by)::bigint & 4294967295
      and database = (select oid from pg_database where datname = current_database()))`

/**
 * graphile-worker leaves the jobs of a killed worker, and their named queues, locked for 4 hours (#204, #222). So every
 * worker holds an advisory lock, which ends with its connection, and frees the jobs of workers that hold none: about
 * 10 s after a crash they run again.
 */
export function stayAlive(options: { pool: Pool; workerPoolId: string; log: Log; sweepIntervalMs?: number }): Liveness {
  const { pool, workerPoolId, log, sweepIntervalMs = SWEEP_INTERVAL_MS } = options
  const end = new AbortController()
  const missedSweeps = new Map<string, number>()
  let client: PoolClient | null = null

  async function sweep() {
    client ??= await lockedClient(pool, workerPoolId)
    const { rows } = await client.query<{ locked_by: string }>(DEAD_WORKERS)
    const missing = rows.map((row) => row.locked_by)
    for (const id of missedSweeps.keys()) if (!missing.includes(id)) missedSweeps.delete(id)
    for (const id of missing) missedSweeps.set(id, (missedSweeps.get(id) ?? 0) + 1)
    const dead = missing.filter((id) => (missedSweeps.get(id) ?? 0) >= SWEEPS_UNTIL_DEAD)
    if (dead.length === 0) return
    log.warn({ workers: dead }, 'freeing the jobs of workers that are gone')
    await client.query('select graphile_worker.force_unlock_workers($1)', [dead])
  }

  async function sweepUntilEnd() {
    while (!end.signal.aborted) {
      await sweep().catch((error: Error) => {
        log.debug({ err: error }, 'no sweep for dead workers, trying again')
        client?.release(error)
        client = null
      })
      await sleep(sweepIntervalMs, null, { ref: false, signal: end.signal }).catch(() => {})
    }
  }
  const sweeping = sweepUntilEnd()

  return {
    async end() {
      end.abort()
      await sweeping
      // What is still running here did not stop in time: another worker may start it again at once.
      await client?.query('select graphile_worker.force_unlock_workers($1)', [[workerPoolId]]).catch(() => {})
      client?.release(true)
      client = null
    },
  }
}

async function lockedClient(pool: Pool, workerPoolId: string): Promise<PoolClient> {
  const client = await pool.connect()
  try {
    // The keepalive makes Postgres notice within 30 s that a whole machine is gone.
    await client.query('set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3')
    await client.query('select pg_advisory_lock($1, hashtext($2))', [LOCK_CLASS, workerPoolId])
    return client
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** When which backend is copied: the timetable enqueues a job for each that is due, any worker that knows it takes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { defineJob, enqueue, type Handler, handle } from '#platform/jobs/queue.ts'
import { type Progress, type RoundResult, runRound } from './round.ts'
import type { Syncing } from './syncing.ts'

const syncBackend = defineJob({
  name: 'syncBackend',
  payload: z.object({ workspaceId: z.uuid(), backendId: z.uuid() }),
})

/** Bears to run twice: the lease lets one through. Failures are noted at the backend, so the job itself never fails. */
export const syncBackendHandler: Handler<Syncing> = handle(
  syncBackend,
  async ({ backendId }, syncing: Syncing, { signal }) => {
    const backend = syncing.backendOf(backendId)
    if (backend) await runRound(syncing, backend, { signal })
  },
)

/**
 * Enqueues every backend that is due and that nobody copies. The queue only wakes: a job of a killed worker may stay
 * locked, so one that is locked does not count.
 */
export async function enqueueDueSyncs({ db }: Pick<Syncing, 'db'>): Promise<number> {
  const { rows } = await db.execute<{ workspaceId: string; backendId: string }>(sql`
    select sync.workspace_id as "workspaceId", sync.backend_id as "backendId"
    from backend_syncs sync
    join backends backend on backend.workspace_id = sync.workspace_id and backend.id = sync.backend_id
    where backend.is_connected and backend.health <> 'PAUSED'
      and sync.next_sync_at <= now() and (sync.lease_until is null or sync.lease_until <= now())
      and not exists (
        select from graphile_worker.jobs job
        where job.key = 'sync ' || sync.backend_id and job.locked_at is null and job.attempts < job.max_attempts)`)
  for (const payload of rows) {
    await enqueue(db, syncBackend, payload, { jobKey: `sync ${payload.backendId}`, maxAttempts: 3 })
  }
  return rows.length
}

const TICK_MS = 1000

/** Looks once a second what is due. Errors (Postgres is away) are logged and the next tick tries again. */
export function startTimetable(syncing: Pick<Syncing, 'db' | 'log'>, tickMs = TICK_MS): { stop(): Promise<void> } {
  const end = new AbortController()
  const ticking = tick()

  async function tick() {
    while (!end.signal.aborted) {
      await enqueueDueSyncs(syncing).catch((error: Error) =>
        syncing.log.warn({ err: error }, 'the timetable could not be read'),
      )
      await sleep(tickMs, null, { ref: false, signal: end.signal }).catch(() => {})
    }
  }

  return {
    async stop() {
      end.abort()
      await ticking
    },
  }
}

const BUSY_PATIENCE_MS = 20_000
const BUSY_WAIT_MS = 500

/**
 * One round of one backend in this process: `deskgraph sync`. When another worker is at it, waits as long as a dead one's
 * lease could last, then says `busy`.
 */
export async function syncNow(
  syncing: Syncing,
  backendId: string,
  options: { full?: boolean; onProgress?: (progress: Progress) => void } = {},
): Promise<RoundResult> {
  const backend = syncing.backendOf(backendId)
  if (!backend) throw new Error(`backend ${backendId} is not in the configuration of this process`)
  const givenUpAt = Date.now() + BUSY_PATIENCE_MS
  for (;;) {
    const result = await runRound(syncing, backend, options)
    if (result.outcome !== 'busy' || Date.now() > givenUpAt || syncing.stopping.aborted) return result
    await sleep(BUSY_WAIT_MS)
  }
}

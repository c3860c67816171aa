/**
 * Who may copy a backend: one worker at a time, by a lease of seconds on the database's clock. A killed worker's lease
 * runs out, so another goes on within 15 s; a page is only stored while the lease is held.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Cursor } from '#connectors/contract.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'

const LEASE_SECONDS = 15
const HEARTBEAT_MS = 5000

export type BackendKey = { workspaceId: string; backendId: string }

/** Somebody else copies the backend now: what was under way is rolled back. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
}

export type Lease = BackendKey & {
  owner: string
  /** Fires when the lease was lost. */
  lost: AbortSignal
  release(): Promise<void>
}

/** Null when somebody holds it. Renewed by itself until released. */
export async function takeLease(db: Db, key: BackendKey, log: Log): Promise<Lease | null> {
  const owner = crypto.randomUUID()
  const { rowCount } = await db.execute(sql`
    update backend_syncs set lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where workspace_id = ${key.workspaceId} and backend_id = ${key.backendId}
      and (lease_until is null or lease_until <= now())`)
  if (rowCount === 0) return null
  const lost = new AbortController()
  const done = new AbortController()
  const beating = beat()

  async function beat() {
    while (!done.signal.aborted && !lost.signal.aborted) {
      await sleep(HEARTBEAT_MS, null, { ref: false, signal: done.signal }).catch(() => {})
      if (done.signal.aborted) return
      try {
        if (!(await renew(db, key, owner))) lost.abort(new LeaseLostError('another worker copies this backend now'))
      } catch (error) {
        log.warn({ err: error, backendId: key.backendId }, 'the lease could not be renewed, trying again')
      }
    }
  }

  return {
    ...key,
    owner,
    lost: lost.signal,
    async release() {
      done.abort()
      await beating
      await db.execute(sql`
        update backend_syncs set lease_owner = null, lease_until = null
        where workspace_id = ${key.workspaceId} and backend_id = ${key.backendId} and lease_owner = ${owner}`)
    },
  }
}

async function renew(db: Db, { workspaceId, backendId }: BackendKey, owner: string): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    update backend_syncs set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and lease_owner = ${owner} and lease_until > now()`)
  return rowCount === 1
}

/** At the end of a page's transaction: it may only be committed while the lease is held. */
export async function guardLease(tx: Db, { workspaceId, backendId, owner }: Lease): Promise<void> {
  if (!(await renew(tx, { workspaceId, backendId }, owner)))
    throw new LeaseLostError('the lease on this backend ran out')
}

/**
 * The guard of a page that is stored as a whole: its cursor and progress become true with its rows. An empty page does not
 * end a row of failures: it comes at every attempt at a round whose last step fails, and the waits would never grow.
 */
export async function guardAndAdvance(
  tx: Db,
  { workspaceId, backendId, owner }: Lease,
  { cursor, done, total, hasTickets }: { cursor: Cursor; done: number; total: number | null; hasTickets: boolean },
): Promise<void> {
  const { rowCount } = await tx.execute(sql`
    update backend_syncs
    set cursor = ${JSON.stringify(cursor)}::json, progress_done = ${done}, progress_total = ${total},
      failure_count = case when ${hasTickets} then 0 else failure_count end,
      lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and lease_owner = ${owner} and lease_until > now()`)
  if (rowCount === 0) throw new LeaseLostError('the lease on this backend ran out')
}

/**
 * A round: pages from a connector into Postgres until it has no more. A full round goes over everything, an incremental
 * one over what changed since. A round that was cut off goes on at its cursor.
 */
import { and, eq, sql } from 'drizzle-orm'
import type { Cursor, Page, Records, Session } from '#connectors/contract.ts'
import { backendSyncs, backends } from '#domain/backends/table.ts'
import { noteGap } from '#domain/changes/log.ts'
import type { Db } from '#platform/db/client.ts'
import { noteFailure } from './failures.ts'
import { contentHash } from './hash.ts'
import { guardAndAdvance, guardLease, type Lease, LeaseLostError, takeLease } from './lease.ts'
import { newReferenceCache } from './references.ts'
import { growingStatistics } from './statistics.ts'
import { storePage } from './store.ts'
import type { SyncedBackend, Syncing } from './syncing.ts'
import { missingTickets, settleMissing } from './vanished.ts'

export type Round = 'FULL' | 'INCREMENTAL'

/** After every page. `done` and `total` count tickets of the round, `messages` those written by this run. */
export type Progress = { backendKey: string; round: Round; done: number; total: number | null; messages: number }

export type RoundOptions = {
  /** Start over everything, whatever is due. */
  full?: boolean
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
}

/**
 * `finished`: the copy is up to date. `busy`: another worker is at it. `stopped`: it goes on at its cursor another time.
 * `failed`: noted at the backend, with the time of the next attempt.
 */
export type RoundResult = {
  outcome: 'finished' | 'busy' | 'stopped' | 'failed'
  round: Round | null
  messages: number
  error?: unknown
}

const SYNC_EVERY_SECONDS = 60
const FULL_SYNC_EVERY_SECONDS = 86_400

/** Runs one round, or the rest of one. Never rejects because of the vendor. */
export async function runRound(
  syncing: Syncing,
  backend: SyncedBackend,
  options: RoundOptions = {},
): Promise<RoundResult> {
  return syncing.track(run())

  async function run(): Promise<RoundResult> {
    const { db, log } = syncing
    const lease = await takeLease(db, backend, log)
    if (!lease) return { outcome: 'busy', round: null, messages: 0 }
    const signals = [syncing.stopping, lease.lost, ...(options.signal ? [options.signal] : [])]
    const state: RunState = { round: null, messages: 0, cursor: null }
    try {
      const isFinished = await pullAll({ syncing, backend, lease, options, state, signal: AbortSignal.any(signals) })
      return { outcome: isFinished ? 'finished' : 'stopped', round: state.round, messages: state.messages }
    } catch (error) {
      if (lease.lost.aborted || error instanceof LeaseLostError) {
        log.warn({ backend: backend.key }, 'another worker took over the copy of this backend')
        return { outcome: 'stopped', round: state.round, messages: state.messages }
      }
      const noted = await noteFailure({ db, lease, error, cursor: state.cursor, now: syncing.now() })
      log[noted?.kind ? 'warn' : 'error'](
        { err: error, backend: backend.key, retryAt: noted?.retryAt },
        'the copy of a backend failed',
      )
      return { outcome: 'failed', round: state.round, messages: state.messages, error }
    } finally {
      await lease
        .release()
        .catch((error: Error) => log.debug({ err: error }, 'the lease was not released, it runs out'))
    }
  }
}

type RunState = { round: Round | null; messages: number; cursor: Cursor | null }
type Run = {
  syncing: Syncing
  backend: SyncedBackend
  lease: Lease
  options: RoundOptions
  state: RunState
  signal: AbortSignal
}

/** False when it was stopped before the end. */
async function pullAll(run: Run): Promise<boolean> {
  const { syncing, backend, lease, options, state, signal } = run
  const { db, cleaner } = syncing
  const session = syncing.sessionOf(backend.backendId)
  const sync = await startRound(db, backend, options.full ?? false)
  const { round, fullRound, isFirst } = sync
  state.round = round
  state.cursor = sync.cursor
  const keep = { cache: newReferenceCache(), growStatistics: growingStatistics(db) }
  const seenCursors = new Set([contentHash(sync.cursor)])
  let done = sync.progressDone

  const store = (records: Records, fetchedAt: Date, conclude: (tx: Db, isLast: boolean) => Promise<void>) =>
    storePage({
      ...{ db, cleaner, records, fetchedAt, conclude, cache: keep.cache },
      backend: { workspaceId: backend.workspaceId, id: backend.backendId, vendor: backend.connector.key },
      fullRound: round === 'FULL' ? fullRound : null,
      withChanges: !isFirst,
    })

  let pulling = startPull(session, sync.cursor, syncing.now())
  for (;;) {
    const pulled = await unlessStopped(pulling.page, signal)
    if (!pulled) return false
    const { page, fetchedAt } = { page: pulled, fetchedAt: pulling.fetchedAt }
    const position = contentHash(page.cursor)
    const hasMore = page.hasMore && !seenCursors.has(position)
    if (page.hasMore && !hasMore) page.records.misfits.push(loopingPage(page.cursor))
    seenCursors.add(position)
    // The vendor answers while Postgres writes.
    if (hasMore) pulling = startPull(session, page.cursor, syncing.now())
    done = page.progress?.done ?? done + page.records.tickets.length
    const total = page.progress?.total ?? sync.progressTotal
    const advance = { cursor: page.cursor, done, total, hasTickets: page.records.tickets.length > 0 }
    const stored = await store(page.records, fetchedAt, (tx, isLast) =>
      isLast ? guardAndAdvance(tx, lease, advance) : guardLease(tx, lease),
    )
    state.cursor = page.cursor
    state.messages += stored.newMessages + stored.changedMessages
    if (sync.isUnwell) sync.isUnwell = !(await noteWell(db, backend))
    options.onProgress?.({ backendKey: backend.key, round, done, total, messages: state.messages })
    if (!hasMore) break
    if (signal.aborted) return false
    keep.growStatistics(stored.newMessages)
  }

  if (round === 'FULL') {
    const missing = await missingTickets(db, backend, fullRound)
    await settleMissing({ db, lease, missing, session, store, fullRound, now: syncing.now, signal })
    if (signal.aborted) return false
  }
  await finishRound(db, lease, backend, { round, isFirst })
  return true
}

type Pulling = { page: Promise<Page>; fetchedAt: Date }

function startPull(session: Session, cursor: Cursor | null, now: Date): Pulling {
  const page = session.pull(cursor)
  page.catch(() => {}) // awaited after the page before it was stored
  return { page, fetchedAt: now }
}

/** Null when the signal fires first. */
async function unlessStopped<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | null> {
  if (signal.aborted) return null
  const stopped = Promise.withResolvers<null>()
  const stop = () => stopped.resolve(null)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function loopingPage(cursor: Cursor) {
  const problem = `the vendor led back to ${JSON.stringify(cursor).slice(0, 300)}, so the round ends here`
  return { kind: 'unmapped', subject: 'page', externalId: null, field: 'cursor', problem, raw: cursor } as const
}

type Started = {
  round: Round
  cursor: Cursor | null
  fullRound: number
  isFirst: boolean
  isUnwell: boolean
  progressDone: number
  progressTotal: number | null
}

/** Goes on with the round that was cut off, else begins the one that is due. */
async function startRound(db: Db, backend: SyncedBackend, isFullWanted: boolean): Promise<Started> {
  const mine = and(eq(backendSyncs.workspaceId, backend.workspaceId), eq(backendSyncs.backendId, backend.backendId))
  const fullEvery = backend.fullSyncEverySeconds ?? FULL_SYNC_EVERY_SECONDS
  const [row] = await db
    .select({
      sync: backendSyncs,
      health: backends.health,
      isFullDue: sql<boolean>`${backendSyncs.lastFullSyncedAt} is null
        or ${backendSyncs.lastFullSyncedAt} <= now() - make_interval(secs => ${fullEvery})`,
    })
    .from(backendSyncs)
    .innerJoin(
      backends,
      and(eq(backends.workspaceId, backendSyncs.workspaceId), eq(backends.id, backendSyncs.backendId)),
    )
    .where(mine)
  if (!row) throw new Error(`backend ${backend.key} is not registered`)
  const { sync, isFullDue } = row
  const isFirst = sync.lastFullSyncedAt === null
  const state = isFirst ? ('SYNCING' as const) : undefined
  const isUnwell = row.health !== 'OK' || sync.error !== null
  const isGoingOn = sync.round !== null && !(isFullWanted && sync.round === 'INCREMENTAL')
  if (isGoingOn) {
    if (state && sync.state !== state) await db.update(backendSyncs).set({ state }).where(mine)
    const { fullRound, progressDone, progressTotal } = sync
    return {
      round: sync.round as Round,
      cursor: sync.cursor as Cursor | null,
      fullRound,
      isFirst,
      isUnwell,
      progressDone,
      progressTotal,
    }
  }
  const round = isFullWanted || isFullDue || sync.cursor === null ? 'FULL' : 'INCREMENTAL'
  const cursor = round === 'FULL' ? null : (sync.cursor as Cursor)
  const fullRound = sync.fullRound + (round === 'FULL' ? 1 : 0)
  await db
    .update(backendSyncs)
    .set({ round, cursor, fullRound, progressDone: 0, progressTotal: null, state })
    .where(mine)
  return { round, cursor, fullRound, isFirst, isUnwell, progressDone: 0, progressTotal: null }
}

/** A page came: whatever was wrong is over. */
async function noteWell(db: Db, { workspaceId, backendId }: SyncedBackend): Promise<true> {
  await db
    .update(backends)
    .set({ health: 'OK', problem: null })
    .where(and(eq(backends.workspaceId, workspaceId), eq(backends.id, backendId), sql`${backends.health} <> 'PAUSED'`))
  await db
    .update(backendSyncs)
    .set({ error: null })
    .where(and(eq(backendSyncs.workspaceId, workspaceId), eq(backendSyncs.backendId, backendId)))
  return true
}

/** Items parked longer ago than two full rounds have come through since, or are gone. */
async function finishRound(
  db: Db,
  lease: Lease,
  backend: SyncedBackend,
  { round, isFirst }: { round: Round; isFirst: boolean },
) {
  const { syncEverySeconds = SYNC_EVERY_SECONDS, fullSyncEverySeconds = FULL_SYNC_EVERY_SECONDS } = backend
  await db.transaction(async (tx) => {
    // The log has no line of what the first copy brought.
    if (isFirst) await noteGap(tx, lease.workspaceId)
    const { rowCount } = await tx.execute(sql`
    update backend_syncs sync set
      round = null, last_synced_at = now(), next_sync_at = now() + make_interval(secs => ${syncEverySeconds}),
      last_full_synced_at = case when ${round} = 'FULL' then now() else last_full_synced_at end,
      error = null, failure_count = 0,
      state = case when exists (
        select from misfits
        where workspace_id = sync.workspace_id and backend_id = sync.backend_id and kind = 'parked'
          and last_seen_at > now() - make_interval(secs => ${2 * fullSyncEverySeconds})) then 'PARTIAL' else 'LIVE' end
    where workspace_id = ${lease.workspaceId} and backend_id = ${lease.backendId} and lease_owner = ${lease.owner} and lease_until > now()`)
    if (rowCount === 0) throw new LeaseLostError('the lease on this backend ran out')
  })
}

/** What a failed pull means for the backend: how it shows, and when it is tried again. */
import { and, eq } from 'drizzle-orm'
import { type BackendProblem, backendSyncs, backends } from '#domain/backends/table.ts'
import { FixCredentialsError, type RefusedError, TryAgainError, VendorError, WaitForQuotaError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
import { growingWait } from '#platform/jobs/growing-wait.ts'
import type { BackendHealth, SyncState } from '#vocabulary.ts'
import type { Lease } from './lease.ts'
import { fingerprintOf, storeMisfits } from './misfits.ts'

export type Outcome = {
  kind: BackendProblem['kind'] | null
  state: SyncState
  /** Null: the failure is ours and says nothing about the backend. */
  health: BackendHealth | null
  /** Seen by operators. */
  message: string
  retryAt: Date
}

const FIRST_WAIT_SECONDS = 2
const LONGEST_WAIT_SECONDS = 300
const CREDENTIALS_WAIT_SECONDS = 900
/** So often it may just be bad luck. */
const FAILURES_UNTIL_UNREACHABLE = 3
const REFUSALS_UNTIL_RESTART = 3

function outcomeOf(error: unknown, { failureCount, now }: { failureCount: number; now: Date }): Outcome {
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
  const message = error instanceof VendorError ? error.message : 'internal error, see the log'
  if (error instanceof WaitForQuotaError) {
    const retryAt = error.resetsAt > now ? error.resetsAt : after(waitSeconds(failureCount))
    return { kind: 'WAIT_FOR_QUOTA', state: 'PAUSED', health: 'QUOTA_EXHAUSTED', message, retryAt }
  }
  if (error instanceof FixCredentialsError) {
    return {
      kind: 'FIX_CREDENTIALS',
      state: 'FAILED',
      health: 'AUTH_FAILED',
      message,
      retryAt: after(CREDENTIALS_WAIT_SECONDS),
    }
  }
  if (error instanceof TryAgainError) {
    const health = failureCount >= FAILURES_UNTIL_UNREACHABLE ? 'UNREACHABLE' : 'DEGRADED'
    const retryAt = after(Math.max(waitSeconds(failureCount), (error.retryAfterMs ?? 0) / 1000))
    return { kind: 'TRY_AGAIN', state: 'FAILED', health, message, retryAt }
  }
  // Refused, or gone where something has to be.
  const kind = error instanceof VendorError ? 'REFUSED' : null
  return { kind, state: 'FAILED', health: kind && 'DEGRADED', message, retryAt: after(waitSeconds(failureCount)) }
}

function waitSeconds(failureCount: number): number {
  return growingWait(failureCount, { first: FIRST_WAIT_SECONDS, longest: LONGEST_WAIT_SECONDS })
}

/** Notes the failure where the graph and the timetable look. Only the holder of the lease may. */
export async function noteFailure(input: {
  db: Db
  lease: Lease
  error: unknown
  cursor: unknown
  now: Date
}): Promise<Outcome | null> {
  const { db, lease, error, cursor, now } = input
  const { workspaceId, backendId, owner } = lease
  const isMine = and(
    eq(backendSyncs.workspaceId, workspaceId),
    eq(backendSyncs.backendId, backendId),
    eq(backendSyncs.leaseOwner, owner),
  )
  return db.transaction(async (tx) => {
    const [sync] = await tx
      .select({ failureCount: backendSyncs.failureCount })
      .from(backendSyncs)
      .where(isMine)
      .for('update')
    if (!sync) return null
    const failureCount = sync.failureCount + 1
    const outcome = outcomeOf(error, { failureCount, now })
    const { state, health, message, retryAt } = outcome
    await tx.update(backendSyncs).set({ state, error: message, failureCount, nextSyncAt: retryAt }).where(isMine)
    if (health) {
      await tx
        .update(backends)
        .set({ health, problem: problemOf(error as VendorError, outcome) })
        .where(and(eq(backends.workspaceId, workspaceId), eq(backends.id, backendId)))
    }
    if (
      outcome.kind === 'REFUSED' &&
      (await countRefusal(tx, lease, error as RefusedError, cursor)) % REFUSALS_UNTIL_RESTART === 0
    ) {
      await tx.update(backendSyncs).set({ cursor: null, round: null }).where(isMine)
    }
    return outcome
  })
}

/** How often this position was refused by now. */
async function countRefusal(
  tx: Db,
  { workspaceId, backendId }: Lease,
  error: RefusedError,
  cursor: unknown,
): Promise<number> {
  const position = JSON.stringify(cursor ?? null)
  const raw = { position, code: error.provider.code, httpStatus: error.provider.httpStatus, message: error.message }
  const misfit = {
    kind: 'parked',
    subject: 'page',
    externalId: null,
    field: null,
    problem: `refused at ${position}`,
    raw,
  } as const
  const counts = await storeMisfits(tx, { workspaceId, id: backendId }, [misfit])
  return counts.get(fingerprintOf(misfit)) ?? 0
}

function problemOf(error: VendorError, { kind, retryAt }: Outcome): BackendProblem {
  const { code, requestId, httpStatus } = error.provider
  return {
    kind: kind ?? 'TRY_AGAIN',
    message: error.message,
    code,
    requestId,
    httpStatus,
    retryAt: retryAt.toISOString(),
  }
}

/** What a failed attempt means for the delivery, and for its backend. */
import type { BackendProblem } from '#domain/backends/table.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, VendorError, WaitForQuotaError } from '#errors.ts'
import { growingWait } from '#platform/jobs/growing-wait.ts'
import type { BackendHealth } from '#vocabulary.ts'
import type { Next } from './claim.ts'
import { HopelessError, NotYetError } from './source.ts'

export type Attempt = {
  /** 1 for the first. */
  attempts: number
  /** True when a call that may change something went out. */
  hasWritten: boolean
  /** True: repeating it does no more than once. */
  isRepeatable: boolean
  /** True: an earlier one of several calls was carried out, perhaps the one that made it. */
  mayBeHalfDone?: boolean
  settlesAfterMs: number
  now: Date
}

export type Decision = { next: Next; health?: Extract<BackendHealth, 'AUTH_FAILED' | 'QUOTA_EXHAUSTED'> }

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 300_000
/** About four hours of trying; then somebody has to look. */
const MOST_ATTEMPTS = 60
const CREDENTIALS_WAIT_MS = 60_000
const NOT_YET_WAIT_MS = 2000
/** What is refused so often, and not found after any time, was never made. */
const MOST_HALF_DONE = 3

export function decide(error: unknown, attempt: Attempt): Decision {
  const { attempts, hasWritten, isRepeatable, mayBeHalfDone = false, settlesAfterMs, now } = attempt
  if (error instanceof NotYetError) return again(error, 'TRY_AGAIN', NOT_YET_WAIT_MS)
  if (error instanceof HopelessError) return refused(error)
  if (mayBeHalfDone && error instanceof FixCredentialsError) return { ...lookedUp(), health: 'AUTH_FAILED' }
  if (mayBeHalfDone && error instanceof WaitForQuotaError) return { ...lookedUp(), health: 'QUOTA_EXHAUSTED' }
  const isRefused = error instanceof RefusedError || error instanceof GoneError
  if (mayBeHalfDone && !(isRefused && attempts >= MOST_HALF_DONE)) return lookedUp()
  if (error instanceof FixCredentialsError)
    return { ...again(error, 'FIX_CREDENTIALS', CREDENTIALS_WAIT_MS), health: 'AUTH_FAILED' }
  if (error instanceof WaitForQuotaError) {
    const waitMs = Math.max(FIRST_WAIT_MS, error.resetsAt.getTime() - now.getTime())
    return { ...again(error, 'WAIT_FOR_QUOTA', waitMs), health: 'QUOTA_EXHAUSTED' }
  }
  const wasAnswered = error instanceof VendorError && error.provider.httpStatus !== null
  if (isRefused && (wasAnswered || !hasWritten)) return refused(error)
  // Too many requests: the vendor did nothing.
  const wasTurnedAway = error instanceof TryAgainError && error.provider.httpStatus === 429
  if (hasWritten && !isRepeatable && !wasTurnedAway) return lookedUp()
  if (attempts >= MOST_ATTEMPTS) return refused(error)
  const askedMs = error instanceof TryAgainError ? (error.retryAfterMs ?? 0) : 0
  return again(error, 'TRY_AGAIN', Math.max(askedMs, backoffMs(attempts)))

  function lookedUp(): Decision {
    const waitMs = settlesAfterMs + backoffMs(attempts) / 4
    return { next: { state: 'SENDING', problem: problemOf(error, 'TRY_AGAIN', waitMs, now), waitMs } }
  }

  function again(cause: unknown, kind: BackendProblem['kind'], waitMs: number): Decision {
    return { next: { state: 'QUEUED', problem: problemOf(cause, kind, waitMs, now), waitMs } }
  }

  function refused(cause: unknown): Decision {
    return { next: { state: 'REFUSED', problem: problemOf(cause, 'REFUSED', null, now) } }
  }
}

function backoffMs(attempts: number): number {
  return growingWait(attempts, { first: FIRST_WAIT_MS, longest: LONGEST_WAIT_MS })
}

export function problemOf(
  error: unknown,
  kind: BackendProblem['kind'],
  waitMs: number | null,
  now: Date,
): BackendProblem {
  const isForeseen = error instanceof VendorError || error instanceof HopelessError || error instanceof NotYetError
  const { code, requestId, httpStatus } = error instanceof VendorError ? error.provider : nothingSaid
  return {
    ...{ kind, code, requestId, httpStatus },
    message: isForeseen ? (error as Error).message : 'internal error, see the log',
    retryAt: waitMs === null ? null : new Date(now.getTime() + waitMs).toISOString(),
  }
}
const nothingSaid = { code: null, requestId: null, httpStatus: null }

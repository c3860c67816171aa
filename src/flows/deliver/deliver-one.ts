/** Carrying out one delivery. */
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, sql } from 'drizzle-orm'
import { guardingWrites } from '#connectors/http.ts'
import { backends } from '#domain/backends/table.ts'
import { lockTicketsOf, takeBack } from '#domain/deliveries/take-back.ts'
import { GoneError, RefusedError, VendorError } from '#errors.ts'
import { operations } from './carry-out.ts'
import { type Claimed, conclude, type Lease, LeaseLostError, markSending } from './claim.ts'
import { decide, problemOf } from './decide.ts'
import { type Delivering, type ReachedBackend, writingSettingsOf } from './delivering.ts'
import { lookUp } from './look-up.ts'
import { messagesOf, noteMessages } from './note-messages.ts'
import { settle } from './settle.ts'
import { HopelessError, type Source } from './source.ts'

/** One attempt, or the look-up after one whose outcome nobody knows; and what becomes of the delivery. @throws LeaseLostError */
export async function deliverOne(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  lease: Lease,
): Promise<void> {
  const { log, now } = delivering
  const { operation } = claimed
  const session = delivering.sessionOf(backend.backendId)
  const source: Source = { ...delivering, workspaceId: claimed.workspaceId, backendId: backend.backendId }
  const said = { backend: backend.key, delivery: claimed.id, operation }
  let writeCount = 0
  let attempts = claimed.attempts
  try {
    if (claimed.state === 'SENDING') {
      const verdict = await lookUp(delivering, backend, claimed, session)
      if (verdict === 'untold') return await giveUp()
      if (verdict !== 'absent') {
        log.info(said, 'a delivery whose answer was lost had arrived')
        return await patiently(() => settle(delivering, backend, claimed, { lease, receipt: verdict.found, session }))
      }
    }
    const call = await operations[operation].prepare(source, claimed as never, session.operations)
    await markSending(delivering.db, claimed, lease)
    attempts += 1
    await noteMessages(delivering.db, claimed, messagesOf(claimed), { status: 'SENDING', retryCount: claimed.attempts })
    const guard = () => {
      lease.check()
      writeCount += 1
    }
    const receipt = await guardingWrites(guard, call)
    await patiently(() => settle(delivering, backend, claimed, { lease, receipt, session }))
    log.debug(said, 'delivered')
  } catch (error) {
    if (error instanceof LeaseLostError) throw error
    // A look-up that failed leaves the question open, whatever the failure.
    const isOpen = claimed.state === 'SENDING' && attempts === claimed.attempts && !operations[operation].isRepeatable
    if (isOpen && (error instanceof RefusedError || error instanceof GoneError || error instanceof HopelessError))
      return await giveUp()
    await noteFailure(delivering, backend, claimed, { lease, error, attempts, writeCount, isOpen })
  }

  async function giveUp() {
    const lost = new HopelessError('The answer was lost, and the help desk does not let us find out whether it has it.')
    const problem = problemOf(lost, 'TRY_AGAIN', null, now())
    await conclude(delivering.db, claimed, lease, { state: 'UNCERTAIN', problem })
    await noteMessages(delivering.db, claimed, messagesOf(claimed), { status: 'FAILED', failReason: problem.message })
    log.warn(said, 'nobody can tell whether a delivery arrived')
  }
}

type Failure = { lease: Lease; error: unknown; attempts: number; writeCount: number; isOpen: boolean }

async function noteFailure(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  { lease, error, attempts, writeCount, isOpen }: Failure,
): Promise<void> {
  const { db, log, now } = delivering
  const { workspaceId, id, operation } = claimed
  const { writeSettlesAfterMs: settlesAfterMs } = writingSettingsOf(backend)
  const { next, health } = decide(error, {
    ...{ attempts: attempts + (isOpen ? 1 : 0), isRepeatable: operations[operation].isRepeatable, settlesAfterMs },
    ...{ hasWritten: writeCount > 0 || isOpen, now: now() },
    // With a new ticket come calls for what does not fit into the first.
    mayBeHalfDone: operation === 'createTicket' && writeCount > 1,
  })
  if (isOpen && 'waitMs' in next) next.state = 'SENDING'
  log.warn(
    { backend: backend.key, delivery: id, operation, err: error, next: next.state },
    'a delivery did not go through',
  )
  await db.transaction(async (tx) => {
    if (next.state === 'REFUSED') await lockTicketsOf(tx, workspaceId, id)
    await conclude(tx, claimed, lease, next)
    if (next.state === 'REFUSED') await takeBack(tx, workspaceId, id, { isDiscarded: false, at: now() })
  })
  if (health) await noteBackend(delivering, backend, health, error as VendorError)
  const status = next.state === 'QUEUED' || next.state === 'SENDING' ? next.state : 'FAILED'
  await noteMessages(db, claimed, messagesOf(claimed), { status, failReason: next.problem?.message })
}

/** What the vendor said is not to be lost over a deadlock, or a Postgres that starts again. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (const waitMs of [100, 300, 1000, 3000, 5000, 10_000]) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof LeaseLostError || error instanceof VendorError) throw error
      await sleep(waitMs)
    }
  }
  await work()
}

/** Until the credentials are right or the quota is open nothing goes there; a round that gets through ends it. */
async function noteBackend(
  { db, now }: Delivering,
  { workspaceId, backendId }: ReachedBackend,
  health: 'AUTH_FAILED' | 'QUOTA_EXHAUSTED',
  error: VendorError,
): Promise<void> {
  const kind = health === 'AUTH_FAILED' ? 'FIX_CREDENTIALS' : 'WAIT_FOR_QUOTA'
  const resetsAt = 'resetsAt' in error ? (error.resetsAt as Date) : null
  const problem = problemOf(error, kind, resetsAt && resetsAt.getTime() - now().getTime(), now())
  await db
    .update(backends)
    .set({ health, problem })
    .where(and(eq(backends.workspaceId, workspaceId), eq(backends.id, backendId), sql`${backends.health} <> 'PAUSED'`))
}

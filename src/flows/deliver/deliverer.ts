/** Carries deliveries to their help desks: woken by a job, and once a second by itself. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq, sql } from 'drizzle-orm'
import { guardingWrites } from '#connectors/http.ts'
import { backends } from '#domain/backends/table.ts'
import { deliverJob } from '#domain/deliveries/promise.ts'
import { lockTicketsOf, takeBack } from '#domain/deliveries/take-back.ts'
import { GoneError, RefusedError, VendorError } from '#errors.ts'
import { type Handler, handle } from '#platform/jobs/queue.ts'
import { operations } from './carry-out.ts'
import { type Claimed, claim, conclude, type Lease, LeaseLostError, markSending, renewLeases } from './claim.ts'
import { decide, problemOf } from './decide.ts'
import type { Delivering, ReachedBackend } from './delivering.ts'
import { lookUp } from './look-up.ts'
import { HopelessError, type Source } from './outgoing.ts'
import { settle } from './settle.ts'

const LEASE_MS = 5000
const PER_BACKEND = 4
const POLL_MS = 1000

export const deliverHandler: Handler<Delivering> = handle(deliverJob, async (_payload, { waker }) => waker.wake())

/** Started once per worker. `stop` waits for what is under way, 4 s at most; the rest is found by whoever comes next. */
export function startDeliverer(delivering: Delivering): { stop(): Promise<void> } {
  const end = new AbortController()
  const running = new Map<string, Promise<void>>()
  const hands = openHands(delivering)
  const looping = loop()

  async function loop() {
    while (!end.signal.aborted) {
      for (const backend of delivering.backends) await fill(backend)
      await delivering.waker.wait(POLL_MS, end.signal)
    }
  }

  /** Takes as much as there are free hands for this backend: a slow one never holds up the others. */
  async function fill(backend: ReachedBackend) {
    const perBackend = delivering.delivery?.perBackend ?? PER_BACKEND
    const busy = [...running.keys()].filter((key) => key.startsWith(backend.backendId)).length
    if (busy >= perBackend || end.signal.aborted) return
    const claimed = await hands.claim(backend, perBackend - busy).catch((error: Error) => {
      delivering.log.warn({ err: error, backend: backend.key }, 'deliveries could not be claimed')
      return []
    })
    for (const delivery of claimed) {
      const key = `${backend.backendId} ${delivery.id}`
      const work = hands.deliver(backend, delivery).finally(() => {
        running.delete(key)
        delivering.waker.wake()
      })
      running.set(key, work)
    }
  }

  return {
    async stop() {
      end.abort()
      await looping
      await Promise.race([Promise.all(running.values()), sleep(STOP_PATIENCE_MS, null, { ref: false })])
      hands.close()
    },
  }
}

const STOP_PATIENCE_MS = 4000

function openHands(delivering: Delivering) {
  const { db, log, delivery: { leaseMs = LEASE_MS } = {} } = delivering
  const owner = randomUUID()
  const held = new Map<string, Lease & { holdFrom(askedAt: Moment): void }>()
  const renewing = setInterval(() => void renew(), leaseMs / 3)
  renewing.unref()

  async function renew() {
    const ids = [...held.keys()]
    if (ids.length === 0) return
    const out = ids.filter((id) => held.get(id)?.isOut)
    const askedAt = thisMoment()
    const kept = await renewLeases(db, owner, { ids, out, leaseMs }).catch((error: Error) => {
      log.warn({ err: error }, 'leases on deliveries could not be renewed')
      return new Set<string>()
    })
    for (const id of kept) held.get(id)?.holdFrom(askedAt)
  }

  function leaseFrom(claimedAt: Moment): Lease & { holdFrom(askedAt: Moment): void } {
    let since = claimedAt
    return {
      owner,
      isOut: false,
      holdFrom(askedAt) {
        since = askedAt
      },
      check() {
        const { steadyMs, wallMs } = thisMoment()
        if (steadyMs - since.steadyMs > leaseMs || wallMs - since.wallMs > leaseMs)
          throw new LeaseLostError('the lease on this delivery ran out')
      },
    }
  }

  return {
    async claim(backend: ReachedBackend, limit: number): Promise<Claimed[]> {
      const askedAt = thisMoment()
      const { writeSettlesAfterMs: settlesAfterMs } = writingSettingsOf(backend)
      const claimed = await claim(db, backend, { owner, limit, leaseMs, settlesAfterMs, held: [...held.keys()] })
      for (const { id } of claimed) held.set(id, leaseFrom(askedAt))
      return claimed
    },
    async deliver(backend: ReachedBackend, claimed: Claimed): Promise<void> {
      const lease = held.get(claimed.id) as Lease
      try {
        await deliverOne(delivering, backend, claimed, lease)
      } catch (error) {
        // Whoever holds the lease, or comes when it has run out, finds it as it was noted last.
        const level = error instanceof LeaseLostError ? 'warn' : 'error'
        log[level]({ err: error, backend: backend.key, delivery: claimed.id }, 'a delivery was left where it was')
      } finally {
        held.delete(claimed.id)
      }
    },
    close: () => clearInterval(renewing),
  }
}

/** One of the clocks stands still while the machine sleeps, the other one can be set back. */
type Moment = { steadyMs: number; wallMs: number }
const thisMoment = (): Moment => ({ steadyMs: performance.now(), wallMs: Date.now() })

/** Every connector's settings carry it, see `commonSettings`. */
function writingSettingsOf({ connector, settings }: ReachedBackend): { writeSettlesAfterMs: number } {
  return connector.settings.parse(settings) as { writeSettlesAfterMs: number }
}

async function deliverOne(
  delivering: Delivering,
  backend: ReachedBackend,
  claimed: Claimed,
  lease: Lease,
): Promise<void> {
  const { log, now } = delivering
  const { operation } = claimed
  const { writeSettlesAfterMs: settlesAfterMs } = writingSettingsOf(backend)
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
    await noteMessages(delivering, claimed, 'SENDING', null)
    const guard = () => {
      lease.check()
      writeCount += 1
    }
    const receipt = await guardingWrites(guard, call)
    await patiently(() => settle(delivering, backend, claimed, { lease, receipt, session }))
    log.debug(said, 'delivered')
  } catch (error) {
    if (error instanceof LeaseLostError) throw error
    const { isRepeatable } = operations[operation]
    // A look-up that failed leaves the question open, whatever the failure.
    const isOpen = claimed.state === 'SENDING' && attempts === claimed.attempts && !isRepeatable
    if (isOpen && (error instanceof RefusedError || error instanceof GoneError || error instanceof HopelessError))
      return await giveUp()
    const decision = decide(error, {
      ...{ attempts: attempts + (isOpen ? 1 : 0), isRepeatable, settlesAfterMs, now: now() },
      hasWritten: writeCount > 0 || isOpen,
      // With a new ticket come calls for what does not fit into the first.
      mayBeHalfDone: operation === 'createTicket' && writeCount > 1,
    })
    if (isOpen && 'waitMs' in decision.next) decision.next.state = 'SENDING'
    log.warn({ ...said, err: error, next: decision.next.state }, 'a delivery did not go through')
    await delivering.db.transaction(async (tx) => {
      if (decision.next.state === 'REFUSED') await lockTicketsOf(tx, claimed.workspaceId, claimed.id)
      await conclude(tx, claimed, lease, decision.next)
      if (decision.next.state === 'REFUSED')
        await takeBack(tx, claimed.workspaceId, claimed.id, { isDiscarded: false, at: now() })
    })
    if (decision.health) await noteBackend(delivering, backend, decision.health, error as VendorError)
    const message = decision.next.problem?.message ?? null
    await noteMessages(delivering, claimed, decision.next.state === 'REFUSED' ? 'FAILED' : decision.next.state, message)
  }

  async function giveUp() {
    const problem = problemOf(new Error(), 'TRY_AGAIN', null, now())
    problem.message = 'The answer was lost, and the help desk does not let us find out whether it has it.'
    await conclude(delivering.db, claimed, lease, { state: 'UNCERTAIN', problem })
    await noteMessages(delivering, claimed, 'FAILED', problem.message)
    log.warn(said, 'nobody can tell whether a delivery arrived')
  }
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

/** What clients see beside the message. */
async function noteMessages(
  { db }: Delivering,
  { workspaceId, operation, input, messageId, attempts }: Claimed,
  status: string,
  failReason: string | null,
): Promise<void> {
  const made =
    operation === 'createMessages' || operation === 'createTicket' ? (input as { messageIds: string[] }).messageIds : []
  const ids = operation === 'resendMessage' && messageId ? [messageId] : made
  if (ids.length === 0) return
  await db.execute(sql`
    update messages set delivery = coalesce(delivery, '{}') || ${JSON.stringify({ status, failReason, retryCount: attempts })}::jsonb
    where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[]) and external_id like 'deskgraph:%'`)
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

/** The leases of one worker: taken with each claim, renewed while the work goes on. */
import { randomUUID } from 'node:crypto'
import { type Claimed, claim, type Lease, LeaseLostError, renewLeases } from './claim.ts'
import { type Delivering, type ReachedBackend, writingSettingsOf } from './delivering.ts'

const LEASE_MS = 5000

export type Leases = {
  /** Takes what is due of a backend, at most so much, and holds it until `release`. */
  claim(backend: ReachedBackend, limit: number): Promise<{ claimed: Claimed; lease: Lease }[]>
  release(claimed: Claimed): void
  close(): void
}

export function openLeases(delivering: Delivering): Leases {
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
    async claim(backend, limit) {
      const askedAt = thisMoment()
      const { writeSettlesAfterMs: settlesAfterMs } = writingSettingsOf(backend)
      const claimed = await claim(db, backend, { owner, limit, leaseMs, settlesAfterMs, held: [...held.keys()] })
      return claimed.map((each) => {
        const lease = leaseFrom(askedAt)
        held.set(each.id, lease)
        return { claimed: each, lease }
      })
    },
    release: ({ id }) => void held.delete(id),
    close: () => clearInterval(renewing),
  }
}

/** One of the clocks stands still while the machine sleeps, the other one can be set back. */
type Moment = { steadyMs: number; wallMs: number }
const thisMoment = (): Moment => ({ steadyMs: performance.now(), wallMs: Date.now() })

/** Carries deliveries to their help desks: woken by a job, and once a second by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { deliverJob } from '#domain/deliveries/promise.ts'
import { type Handler, handle } from '#platform/jobs/queue.ts'
import { LeaseLostError } from './claim.ts'
import { deliverOne } from './deliver-one.ts'
import type { Delivering, ReachedBackend } from './delivering.ts'
import { openLeases } from './leases.ts'

const PER_BACKEND = 4
const POLL_MS = 1000
const STOP_PATIENCE_MS = 4000

export const deliverHandler: Handler<Delivering> = handle(deliverJob, async (_payload, { waker }) => waker.wake())

/** Started once per worker. `stop` waits for what is under way, 4 s at most; the rest is found by whoever comes next. */
export function startDeliverer(delivering: Delivering): { stop(): Promise<void> } {
  const end = new AbortController()
  const running = new Map<string, Promise<void>>()
  const leases = openLeases(delivering)
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
    const taken = await leases.claim(backend, perBackend - busy).catch((error: Error) => {
      delivering.log.warn({ err: error, backend: backend.key }, 'deliveries could not be claimed')
      return []
    })
    for (const { claimed, lease } of taken) {
      const key = `${backend.backendId} ${claimed.id}`
      const work = deliverOne(delivering, backend, claimed, lease)
        .catch((error) => {
          // Whoever holds the lease, or comes when it has run out, finds it as it was noted last.
          const level = error instanceof LeaseLostError ? 'warn' : 'error'
          const said = { err: error, backend: backend.key, delivery: claimed.id }
          delivering.log[level](said, 'a delivery was left where it was')
        })
        .finally(() => {
          leases.release(claimed)
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
      leases.close()
    },
  }
}

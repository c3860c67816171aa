/** A deliverer over a served test: what was promised goes to the sandboxes. */
import { onTestFinished } from 'vitest'
import { startDeliverer } from '#flows/deliver/deliverer.ts'
import type { Delivering, ReachedBackend } from '#flows/deliver/delivering.ts'
import { storeFetched } from '#flows/sync/refetch.ts'
import type { SyncedBackend, Syncing } from '#flows/sync/syncing.ts'
import type { Db } from '#platform/db/client.ts'
import { openWaker } from '#platform/jobs/waker.ts'

type Served = { db: Db; syncing: Syncing; backends: SyncedBackend[] }

/** Starts one that runs until the test ends. Nothing wakes it but its own clock and `wake`. */
export function deliverDuringTest(served: Served, options: Partial<Delivering> = {}) {
  const delivering = deliveringOf(served, options)
  let running: ReturnType<typeof startDeliverer> | null = startDeliverer(delivering)
  async function stop() {
    const stopping = running
    running = null
    await stopping?.stop()
  }
  onTestFinished(stop)
  return {
    ...{ wake: delivering.waker.wake, stop },
    /** Waits until everything is delivered, and the tickets are read again. */
    async settled() {
      await settled(served.db, delivering)
      await stop()
      running = startDeliverer(delivering)
    },
  }
}

export function deliveringOf({ syncing, backends }: Served, options: Partial<Delivering> = {}): Delivering {
  return {
    ...{ ...syncing, backends: backends as ReachedBackend[], waker: openWaker() },
    storeRead: (backend, records, fetchedAt) => storeFetched(syncing, backend as SyncedBackend, records, fetchedAt),
    bytesOf: async (storageKey) => Promise.reject(new Error(`no bytes of ${storageKey}`)),
    ...options,
  }
}

/** Waits until nothing is on its way any more. */
async function settled(db: Db, { waker }: Delivering): Promise<void> {
  for (const started = Date.now(); Date.now() - started < 20_000; ) {
    waker.wake()
    // A test may break the connection that asks.
    const open = await db
      .execute<{ open: number }>("select count(*)::int as open from deliveries where state in ('QUEUED', 'SENDING')")
      .then(
        ({ rows }) => rows[0]?.open,
        () => null,
      )
    if (open === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { rows } = await db.execute(
    "select operation, state, attempts, problem from deliveries where state in ('QUEUED', 'SENDING')",
  )
  throw new Error(`still on the way: ${JSON.stringify(rows)}`)
}

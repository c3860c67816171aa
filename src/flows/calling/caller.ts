/** Tells webhooks what happens: woken by a job, and once a second by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '#connectors/in-parallel.ts'
import { forgetJob, replayJob, tellWebhooksJob } from '#domain/webhooks/replay.ts'
import { type Handler, handle } from '#platform/jobs/queue.ts'
import { webhooksBehind } from './behind.ts'
import type { Calling } from './calling.ts'
import { claim } from './claim.ts'
import { forgetBatch } from './forgetting.ts'
import { resealSecrets } from './resealing.ts'

const POLL_MS = 1000
/** While another transaction holds the log back. */
const HELD_POLL_MS = 50
const PLANNED_AT_ONCE = 4
const MOST_AT_ONCE = 200
const STOP_PATIENCE_MS = 4000

export const tellWebhooksHandler: Handler<{ calling: Calling }> = handle(
  tellWebhooksJob,
  async (_payload, { calling }) => calling.waker.wake(),
)

export const replayHandler: Handler<{ calling: Calling }> = handle(replayJob, async (job, { calling }) => {
  const { replayBatch } = await import('./replaying.ts')
  await replayBatch(calling, job)
})

export const forgetHandler: Handler<{ calling: Calling }> = handle(forgetJob, async (job, { calling }) => {
  await forgetBatch(calling, job)
})

/**
 * Started once per worker. What reads the log and makes requests brings the types of the graph with it, which a worker
 * without webhooks never needs.
 * `stop` waits for requests under way, 4 s at most; the rest is sent by whoever comes next.
 */
export function startCaller({ calling }: { calling: Calling }): { stop(): Promise<void> } {
  const { log, waker } = calling
  const end = new AbortController()
  const running = new Set<Promise<void>>()
  const looping = loop()

  async function loop() {
    await resealSecrets(calling).catch((error: Error) =>
      log.warn({ err: error }, 'secrets of webhooks could not be encrypted with the newest key'),
    )
    while (!end.signal.aborted) {
      const isHeld = await plan().catch((error: Error) => {
        log.warn({ err: error }, 'what webhooks are to be told could not be read')
        return false
      })
      await fill().catch((error: Error) => log.warn({ err: error }, 'requests to webhooks could not be claimed'))
      await waker.wait(isHeld ? HELD_POLL_MS : POLL_MS, end.signal)
    }
  }

  /** One webhook in trouble does not keep the others from theirs. */
  async function plan(): Promise<boolean> {
    const { due, isHeld } = await webhooksBehind(calling)
    if (due.length === 0) return isHeld
    const { planNext } = await import('./planning.ts')
    await inParallel(due, PLANNED_AT_ONCE, async (webhook) => {
      if (end.signal.aborted) return
      const hasMore = await planNext(calling, webhook).catch((error: Error) => {
        log.error({ err: error, webhook: webhook.id }, 'what a webhook is to be told could not be written down')
        return false
      })
      if (hasMore) waker.wake()
    })
    return isHeld
  }

  async function fill() {
    const free = MOST_AT_ONCE - running.size
    if (free <= 0 || end.signal.aborted) return
    const claimed = await claim(calling, free)
    if (claimed.length === 0) return
    const { callOne } = await import('./call-one.ts')
    for (const delivery of claimed) {
      const work = callOne(calling, delivery)
        .catch((error: Error) =>
          log.error({ err: error, delivery: delivery.id }, 'a request to a webhook was left where it was'),
        )
        .finally(() => {
          running.delete(work)
          waker.wake()
        })
      running.add(work)
    }
  }

  return {
    async stop() {
      end.abort()
      await looping
      await Promise.race([Promise.all(running), sleep(STOP_PATIENCE_MS, null, { ref: false })])
    },
  }
}

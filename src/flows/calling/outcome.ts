/** What becomes of a delivery after an attempt, and of its webhook. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import type { Calling } from './calling.ts'
import { stopWebhook } from './calling.ts'
import type { Claimed } from './claim.ts'
import type { Sent } from './send.ts'

/** Seconds before the second attempt, the third …: nine attempts in 42 hours. */
const WAITS_SECONDS = [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 86_400]
/** Up to so much longer, or all that failed together would come back together. */
const JITTER = 0.2
const LONGEST_WAIT_SECONDS = 86_400
const DISABLED_AFTER_DAYS = 5
const GONE = 410

/**
 * Notes an attempt, unless its lease ran out and another worker has it now. Not in one transaction with what it means to
 * the webhook: who saves that holds both, in the other order.
 */
export async function conclude({ db }: Calling, delivery: Claimed, sent: Sent): Promise<void> {
  const waitSeconds = sent.problem === null ? null : nextWait(delivery.attempts, sent)
  const state = sent.problem === null ? 'SUCCEEDED' : waitSeconds === null ? 'FAILED' : 'WAITING'
  const { rowCount } = await db.execute(sql`
    update webhook_deliveries set state = ${state}, attempts = attempts + 1, sent_at = now(),
      http_status = ${sent.status}, duration_ms = ${sent.durationMs}, response = ${sent.response},
      problem = ${sent.problem}, lease = null, lease_until = null,
      next_attempt_at = now() + make_interval(secs => ${waitSeconds ?? 0}),
      body = case when ${state} = 'WAITING' then body end
    where workspace_id = ${delivery.workspaceId} and id = ${delivery.id} and lease = ${delivery.lease}`)
  if (rowCount === 1) await noteOnWebhook(db, delivery, sent)
}

/** Never to be sent: says why. */
export async function withhold({ db }: Calling, { workspaceId, id, lease }: Claimed, problem: string) {
  await db.execute(sql`
    update webhook_deliveries set state = 'FAILED', problem = ${problem}, body = null, lease = null, lease_until = null
    where workspace_id = ${workspaceId} and id = ${id} and lease = ${lease}`)
}

/** Null: that was the last attempt. */
function nextWait(attemptsBefore: number, { status, retryAfterMs }: Sent): number | null {
  const usual = status === GONE ? undefined : WAITS_SECONDS[attemptsBefore]
  if (usual === undefined) return null
  const asked = Math.min((retryAfterMs ?? 0) / 1000, LONGEST_WAIT_SECONDS)
  return Math.max(usual, asked) * (1 + Math.random() * JITTER)
}

async function noteOnWebhook(db: Db, { workspaceId, webhookId }: Claimed, { status, problem }: Sent): Promise<void> {
  const webhook = { workspaceId, id: webhookId }
  const isMeant = sql`workspace_id = ${workspaceId} and id = ${webhookId}`
  if (problem === null) {
    // Written only where it changes something: many requests end at once.
    await db.execute(sql`update webhooks set failing_since = null where ${isMeant} and failing_since is not null`)
    return
  }
  if (status === GONE) return stopWebhook(db, webhook, 'RECEIVER_GONE')
  await db.execute(sql`update webhooks set failing_since = now() where ${isMeant} and failing_since is null`)
  const { rowCount } = await db.execute(sql`
    select from webhooks where ${isMeant} and failing_since < now() - make_interval(days => ${DISABLED_AFTER_DAYS})`)
  if (rowCount === 1) await stopWebhook(db, webhook, 'FAILING')
}

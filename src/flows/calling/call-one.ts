/** One delivery, from what it says to what came of it. */
import { and, eq, sql } from 'drizzle-orm'
import { saverOf, type WholeWebhook } from '#domain/webhooks/saver.ts'
import { keyOf, openedSecret } from '#domain/webhooks/secret.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { digestOf } from '#platform/db/digest.ts'
import { type Calling, stopWebhook } from './calling.ts'
import type { Claimed } from './claim.ts'
import { conclude, withhold } from './outcome.ts'
import { bodyOf, QueryInvalidError, UnansweredError, WithheldError } from './payload.ts'
import { neverSent, send } from './send.ts'

/** @throws when what came of it cannot be noted: the lease runs out, and it is tried again. */
export async function callOne(calling: Calling, delivery: Claimed): Promise<void> {
  const { db } = calling
  const { workspaceId, webhookId } = delivery
  const [webhook] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, webhookId)))
  if (!webhook?.isEnabled) return giveBack(calling, delivery)
  const viewer = await saverOf(db, webhook, calling.rightsOf)
  const keys = keysOf(calling, webhook)
  const trouble = viewer === null ? 'SAVER_GONE' : keys === null ? 'SECRET_LOST' : null
  if (viewer === null || keys === null) {
    await stopWebhook(db, webhook, trouble ?? 'SAVER_GONE')
    return giveBack(calling, delivery)
  }
  try {
    const body = await saidBy(calling, delivery, { webhook, viewer })
    const sent = await send(calling, { url: webhook.url, deliveryId: delivery.id, body, keys })
    await conclude(calling, delivery, sent)
  } catch (error) {
    if (error instanceof WithheldError) return withhold(calling, delivery, error.message)
    if (error instanceof UnansweredError) return conclude(calling, delivery, neverSent(error.message))
    if (!(error instanceof QueryInvalidError)) throw error
    await stopWebhook(db, webhook, 'QUERY_INVALID')
    return giveBack(calling, delivery)
  }
}

/**
 * Every attempt says the same. What a query answered is kept for that, until the webhook is saved anew or its saver may
 * see something else; what the event itself says does not change.
 */
async function saidBy(calling: Calling, delivery: Claimed, by: Parameters<typeof bodyOf>[2]): Promise<string> {
  const { webhook, viewer } = by
  const bodyFor = digestOf(JSON.stringify([webhook.updatedAt, [...viewer.scopes].sort()]))
  if (delivery.body !== null && delivery.bodyFor === bodyFor) return delivery.body
  const body = await bodyOf(calling, delivery, by)
  if (webhook.query === null) return body
  await calling.db.execute(sql`
    update webhook_deliveries set body = ${body}, body_for = ${bodyFor}
    where workspace_id = ${delivery.workspaceId} and id = ${delivery.id} and lease = ${delivery.lease}`)
  return body
}

/** The secret, and after a rotation for a day also the one before; null when the present one cannot be opened. */
function keysOf({ secretKeys }: Calling, webhook: WholeWebhook): Buffer[] | null {
  const { id, secret, formerSecret, formerSecretUntil } = webhook
  const isFormerGood = formerSecret !== null && formerSecretUntil !== null && formerSecretUntil > new Date()
  const present = openedSecret(secret, id, secretKeys)
  const former = isFormerGood ? openedSecret(formerSecret, id, secretKeys) : null
  return present === null ? null : [present, ...(former === null ? [] : [former])].map(keyOf)
}

/** For whoever enables its webhook again. */
async function giveBack({ db }: Calling, { workspaceId, id, lease }: Claimed): Promise<void> {
  await db.execute(sql`
    update webhook_deliveries set lease = null, lease_until = null
    where workspace_id = ${workspaceId} and id = ${id} and lease = ${lease}`)
}

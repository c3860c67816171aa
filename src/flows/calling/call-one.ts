/** One delivery, from what it says to what came of it. */
import { and, eq, sql } from 'drizzle-orm'
import { saverOf, type WholeWebhook } from '#domain/webhooks/saver.ts'
import { keyOf, openedSecret } from '#domain/webhooks/secret.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { type Calling, stopWebhook } from './calling.ts'
import type { Claimed } from './claim.ts'
import { conclude, withhold } from './outcome.ts'
import { bodyOf, QueryInvalidError, WithheldError } from './payload.ts'
import { send } from './send.ts'

/** @throws when it cannot be told now what to send: the lease runs out, and it is tried again. */
export async function callOne(calling: Calling, delivery: Claimed, owner: string): Promise<void> {
  const { db } = calling
  const { workspaceId, webhookId } = delivery
  const [webhook] = await db
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, webhookId)))
  if (!webhook?.isEnabled) return giveBack(calling, delivery, owner)
  const viewer = await saverOf(db, webhook, calling.rightsOf)
  const keys = keysOf(calling, webhook)
  const trouble = viewer === null ? 'SAVER_GONE' : keys === null ? 'SECRET_LOST' : null
  if (viewer === null || keys === null) {
    await stopWebhook(db, webhook, trouble ?? 'SAVER_GONE')
    return giveBack(calling, delivery, owner)
  }
  try {
    const body = delivery.body ?? (await keptBody(calling, delivery, { webhook, viewer, owner }))
    const sent = await send(calling, { url: webhook.url, deliveryId: delivery.id, body, keys })
    await conclude(calling, delivery, owner, sent)
  } catch (error) {
    if (error instanceof WithheldError) return withhold(calling, delivery, owner, error.message)
    if (!(error instanceof QueryInvalidError)) throw error
    await stopWebhook(db, webhook, 'QUERY_INVALID')
    return giveBack(calling, delivery, owner)
  }
}

/** Every attempt says the same. What a query answered is kept for that; what the event itself says does not change. */
async function keptBody(
  calling: Calling,
  delivery: Claimed,
  { owner, ...by }: Parameters<typeof bodyOf>[2] & { owner: string },
): Promise<string> {
  const body = await bodyOf(calling, delivery, by)
  if (by.webhook.query === null) return body
  await calling.db.execute(sql`
    update webhook_deliveries set body = ${body}
    where workspace_id = ${delivery.workspaceId} and id = ${delivery.id} and lease_owner = ${owner}`)
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
async function giveBack({ db }: Calling, { workspaceId, id }: Claimed, owner: string): Promise<void> {
  await db.execute(sql`
    update webhook_deliveries set lease_owner = null, lease_until = null
    where workspace_id = ${workspaceId} and id = ${id} and lease_owner = ${owner}`)
}

/**
 * What Chatwoot posts to us. Newer servers sign `timestamp.body` and number every delivery; older ones sign nothing, so
 * their address has to end in a secret. Source: the vendor's trigger and its published schema (SEEN); which release began
 * to sign: ASSUMED 4.13.
 */

import { createHmac } from 'node:crypto'
import type { JsonObject, WebhookCall, WebhookNews } from '#connectors/contract.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { bodyOf, isAnyOf } from '#connectors/webhook-reading.ts'
import { WebhookRefusal } from '#errors.ts'
import { sha256 } from '#sha256.ts'
import type { Settings } from './client.ts'

/** How far the time of a signature may be from ours: older calls may be somebody's recording. */
const windowSeconds = 300

export function readWebhook(
  { webhookSecrets, accountId }: Pick<Settings, 'webhookSecrets' | 'accountId'>,
  call: WebhookCall,
): WebhookNews {
  if (webhookSecrets.length === 0) throw new WebhookRefusal(404, 'no webhook is expected here')
  proveOrigin(webhookSecrets, call)
  const body = bodyOf(call)
  const displayId = ticketIn(body)
  // Older servers leave the account out (SEEN).
  const account = idOf(objectOf(body.account)?.id) ?? accountId
  if (account !== accountId) throw new WebhookRefusal(400, `expected account ${accountId}, got another one`)
  return { id: callId(call), ticketExternalIds: displayId === null ? [] : [`${accountId}:${displayId}`] }
}

/** @throws WebhookRefusal 401 for a stranger, 409 for a call that was right once. */
function proveOrigin(secrets: string[], { headers, body, rest, receivedAt }: WebhookCall): void {
  const given = headers['x-chatwoot-signature']
  if (given === undefined) {
    if (!isAnyOf(secrets, rest)) throw new WebhookRefusal(401, 'the call is not signed')
    return
  }
  const timestamp = headers['x-chatwoot-timestamp'] ?? ''
  const signatures = secrets.map(
    (secret) => `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`,
  )
  if (!/^\d{1,12}$/.test(timestamp) || !isAnyOf(signatures, given.toLowerCase()))
    throw new WebhookRefusal(401, 'the signature is wrong')
  if (Math.abs(receivedAt.getTime() / 1000 - Number(timestamp)) > windowSeconds)
    throw new WebhookRefusal(409, `the call is more than ${windowSeconds} s old, or our clocks differ`)
}

/** Who types, and people and inboxes by themselves, change no ticket. */
const ticketEvents: Record<string, (body: JsonObject) => unknown> = {
  conversation_created: (body) => body.id,
  conversation_status_changed: (body) => body.id,
  conversation_updated: (body) => body.id,
  message_created: (body) => objectOf(body.conversation)?.id,
  message_updated: (body) => objectOf(body.conversation)?.id,
}

function ticketIn(body: JsonObject): string | null {
  const event = String(body.event)
  const id = Object.hasOwn(ticketEvents, event) ? idOf(ticketEvents[event]?.(body)) : null
  return id !== null && /^\d{1,18}$/.test(id) ? id : null
}

/** The delivery's number; without one, the same bytes under the same signature are the same call. */
function callId({ headers, body }: WebhookCall): string {
  const delivery = headers['x-chatwoot-delivery']
  if (delivery !== undefined && /^[\w-]{8,100}$/.test(delivery)) return delivery
  return sha256(Buffer.concat([Buffer.from(`${headers['x-chatwoot-timestamp'] ?? ''}.`), body]))
}

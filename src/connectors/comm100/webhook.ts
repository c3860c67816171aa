/**
 * What Comm100's triggers post to us: unsigned, without a number of the delivery or a name of the event, in another case
 * and with other enums than the interface (SEEN). So the address ends in a secret, and the call is only a hint: which
 * ticket to read again.
 */

import type { JsonObject, WebhookCall, WebhookNews } from '#connectors/contract.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { bodyOf, isAnyOf } from '#connectors/webhook-reading.ts'
import { WebhookRefusal } from '#errors.ts'
import { sha256 } from '#sha256.ts'
import type { Comm100Settings } from './settings.ts'

export function readWebhook(
  { webhookSecrets, auth }: Pick<Comm100Settings, 'webhookSecrets' | 'auth'>,
  call: WebhookCall,
): WebhookNews {
  if (!isAnyOf(webhookSecrets, call.rest)) throw new WebhookRefusal(404, 'no webhook is expected here')
  const body = bodyOf(call)
  const site = idOf(body.SiteId)
  if (auth.grant === 'apiKey' && site !== null && site !== auth.siteId)
    throw new WebhookRefusal(400, `expected site ${auth.siteId}, got another one`)
  const ticket = objectOf(body.TicketInfo)
  // 0 means "not merged" (SEEN); the ticket it went into has changed as well.
  const ids = [ticket?.Id, ticket?.MergedToTargetId].map(idOf)
  return {
    id: callId(call, ticket),
    ticketExternalIds: ids.filter((id): id is string => id !== null && /^[1-9]\d{0,17}$/.test(id)),
  }
}

/** The same bytes say the same thing, as long as they name the time of the change; else each call may be news. */
function callId({ body, receivedAt }: WebhookCall, ticket: JsonObject | null): string {
  const moment = idOf(ticket?.LastUpdatedTime) === null ? receivedAt.toISOString() : ''
  return sha256(Buffer.concat([Buffer.from(`${moment}.`), body]))
}

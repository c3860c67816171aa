/** What of Chatwoot's objects may be kept as `raw`. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { idOf, objectOf } from '#connectors/reading.ts'

/** Live secrets and private settings by key, lower case. Source: the seed's Assignee, the inbox view (SEEN). */
export const secretKeys: ReadonlySet<string> = new Set([
  'access_token',
  'api_access_token',
  'pubsub_token',
  'hmac_identifier',
  'hmac_token',
  'ui_settings',
  'provider_config',
  'imap_password',
  'smtp_password',
  'page_access_token',
  'user_access_token',
  'auth_token',
  'account_sid',
  'api_key_sid',
  'api_key_secret',
  'bot_token',
  'line_channel_secret',
  'line_channel_token',
  'webhook_verify_token',
  'website_token',
  'inbox_identifier',
  'web_widget_script',
  'password',
  'secret',
  'jwt',
  'otp_secret',
])
const linkKey = /(^|_)(url|thumbnail|avatar)$/
const signature = /[?&](x-amz-[^=]*|signature|sig|token|access_token|expires|policy|key-pair-id|googleaccessid|hmac)=/i

/**
 * A copy without secrets, without the other tenants in `accounts[]`, and with links free of signed query strings. One
 * pass instead of `redact` and two more, since it runs over every message.
 */
export function cleaned(value: Json | undefined, accountId: string): Json {
  if (Array.isArray(value)) return value.map((item) => cleaned(item, accountId))
  if (typeof value !== 'object' || value === null) return value ?? null
  const kept: JsonObject = {}
  for (const key of Object.keys(value)) {
    const name = key.toLowerCase()
    const item = value[key] as Json
    if (name === '__proto__' || secretKeys.has(name)) continue
    if (typeof item === 'string') kept[key] = linkKey.test(name) ? withoutSignature(item) : item
    else if (name === 'accounts' && Array.isArray(item)) {
      kept[key] = cleaned(
        item.filter((account) => idOf(objectOf(account)?.id) === accountId),
        accountId,
      )
    } else kept[key] = cleaned(item, accountId)
  }
  return kept
}

/** A link without its query when that is signed; others (`?d=404` of an avatar) stay whole. */
export function withoutSignature(link: string): string {
  const at = link.indexOf('?')
  return at >= 0 && signature.test(link) ? link.slice(0, at) : link
}

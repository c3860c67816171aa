/** What of Chatwoot's objects may be kept as `raw`. */
import type { Json, JsonObject } from '#connectors/contract.ts'

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
/**
 * An agent's sign-in, texts and other tenants. Their keys are common words, so they stay in the free fields that people
 * fill themselves.
 */
const privateKeys: ReadonlySet<string> = new Set(['provider', 'uid', 'accounts', 'message_signature'])
const freeFields = /(^|_)attributes$/
const linkKey = /(^|_)(url|thumbnail|avatar)$/
/** What people wrote is kept to the letter, even when it is nothing but a link. */
const writtenKey = /^(content|processed_message_content|full|reply|quoted)$/
const isLink = /^https?:\/\/\S+$/i
/** Amazon, Google, Alibaba (also their older forms), Azure, CloudFront, and plain tokens. */
const signature =
  /[?&](x-(amz|goog|oss)-[^=&]*|signature|sig|se|sv|security-token|token|access_token|key|expires|policy|key-pair-id|googleaccessid|awsaccesskeyid|ossaccesskeyid|hmac)=/i

/**
 * A copy without secrets and private settings, and with links free of signed query strings. One pass instead of `redact`
 * and two more, since it runs over every message.
 */
export function cleaned(value: Json | undefined, isFree = false): Json {
  if (Array.isArray(value)) return value.map((item) => cleaned(item, isFree))
  if (typeof value !== 'object' || value === null) return value ?? null
  const kept: JsonObject = {}
  for (const key of Object.keys(value)) {
    const name = key.toLowerCase()
    const item = value[key] as Json
    if (name === '__proto__' || secretKeys.has(name) || (!isFree && privateKeys.has(name))) continue
    if (typeof item !== 'string') kept[key] = cleaned(item, isFree || freeFields.test(name))
    else kept[key] = linkKey.test(name) || (isLink.test(item) && !writtenKey.test(name)) ? withoutSignature(item) : item
  }
  return kept
}

/** A link without its query when that is signed; others (`?d=404` of an avatar) stay whole. */
export function withoutSignature(link: string): string {
  const at = link.indexOf('?')
  return at >= 0 && signature.test(link) ? link.slice(0, at) : link
}

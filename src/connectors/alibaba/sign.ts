/**
 * Signature V3 of Alibaba Cloud's gateways, `ACS3-HMAC-SHA256`.
 * Source: "V3 request structure and signature" on alibabacloud.com (SEEN); checked against the published SDK (see tests).
 */

import { createHmac } from 'node:crypto'
import { sha256 } from '#sha256.ts'

export type SignInput = {
  method: string
  url: URL
  /** Headers that are signed with the others when they are there: only `content-type`. */
  contentType?: string | undefined
  /** As it will be sent; none and empty are the same. */
  body?: string | Uint8Array | undefined
  action: string
  version: string
  accessKeyId: string
  accessKeySecret: string
  /** Goes with temporary (STS) keys. */
  securityToken?: string | undefined
  /** The gateway compares it with its own clock and refuses what is more than 15 minutes old. */
  at: Date
  /** Never used twice. */
  nonce: string
}

/** The headers that make one request acceptable; `host` is signed too and set by whoever sends the request. */
export function signedHeaders(input: SignInput): Record<string, string> {
  const bodyHash = sha256(input.body ?? '')
  const own: Record<string, string> = {
    'x-acs-action': input.action,
    'x-acs-content-sha256': bodyHash,
    'x-acs-date': `${input.at.toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': input.nonce,
    'x-acs-version': input.version,
  }
  if (input.securityToken) own['x-acs-security-token'] = input.securityToken
  const signed: Record<string, string> = { ...own, host: input.url.host }
  if (input.contentType) signed['content-type'] = input.contentType

  const names = Object.keys(signed).sort()
  const canonical = [
    input.method,
    input.url.pathname,
    canonicalQuery(input.url.searchParams),
    ...names.map((name) => `${name}:${signed[name]?.trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const signature = createHmac('sha256', input.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex')
  const credential = `Credential=${input.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`
  return { ...own, authorization: `ACS3-HMAC-SHA256 ${credential}` }
}

/** RFC 3986: everything but letters, digits and `-_.~`. A lone surrogate, which has no encoding, becomes U+FFFD. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (sign) => {
    return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

/** `name=value` pairs as a query string or a form body, in the order given. */
export function encodedPairs(pairs: Iterable<[string, string]>): string {
  return [...pairs].map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`).join('&')
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => [percentEncoded(name), percentEncoded(value)] as const)
  return pairs
    .sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB))
    .map((pair) => pair.join('='))
    .join('&')
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

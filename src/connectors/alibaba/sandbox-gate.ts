/**
 * The sandbox's gateway: lets in what is signed, fresh and new. Written from the vendor's description of signature V3
 * (SEEN), on purpose not with the connector's own signer. That the gateway's failures come with 401 is ASSUMED.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { sha256 } from '#sha256.ts'

export type Keys = Map<string, { secret: string; securityToken: string | null }>

/** A check of one request: null lets it in, else the gateway's failure. Remembers nonces. */
export function openGate(keys: Keys, host: string): (request: SandboxRequest) => SandboxAnswer | null {
  const nonces = new Map<string, number>()
  return ({ method, path, query, headers, body }) => {
    const refuse = (code: string, message: string) => gatewayFailure({ status: 401, code, message, host })
    const authorization = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
    if (!authorization)
      return refuse('IncompleteSignature', 'The request signature does not conform to ACS3-HMAC-SHA256.')
    const [, keyId = '', signedNames = '', signature = ''] = authorization

    const key = keys.get(keyId)
    if (!key) return refuse('InvalidAccessKeyId.NotFound', 'Specified access key is not found.')
    if (key.securityToken !== (headers['x-acs-security-token'] ?? null)) {
      return refuse('InvalidSecurityToken.NotFound', 'The specified security token is not found.')
    }

    const names = signedNames.split(';')
    const mustBeSigned = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-acs-'))
    if (body.length > 0) mustBeSigned.push('content-type')
    const unsigned = mustBeSigned.find((name) => !names.includes(name))
    if (unsigned) return refuse('IncompleteSignature', `The header ${unsigned} is not signed.`)

    const at = Date.parse(headers['x-acs-date'] ?? '')
    const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(headers['x-acs-date'] ?? '')
    if (!isDate || Math.abs(Date.now() - at) > freshMs) {
      return refuse('InvalidTimeStamp.Expired', 'The specified time stamp or date value is expired.')
    }

    const bodyHash = sha256(body)
    const canonical = [
      method,
      path,
      canonicalQuery(query),
      names.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join(''),
      signedNames,
      bodyHash,
    ].join('\n')
    const toSign = `ACS3-HMAC-SHA256\n${sha256(canonical)}`
    const expected = createHmac('sha256', key.secret).update(toSign).digest()
    const isMine = timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    if (!isMine || headers['x-acs-content-sha256'] !== bodyHash || names.join(';') !== [...names].sort().join(';')) {
      return refuse('SignatureDoesNotMatch', 'Specified signature is not matched with our calculation.')
    }

    const nonce = headers['x-acs-signature-nonce']
    if (!nonce) return refuse('MissingParameter', 'x-acs-signature-nonce is mandatory for this action.')
    if (nonces.has(nonce)) return refuse('SignatureNonceUsed', 'Specified signature nonce was used already.')
    nonces.set(nonce, Date.now())
    forgetOld(nonces)
    return null
  }
}

const freshMs = 15 * 60_000

/** `Code` is a text here and a number in business answers. Source: how the SDK reads failures (INFERRED). */
export function gatewayFailure(failure: {
  status: number
  code: string
  message: string
  host: string
}): SandboxAnswer {
  const { status, code, message, host } = failure
  const Recommend = `https://api.aliyun.com/troubleshoot?q=${code}`
  return { status, body: { RequestId: requestId(), HostId: host, Code: code, Message: message, Recommend } }
}

export function requestId(): string {
  return crypto.randomUUID().toUpperCase()
}

function canonicalQuery(query: URLSearchParams): string {
  const encode = (text: string) =>
    Array.from(Buffer.from(text, 'utf8'), (byte) => {
      const sign = String.fromCharCode(byte)
      return /[A-Za-z0-9\-_.~]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    }).join('')
  return Array.from(query, ([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
}

/** Entries are in the order of their arrival, so the old ones are in front. */
function forgetOld(nonces: Map<string, number>): void {
  for (const [nonce, at] of nonces) {
    if (Date.now() - at <= freshMs) return
    nonces.delete(nonce)
  }
}

/** The sandbox's sign-in: OAuth grants on the token host, bearer tokens that expire, and the older API key. */

import type { SandboxAnswer, SandboxOptions, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { sha256 } from '#sha256.ts'

/** What this site accepts; made up. */
export const password = {
  email: 'owner@comm100.example',
  password: 'sandbox-password',
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-client-secret',
}
export const apiKey = { email: password.email, apiKey: 'sandbox-api-key', siteId: '10001' }
export const firstRefreshToken = 'sandbox-refresh-0'

export type Tokens = {
  issue(request: SandboxRequest): SandboxAnswer
  isGood(request: SandboxRequest): boolean
}

export function openTokens({ tokenLifeMs }: SandboxOptions): Tokens {
  const goodUntilMs = new Map<string, number>()
  let refreshToken = firstRefreshToken
  let issued = 0

  const refuse = (error: string, status = 400): SandboxAnswer => ({
    status,
    body: { error, error_description: 'The request for a token was refused.' },
  })

  return {
    issue(request) {
      if (request.method !== 'POST' || request.path !== '/oauth/token')
        return { status: 404, body: { error: 'not_found' } }
      if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
        return refuse('invalid_request')
      const form = new URLSearchParams(request.body.toString('utf8'))
      const grant = form.get('grant_type')
      if (form.get('client_id') !== password.clientId) return refuse('invalid_client', 401)
      if (grant === 'password') {
        if (form.get('email') !== password.email || form.get('password') !== password.password)
          return refuse('invalid_grant')
      } else if (grant === 'refresh_token') {
        if (form.get('client_secret') !== password.clientSecret) return refuse('invalid_client', 401)
        if (form.get('refresh_token') !== refreshToken) return refuse('invalid_grant')
      } else return refuse('unsupported_grant_type')
      issued += 1
      const token = sha256(`token ${issued} ${Date.now()}`, 'base64url')
      goodUntilMs.set(token, Date.now() + tokenLifeMs)
      // Each refresh token is good once.
      if (grant === 'refresh_token') refreshToken = `sandbox-refresh-${issued}`
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        body: {
          access_token: token,
          token_type: 'bearer',
          expires_in: Math.max(1, Math.floor(tokenLifeMs / 1000)),
          refresh_token: refreshToken,
        },
      }
    },
    isGood({ headers, query }) {
      const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ')
      if (scheme.toLowerCase() === 'bearer') return (goodUntilMs.get(value) ?? 0) > Date.now()
      if (scheme.toLowerCase() !== 'basic') return false
      const wanted = Buffer.from(`${apiKey.email}:${apiKey.apiKey}`).toString('base64')
      return value === wanted && query.get('siteId') === apiKey.siteId
    },
  }
}

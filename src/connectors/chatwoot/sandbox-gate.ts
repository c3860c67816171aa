/** Who gets past the sandbox's door: the token, the account, the rate limit. */
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export const sandboxToken = 'sandbox-chatwoot-user-token'
/** A bot's token may do next to nothing (SEEN). */
export const sandboxBotToken = 'sandbox-chatwoot-bot-token'

/** Rack reads both spellings of the header. A bearer token alone is not enough on the servers we know. */
export function refusalOf({ headers, path }: SandboxRequest, accountId: number): SandboxAnswer | null {
  const token = headers.api_access_token ?? headers['api-access-token']
  if (token === undefined)
    return { status: 401, body: { errors: ['You need to sign in or sign up before continuing.'] } }
  if (token === sandboxBotToken)
    return { status: 401, body: { error: 'Access to this endpoint is not authorized for bots' } }
  if (token !== sandboxToken) return { status: 401, body: { error: 'Invalid Access Token' } }
  const account = /^\/api\/v1\/accounts\/([^/]+)/.exec(path)?.[1]
  return account !== undefined && account !== String(accountId)
    ? { status: 404, body: { error: 'Resource could not be found' } }
    : null
}

/** Rack::Attack: a fixed window, plain text. */
export function throttled(waitS: number): SandboxAnswer {
  return { status: 429, headers: { 'content-type': 'text/plain', 'retry-after': String(waitS) }, body: 'Retry later\n' }
}

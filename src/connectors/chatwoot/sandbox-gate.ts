/** Who gets past the sandbox's door: the token, the account, the rate limit. */
import type { Desk } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export const sandboxToken = 'sandbox-chatwoot-user-token'
/** Of an agent who is no administrator; refused where the desk has none. */
export const sandboxAgentToken = 'sandbox-chatwoot-agent-token'
/** A bot's token may do next to nothing (SEEN). */
export const sandboxBotToken = 'sandbox-chatwoot-bot-token'

/** Whose token it is; id null where the desk has nobody of that kind. */
export type SandboxUser = { id: number | null; role: 'administrator' | 'agent' | 'bot' }

/** Rack reads both spellings of the header. A bearer token alone is not enough on the servers we know. */
export function userOf(desk: Desk, { headers }: SandboxRequest): SandboxUser | null {
  const agentOf = (role: string) => desk.agents.find((agent) => agent.role === role)?.id ?? null
  switch (headers.api_access_token ?? headers['api-access-token']) {
    case sandboxToken:
      return { id: agentOf('administrator') ?? desk.agents[0]?.id ?? null, role: 'administrator' }
    case sandboxAgentToken: {
      const id = agentOf('agent')
      return id === null ? null : { id, role: 'agent' }
    }
    case sandboxBotToken:
      return { id: desk.bots[0]?.id ?? null, role: 'bot' }
    default:
      return null
  }
}

export function refusalOf(
  { method, headers, path }: SandboxRequest,
  { user, accountId }: { user: SandboxUser | null; accountId: number },
): SandboxAnswer | null {
  if (headers.api_access_token === undefined && headers['api-access-token'] === undefined)
    return { status: 401, body: { errors: ['You need to sign in or sign up before continuing.'] } }
  if (!user) return { status: 401, body: { error: 'Invalid Access Token' } }
  const [, account, below = ''] = /^\/api\/v1\/accounts\/([^/]+)(.*)$/.exec(path) ?? []
  if (user.role === 'bot' && !openToBots.some((call) => call.test(`${method} ${below}`)))
    return { status: 401, body: { error: 'Access to this endpoint is not authorized for bots' } }
  return account !== undefined && account !== String(accountId)
    ? { status: 404, body: { error: 'Resource could not be found' } }
    : null
}

/** Source: BOT_ACCESSIBLE_ENDPOINTS (SEEN). */
const openToBots = [
  /^POST \/conversations$/,
  /^(PATCH|PUT) \/conversations\/\d+$/,
  /^POST \/conversations\/\d+\/(toggle_status|toggle_priority|custom_attributes|messages|assignments)$/,
]

/** Pundit's word for what the token's user may not do: 401 too (SEEN). */
export const notAuthorized: SandboxAnswer = {
  status: 401,
  body: { error: 'You are not authorized to do this action' },
}

/** Rack::Attack: a fixed window, plain text. */
export function throttled(waitS: number): SandboxAnswer {
  return { status: 429, headers: { 'content-type': 'text/plain', 'retry-after': String(waitS) }, body: 'Retry later\n' }
}

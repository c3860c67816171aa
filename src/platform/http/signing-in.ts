/** Lets a request in, or answers it: 401 without a good token, 503 while nobody can tell whether it is one. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Log } from '#platform/log.ts'

/** Who a bearer token speaks for; null for none or a wrong one. @throws Error when it cannot be told now. */
export type Authenticate = (bearerToken: string | null) => Promise<Viewer | null> | Viewer | null

/** So long every refusal takes at least: whether a token is garbage, unknown, revoked or expired is not to be timed. */
const REFUSED_AFTER_MS = 20
const RETRY_AFTER_SECONDS = 2

/** Null: the request is answered. */
export async function signedIn(
  request: IncomingMessage,
  response: ServerResponse,
  { authenticate, log }: { authenticate: Authenticate; log: Log },
): Promise<Viewer | null> {
  const startedAt = performance.now()
  try {
    const viewer = await authenticate(bearerTokenOf(request))
    if (viewer) return viewer
  } catch (error) {
    log.warn({ err: error }, 'a token could not be checked')
    answer(response, 503, unavailable, { 'retry-after': String(RETRY_AFTER_SECONDS) })
    return null
  }
  await sleep(Math.max(0, startedAt + REFUSED_AFTER_MS - performance.now()))
  answer(response, 401, unauthenticated, { 'www-authenticate': 'Bearer' })
  return null
}

function bearerTokenOf(request: IncomingMessage): string | null {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

const unauthenticated = bodyOf('Not signed in: send the header "authorization: Bearer <token>" with a valid token.', {
  code: 'UNAUTHENTICATED',
})
const unavailable = bodyOf('Whether the token is valid cannot be told at the moment; try again.', {
  code: 'UNAVAILABLE',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
})

function bodyOf(message: string, extensions: object): string {
  return JSON.stringify({ errors: [{ message, extensions }] })
}

function answer(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(body)
}

/** Answers of the door itself, before GraphQL has a say, in the shape of a GraphQL error. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '#platform/graphql/error-codes.ts'
import { retryAfterSeconds, UNAVAILABLE } from './errors.ts'
import { say } from './say.ts'

export type Refusal = {
  status: number
  code: ErrorCode
  message: string
  requestId?: string
  /** When it is worth trying again. */
  retryAfterSeconds?: number
  headers?: Record<string, string>
}

export const refusals = {
  foreignPage: {
    status: 403,
    code: 'FORBIDDEN',
    message: 'Pages of this origin may not ask here: server.allowedOrigins lists those that may.',
  },

  storeIsDown: { status: 503, code: 'UNAVAILABLE', message: UNAVAILABLE, retryAfterSeconds },

  tooManyAtOnce: {
    status: 503,
    code: 'OVERLOADED',
    message: 'Too many requests at once; try again.',
    retryAfterSeconds: 1,
  },

  shuttingDown: {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'This server is shutting down; ask another one.',
    retryAfterSeconds,
    headers: { connection: 'close' },
  },

  notSignedIn: {
    status: 401,
    code: 'UNAUTHENTICATED',
    message: 'Not signed in: send the header "authorization: Bearer <token>" with a valid token.',
    headers: { 'www-authenticate': 'Bearer' },
  },

  tokenUnknown: {
    status: 503,
    code: 'UNAVAILABLE',
    message: 'Whether the token is valid cannot be told at the moment; try again.',
    retryAfterSeconds,
  },
} satisfies Record<string, Refusal>

export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status, code, message, requestId, retryAfterSeconds, headers } = refusal
  const extensions = { code, requestId, retryAfterSeconds }
  say(request, response, {
    status,
    message: JSON.stringify({ errors: [{ message, extensions }] }),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...headers,
    },
  })
}

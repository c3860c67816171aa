/** Answers of the door itself, before GraphQL has a say, in the shape of a GraphQL error. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '#platform/graphql/error-codes.ts'
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

/** How the price of a document and what is left of a budget are told: in the graph, in headers, and as a refusal. */
import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Refusal } from '#platform/http/refusal.ts'
import type { Budget } from './budgets.ts'
import type { DocumentLimits, StreamLimits } from './limits.ts'
import type { Price } from './price.ts'

export type RateLimit = {
  price: Price
  budget: Budget
  limits: Pick<DocumentLimits, 'nodes' | 'depth'>
  streams: StreamLimits
}

const RATE_LIMIT = Symbol('rateLimit')
type Limited = { [RATE_LIMIT]?: RateLimit }

/** In the context, and in copies of it: only a document that asks for it needs it. */
export function rememberRateLimit(context: object, rateLimit: RateLimit): void {
  ;(context as Limited)[RATE_LIMIT] = rateLimit
}

export function rateLimitOf(context: object): RateLimit {
  const rateLimit = (context as Limited)[RATE_LIMIT]
  if (!rateLimit) throw new Error('the rate limit is asked outside of a request')
  return rateLimit
}

/** Why a request is not let in, before its body is read: its token has asked for all it may. Null: it is. */
export function admit(budget: Budget): Refusal | null {
  if (budget.admit()) return null
  const retryAfterSeconds = secondsUntil(budget.resetAt())
  return { status: 429, code: 'RATE_LIMITED', message: rateLimited(budget).message, retryAfterSeconds }
}

/** The names that clients and proxies know, in points. Source: draft-ietf-httpapi-ratelimit-headers-06. */
export function showBudget(response: ServerResponse, budget: Budget): void {
  response.setHeader('ratelimit-limit', budget.limit)
  response.setHeader('ratelimit-remaining', budget.remaining())
  response.setHeader('ratelimit-reset', secondsUntil(budget.resetAt()))
}

/** `cost`: of a document that does not fit into what is left; left out, nothing fits any more. */
export function rateLimited(budget: Budget, cost?: number): GraphQLError {
  const retryAfterSeconds = secondsUntil(budget.resetAt())
  const message =
    cost === undefined
      ? `This token has asked for all it may in this minute; ask again in ${retryAfterSeconds} s.`
      : `This costs ${cost} points, and this token has ${budget.remaining()} of ${budget.limit} left in this minute; ask again in ${retryAfterSeconds} s.`
  const http = { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } }
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', retryAfterSeconds, http } })
}

/** At least one, so that nobody asks again at once. */
function secondsUntil(moment: Date): number {
  return Math.max(1, Math.ceil((moment.getTime() - Date.now()) / 1000))
}

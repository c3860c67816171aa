/** How the price of a document and what is left of a budget are told: in the graph, in headers, and as a refusal. */
import type { ServerResponse } from 'node:http'
import { GraphQLError } from 'graphql'
import type { Budget } from './budgets.ts'
import type { DocumentLimits } from './limits.ts'
import type { Price } from './price.ts'

export type RateLimit = { price: Price; budget: Budget; limits: Pick<DocumentLimits, 'nodes' | 'depth'> }

const rateLimits = new WeakMap<object, RateLimit>()

/** Beside the context, as loaders are: only a document that asks for it needs it. */
export function rememberRateLimit(context: object, rateLimit: RateLimit): void {
  rateLimits.set(context, rateLimit)
}

export function rateLimitOf(context: object): RateLimit {
  const rateLimit = rateLimits.get(context)
  if (!rateLimit) throw new Error('the rate limit is asked outside of a request')
  return rateLimit
}

/** Lets a request in, or answers that its token has asked for all it may: before its body is read. */
export function admit(response: ServerResponse, budget: Budget): boolean {
  const isAdmitted = budget.admit()
  showBudget(response, budget)
  if (isAdmitted) return true
  const { message, extensions } = rateLimited(budget)
  const { http, ...shown } = extensions as { http: { status: number; headers: Record<string, string> } }
  response.writeHead(http.status, { 'content-type': 'application/json; charset=utf-8', ...http.headers })
  response.end(JSON.stringify({ errors: [{ message, extensions: shown }] }))
  return false
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

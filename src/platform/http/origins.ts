/**
 * Which pages may ask. Tokens are sent in a header and no cookie is read, so a foreign page gains nothing by making a
 * browser ask; the list keeps pages that somehow got hold of a token from using it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export type Origins = {
  /** Whether it is no page, or one on the list. */
  isListed(request: IncomingMessage): boolean
  /** Sets what browsers want to see; false for a page that is not on the list. */
  admit(request: IncomingMessage, response: ServerResponse): boolean
}

const loopbackOrigin = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/
const EXPOSED = 'retry-after, x-request-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset'
const PREFLIGHT_SECONDS = '7200'
/** Header names, as a preflight lists them. */
const headerNames = /^[\w!#$%&'*+.^`|~ ,-]{1,1000}$/

/** `*` in the list is every page; on a loopback address, pages that this machine serves are listed anyway. */
export function openOrigins({ allowed, isLoopback }: { allowed: readonly string[]; isLoopback: boolean }): Origins {
  const isAllowed = (origin: string, host: string | undefined) =>
    allowed.includes('*') ||
    allowed.includes(origin) ||
    origin === `http://${host}` ||
    origin === `https://${host}` ||
    (isLoopback && loopbackOrigin.test(origin))

  return {
    isListed: ({ headers }) => headers.origin === undefined || isAllowed(headers.origin, headers.host),
    admit({ method, headers }, response) {
      const { origin, host } = headers
      if (origin === undefined) return true
      response.setHeader('vary', 'Origin')
      if (!isAllowed(origin, host)) return false
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-expose-headers', EXPOSED)
      if (method !== 'OPTIONS') return true
      const asked = headers['access-control-request-headers'] ?? ''
      response.setHeader('access-control-allow-methods', 'POST, GET')
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
      if (headerNames.test(asked)) response.setHeader('access-control-allow-headers', asked)
      return true
    },
  }
}

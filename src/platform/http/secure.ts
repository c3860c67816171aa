/** What every answer tells browsers. Whoever answers may say something stricter or, for a page, something else. */
import type { IncomingMessage, ServerResponse } from 'node:http'

const YEAR_SECONDS = 365 * 24 * 3600

/** An answer is data: nothing in it is ever run, shown in a frame, or taken for another type. */
const headers = Object.entries({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
})

/** GraphiQL: all of it in one page, with workers that it makes itself; it speaks to nobody but us. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob: data:',
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export function secure(request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of headers) response.setHeader(name, value)
  // Over plain HTTP browsers ignore it; whoever ends TLS before us says so.
  if (request.headers['x-forwarded-proto'] === 'https')
    response.setHeader('strict-transport-security', `max-age=${YEAR_SECONDS}`)
}

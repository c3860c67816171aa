/** Opens the bytes of an attachment. The token goes to the vendor's origin only; other origins must be configured. */
import type { OpenedAttachment } from '#connectors/contract.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

const mostRedirects = 3

/** `url` may be relative to the vendor's origin. One on an origin that is not allowed is a RefusedError, not called. */
export async function download(url: string, client: Client, settings: Settings): Promise<OpenedAttachment> {
  const allowed = new Set([client.origin, ...settings.attachmentOrigins.map((origin) => new URL(origin).origin)])
  let target = new URL(url, client.origin)
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    if (!allowed.has(target.origin))
      throw new RefusedError(
        `the file is on ${target.origin}, which is not among the allowed origins; it was not called`,
      )
    await client.budget()
    const response = await call(target, target.origin === client.origin ? client.authorization : {}, settings.timeoutMs)
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location) {
      await response.body?.cancel()
      target = new URL(location, target)
      continue
    }
    if (response.ok && response.body) {
      const length = Number(response.headers.get('content-length') ?? Number.NaN)
      return {
        body: response.body,
        contentType: response.headers.get('content-type'),
        sizeBytes: Number.isFinite(length) ? length : null,
      }
    }
    await response.body?.cancel()
    throw failureOf(response.status, `${target.host}${target.pathname}`)
  }
  throw new RefusedError(`the file was redirected more than ${mostRedirects} times`)
}

/** The time-out is for the answer to begin; whoever reads the bytes sees to the rest. */
async function call(url: URL, headers: Record<string, string>, timeoutMs: number): Promise<Response> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), timeoutMs)
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: patience.signal })
  } catch (cause) {
    throw new TryAgainError(`${url.host}${url.pathname}: the file could not be fetched`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function failureOf(httpStatus: number, what: string): Error {
  const message = `${what} answered ${httpStatus}`
  if (httpStatus === 401 || httpStatus === 403) return new FixCredentialsError(message, { httpStatus })
  if (httpStatus === 404 || httpStatus === 410) return new GoneError(message, { httpStatus })
  if (httpStatus === 429 || httpStatus >= 500) return new TryAgainError(message, { httpStatus })
  return new RefusedError(message, { httpStatus })
}

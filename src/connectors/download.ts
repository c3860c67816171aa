/**
 * Opens the bytes of a file at a vendor. Each address on the way is checked before it is called, and they come as they
 * are stored, not compressed for the way, so that their number is the one announced.
 */
import { RefusedError, TryAgainError } from '#errors.ts'
import type { OpenedAttachment } from './contract.ts'
import { type Budget, causeOf, failureOf } from './http.ts'
import { intOf } from './reading.ts'

export type FileCall = {
  /** Whether this address may be called; also asked of each redirect's. Only http and https get this far. */
  isAllowed(url: URL): boolean
  /** Credentials, for the addresses they are meant for. Left out: none are ever sent. */
  headersFor?(url: URL): Promise<Record<string, string>> | Record<string, string>
  /** For the answer to begin; how long the bytes take is for their reader to judge. */
  timeoutMs: number
  /** Spent by each call, redirects included. */
  budget?: Budget
  /** How many redirects are followed; one more is a RefusedError. */
  mostRedirects?: number
}

/** `url` null: the vendor gave something that is no address. Failures are those of `openHttp`; nothing is tried twice. */
export async function openFile(url: URL | null, call: FileCall): Promise<OpenedAttachment> {
  const { isAllowed, headersFor, timeoutMs, budget, mostRedirects = 0 } = call
  if (!url || !/^https?:$/.test(url.protocol) || !isAllowed(url)) {
    const place = url ? `${url.protocol}//${url.host}` : 'no valid address'
    throw new RefusedError(`the file lies on ${place}, which this backend's settings do not allow; it was not called`)
  }
  await budget?.()
  const { status, headers, body } = await startOfAnswer(url, { ...(await headersFor?.(url)) }, timeoutMs)
  const failure = failureOf({ status, headers, text: '' }, `${url.host}${url.pathname}`)
  if (!failure) {
    // `fetch` undoes an encoding that came unasked: the length is then that of the encoded bytes.
    const isEncoded = headers.has('content-encoding')
    return {
      body: body ?? new Blob([]).stream(),
      contentType: headers.get('content-type'),
      sizeBytes: isEncoded ? null : intOf(headers.get('content-length')),
    }
  }
  // Unread, it would hold its connection; one that broke meanwhile holds none.
  await body?.cancel().catch(() => {})
  const location = status >= 300 && status < 400 ? headers.get('location') : null
  if (location === null || mostRedirects === 0) throw failure
  return openFile(URL.parse(location, url), { ...call, mostRedirects: mostRedirects - 1 })
}

async function startOfAnswer(url: URL, headers: Record<string, string>, timeoutMs: number): Promise<Response> {
  const patience = new AbortController()
  const late = setTimeout(() => patience.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await fetch(url, {
      headers: { ...headers, 'accept-encoding': 'identity' },
      redirect: 'manual',
      signal: patience.signal,
    })
  } catch (cause) {
    throw new TryAgainError(`${url.host}${url.pathname}: ${causeOf(cause)}`, { cause })
  } finally {
    clearTimeout(late)
  }
}

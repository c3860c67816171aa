/**
 * Downloading files. Chatwoot gives links of Active Storage: public, unguessable, answered with a redirect to the
 * stored file (ASSUMED: public). So no credentials are sent at all, and only known hosts are called.
 */
import type { AttachmentLocator, OpenedAttachment } from '#connectors/contract.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Settings } from './client.ts'

const mostRedirects = 3

export async function openAttachment(settings: Settings, attachment: AttachmentLocator): Promise<OpenedAttachment> {
  const { baseUrl, fileHosts, timeoutMs } = settings
  if (!attachment.vendorUrl) throw new GoneError('the vendor gives no link for this attachment')
  const hosts = new Set([new URL(baseUrl).host, ...fileHosts])
  let url = urlIn(attachment.vendorUrl, baseUrl)
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    if (!hosts.has(url.host))
      throw new RefusedError(`the file lies on ${url.host}; add it to \`fileHosts\` to allow that`)
    const response = await answerFrom(url, timeoutMs)
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
    if (location === null) return opened(response, url)
    await response.body?.cancel()
    url = urlIn(location, url.href)
  }
  throw new RefusedError(`the file redirects more than ${mostRedirects} times`)
}

/** The time-out covers the wait for the answer, not the download. */
async function answerFrom(url: URL, timeoutMs: number): Promise<Response> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), timeoutMs)
  try {
    return await fetch(url, { redirect: 'manual', signal: patience.signal })
  } catch (cause) {
    throw new TryAgainError(`${url.host}${url.pathname}: the file did not come`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function opened(response: Response, url: URL): OpenedAttachment {
  const { status, headers, body } = response
  if (status === 200 && body) {
    const size = headers.get('content-length')
    return { body, contentType: headers.get('content-type'), sizeBytes: size === null ? null : Number(size) }
  }
  void body?.cancel()
  const message = `${url.host}${url.pathname} answered ${status}`
  if (status === 404 || status === 410) throw new GoneError(message, { httpStatus: status })
  if (status === 401 || status === 403) throw new FixCredentialsError(message, { httpStatus: status })
  if (status === 429 || status >= 500) throw new TryAgainError(message, { httpStatus: status })
  throw new RefusedError(message, { httpStatus: status })
}

/** Links may be relative to the server. */
function urlIn(link: string, base: string): URL {
  const url = URL.canParse(link, base) ? new URL(link, base) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw new RefusedError('the link of the file is no web address')
  return url
}

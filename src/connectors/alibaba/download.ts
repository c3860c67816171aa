/**
 * The bytes of an attachment. Its address is signed for a short time, so the thread is read again for a fresh one
 * (SEEN: "temporary accessible address"). It lies on another host than the interface: only hosts the settings name are
 * called, without credentials and without following redirects.
 */
import type { AttachmentLocator, OpenedAttachment } from '#connectors/contract.ts'
import { idOf, intOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import { attachmentIdOf, sentinelOf } from './map-note.ts'
import type { Settings } from './settings.ts'

export async function openAttachment(
  { client, settings }: { client: Client; settings: Settings },
  { externalId, ticketExternalId, messageExternalId }: AttachmentLocator,
): Promise<OpenedAttachment> {
  const thread = await client.listTicketNotes(ticketExternalId)
  const url = freshUrl(listOf(thread), { externalId, messageExternalId })
  if (!url) throw new GoneError(`the ticket ${ticketExternalId} has no such attachment any more`)
  const allowed = allowedUrl(url, settings)
  const response = await fetched(allowed, settings.timeoutMs)
  const what = `${allowed.host}${allowed.pathname} answered ${response.status}`
  const provider = { httpStatus: response.status }
  if (response.status === 404 || response.status === 410) throw new GoneError(what, provider)
  if (response.status === 429 || response.status >= 500) throw new TryAgainError(what, provider)
  if (!response.ok || !response.body) throw new RefusedError(what, provider)
  return {
    body: response.body as OpenedAttachment['body'],
    contentType: response.headers.get('content-type'),
    sizeBytes: intOf(response.headers.get('content-length')),
  }
}

function freshUrl(
  thread: readonly unknown[],
  { externalId, messageExternalId }: Pick<AttachmentLocator, 'externalId' | 'messageExternalId'>,
): string | null {
  for (const entry of thread) {
    const note = objectOf(entry)
    const dialogId = idOf(note?.DialogId)
    if (!dialogId || (messageExternalId !== null && dialogId !== messageExternalId)) continue
    for (const item of listOf(note?.Attachments)) {
      const wire = objectOf(item)
      const url = sentinelOf(wire?.Url)
      if (attachmentIdOf({ dialogId, name: textOf(wire?.Name) ?? '', url }) === externalId) return url
    }
  }
  return null
}

/** HTTPS on a host of the settings, or whatever the endpoint itself is. */
function allowedUrl(text: string, { endpoint, attachmentHosts }: Settings): URL {
  const url = URL.parse(text)
  const own = new URL(endpoint)
  if (url && url.origin === own.origin) return url
  const isListed = attachmentHosts.some((pattern) => matches(pattern.toLowerCase(), url?.hostname ?? ''))
  if (url?.protocol === 'https:' && url.port === '' && isListed) return url
  throw new RefusedError(
    `an attachment lies on ${url?.host ?? 'no valid address'}, which is not an allowed host; it was not called`,
  )
}

function matches(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern
}

async function fetched(url: URL, timeoutMs: number): Promise<Response> {
  const failed = (cause: unknown) => new TryAgainError(`${url.host}${url.pathname}: the download failed`, { cause })
  // The time limit is for the answer to begin; how long the bytes take is for the reader of the stream to judge.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  try {
    return await fetch(url, { redirect: 'manual', signal: late.signal })
  } catch (error) {
    throw failed(error)
  } finally {
    clearTimeout(timer)
  }
}

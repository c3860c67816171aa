/**
 * The bytes of an attachment. Its address is signed for a short time, so the thread is read again for a fresh one
 * (SEEN: "temporary accessible address"). It lies on another host than the interface: only hosts the settings name are
 * called, without credentials and without following redirects.
 */
import type { AttachmentLocator, OpenedAttachment } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import { idOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError } from '#errors.ts'
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
  return openFile(URL.parse(url), {
    isAllowed: (address) => isAllowed(address, settings),
    timeoutMs: settings.timeoutMs,
  })
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
export function isAllowed(url: URL, { endpoint, attachmentHosts }: Settings): boolean {
  if (url.origin === new URL(endpoint).origin) return true
  const isListed = attachmentHosts.some((pattern) => matches(pattern.toLowerCase(), url.hostname))
  return url.protocol === 'https:' && url.port === '' && isListed
}

function matches(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern
}

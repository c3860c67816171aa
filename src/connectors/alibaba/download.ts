/**
 * The bytes of an attachment. Its address is signed for a short time, so the thread is read again for a fresh one
 * (SEEN: "temporary accessible address"). It lies on another host than the interface: only hosts the settings name are
 * called, without credentials and without following redirects.
 */
import type { AttachmentLocator, OpenedAttachment } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import type { Reach } from '#connectors/reach.ts'
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
    reachOf: (address) => reachOf(address, settings),
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

/** HTTPS on a host of the settings, or whatever the endpoint itself is. A pattern names no host that may lie inside. */
export function reachOf(url: URL, { endpoint, attachmentHosts }: Settings): Reach | null {
  if (url.origin === new URL(endpoint).origin) return 'configured'
  if (url.protocol !== 'https:' || url.port !== '') return null
  const hosts = attachmentHosts.map((host) => host.toLowerCase())
  if (hosts.includes(url.hostname)) return 'configured'
  return hosts.some((host) => host.startsWith('*.') && url.hostname.endsWith(host.slice(1))) ? 'public' : null
}

/** The bytes behind an attachment. Its stored address has no signature, so a fresh one is asked for first. */
import type { AttachmentLocator, JsonObject, OpenedAttachment } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import { guidOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Comm100Settings } from './settings.ts'

export async function openAttachment(
  client: Client,
  settings: Comm100Settings,
  locator: AttachmentLocator,
): Promise<OpenedAttachment> {
  const owner = await ownerOf(client, locator)
  const wanted = listOf(owner?.attachments)
    .map(objectOf)
    .find((item) => (guidOf(item?.id) ?? textOf(item?.fileKey)) === locator.externalId)
  const address = textOf(wanted?.url)
  if (!address) throw new GoneError('the vendor gives no address for this attachment')
  const isOwn = ({ origin }: URL) => origin === client.base.origin
  return openFile(URL.parse(address, client.base), {
    reachOf: (url) =>
      isOwn(url) || (url.protocol === 'https:' && settings.attachmentHosts.includes(url.host)) ? 'configured' : null,
    headersFor: async (url): Promise<Record<string, string>> =>
      isOwn(url) ? { authorization: await client.auth.header() } : {},
    timeoutMs: settings.timeoutMs,
    budget: client.budget,
  })
}

async function ownerOf(
  client: Client,
  { messageExternalId, ticketExternalId }: AttachmentLocator,
): Promise<JsonObject | null> {
  if (messageExternalId === null) return objectOf(await client.draft(ticketExternalId))
  if (messageExternalId.startsWith('note:')) return objectOf(await client.note(messageExternalId.slice('note:'.length)))
  return objectOf(await client.message(messageExternalId))
}

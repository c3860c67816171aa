/** The bytes behind an attachment. Its stored address has no signature, so a fresh one is asked for first. */
import type { AttachmentLocator, JsonObject, OpenedAttachment } from '#connectors/contract.ts'
import { guidOf, intOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
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
  if (!address || !URL.canParse(address, client.base.href))
    throw new GoneError('the vendor gives no address for this attachment')
  const url = new URL(address, client.base)
  const isOwn = url.origin === client.base.origin
  if (!isOwn && !(url.protocol === 'https:' && settings.attachmentHosts.includes(url.host))) {
    throw new RefusedError(
      `the attachment is on ${url.host}, which is not among the setting attachmentHosts; it was not loaded`,
    )
  }
  const response = await load(url, isOwn ? { authorization: await client.auth.header() } : {}, settings.timeoutMs)
  return {
    body: response.body ?? new Blob([]).stream(),
    contentType: response.headers.get('content-type'),
    sizeBytes: intOf(response.headers.get('content-length')),
  }
}

async function ownerOf(
  client: Client,
  { messageExternalId, ticketExternalId }: AttachmentLocator,
): Promise<JsonObject | null> {
  if (messageExternalId === null) return objectOf(await client.draft(ticketExternalId))
  if (messageExternalId.startsWith('note:')) return objectOf(await client.note(messageExternalId.slice('note:'.length)))
  return objectOf(await client.message(messageExternalId))
}

async function load(url: URL, headers: Record<string, string>, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause: unknown) => {
      throw new TryAgainError(`${url.host}: the attachment could not be loaded`, { cause })
    },
  )
  if (response.ok) return response
  await response.body?.cancel()
  const message = `${url.host} answered ${response.status} for the attachment`
  const provider = { httpStatus: response.status }
  if (response.status === 401 || response.status === 403) throw new FixCredentialsError(message, provider)
  if (response.status === 404 || response.status === 410) throw new GoneError(message, provider)
  throw response.status >= 500 || response.status === 429
    ? new TryAgainError(message, provider)
    : new RefusedError(message, provider)
}

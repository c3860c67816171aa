/** Answers download addresses: the bytes of our storage or of the help desk, passed on under a harmless type. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BulkheadRejectedError } from 'cockatiel'
import type { Session } from '#connectors/contract.ts'
import { downloadPath, downloadTicketOf } from '#domain/attachments/download.ts'
import { type AttachmentRow, attachmentById } from '#domain/attachments/loaders.ts'
import { messageById } from '#domain/messages/loaders.ts'
import { ticketById } from '#domain/tickets/loaders.ts'
import { GoneError } from '#errors.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import type { DbOf } from '#platform/db/wall.ts'
import type { Log } from '#platform/log.ts'
import { mostBytes, openThumbnails } from '#platform/pictures/thumbnails.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { bytesUpTo, isReading, pictureHeaders, refuse } from './answering.ts'
import { attachedAs } from './attached-as.ts'

export type DownloadOptions = {
  dbOf: DbOf
  log: Log
  /** Signs the addresses; shared by all gateways of one installation. */
  key: string
  /** The open session of a backend; null when it is no longer connected. */
  sessionOf(backendId: string): Session | null
  /** Where uploads are; left out: nothing was ever uploaded. */
  storage?: Pick<Storage, 'get'>
}

type OpenedFile = { body: Readable; sizeBytes: number | null }

/** What the gateway needs to serve downloads. */
export function openDownloads({ dbOf, log, key, sessionOf, storage }: DownloadOptions) {
  const thumbnails = openThumbnails()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isReading(request.method, response)) return
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const ticket = downloadTicketOf(path, { now: new Date(), downloadKey: key })
    if (!ticket) return refuse(response, 404, 'This address is wrong or no longer valid: ask for a new one.')
    const context = { db: dbOf(ticket.workspaceId), workspaceId: ticket.workspaceId }
    const attachment = await attachmentById(context, ticket.attachmentId)
    const open = async () => attachment && ((await openStored(attachment)) ?? (await openAtVendor(context, attachment)))
    try {
      if (ticket.width !== null) return await answerPicture(response, open, ticket.width)
      const opened = await open()
      if (!attachment || !opened) return refuse(response, 404, 'The help desk offers no download of this file.')
      response.writeHead(200, attachedAs(attachment.name, opened.sizeBytes))
      if (request.method === 'GET') return await pipeline(opened.body, response)
      opened.body.destroy()
      response.end()
    } catch (error) {
      if (error instanceof BulkheadRejectedError)
        return refuse(response, 503, 'Too many pictures are being made at once.', { 'retry-after': '2' })
      log.warn({ err: error, attachmentId: ticket.attachmentId }, 'a download failed')
      if (response.headersSent) response.destroy()
      else if (error instanceof GoneError) refuse(response, 404, 'The help desk has this file no more.')
      else refuse(response, 502, 'The file could not be fetched.')
    }
  }

  async function answerPicture(
    response: ServerResponse,
    open: () => Promise<OpenedFile | null>,
    width: number,
  ): Promise<void> {
    const picture = await thumbnails.make(async () => {
      // Whoever waited may have left.
      const opened = response.destroyed ? null : await open()
      return opened && bytesUpTo(opened.body, mostBytes)
    }, width)
    if (!picture) return refuse(response, 404, 'There is no small picture of this file.')
    // Made here from pixels, so that it is what it says it is.
    response.writeHead(200, { ...pictureHeaders, 'content-type': 'image/webp', 'content-length': picture.byteLength })
    response.end(picture)
  }

  /** Null for a file of the help desk's. */
  async function openStored({ storageKey, status }: AttachmentRow): Promise<OpenedFile | null> {
    // The size in the row is the help desk's once it has the file, and may be rounded.
    return !storage || storageKey === null || status !== 'OK' ? null : storage.get(storageKey)
  }

  /** Null where the help desk has no downloads, or is no longer connected. */
  async function openAtVendor(context: LoadContext, attachment: AttachmentRow): Promise<OpenedFile | null> {
    const { backendId, ticketId, messageId, externalId, vendorUrl, fileKey } = attachment
    const session = backendId === null ? null : sessionOf(backendId)
    if (!session?.openAttachment) return null
    const [owner, message] = await Promise.all([
      ticketId ? ticketById(context, ticketId) : null,
      messageId ? messageById(context, messageId) : null,
    ])
    const { body, sizeBytes } = await session.openAttachment({
      ...{ externalId, vendorUrl, fileKey },
      ticketExternalId: owner?.externalId ?? '',
      messageExternalId: message?.externalId ?? null,
    })
    return { body: Readable.fromWeb(body as never), sizeBytes }
  }

  return { key, path: downloadPath, answer }
}

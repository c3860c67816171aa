/** Answers download addresses: fetches the bytes from the help desk and passes them on under a harmless type. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Session } from '#connectors/contract.ts'
import { downloadPath, downloadTicketOf } from '#domain/attachments/download.ts'
import { attachmentById } from '#domain/attachments/loaders.ts'
import { messageById } from '#domain/messages/loaders.ts'
import { ticketById } from '#domain/tickets/loaders.ts'
import { GoneError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'

export type DownloadOptions = {
  db: Db
  log: Log
  /** Signs the addresses; shared by all gateways of one installation. */
  key: string
  /** The open session of a backend; null when it is no longer connected. */
  sessionOf(backendId: string): Session | null
}

/** What the gateway needs to serve downloads. */
export function openDownloads({ db, log, key, sessionOf }: DownloadOptions) {
  return {
    key,
    path: downloadPath,
    async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      const ticket = downloadTicketOf(path, { now: new Date(), downloadKey: key })
      if (!ticket) return refuse(response, 404, 'This address is wrong or no longer valid: ask for a new one.')
      const context = { db, workspaceId: ticket.workspaceId }
      const attachment = await attachmentById(context, ticket.attachmentId)
      const session = attachment?.backendId ? sessionOf(attachment.backendId) : null
      if (!attachment || !session?.openAttachment)
        return refuse(response, 404, 'The help desk offers no download of this file.')
      const [owner, message] = await Promise.all([
        attachment.ticketId ? ticketById(context, attachment.ticketId) : null,
        attachment.messageId ? messageById(context, attachment.messageId) : null,
      ])
      try {
        const opened = await session.openAttachment({
          externalId: attachment.externalId,
          ticketExternalId: owner?.externalId ?? '',
          messageExternalId: message?.externalId ?? null,
          vendorUrl: attachment.vendorUrl,
          fileKey: attachment.fileKey,
        })
        response.writeHead(200, headersOf(attachment.name, opened.sizeBytes))
        await pipeline(Readable.fromWeb(opened.body as never), response)
      } catch (error) {
        log.warn({ err: error, attachmentId: attachment.id }, 'a download failed')
        if (response.headersSent) response.destroy()
        else refuse(response, error instanceof GoneError ? 404 : 502, 'The help desk did not give the file.')
      }
    },
  }
}

/** Always a download, never a page: what a help desk calls an image may be a script. */
function headersOf(name: string, sizeBytes: number | null): Record<string, string> {
  const plain = name.replace(/[^\x20-\x7e]|["\\/]/g, '_')
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, max-age=300',
    ...(sizeBytes !== null && { 'content-length': String(sizeBytes) }),
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(`${message}\n`)
}

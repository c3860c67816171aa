/**
 * Where clients put the bytes of a file they announced: `PUT` to the address that `attachmentUploadCreate` gave. They go
 * into the storage as they come; only when all are there the file can be used.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { and, eq } from 'drizzle-orm'
import { attachments } from '#domain/attachments/table.ts'
import { newStorageKey, type UploadTicket, uploadPath, uploadTicketOf } from '#domain/attachments/upload.ts'
import type { DbOf } from '#platform/db/wall.ts'
import { say } from '#platform/http/say.ts'
import type { Log } from '#platform/log.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { BodyProblem, measured } from './measured.ts'

export type UploadOptions = {
  dbOf: DbOf
  log: Log
  /** Signs the addresses; shared by all gateways of one installation. */
  key: string
  storage: Storage
  now?: () => Date
  /** How long a body may pause. */
  idleMs?: number
}

const IDLE_MS = 20_000
/** For the whole of it; so long the gateway bears an open request. */
const PATIENCE_MS = 15 * 60_000
const RETRY_AFTER_SECONDS = 5

/** Any page may send here: who has the address may use it, and nothing else is asked for. */
const forBrowsers = { 'access-control-allow-origin': '*' }
const preflight = {
  ...forBrowsers,
  'access-control-allow-methods': 'PUT',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '86400',
}

type Upload = typeof attachments.$inferSelect & { storageKey: string }

/** What the gateway needs to serve uploads. */
export function openUploads({ dbOf, log, storage, key, now = () => new Date(), idleMs = IDLE_MS }: UploadOptions) {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tell = (status: number, message: string, headers: Record<string, string> = {}) =>
      say(request, response, { status, message, headers: { ...forBrowsers, ...headers } })
    if (request.method === 'OPTIONS') return void response.writeHead(204, preflight).end()
    if (request.method !== 'PUT') return tell(405, 'Files are uploaded by PUT.', { allow: 'PUT, OPTIONS' })
    const ticket = uploadTicketOf((request.url ?? '').split('?', 1)[0] ?? '', { now: now(), key })
    const announced = ticket && (await uploadOf(ticket))
    if (!announced) return tell(404, 'This address is wrong or no longer valid: ask for a new one.')
    if (announced.status !== 'UNAVAILABLE') return tell(409, 'This file is uploaded already.')
    const problem = lengthProblem(request.headers['content-length'], announced.sizeBytes ?? 0)
    if (problem) return tell(...problem)
    const upload = await claim(announced)
    if (!upload) return tell(409, 'Another upload to this address has just begun.')

    const body = measured(request, { sizeBytes: upload.sizeBytes ?? 0, idleMs })
    try {
      await storage.put(upload.storageKey, body.stream, { sizeBytes: upload.sizeBytes ?? 0, signal: body.signal })
    } catch (error) {
      const reason = body.problem() ?? error
      log[reason instanceof BodyProblem ? 'info' : 'error'](
        { err: reason, attachmentId: upload.id },
        'an upload failed',
      )
      if (request.destroyed && !request.complete) return void response.destroy()
      if (reason instanceof BodyProblem) return tell(reason.status, reason.message)
      return tell(503, 'The file could not be kept; try again.', { 'retry-after': String(RETRY_AFTER_SECONDS) })
    } finally {
      body.end()
    }
    // When the database fails here, nobody knows whether it noted the file: its bytes stay until its row goes.
    if (await finish(upload)) return tell(201, 'The file is uploaded.')
    await storage.delete(upload.storageKey)
    return tell(409, 'Another upload to this address came after this one.')
  }

  /** Null as well when it was bound and then removed, or is too old. */
  async function uploadOf({ workspaceId, attachmentId }: UploadTicket): Promise<Upload | null> {
    const [row] = await dbOf(workspaceId)
      .select()
      .from(attachments)
      .where(and(eq(attachments.workspaceId, workspaceId), eq(attachments.id, attachmentId)))
    const isOver = row?.expiresAt != null && row.expiresAt <= now()
    return row?.storageKey && !isOver ? (row as Upload) : null
  }

  /** The row names the place before anything is written there, so a crash leaves nothing that nobody knows of. */
  async function claim(before: Upload): Promise<Upload | null> {
    const storageKey = newStorageKey(before.workspaceId)
    if (!(await changed(before, { storageKey }))) return null
    // What an attempt left that broke off with its process.
    storage.delete(before.storageKey).catch((error) => log.warn({ err: error }, 'a broken-off upload was not removed'))
    return { ...before, storageKey }
  }

  function finish(upload: Upload): Promise<boolean> {
    return changed(upload, { status: 'OK' })
  }

  /** False when it is no longer as this attempt knows it. */
  async function changed(upload: Upload, values: Partial<Upload>): Promise<boolean> {
    const { workspaceId, id, storageKey } = upload
    const { rowCount } = await dbOf(workspaceId)
      .update(attachments)
      .set(values)
      .where(
        and(
          eq(attachments.workspaceId, workspaceId),
          eq(attachments.id, id),
          eq(attachments.storageKey, storageKey),
          eq(attachments.status, 'UNAVAILABLE'),
        ),
      )
    return rowCount === 1
  }

  return { key, maxBytes: storage.maxBytes, path: uploadPath, bodyPatienceMs: PATIENCE_MS, answer }
}

function lengthProblem(given: string | undefined, sizeBytes: number): [status: number, message: string] | null {
  if (given === undefined) return [411, `Send the header content-length: ${sizeBytes}.`]
  if (Number(given) === sizeBytes) return null
  return [Number(given) > sizeBytes ? 413 : 400, `Expected the ${sizeBytes} bytes that were announced, got ${given}.`]
}

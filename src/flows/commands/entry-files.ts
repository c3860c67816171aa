/** The files that an entry or a draft names: uploaded, ready, and nobody else's. */
import { and, eq } from 'drizzle-orm'
import { attachments } from '#domain/attachments/table.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import { invalid, missing, type Path, unsupported } from './problem.ts'

export type FileRow = typeof attachments.$inferSelect

type About = {
  backend: BackendRow
  ticketId: string | null
  /** A draft whose files may be among them. */
  draftId: string | null
  path: Path
}

/** Locked, in the order given. @throws CommandError */
export async function filesFrom(
  command: Command,
  nodeIds: readonly string[] | null | undefined,
  about: About,
): Promise<FileRow[]> {
  const given = [...new Set(nodeIds ?? [])]
  if (given.length === 0) return []
  const { backend, path } = about
  const { capabilities, writing } = vendorOf(backend)
  if (capabilities.ATTACHMENT_UPLOAD.level !== 'NATIVE') throw unsupported(backend, 'ATTACHMENT_UPLOAD', path)
  const { mostPerMessage } = writing.attachments
  if (given.length > mostPerMessage)
    throw invalid(path, `Expected at most ${mostPerMessage} files, got ${given.length}.`, `maxItems=${mostPerMessage}`)
  return plausible.each(given, (nodeId, index) => fileFrom(command, nodeId, { ...about, path: [...path, index] }))
}

/** What only the help desk has cannot be sent where it takes bytes only. @throws CommandError */
export function refuseUnreachable(backend: BackendRow, files: FileRow[], path: Path): void {
  const { name, writing } = vendorOf(backend)
  const isReachable = ({ storageKey, fileKey }: FileRow) =>
    storageKey !== null || (fileKey !== null && writing.attachments.byFileKey === true)
  const file = files.find((row) => !isReachable(row))
  if (!file) return
  const message = `Only ${name} has the file ${file.name}: upload it here, or leave it out.`
  throw unsupported(backend, 'ATTACHMENT_UPLOAD', path, message)
}

async function fileFrom(
  { tx, workspaceId, now }: Command,
  nodeId: string,
  { backend, ticketId, draftId, path }: About,
): Promise<FileRow> {
  const id = idFrom(nodeId, 'Attachment')
  const [row] = id
    ? await tx
        .select()
        .from(attachments)
        .where(and(eq(attachments.workspaceId, workspaceId), eq(attachments.id, id)))
        .for('update')
    : []
  const isOfDraft = draftId !== null && row?.draftId === draftId
  const isForHere = row && (row.ticketId === null || row.ticketId === ticketId)
  const isUpload = row?.storageKey && !(row.expiresAt && row.expiresAt < now)
  if (!isForHere || !(isUpload || isOfDraft)) throw missing('uploaded file', nodeId, path)
  if (row.messageId !== null || (row.draftId !== null && !isOfDraft))
    throw invalid(path, 'Expected a file that no message has yet: upload it again.', 'unused')
  if (row.status !== 'OK' && row.storageKey !== null)
    throw invalid(
      path,
      'Expected a file that is uploaded, got one that is not there yet.',
      null,
      'ATTACHMENT_NOT_READY',
    )
  const { mostBytesEach } = vendorOf(backend).writing.attachments
  if ((row.sizeBytes ?? 0) > mostBytesEach)
    throw invalid(path, `Expected at most ${mostBytesEach} bytes, got ${row.sizeBytes}.`, `maxBytes=${mostBytesEach}`)
  return row
}

/** The files of a draft: uploads that it took over, and what its help desk has. */
import { and, asc, eq } from 'drizzle-orm'
import { attachments } from '#domain/attachments/table.ts'
import { unusedExpiry } from '#domain/attachments/upload.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import type { FileRow } from './entry-files.ts'
import type { Command } from './outcome.ts'
import type { TicketEdit } from './ticket-edit.ts'

export function filesOf({ tx, workspaceId }: Command, draftId: string): Promise<FileRow[]> {
  return tx
    .select()
    .from(attachments)
    .where(and(eq(attachments.workspaceId, workspaceId), eq(attachments.draftId, draftId)))
    .orderBy(asc(attachments.id))
}

export function idsOf(files: FileRow[]): string {
  return files
    .map(({ id }) => id)
    .sort()
    .join(' ')
}

/** What is taken out can be put in again for a day; a file of the help desk's own goes. */
export async function placeFiles(
  { tx, workspaceId, now }: Command,
  { before, backend }: TicketEdit,
  { draftId, next, had }: { draftId: string; next: FileRow[]; had: FileRow[] },
): Promise<void> {
  const isFile = (id: string) => and(eq(attachments.workspaceId, workspaceId), eq(attachments.id, id))
  const kept = new Set(next.map(({ id }) => id))
  for (const { id, storageKey } of had.filter((file) => !kept.has(file.id))) {
    const unused = { draftId: null, externalId: newExternalId(id), contentHash: '', expiresAt: unusedExpiry(now) }
    await (storageKey === null
      ? tx.delete(attachments).where(isFile(id))
      : tx.update(attachments).set(unused).where(isFile(id)))
  }
  const place = { draftId, ticketId: before.id, backendId: backend.id, expiresAt: null }
  for (const { id } of next.filter((file) => file.draftId !== draftId))
    await tx.update(attachments).set(place).where(isFile(id))
}

/** Drafts as orders for a connector. */
import { and, asc, eq } from 'drizzle-orm'
import type { SaveDraft } from '#connectors/operations.ts'
import { attachments } from '#domain/attachments/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { drafts, type WholeDraft } from '#domain/drafts/table.ts'
import { actorFrom, ticketAtVendor } from './outgoing.ts'
import { fileFrom, withPictures } from './outgoing-messages.ts'
import { rowsOf, type Source } from './source.ts'

/** As it is now; null when it is gone. `fileIds`: of the files, in their order. */
export async function draftOrder(
  source: Source,
  ticketId: string,
  draftId: string,
  { attempts }: { attempts: number },
): Promise<(SaveDraft & { fileIds: string[] }) | null> {
  const ticketExternalId = await ticketAtVendor(source, ticketId)
  const [row]: WholeDraft[] = await rowsOf(source, drafts, [draftId])
  if (!row) return null
  const { db, workspaceId } = source
  const files = await db
    .select()
    .from(attachments)
    .where(and(eq(attachments.workspaceId, workspaceId), eq(attachments.draftId, draftId)))
    .orderBy(asc(attachments.id))
  const sent = files.flatMap((file) => fileFrom(source, file).map((outgoing) => ({ id: file.id, outgoing })))
  const { type, subject, addresses, quotedText, metadata } = row
  return {
    ticketExternalId,
    // After an attempt whose answer was lost what is there may be ours.
    follows: attempts > 0 ? null : isVendorId(row.externalId) ? row.savedThereAt : 'NOTHING',
    fileIds: sent.map(({ id }) => id),
    draft: {
      ...{ type, subject, addresses, quotedText, metadata },
      body: {
        text: row.bodyText,
        html: row.bodyHtmlClean === null ? null : withPictures(row.bodyHtmlClean),
        markdown: row.bodyMarkdown,
        editorjs: row.bodyEditorjs,
      },
      attachments: sent.map(({ outgoing }) => outgoing),
      writer: await actorFrom(source, row.updatedById),
    },
  }
}

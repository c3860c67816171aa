/** Drafts and what their help desk calls them. It knows a draft by its ticket; ours keep their ids. */
import { sql } from 'drizzle-orm'
import type { Receipt } from '#connectors/operations.ts'
import type { Db } from '#platform/db/client.ts'
import { newExternalId } from './external-ids.ts'

type Saved = NonNullable<Receipt['draft']>

/** The help desk has it. `fileIds`: which of our files went along, in the order of the keys. */
export async function bindDraft(
  tx: Db,
  workspaceId: string,
  { draftId, fileIds, externalId, fileKeys, savedAt }: Saved & { draftId: string; fileIds: readonly string[] },
): Promise<void> {
  await tx.execute(sql`
    update attachments file set file_key = coalesce(said.file_key, file.file_key)
    from unnest(${sql.param(fileIds)}::uuid[], ${sql.param(fileKeys)}::text[]) as said(id, file_key)
    where file.workspace_id = ${workspaceId} and file.id = said.id and file.draft_id = ${draftId}`)
  await tx.execute(sql`
    update drafts own set delivered_at = clock_timestamp(), saved_there_at = ${savedAt?.toISOString() ?? null}, content_hash = '',
      has_unreceived_attachment = exists (
        select from attachments where workspace_id = own.workspace_id and draft_id = own.id and file_key is null),
      external_id = case
        when exists (
          select from drafts other
          where other.workspace_id = own.workspace_id and other.backend_id = own.backend_id
            and other.external_id = ${externalId} and other.id <> own.id) then own.external_id
        else ${externalId} end
    where workspace_id = ${workspaceId} and id = ${draftId}`)
}

/**
 * Its help desk refused it, or somebody gave that up: what was written stays here, and what the help desk has is shown
 * beside it once its ticket is read again.
 */
export async function keepDraftHere(
  tx: Db,
  workspaceId: string,
  { ticketId, draftId }: { ticketId: string; draftId: string },
): Promise<void> {
  await tx.execute(sql`
    update drafts set external_id = ${newExternalId(draftId)}, content_hash = '', has_unreceived_attachment = false
    where workspace_id = ${workspaceId} and id = ${draftId}`)
  await tx.execute(sql`
    update tickets set content_hash = '' where workspace_id = ${workspaceId} and id = ${ticketId}`)
}

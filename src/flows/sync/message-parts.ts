/** What hangs on messages: files and addresses. A record that names them names all of them. */
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { AttachmentRecord, MessageRecord } from '#connectors/contract.ts'
import { attachments } from '#domain/attachments/table.ts'
import { bindAttachments } from '#domain/deliveries/attachment-binding.ts'
import { emailAddresses } from '#domain/messages/table.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import { onceEach } from './gather.ts'
import { attachmentRow, emailAddressRows } from './message-rows.ts'

type Backend = { workspaceId: string; id: string }
export type WrittenMessage = { id: string; ticketId: string; record: MessageRecord; isNew: boolean }

export async function writeMessageParts(tx: Db, backend: Backend, written: WrittenMessage[]): Promise<void> {
  const { workspaceId } = backend
  const readdressed = written.filter(({ record, isNew }) => record.addresses && !isNew).map(({ id }) => id)
  if (readdressed.length > 0) {
    await tx.execute(sql`
      delete from email_addresses
      where workspace_id = ${workspaceId} and message_id = any(${sql.param(readdressed)}::uuid[])`)
  }
  await insertAddresses(
    tx,
    written.flatMap(({ id, record }) => emailAddressRows(record.addresses ?? [], workspaceId, id)),
  )
  await writeAttachments(
    tx,
    backend,
    written.flatMap(({ id, ticketId, record, isNew }) =>
      record.attachments ? [{ ticketId, messageId: id, draftId: null, isNew, records: record.attachments }] : [],
    ),
  )
}

type AttachmentSet = {
  ticketId: string
  messageId: string | null
  draftId: string | null
  isNew: boolean
  records: AttachmentRecord[]
}

/** Each set is whole: what it does not name is removed, but for files of messages that the vendor has not shown yet. */
export async function writeAttachments(
  tx: Db,
  { workspaceId, id: backendId }: Backend,
  sets: AttachmentSet[],
): Promise<void> {
  const rows = sets.flatMap(({ ticketId, messageId, draftId, records }) =>
    onceEach(records).map((record) =>
      attachmentRow(record, uuidv7(), { workspaceId, backendId, ticketId, messageId, draftId }),
    ),
  )
  const known = sets.flatMap(({ isNew, messageId, draftId, records }) =>
    isNew ? [] : [{ ownerId: (messageId ?? draftId) as string, records }],
  )
  await bindAttachments(tx, workspaceId, known)
  await upsertAttachments(tx, rows)
  if (known.length === 0) return
  const ownerIds = known.map(({ ownerId }) => ownerId)
  const owners = rows.map((row) => row.messageId ?? row.draftId)
  await tx.execute(sql`
    delete from attachments old
    where workspace_id = ${workspaceId}
      and (message_id = any(${sql.param(ownerIds)}::uuid[]) or draft_id = any(${sql.param(ownerIds)}::uuid[]))
      and not (message_id is not null and external_id like 'deskgraph:%')
      and not exists (
        select from unnest(${sql.param(owners)}::uuid[], ${sql.param(rows.map((row) => row.externalId))}::text[]) as new(owner_id, external_id)
        where new.owner_id = coalesce(old.message_id, old.draft_id) and new.external_id = old.external_id)`)
}

const insertAddresses = upsertInto(emailAddresses)
const upsertAttachments = upsertInto(attachments, {
  key: ['workspaceId', 'backendId', 'messageId', 'draftId', 'externalId'],
  keep: ['id', 'storageKey'],
  where: 'old.content_hash is distinct from excluded.content_hash',
})

/** Files written here turn up on their message or draft under the vendor's ids; clients know ours, and only we have the bytes. */
import { sql } from 'drizzle-orm'
import type { AttachmentRecord } from '#connectors/contract.ts'
import type { Db } from '#platform/db/client.ts'
import { isVendorId } from './external-ids.ts'

type FileSet = {
  /** Of a message or a draft. */
  ownerId: string
  records: readonly AttachmentRecord[]
}

/** They keep their ids: told apart by name, and those that are left by their place. */
export async function bindAttachments(tx: Db, workspaceId: string, sets: FileSet[]): Promise<void> {
  const ownerIds = sets.flatMap(({ ownerId, records }) => (records.length > 0 ? [ownerId] : []))
  if (ownerIds.length === 0) return
  const { rows } = await tx.execute<{ id: string; name: string; externalId: string; ownerId: string }>(sql`
    select id, name, external_id as "externalId", coalesce(message_id, draft_id) as "ownerId" from attachments
    where workspace_id = ${workspaceId}
      and (message_id = any(${sql.param(ownerIds)}::uuid[]) or draft_id = any(${sql.param(ownerIds)}::uuid[]))
    order by created_at, id`)
  const bound = sets.flatMap(({ ownerId, records }) => {
    const files = rows.filter((row) => row.ownerId === ownerId)
    const known = new Set(files.map(({ externalId }) => externalId))
    return pairsOf(
      files.filter(({ externalId }) => !isVendorId(externalId)),
      records.filter(({ externalId }) => !known.has(externalId)),
    )
  })
  if (bound.length === 0) return
  const ids = bound.map(({ id }) => id)
  const externalIds = bound.map(({ externalId }) => externalId)
  await tx.execute(sql`
    update attachments file set external_id = said.external_id, content_hash = ''
    from unnest(${sql.param(ids)}::uuid[], ${sql.param(externalIds)}::text[]) as said(id, external_id)
    where file.workspace_id = ${workspaceId} and file.id = said.id`)
}

type Named = { id: string; name: string }

function pairsOf(own: readonly Named[], records: readonly AttachmentRecord[]): { id: string; externalId: string }[] {
  const left = [...new Map(records.map((record) => [record.externalId, record])).values()]
  const take = (place: number) => (place < 0 ? undefined : left.splice(place, 1)[0])
  const named = own.map(({ id, name }) => ({ id, record: take(left.findIndex((record) => record.name === name)) }))
  return named.flatMap(({ id, record }) => {
    const found = record ?? left.shift()
    return found ? [{ id, externalId: found.externalId }] : []
  })
}

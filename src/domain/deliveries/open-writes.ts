/** What is on its way to a help desk just now, as a pull has to know it. */
import { sql } from 'drizzle-orm'
import type { PendingField } from '#domain/tickets/fields.ts'
import type { Db } from '#platform/db/client.ts'

export type OpenWrites = {
  /** By ticket: the fields a pull leaves alone. */
  fieldsOf(ticketId: string): ReadonlySet<PendingField>
  /** Messages whose own change is under way. */
  messageIds: ReadonlySet<string>
}

const noFields: ReadonlySet<PendingField> = new Set()
export const noOpenWrites: OpenWrites = { fieldsOf: () => noFields, messageIds: new Set() }

/** Read it after the tickets are locked: commands lock them too. */
export async function openWritesOf(tx: Db, workspaceId: string, ticketIds: readonly string[]): Promise<OpenWrites> {
  const fields = new Map<string, Set<PendingField>>()
  const messageIds = new Set<string>()
  if (ticketIds.length > 0) {
    const { rows } = await tx.execute<{ lanes: string[]; fields: PendingField[]; message_id: string | null }>(sql`
      select lanes, fields, message_id from deliveries
      where workspace_id = ${workspaceId} and state in ('QUEUED', 'SENDING')
        and lanes && ${sql.param(ticketIds)}::uuid[]`)
    for (const row of rows) {
      if (row.message_id) messageIds.add(row.message_id)
      for (const lane of row.lanes) {
        const known = fields.get(lane) ?? new Set()
        for (const field of row.fields) known.add(field)
        fields.set(lane, known)
      }
    }
  }
  return { fieldsOf: (ticketId) => fields.get(ticketId) ?? noFields, messageIds }
}

/** Of these contacts or tags: those that a change of ours is under way for. Read it after they are locked. */
export async function beingWritten(tx: Db, workspaceId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await tx.execute<{ lanes: string[] }>(sql`
    select lanes from deliveries
    where workspace_id = ${workspaceId} and state in ('QUEUED', 'SENDING') and lanes && ${sql.param(ids)}::uuid[]
      and operation in ('createContact', 'updateContact', 'mergeContacts', 'createTag', 'updateTag')`)
  return new Set(rows.flatMap(({ lanes }) => lanes))
}

/** Of these tags (external ids): those removed here that an answer of that time may still have. */
export async function tagsBeingRemoved(
  db: Db,
  { workspaceId, id: backendId }: { workspaceId: string; id: string },
  externalIds: readonly string[],
  fetchedAt: Date,
): Promise<ReadonlySet<string>> {
  if (externalIds.length === 0) return new Set()
  const { rows } = await db.execute<{ external_id: string }>(sql`
    select input ->> 'externalId' as external_id from deliveries
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and operation = 'deleteTag'
      and input ->> 'externalId' = any(${sql.param(externalIds)})
      and (state in ('QUEUED', 'SENDING', 'UNCERTAIN')
        or (state = 'SETTLED' and settled_at >= ${fetchedAt.toISOString()}::timestamptz))`)
  return new Set(rows.map((row) => row.external_id))
}

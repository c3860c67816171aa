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

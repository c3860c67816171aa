/** Writing the change log. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import { changes } from './table.ts'

export type Change = {
  workspaceId: string
  ticketId: string
  messageId: string | null
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  /** Names of ticket fields of the graph; empty for a message. */
  changedFields: string[]
  /** The ticket's version since then; null for a message's line. */
  version: number | null
  source: 'SYNC' | 'COMMAND'
  /** Who did it, where that is known. */
  actorId?: string | null
  tokenName?: string | null
  clientMutationId?: string | null
  at: Date
}

/** The place in the log is Postgres' own, in the order given. */
export const insertChanges = upsertInto(changes, { omit: ['clusterId', 'transactionId', 'position'] })

/** Says that up to this transaction things happened of which the log has no line. Whoever stopped before it, at position 0, has missed them. */
export async function noteGap(tx: Db, workspaceId: string): Promise<void> {
  await tx.execute(sql`
    insert into change_gaps (workspace_id, cluster_id, transaction_id, position)
    select ${workspaceId}, system_identifier, pg_current_xact_id(), 1 from pg_control_system()
    on conflict (workspace_id, cluster_id) do update
    set transaction_id = excluded.transaction_id, position = excluded.position`)
}

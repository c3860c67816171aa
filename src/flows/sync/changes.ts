import { changes } from '#domain/changes/table.ts'
import { upsertInto } from '#platform/db/upsert.ts'

export type Change = {
  workspaceId: string
  ticketId: string
  messageId: string | null
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  /** Names of ticket fields of the graph; empty for a message. */
  changedFields: string[]
  source: 'SYNC'
  at: Date
}

/** The position is Postgres' own, in the order given. */
export const insertChanges = upsertInto(changes, { omit: ['position'] })

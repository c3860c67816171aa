/** Writing the change log. */
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
  tokenName?: string | null
  clientMutationId?: string | null
  at: Date
}

/** The position is Postgres' own, in the order given. */
export const insertChanges = upsertInto(changes, { omit: ['position'] })

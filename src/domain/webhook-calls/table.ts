import { sql } from 'drizzle-orm'
import { foreignKey, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** Calls of help desks to our webhook addresses, so that a repetition is known. Old ones are swept. */
export const webhookCalls = pgTable(
  'webhook_calls',
  {
    workspaceId: workspaceId(),
    backendId: uuid('backend_id').notNull(),
    callId: text('call_id').notNull(),
    receivedAt: moment('received_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.backendId, t.callId] }),
    foreignKey({
      name: 'webhook_calls_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }).onDelete('cascade'),
    index('webhook_calls_by_age').on(t.receivedAt),
  ],
)

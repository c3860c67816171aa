import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** What a client may still take back. The token itself is not kept, only its hash. */
export const undos = pgTable(
  'undos',
  {
    workspaceId: workspaceId(),
    tokenHash: text('token_hash').notNull(),
    /** Whose it is: nobody else's token of the API takes it back. */
    tokenName: text('token_name').notNull(),
    steps: jsonb('steps').notNull(),
    expiresAt: moment('expires_at').notNull(),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.tokenHash] }), index('undos_by_age').on(t.expiresAt)],
)

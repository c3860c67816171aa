import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** Keys that clients gave with their commands, each with the first answer. Written in the command's own transaction. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    workspaceId: workspaceId(),
    tokenName: text('token_name').notNull(),
    key: text('key').notNull(),
    /** Hash of the mutation's name and input: the same key with another one is a mistake. */
    fingerprint: text('fingerprint').notNull(),
    /** Ids of what the command made or changed. */
    outcome: jsonb('outcome').notNull(),
    firstUsedAt: moment('first_used_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.tokenName, t.key] }),
    index('idempotency_keys_by_age').on(t.firstUsedAt),
  ],
)

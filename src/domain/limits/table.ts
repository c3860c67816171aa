import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** What each token used in its last minute, by all gateways. Unlogged: after a crash of Postgres everybody begins anew. */
export const tokenUses = pgTable(
  'token_uses',
  {
    workspaceId: workspaceId(),
    /** Name of the token, and the actor it speaks for where it has one. */
    bearer: text('bearer').notNull(),
    minute: moment('minute').notNull(),
    requests: bigint('requests', { mode: 'number' }).notNull(),
    cost: bigint('cost', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.bearer] })],
)

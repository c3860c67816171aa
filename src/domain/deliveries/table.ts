import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { id, moment, workspaceId } from '#platform/db/columns.ts'

/** Changes promised to a vendor, each with what became of it. */
export const deliveries = pgTable(
  'deliveries',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    /** The order among the deliveries of one ticket. */
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    operation: text('operation').notNull(),
    input: jsonb('input').notNull(),
    state: text('state')
      .$type<'QUEUED' | 'SENDING' | 'SETTLED' | 'REFUSED' | 'UNCERTAIN' | 'DISCARDED'>()
      .notNull()
      .default('QUEUED'),
    attempts: integer('attempts').notNull().default(0),
    error: text('error'),
    leaseOwner: uuid('lease_owner'),
    leaseUntil: moment('lease_until'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    settledAt: moment('settled_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'deliveries_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    foreignKey({
      name: 'deliveries_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }),
    check('deliveries_state', sql`${t.state} in ('QUEUED', 'SENDING', 'SETTLED', 'REFUSED', 'UNCERTAIN', 'DISCARDED')`),
    index('deliveries_pending')
      .on(t.workspaceId, t.ticketId, t.position)
      .where(sql`${t.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`),
    index('deliveries_pending_of_backend')
      .on(t.workspaceId, t.backendId)
      .where(sql`${t.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`),
  ],
)

import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { tickets } from '#domain/tickets/table.ts'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** What happened to which ticket. Written in the transaction that did it. */
export const changes = pgTable(
  'changes',
  {
    workspaceId: workspaceId(),
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    ticketId: uuid('ticket_id').notNull(),
    messageId: uuid('message_id'),
    kind: text('kind').$type<'CREATED' | 'UPDATED' | 'DELETED'>().notNull(),
    /** Names of ticket fields of the graph; empty for a message. */
    changedFields: text('changed_fields').array().notNull().default([]),
    source: text('source').$type<'SYNC' | 'COMMAND'>().notNull(),
    at: moment('at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.position] }),
    foreignKey({
      name: 'changes_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    check('changes_kind', sql`${t.kind} in ('CREATED', 'UPDATED', 'DELETED')`),
    check('changes_source', sql`${t.source} in ('SYNC', 'COMMAND')`),
    index('changes_of_ticket').on(t.workspaceId, t.ticketId, t.position),
  ],
)

import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { moment, workspaceId } from '#platform/db/columns.ts'

/**
 * How far each of the agents has read. Who never looked at a ticket has no row: for them the flag of the help desk holds,
 * so that nobody finds the whole history unread on their first day.
 */
export const ticketLooks = pgTable(
  'ticket_looks',
  {
    workspaceId: workspaceId(),
    actorId: uuid('actor_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    /** Time of the newest entry they have seen; null: they put it back as unread. */
    seenUpTo: moment('seen_up_to'),
    /** Public messages that came in after that; at least one of what was put back. Kept in step with the messages. */
    unreadMessageCount: integer('unread_message_count').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.actorId, t.ticketId] }),
    foreignKey({
      name: 'ticket_looks_actor',
      columns: [t.workspaceId, t.actorId],
      foreignColumns: [actors.workspaceId, actors.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'ticket_looks_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    index('ticket_looks_of_ticket').on(t.workspaceId, t.ticketId),
    index('ticket_looks_unread').on(t.workspaceId, t.actorId, t.ticketId).where(sql`${t.unreadMessageCount} > 0`),
  ],
)

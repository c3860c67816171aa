import { foreignKey, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { workspaceId } from '#platform/db/columns.ts'

/** Tickets that agents keep an eye on. Ours alone: no help desk hears of it. */
export const ticketFollowers = pgTable(
  'ticket_followers',
  { workspaceId: workspaceId(), actorId: uuid('actor_id').notNull(), ticketId: uuid('ticket_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.actorId, t.ticketId] }),
    foreignKey({
      name: 'ticket_followers_actor',
      columns: [t.workspaceId, t.actorId],
      foreignColumns: [actors.workspaceId, actors.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'ticket_followers_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    index('ticket_followers_of_ticket').on(t.workspaceId, t.ticketId),
  ],
)

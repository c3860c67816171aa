import { foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { moment, oneOf, workspaceId } from '#platform/db/columns.ts'
import { type PresenceState, presenceStates } from '#vocabulary.ts'

/**
 * Who has which ticket open. Nobody misses a row that is lost: it is said again within seconds, or has expired. So the
 * table is not logged, which spares each heartbeat the write-ahead log. After a crash of Postgres it is empty.
 */
export const presences = pgTable(
  'presences',
  {
    workspaceId: workspaceId(),
    ticketId: uuid('ticket_id').notNull(),
    actorId: uuid('actor_id').notNull(),
    /** Tells an agent's windows apart; empty when the client does not. */
    tab: text('tab').notNull(),
    state: text('state').$type<PresenceState>().notNull(),
    since: moment('since').notNull(),
    lastSeenAt: moment('last_seen_at').notNull(),
    /** From then on the row counts no more. Not indexed, so that a heartbeat changes no index. */
    expiresAt: moment('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.ticketId, t.actorId, t.tab] }),
    foreignKey({
      name: 'presences_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'presences_actor',
      columns: [t.workspaceId, t.actorId],
      foreignColumns: [actors.workspaceId, actors.id],
    }).onDelete('cascade'),
    oneOf('presences_state', t.state, presenceStates),
  ],
)

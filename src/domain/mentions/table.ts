import { sql } from 'drizzle-orm'
import { bigint, boolean, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, transactionId, workspaceId } from '#platform/db/columns.ts'

/** An agent named in a note, with a read state of its own. */
export const mentions = pgTable(
  'mentions',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    messageId: uuid('message_id').notNull(),
    externalId: externalId(),
    agentId: uuid('agent_id').notNull(),
    mentionedById: uuid('mentioned_by_id'),
    isRead: boolean('is_read').notNull(),
    readAt: moment('read_at'),
    createdAt: moment('created_at').notNull(),
    contentHash: text('content_hash').notNull(),
    /** Its place in the order of the log of changes, for those who wait for mentions. Both are Postgres' own. */
    notedIn: transactionId('noted_in').notNull().default(sql`pg_current_xact_id()`),
    position: bigint('position', { mode: 'number' }).notNull().default(sql`next_place()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'mentions_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'mentions_message',
      columns: [t.workspaceId, t.messageId],
      foreignColumns: [messages.workspaceId, messages.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'mentions_agent',
      columns: [t.workspaceId, t.agentId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    foreignKey({
      name: 'mentions_mentioned_by',
      columns: [t.workspaceId, t.mentionedById],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    unique('mentions_external').on(t.workspaceId, t.backendId, t.externalId),
    index('mentions_of_ticket').on(t.workspaceId, t.ticketId),
    index('mentions_of_agent').on(t.workspaceId, t.agentId, t.ticketId),
    index('mentions_of_message').on(t.workspaceId, t.messageId),
    index('mentions_in_order').on(t.workspaceId, t.notedIn, t.position),
    index('mentions_unread').on(t.workspaceId, t.agentId, t.createdAt).where(sql`not ${t.isRead}`),
  ],
)

import { sql } from 'drizzle-orm'
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { actors, type CustomField } from '#domain/actors/table.ts'
import { backends } from '#domain/backends/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { type Label, type Sla, tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import type { WholeRow } from '#platform/db/upsert.ts'
import { conversationTypes, ticketPriorities, ticketStatuses } from '#vocabulary.ts'

/** Threads of messages, each on one channel. A ticket has one or more. */
export const conversations = pgTable(
  'conversations',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    /** The ticket it belongs to at its help desk, when a merge of ours moved it. */
    originTicketId: uuid('origin_ticket_id'),
    externalId: externalId(),
    uuid: text('uuid'),
    type: text('type').$type<keyof typeof conversationTypes>().notNull(),
    status: text('status').$type<keyof typeof ticketStatuses>().notNull(),
    statusDetail: jsonb('status_detail').$type<Label>().notNull(),
    channelId: uuid('channel_id'),
    channelAccountId: uuid('channel_account_id'),
    contactId: uuid('contact_id'),
    assigneeId: uuid('assignee_id'),
    canReply: boolean('can_reply').notNull().default(true),
    isMuted: boolean('is_muted').notNull().default(false),
    isIdentityVerified: boolean('is_identity_verified'),
    snoozedUntil: moment('snoozed_until'),
    priority: text('priority').$type<keyof typeof ticketPriorities>(),
    unreadCount: integer('unread_count').notNull().default(0),
    messageCount: integer('message_count').notNull().default(0),
    agentLastSeenAt: moment('agent_last_seen_at'),
    assigneeLastSeenAt: moment('assignee_last_seen_at'),
    contactLastSeenAt: moment('contact_last_seen_at'),
    firstRepliedAt: moment('first_replied_at'),
    waitingSince: moment('waiting_since'),
    lastActivityAt: moment('last_activity_at').notNull(),
    customFields: jsonb('custom_fields').$type<CustomField[]>().notNull().default([]),
    additionalAttributes: jsonb('additional_attributes'),
    sla: jsonb('sla').$type<Sla>(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    contentHash: text('content_hash').notNull(),
    /** Null where the conversation is the ticket: its raw is there. */
    raw: verbatimJson('raw'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'conversations_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    foreignKey({
      name: 'conversations_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'conversations_channel',
      columns: [t.workspaceId, t.channelId],
      foreignColumns: [channels.workspaceId, channels.id],
    }),
    foreignKey({
      name: 'conversations_channel_account',
      columns: [t.workspaceId, t.channelAccountId],
      foreignColumns: [channelAccounts.workspaceId, channelAccounts.id],
    }),
    foreignKey({
      name: 'conversations_contact',
      columns: [t.workspaceId, t.contactId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    foreignKey({
      name: 'conversations_assignee',
      columns: [t.workspaceId, t.assigneeId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    // Some vendors give one conversation id to several tickets, and a merge of ours may bring these together.
    unique('conversations_external')
      .on(t.workspaceId, t.backendId, t.externalId, t.ticketId, t.originTicketId)
      .nullsNotDistinct(),
    oneOf('conversations_type', t.type, conversationTypes),
    oneOf('conversations_status', t.status, ticketStatuses),
    oneOf('conversations_priority', t.priority, ticketPriorities),
    index('conversations_of_ticket').on(t.workspaceId, t.ticketId, t.createdAt, t.id),
    index('conversations_moved').on(t.workspaceId, t.originTicketId).where(sql`${t.originTicketId} is not null`),
    index('conversations_uuid').on(t.workspaceId, t.uuid),
  ],
)

/** Every column; what the sync and the commands write. */
export type WholeConversation = WholeRow<typeof conversations>

import { type SQL, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
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
import { actors } from '#domain/actors/table.ts'
import { backends } from '#domain/backends/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { conversations } from '#domain/conversations/table.ts'
import { type Label, tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import type { WholeRow } from '#platform/db/upsert.ts'
import type { Sight } from '#platform/graphql/viewer.ts'
import {
  conversationTypes,
  type deliveryStatuses,
  emailAddressDirections,
  messageContentTypes,
  messageDirections,
  ticketPriorities,
} from '#vocabulary.ts'

/** Times are ISO text. */
export type MessageDelivery = {
  status: keyof typeof deliveryStatuses
  failReason?: string | null
  at?: string | null
  retryCount?: number
  groupId?: string | null
  orderNumber?: number | null
}
export type MessagePart = {
  id: string
  contentType: string
  encoding?: string | null
  body: string
  text?: string | null
  templateId?: string | null
  meta?: unknown
}
export type MessageTranslation = {
  locale: string | null
  text: string
  html: string | null
  isFromBackend: boolean
  provider: string
  createdAt: string
}

/** The words a message is found by, as the index of the search has them: of the week it was said in. */
export const wordsOfMessage = (t: Record<'workspaceId' | 'at' | 'subject' | 'bodyText', AnyPgColumn>) =>
  sql`search_words(${t.workspaceId}, ${t.at}, coalesce(${t.subject} || ' ', '') || ${t.bodyText})`

/**
 * Everything said on a ticket. The order of a thread is (at, sequence, id). Suggested replies lie here too and are left
 * out of every thread. The bodies are big: nothing selects them unless a body is asked for.
 */
export const messages = pgTable(
  'messages',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    externalId: externalId(),
    sequence: bigint('sequence', { mode: 'number' }).notNull(),
    sourceId: text('source_id'),
    clientMessageId: text('client_message_id'),
    /** The delivery that brings or brought it to its help desk; null for what was not written here. */
    deliveryId: uuid('delivery_id'),
    type: text('type').$type<keyof typeof conversationTypes>().notNull(),
    direction: text('direction').$type<keyof typeof messageDirections>().notNull(),
    contentType: text('content_type').$type<keyof typeof messageContentTypes>().notNull(),
    subject: text('subject'),
    senderId: uuid('sender_id'),
    senderName: text('sender_name'),
    parentExternalId: text('parent_external_id'),
    previousExternalId: text('previous_external_id'),
    isInternal: boolean('is_internal').notNull(),
    isRead: boolean('is_read').notNull().default(true),
    isSpam: boolean('is_spam').notNull().default(false),
    isEdited: boolean('is_edited').notNull().default(false),
    isDeleted: boolean('is_deleted').notNull().default(false),
    showInlineImages: boolean('show_inline_images').notNull().default(true),
    showInCorrespondence: boolean('show_in_correspondence').notNull().default(true),
    isOriginalSentToContact: boolean('is_original_sent_to_contact'),
    statusDetail: jsonb('status_detail').$type<Label>(),
    priority: text('priority').$type<keyof typeof ticketPriorities>(),
    extractedText: text('extracted_text'),
    delivery: jsonb('delivery').$type<MessageDelivery>(),
    translations: jsonb('translations').$type<MessageTranslation[]>().notNull().default([]),
    channelId: uuid('channel_id'),
    channelAccountId: uuid('channel_account_id'),
    sentiment: jsonb('sentiment'),
    contentAttributes: jsonb('content_attributes'),
    metadata: jsonb('metadata'),
    at: moment('at').notNull(),
    sentAt: moment('sent_at'),
    receivedAt: moment('received_at'),
    readAt: moment('read_at'),
    expiresAt: moment('expires_at'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    createdById: uuid('created_by_id'),
    updatedById: uuid('updated_by_id'),
    attachmentCount: integer('attachment_count').notNull().default(0),
    /** The first characters of the plain text, for lists. */
    preview: text('preview').notNull().default(''),
    readMinutes: integer('read_minutes').notNull().default(0),

    // The bodies.
    bodyText: text('body_text').notNull().default(''),
    /** As it came. Null for plain text. */
    bodyHtml: text('body_html'),
    /** Sanitised once, when it came; null for plain text, whose HTML is the escaped text. */
    bodyHtmlClean: text('body_html_clean'),
    /** The policy that cleaned it, so that a stricter one can clean again. */
    cleanedBy: integer('cleaned_by'),
    quotedText: text('quoted_text'),
    bodyMarkdown: text('body_markdown'),
    bodyEditorjs: verbatimJson('body_editorjs'),
    bodyParts: verbatimJson('body_parts'),

    contentHash: text('content_hash').notNull(),
    raw: verbatimJson('raw'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'messages_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    foreignKey({
      name: 'messages_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'messages_conversation',
      columns: [t.workspaceId, t.conversationId],
      foreignColumns: [conversations.workspaceId, conversations.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'messages_sender',
      columns: [t.workspaceId, t.senderId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    foreignKey({
      name: 'messages_created_by',
      columns: [t.workspaceId, t.createdById],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    foreignKey({
      name: 'messages_updated_by',
      columns: [t.workspaceId, t.updatedById],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    foreignKey({
      name: 'messages_channel',
      columns: [t.workspaceId, t.channelId],
      foreignColumns: [channels.workspaceId, channels.id],
    }),
    foreignKey({
      name: 'messages_channel_account',
      columns: [t.workspaceId, t.channelAccountId],
      foreignColumns: [channelAccounts.workspaceId, channelAccounts.id],
    }),
    unique('messages_external').on(t.workspaceId, t.backendId, t.externalId),
    oneOf('messages_type', t.type, conversationTypes),
    oneOf('messages_direction', t.direction, messageDirections),
    oneOf('messages_content_type', t.contentType, messageContentTypes),
    oneOf('messages_priority', t.priority, ticketPriorities),
    index('messages_of_ticket').on(t.workspaceId, t.ticketId, t.at, t.sequence, t.id),
    index('messages_of_conversation').on(t.workspaceId, t.conversationId, t.at, t.sequence, t.id),
    // For charts: a month of two million in 0.18 instead of 0.87 s.
    index('messages_by_time').on(t.workspaceId, t.at),
    // Written here and not yet found at the help desk: whatever a page brings may be one of them.
    index('messages_unbound').on(t.workspaceId, t.backendId, t.ticketId).where(sql`${t.externalId} like 'deskgraph:%'`),
    index('messages_suggested')
      .on(t.workspaceId, t.ticketId, t.at, t.sequence, t.id)
      .where(sql`${t.type} = 'SUGGESTED_REPLY'`),
    // What is written waits in a list until it is sorted in, see sortInWords.
    index('messages_search').using('gin', wordsOfMessage(t)),
  ],
)

/** What a customer may read of their ticket: what was said to them or by them. */
export const isForContacts = sql`(not ${messages.isInternal} and ${messages.type} in ('REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PUBLIC')
  and ${messages.direction} <> 'SYSTEM' and ${messages.showInCorrespondence})`
/** Neither a private note nor what may be one. */
const isNoPrivateNote = sql`((not ${messages.isInternal} and ${messages.type} <> 'NOTE_PRIVATE') or ${messages.type} = 'SUGGESTED_REPLY'
  or ${messages.direction} = 'SYSTEM')`
/** What exists for a viewer. */
export const isSeen: Record<Sight, SQL> = { PUBLIC: isForContacts, WITHOUT_NOTES: isNoPrivateNote, ALL: sql`true` }

/** Who an e-mail came from and went to, in the order given. */
export const emailAddresses = pgTable(
  'email_addresses',
  {
    workspaceId: workspaceId(),
    messageId: uuid('message_id').notNull(),
    position: integer('position').notNull(),
    direction: text('direction').$type<keyof typeof emailAddressDirections>().notNull(),
    email: text('email').notNull(),
    name: text('name'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.messageId, t.position] }),
    foreignKey({
      name: 'email_addresses_message',
      columns: [t.workspaceId, t.messageId],
      foreignColumns: [messages.workspaceId, messages.id],
    }).onDelete('cascade'),
    oneOf('email_addresses_direction', t.direction, emailAddressDirections),
  ],
)

/** Every column; what the sync and the commands write. */
export type WholeMessage = WholeRow<typeof messages>

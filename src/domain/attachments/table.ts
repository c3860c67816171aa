import { sql } from 'drizzle-orm'
import { bigint, boolean, check, foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { drafts } from '#domain/drafts/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, oneOf, workspaceId } from '#platform/db/columns.ts'
import { attachmentKinds, attachmentStatuses } from '#vocabulary.ts'

/** Files on messages and drafts: what is known of them. The bytes stay with the vendor; those of uploads are in our storage. */
export const attachments = pgTable(
  'attachments',
  {
    workspaceId: workspaceId(),
    id: id(),
    /** Both null for an upload that no ticket was named for yet. */
    backendId: uuid('backend_id'),
    ticketId: uuid('ticket_id'),
    messageId: uuid('message_id'),
    draftId: uuid('draft_id'),
    externalId: externalId(),
    name: text('name').notNull(),
    contentType: text('content_type'),
    kind: text('kind').$type<keyof typeof attachmentKinds>().notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    status: text('status').$type<keyof typeof attachmentStatuses>().notNull(),
    statusMessage: text('status_message'),
    /** Where the vendor serves it; never shown to clients. */
    vendorUrl: text('vendor_url'),
    fileKey: text('file_key'),
    /** Where our own storage has the bytes of an upload; null for a file of the vendor's. */
    storageKey: text('storage_key'),
    /** Until when an upload that no message uses is kept. */
    expiresAt: moment('expires_at'),
    isInline: boolean('is_inline').notNull().default(false),
    contentId: text('content_id'),
    createdAt: moment('created_at'),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'attachments_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'attachments_message',
      columns: [t.workspaceId, t.messageId],
      foreignColumns: [messages.workspaceId, messages.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'attachments_draft',
      columns: [t.workspaceId, t.draftId],
      foreignColumns: [drafts.workspaceId, drafts.id],
    }).onDelete('cascade'),
    // The same file may hang on several messages of a forward, so the message is part of the identity.
    unique('attachments_external')
      .on(t.workspaceId, t.backendId, t.messageId, t.draftId, t.externalId)
      .nullsNotDistinct(),
    check('attachments_owner', sql`num_nonnulls(${t.messageId}, ${t.draftId}) <= 1`),
    check('attachments_size', sql`${t.sizeBytes} >= 0`),
    oneOf('attachments_kind', t.kind, attachmentKinds),
    oneOf('attachments_status', t.status, attachmentStatuses),
    index('attachments_of_message').on(t.workspaceId, t.messageId),
    index('attachments_of_draft').on(t.workspaceId, t.draftId).where(sql`${t.draftId} is not null`),
    index('attachments_of_ticket').on(t.workspaceId, t.ticketId),
    index('attachments_stored').on(t.workspaceId, t.storageKey).where(sql`${t.storageKey} is not null`),
  ],
)

/** Keys of bytes that an attachment had and no longer has, written by triggers; swept with the bytes that nothing else has. */
export const storedLeftovers = pgTable(
  'stored_leftovers',
  {
    workspaceId: workspaceId(),
    storageKey: text('storage_key').notNull(),
    leftAt: moment('left_at').notNull().default(sql`now()`),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.storageKey] }), index('stored_leftovers_by_age').on(t.leftAt)],
)

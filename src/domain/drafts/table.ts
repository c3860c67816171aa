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
import { actors } from '#domain/actors/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import { conversationTypes, type EmailAddressDirection, messageContentTypes } from '#vocabulary.ts'

export type DraftAddress = { email: string; name: string | null; direction: EmailAddressDirection }

/** Unsent answers, one per ticket and kind. */
export const drafts = pgTable(
  'drafts',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    externalId: externalId(),
    type: text('type').$type<keyof typeof conversationTypes>().notNull(),
    version: integer('version').notNull().default(1),
    subject: text('subject'),
    contentType: text('content_type').$type<keyof typeof messageContentTypes>().notNull(),
    bodyText: text('body_text').notNull().default(''),
    bodyHtml: text('body_html'),
    bodyHtmlClean: text('body_html_clean'),
    cleanedBy: integer('cleaned_by'),
    addresses: jsonb('addresses').$type<DraftAddress[]>().notNull().default([]),
    quotedText: text('quoted_text'),
    hasUnreceivedAttachment: boolean('has_unreceived_attachment').notNull().default(false),
    metadata: jsonb('metadata'),
    updatedById: uuid('updated_by_id'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    contentHash: text('content_hash').notNull(),
    raw: verbatimJson('raw'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'drafts_ticket',
      columns: [t.workspaceId, t.ticketId],
      foreignColumns: [tickets.workspaceId, tickets.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'drafts_updated_by',
      columns: [t.workspaceId, t.updatedById],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    unique('drafts_external').on(t.workspaceId, t.backendId, t.externalId),
    index('drafts_of_ticket').on(t.workspaceId, t.ticketId, t.updatedAt),
    oneOf('drafts_type', t.type, conversationTypes),
    oneOf('drafts_content_type', t.contentType, messageContentTypes),
  ],
)

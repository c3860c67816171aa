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
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { externalId, id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import type { WholeRow } from '#platform/db/upsert.ts'
import { conversationTypes, type EmailAddressDirection, messageContentTypes } from '#vocabulary.ts'

export type DraftAddress = { email: string; name: string | null; direction: EmailAddressDirection }

/** Parts of a draft that change apart from each other, by their names in the graph. */
export type DraftField =
  | 'subject'
  | 'body'
  | 'contentType'
  | 'emailAddresses'
  | 'quotedText'
  | 'attachments'
  | 'metadata'

/** Unsent entries. Of each kind a ticket has one that everybody shares; what could not be sent may lie beside it. */
export const drafts = pgTable(
  'drafts',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    externalId: externalId(),
    type: text('type').$type<keyof typeof conversationTypes>().notNull(),
    /** The one of its kind that clients write. */
    isShared: boolean('is_shared').notNull().default(false),
    version: integer('version').notNull().default(1),
    /** The version in which each part last changed; a part that is not named: nobody knows. */
    fieldVersions: jsonb('field_versions').$type<Partial<Record<DraftField, number>>>().notNull().default({}),
    subject: text('subject'),
    contentType: text('content_type').$type<keyof typeof messageContentTypes>().notNull(),
    bodyText: text('body_text').notNull().default(''),
    bodyHtml: text('body_html'),
    bodyHtmlClean: text('body_html_clean'),
    cleanedBy: integer('cleaned_by'),
    bodyMarkdown: text('body_markdown'),
    bodyEditorjs: verbatimJson('body_editorjs'),
    addresses: jsonb('addresses').$type<DraftAddress[]>().notNull().default([]),
    quotedText: text('quoted_text'),
    hasUnreceivedAttachment: boolean('has_unreceived_attachment').notNull().default(false),
    metadata: jsonb('metadata'),
    updatedById: uuid('updated_by_id'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    /** When its help desk last took it from here: answers from before say nothing of it. */
    deliveredAt: moment('delivered_at'),
    /** When its help desk says that the last state we know of it was saved there; null where it does not say. */
    savedThereAt: moment('saved_there_at'),
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
    uniqueIndex('drafts_shared').on(t.workspaceId, t.ticketId, t.type).where(sql`${t.isShared}`),
    index('drafts_of_ticket').on(t.workspaceId, t.ticketId, t.updatedAt),
    index('drafts_of_author').on(t.workspaceId, t.updatedById, t.updatedAt, t.id),
    index('drafts_newest').on(t.workspaceId, t.updatedAt, t.id),
    oneOf('drafts_type', t.type, conversationTypes),
    oneOf('drafts_content_type', t.contentType, messageContentTypes),
  ],
)

export type WholeDraft = WholeRow<typeof drafts>

import { boolean, foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { messages } from '#domain/messages/table.ts'
import { moment, workspaceId } from '#platform/db/columns.ts'

/** Translations that were asked for here. Those a help desk sends along lie in `messages.translations`, which it rewrites. */
export const messageTranslations = pgTable(
  'message_translations',
  {
    workspaceId: workspaceId(),
    messageId: uuid('message_id').notNull(),
    /** The language it was translated to. */
    locale: text('locale').notNull(),
    sourceLocale: text('source_locale'),
    text: text('text').notNull(),
    /** Sanitised; null where only the text was translated. */
    html: text('html'),
    /** Key of the vendor or of the translator. */
    provider: text('provider').notNull(),
    isFromBackend: boolean('is_from_backend').notNull(),
    /** Of the body it translates, see `bodyHash`: a translation of an older body is not shown. */
    bodyHash: text('body_hash').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.messageId, t.locale] }),
    foreignKey({
      name: 'message_translations_message',
      columns: [t.workspaceId, t.messageId],
      foreignColumns: [messages.workspaceId, messages.id],
    }).onDelete('cascade'),
  ],
)

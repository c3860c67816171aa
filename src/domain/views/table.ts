import { boolean, foreignKey, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { id, moment, workspaceId } from '#platform/db/columns.ts'

/** Saved filters, as the vendors keep them. */
export const views = pgTable(
  'views',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id'),
    externalId: text('external_id'),
    name: text('name').notNull(),
    isShared: boolean('is_shared').notNull().default(true),
    position: integer('position').notNull().default(0),
    /** The vendor's own condition, untranslated. */
    condition: jsonb('condition'),
    createdAt: moment('created_at'),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'views_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    unique('views_external').on(t.workspaceId, t.backendId, t.externalId),
  ],
)

import { foreignKey, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { id, moment, workspaceId } from '#platform/db/columns.ts'

/** Words to sort tickets by. A backend's own, or ours when it has none. */
export const tags = pgTable(
  'tags',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id'),
    externalId: text('external_id'),
    name: text('name').notNull(),
    color: text('color'),
    createdAt: moment('created_at'),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'tags_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    unique('tags_external').on(t.workspaceId, t.backendId, t.externalId),
    index('tags_by_name').on(t.workspaceId, t.name, t.id),
  ],
)

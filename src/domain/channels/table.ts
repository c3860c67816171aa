import { foreignKey, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { externalId, id, oneOf, workspaceId } from '#platform/db/columns.ts'
import { channelTypes } from '#vocabulary.ts'

/** The ways a backend is reached: a mailbox type, a chat widget, a Facebook page … */
export const channels = pgTable(
  'channels',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    externalId: externalId(),
    type: text('type').$type<keyof typeof channelTypes>().notNull(),
    name: text('name').notNull(),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'channels_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    unique('channels_external').on(t.workspaceId, t.backendId, t.externalId),
    oneOf('channels_type', t.type, channelTypes),
  ],
)

/** One account of a channel: this mailbox, that page. */
export const channelAccounts = pgTable(
  'channel_accounts',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    channelId: uuid('channel_id').notNull(),
    externalId: externalId(),
    name: text('name').notNull(),
    address: text('address'),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'channel_accounts_channel',
      columns: [t.workspaceId, t.channelId],
      foreignColumns: [channels.workspaceId, channels.id],
    }),
    unique('channel_accounts_external').on(t.workspaceId, t.backendId, t.externalId),
  ],
)

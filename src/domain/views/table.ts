import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  foreignKey,
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
import { id, moment, workspaceId } from '#platform/db/columns.ts'

/** Saved filters, as the vendors keep them. Only the sync writes them. */
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
    /** The same as a `TicketFilter`, as a client would send it; null where our filter cannot say it. */
    filter: jsonb('filter'),
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

/** Saved filters that our clients made. No help desk hears of them. */
export const savedViews = pgTable(
  'saved_views',
  {
    workspaceId: workspaceId(),
    id: id(),
    /** Whose it is: a person of ours, and always the token it was made with. */
    ownerId: uuid('owner_id'),
    ownerTokenName: text('owner_token_name').notNull(),
    name: text('name').notNull(),
    icon: text('icon'),
    color: text('color'),
    isShared: boolean('is_shared').notNull(),
    position: integer('position').notNull(),
    /** A `TicketFilter` and a `[TicketOrder!]` as a client would send them; checked again whenever they are used. */
    filter: jsonb('filter').notNull(),
    orderBy: jsonb('order_by'),
    groupBy: text('group_by'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    updatedAt: moment('updated_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'saved_views_owner',
      columns: [t.workspaceId, t.ownerId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
    check('saved_views_filter', sql`jsonb_typeof(${t.filter}) = 'object'`),
  ],
)

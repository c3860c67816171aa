import { sql } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from '#platform/db/columns.ts'

/** The tenants. Every row of every other table belongs to exactly one. */
export const workspaces = pgTable('workspaces', {
  id: uuid('id').primaryKey(),
  key: text('key').notNull().unique(),
  name: text('name').notNull(),
  defaultLocale: text('default_locale').notNull().default('en'),
  createdAt: moment('created_at').notNull().default(sql`now()`),
})

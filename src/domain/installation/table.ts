import { sql } from 'drizzle-orm'
import { boolean, check, pgTable, text } from 'drizzle-orm/pg-core'

/** What all gateways of this database share: one row, which the migration makes. */
export const installation = pgTable(
  'installation',
  {
    isOnly: boolean('is_only').primaryKey().default(true),
    /** Signs download and upload addresses; hexadecimal, 256 random bits. */
    linkKey: text('link_key').notNull(),
  },
  (t) => [check('installation_only', sql`${t.isOnly}`)],
)

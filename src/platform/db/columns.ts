/** Columns that many tables share. Every table's key starts with the workspace, so that no row can point into another. */
import { sql } from 'drizzle-orm'
import { type AnyPgColumn, check, customType, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { wordsOf } from '#vocabulary.ts'

export const workspaceId = () => uuid('workspace_id').notNull()
/** A UUIDv7 made by us. */
export const id = () => uuid('id').notNull()
/** The vendor's id, always text. */
export const externalId = () => text('external_id').notNull()
/** A moment, to the millisecond: what JavaScript, our cursors and lists of columns can carry without loss. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 })
/** JSON kept as the text that came (`json`, not `jsonb`): cheaper to write, and the vendor's order of keys survives. */
export const verbatimJson = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
})

/** A transaction's number, which never comes again in the same cluster; digits as text. */
export const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' })
/** A whole number past what JavaScript can count; digits as text. */
export const digits = customType<{ data: string }>({ dataType: () => 'bigint', fromDriver: String })

/** A check that a column holds only words of a vocabulary. */
export function oneOf(name: string, column: AnyPgColumn, vocabulary: Record<string, string>) {
  const words = sql.raw(
    wordsOf(vocabulary)
      .map((word) => `'${word}'`)
      .join(', '),
  )
  return check(name, sql`${column} in (${words})`)
}

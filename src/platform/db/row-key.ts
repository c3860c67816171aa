/** Which column tells a table's rows apart within their workspace. */
import { getTableColumns, is, type Subquery } from 'drizzle-orm'
import { getTableConfig, type PgColumn, PgTable } from 'drizzle-orm/pg-core'

/** Asked of every page; drizzle puts a table's description together anew each time. */
const known = new WeakMap<PgTable | Subquery, PgColumn | null>()

/** Null for a table that takes several for that, or none. */
export function rowKeyOf(table: PgTable | Subquery): PgColumn | null {
  const key = known.get(table)
  if (key !== undefined) return key
  const found = is(table, PgTable) ? foundIn(table) : null
  known.set(table, found)
  return found
}

function foundIn(table: PgTable): PgColumn | null {
  const names = getTableConfig(table).primaryKeys[0]?.columns.map(({ name }) => name) ?? []
  const [key, ...others] = names.filter((name) => name !== 'workspace_id')
  if (names.length !== 2 || others.length > 0) return null
  // A primary key has copies of its columns, not those that statements select.
  return Object.values<PgColumn>(getTableColumns(table)).find(({ name }) => name === key) ?? null
}

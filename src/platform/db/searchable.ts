import { getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

const [originalName, isAlias] = [Symbol.for('drizzle:OriginalName'), Symbol.for('drizzle:IsAlias')]

/**
 * The table under its own name, read from its view `searchable_…` (see the migration `walls`): there Postgres may use an
 * index on words, on a pattern or on `lower(…)`, which row-level security keeps it from on the table itself.
 */
export function searchable<Table extends PgTable>(table: Table): Table {
  const view = `searchable_${getTableName(table)}`
  // What drizzle-orm 0.45 looks at to write `from "searchable_actors" "actors"`.
  const asked = new Map<unknown, unknown>([
    [originalName, view],
    [isAlias, true],
  ])
  return new Proxy(table, { get: (target, key) => asked.get(key) ?? Reflect.get(target, key) })
}

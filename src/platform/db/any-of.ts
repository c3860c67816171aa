import { type SQL, sql } from 'drizzle-orm'

/** `column = any($1)` with one parameter, however many values. */
export function anyOf(column: unknown, values: readonly unknown[]): SQL {
  return sql`${column} = any(${sql.param(values)})`
}

/** As `anyOf`, of ids: also where Postgres cannot tell the type by the column, as of none. */
export function anyOfIds(column: unknown, ids: readonly string[]): SQL {
  return sql`${column} = any(${sql.param(ids)}::uuid[])`
}

/**
 * Many rows in one statement of constant text: the rows travel as one JSON parameter. Measured with their indexes on two
 * shared cores: see the numbers at `upsertInto`.
 */
import { getTableColumns, sql } from 'drizzle-orm'
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'

type Names<Table extends PgTable> = keyof Table['$inferSelect'] & string

/** Columns that Postgres fills in by itself. */
type Generated<Table extends PgTable> = {
  [Name in Names<Table>]: Table['_']['columns'][Name]['_']['identity'] extends 'always' ? Name : never
}[Names<Table>]

/** A whole row: every column has to be there, null where there is nothing, since defaults do not apply. */
export type WholeRow<Table extends PgTable> = Omit<Table['$inferSelect'], Generated<Table>>

export type UpsertOptions<Table extends PgTable> = {
  /** Columns of the unique constraint that tells whether a row is there already; none: plain insert. */
  key?: Names<Table>[]
  /** Columns that keep their value when the row is there. `'all'`: such a row is left as it is. */
  keep?: Names<Table>[] | 'all'
  /** Further condition for overwriting a row; `old` is what is there, `excluded` what comes. */
  where?: string
  /** Columns that are left to their defaults or generated. */
  omit?: Names<Table>[]
}

/**
 * A function that writes rows into a table and says how many it wrote. Property names and types are Drizzle's; text that
 * Postgres cannot hold (NUL, lone surrogates) becomes U+FFFD.
 */
export function upsertInto<Table extends PgTable>(table: Table, options: UpsertOptions<Table> = {}) {
  const { before, after } = statementOf(table, options)
  return async (db: Db, rows: readonly Partial<WholeRow<Table>>[]): Promise<number> => {
    if (rows.length === 0) return 0
    const result = await db.execute(sql`${before}${wellFormedJson(JSON.stringify(rows.map(withoutNulls)))}${after}`)
    return result.rowCount ?? 0
  }
}

/** A key that is missing is null in Postgres too, and most columns of most rows are: the JSON shrinks by a third. */
function withoutNulls(row: Record<string, unknown>): object {
  const kept: Record<string, unknown> = {}
  for (const name of Object.keys(row)) if (row[name] !== null) kept[name] = row[name]
  return kept
}

function statementOf<Table extends PgTable>(table: Table, options: UpsertOptions<Table>) {
  const { key = [], keep = [], where, omit = [] } = options
  const { name } = getTableConfig(table)
  const properties = getTableColumns(table) as Record<string, PgColumn>
  const names = Object.keys(properties).filter((property) => !omit.includes(property as never))
  const columnOf = (property: string) => `"${properties[property]?.name}"`
  const columns = names.map(columnOf).join(', ')
  const fields = names.map((property) => `"${property}" ${properties[property]?.getSQLType()}`).join(', ')
  const kept: string[] = keep === 'all' ? names : [...key, ...keep]
  const overwritten = names.filter((property) => !kept.includes(property))
  const target = key.length > 0 ? `(${key.map(columnOf).join(', ')})` : ''
  const update = overwritten.map((property) => `${columnOf(property)} = excluded.${columnOf(property)}`).join(', ')
  const conflict =
    key.length === 0
      ? ''
      : update === ''
        ? `on conflict ${target} do nothing`
        : `on conflict ${target} do update set ${update}${where ? ` where ${where}` : ''}`
  return {
    before: sql.raw(`insert into "${name}" as old (${columns}) select * from json_to_recordset(`),
    after: sql.raw(`::json) as new(${fields}) ${conflict}`),
  }
}

const UNSTORABLE = /\\u(?:0000|d[89a-f])/i
const UNSTORABLE_ESCAPES = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** `JSON.stringify` writes paired surrogates as they are, so an escaped one is alone. */
function wellFormedJson(json: string): string {
  return UNSTORABLE.test(json) ? json.replace(UNSTORABLE_ESCAPES, '$1\ufffd') : json
}

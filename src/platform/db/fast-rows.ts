/**
 * Rows of a prepared statement by a function made once for its columns. Drizzle maps every value of every row by asking
 * anew what kind of column it belongs to: a fifth of the CPU of an inbox page (Q1: 13 to 37 % less CPU with this).
 */
import { Column, is, SQL } from 'drizzle-orm'
import { ColumnNotSelected } from './read-columns.ts'

type Field = { path: string[]; field: unknown }
type Decode = (value: unknown) => unknown

/** The parts of drizzle-orm 0.45's prepared statement that this relies on; a test watches them. */
type Prepared = {
  fields?: Field[]
  joinsNotNullableMap?: unknown
  customResultMapper?: (rows: unknown[][]) => unknown[]
}

/**
 * The same statement with quick rows; unchanged where its rows are not flat.
 * @param narrowed what its rows do not have, and fail to be asked for; see `read-columns.ts`.
 */
export function withFastRows<Statement extends object>(statement: Statement, narrowed?: Narrowed): Statement {
  const prepared = statement as Prepared
  const isFlat = prepared.fields?.every(({ path }) => path.length === 1)
  if (prepared.fields && isFlat) prepared.customResultMapper = mapperOf(prepared.fields, narrowed)
  else if (narrowed?.missing.length)
    throw new Error(`rows of ${narrowed.statement} are not flat: they cannot be narrowed`)
  return statement
}

type Narrowed = { statement: string; missing: string[] }

function mapperOf(fields: Field[], narrowed: Narrowed | undefined): (rows: unknown[][]) => unknown[] {
  const decoders = fields.map(({ field }) => decoderOf(field))
  const members = fields.map(({ path: [name] }, index) => {
    const value = `row[${index}]`
    return `this[${JSON.stringify(name)}] = ${decoders[index] ? `${value} === null ? null : decoders[${index}](${value})` : value}`
  })
  // Our own column names only: nothing of a client's can get into this text.
  const Row = new Function('decoders', `return function Row(row) { ${members.join('; ')} }`)(decoders) as RowMaker
  if (!narrowed?.missing.length) {
    Row.prototype = Object.prototype
    return (rows) => mapped(rows, (row) => new Row(row))
  }
  const guard = guardOf(narrowed.statement, Row, narrowed.missing)
  return (rows) => mapped(rows, (row) => Object.defineProperty(new Row(row), 'everything', guard))
}

/**
 * Empties what the driver gave: a result can outlive its request until the next full collection, and collecting took 40 %
 * of the CPU of an inbox page (Q1) while its rows did too.
 */
function mapped(rows: unknown[][], rowOf: (row: unknown[]) => unknown): unknown[] {
  const made = rows.map(rowOf)
  rows.length = 0
  return made
}

type RowMaker = { new (row: unknown[]): object; prototype: object }

/** Makes rows fail when a column is read that they lack, or all of them at once, as by spreading. */
function guardOf(statement: string, { prototype }: RowMaker, missing: string[]): PropertyDescriptor {
  const failing = (column: string | null) => ({
    enumerable: true,
    get(): never {
      throw new ColumnNotSelected(statement, column)
    },
  })
  for (const column of missing) Object.defineProperty(prototype, column, failing(column))
  return failing(null)
}

/** Null where the driver's value is already right. */
function decoderOf(field: unknown): Decode | null {
  const decoder = is(field, Column)
    ? field
    : is(field, SQL)
      ? sqlDecoder(field)
      : sqlDecoder((field as { sql: SQL }).sql)
  if (decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue) return null
  return (value) => decoder.mapFromDriverValue(value)
}

function sqlDecoder(fragment: SQL): { mapFromDriverValue: Decode } {
  return (fragment as unknown as { decoder: { mapFromDriverValue: Decode } }).decoder
}

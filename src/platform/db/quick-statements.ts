/**
 * Prepared statements without what drizzle does anew each time. It maps every value of every row by asking what kind of
 * column it belongs to, a fifth of the CPU of an inbox page (Q1: 13 to 37 % less CPU without), and goes through eight
 * closures, four promises and a look at each parameter's class, 15 of the 80 µs that a small statement takes.
 */
import { Column, DrizzleQueryError, is, Param, Placeholder, SQL } from 'drizzle-orm'
import { PgTimestamp } from 'drizzle-orm/pg-core'
import { ColumnNotSelected } from './column-not-selected.ts'
import { type Key, openSharing, type Sharing } from './together.ts'

type Field = { path: string[]; field: unknown }
type Decode = (value: unknown) => unknown
type Values = Record<string, unknown>

type Result = { rows: unknown[][]; fields: { dataTypeID: number }[] }

/** The parts of drizzle-orm 0.45's prepared statement that this relies on; a test watches them. */
type Prepared = {
  fields?: Field[]
  params: unknown[]
  queryConfig: QueryConfig
  client: { query(config: object, parameters: unknown[]): Promise<Result> }
  execute(values?: Values): Promise<unknown[]>
  quick?: Quick
}

export type QueryConfig = { name: string; text: string; types: { getTypeParser(typeId: number): Decode } }

/** What a quick statement is made of, for joining it with others. */
export type Quick = {
  client: Prepared['client']
  config: QueryConfig
  parameters: Parameter[]
  columns: string[]
  /** Of each, the place of the first that selects the same: `parentKey` is often an `id` that is selected anyhow. */
  sameAs: number[]
  /** Places of those that are moments. They take a date as well as text. */
  dates: ReadonlySet<number>
  /** Types of the columns; null until it has run. */
  typeIds: number[] | null
  rows: RowMaking
  /** Who looks up by it just now. */
  sharing: Sharing
}

/** Makes rows ours. */
type RowMaking = {
  /** From rows as the driver gives them. */
  ofRows(rows: unknown[][]): unknown[]
  /** From the values of each column. `some`: which rows, where not all. */
  ofColumns(columns: unknown[][], some?: number[]): unknown[]
}

/** How a parameter comes from the values given, and under which name; null for what it always is. */
type Parameter = { name: string | null; from(values: Values): unknown }

/**
 * Makes a statement quick; one whose rows are not flat stays as it is.
 * @param narrowed what its rows do not have, and fail to be asked for; see `read-columns.ts`.
 */
export function madeQuick<Statement extends object>(statement: Statement, narrowed?: Narrowed): Statement {
  const prepared = statement as Prepared
  if (prepared.fields?.every(({ path }) => path.length === 1)) {
    const quick: Quick = {
      ...{
        client: prepared.client,
        config: prepared.queryConfig,
        parameters: prepared.params.map(parameterOf),
        typeIds: null,
      },
      ...{
        columns: prepared.fields.map(({ path: [name] }) => name as string),
        sameAs: firstsAlike(prepared.fields),
        dates: new Set(prepared.fields.flatMap(({ field }, place) => (is(field, PgTimestamp) ? [place] : []))),
        rows: rowMaking(prepared.fields, narrowed),
        sharing: openSharing(),
      },
    }
    prepared.quick = quick
    prepared.execute = executing(quick)
  } else if (narrowed?.missing.length)
    throw new Error(`rows of ${narrowed.statement} are not flat: they cannot be narrowed`)
  return statement
}

function firstsAlike(fields: Field[]): number[] {
  return fields.map(({ field }) => fields.findIndex((other) => other.field === field))
}

/** Null for one that is not quick. */
export function quickOf(statement: object): Quick | null {
  return (statement as Prepared).quick ?? null
}

export function typeIdOf({ columns, typeIds }: Quick, column: string): number | undefined {
  return typeIds?.[columns.indexOf(column)]
}

function executing(quick: Quick): Prepared['execute'] {
  return function execute(this: Prepared, values = {}) {
    return runQuick(quick, this.client, values)
  }
}

export async function runQuick(quick: Quick, client: Quick['client'], values: Values): Promise<unknown[]> {
  const result = await resultOf(quick, client, values)
  return quick.rows.ofRows(rowsIn(quick, result))
}

/** The rows that belong to each list of keys. Who has a key in common gets a row of its own. */
export async function runQuickForEach(
  quick: Quick,
  client: Quick['client'],
  values: Values,
  keyLists: Key[][],
): Promise<unknown[][]> {
  const rows = rowsIn(quick, await resultOf(quick, client, values))
  if (keyLists.length === 1) return [quick.rows.ofRows(rows)]
  const place = quick.columns.indexOf('parentKey')
  const rowsByKey = Map.groupBy(rows, (row) => row[place] as Key)
  rows.length = 0
  return keyLists.map((keys) => quick.rows.ofRows(keys.flatMap((key) => rowsByKey.get(key) ?? [])))
}

function resultOf({ parameters, config }: Quick, client: Quick['client'], values: Values): Promise<Result> {
  const given = parameters.map(({ from }) => from(values))
  return queried(client, config, given)
}

function rowsIn(quick: Quick, { rows, fields }: Result): unknown[][] {
  quick.typeIds ??= fields.map(({ dataTypeID }) => dataTypeID)
  return rows
}

/** Fails as drizzle's statements do. */
export function queried(client: Prepared['client'], config: QueryConfig, given: unknown[]): Promise<Result> {
  return client.query(config, given).catch((cause) => {
    throw new DrizzleQueryError(config.text, given, cause)
  })
}

function parameterOf(param: unknown): Parameter {
  if (is(param, Placeholder)) return { name: param.name, from: (values) => valueIn(values, param.name) }
  if (!is(param, Param) || !is(param.value, Placeholder)) return { name: null, from: () => param }
  const { encoder, value } = param
  return { name: value.name, from: (values) => encoder.mapToDriverValue(valueIn(values, value.name)) }
}

function valueIn(values: Values, name: string): unknown {
  if (name in values) return values[name]
  throw new Error(`No value for placeholder "${name}" was provided`)
}

type Narrowed = { statement: string; missing: string[] }

/**
 * Afterwards what rows are made of is emptied, columns by who gave them: a result can outlive its request until the next
 * full collection, and collecting took 40 % of the CPU of an inbox page (Q1) while its rows did too.
 */
function rowMaking(fields: Field[], narrowed: Narrowed | undefined): RowMaking {
  const fromRow = rowMaker(fields, narrowed, (index) => `given[${index}]`)
  const fromColumns = rowMaker(fields, narrowed, (index) => `given[${index}][at]`)
  return {
    ofRows(rows) {
      const made = rows.map((row) => fromRow(row, 0))
      rows.length = 0
      return made
    },
    ofColumns(columns, some) {
      if (some) return some.map((at) => fromColumns(columns, at))
      const made: unknown[] = []
      for (let at = 0; at < (columns[0]?.length ?? 0); at++) made.push(fromColumns(columns, at))
      return made
    },
  }
}

/** `written`: where the value of a field lies, in JavaScript. */
function rowMaker(
  fields: Field[],
  narrowed: Narrowed | undefined,
  written: (index: number) => string,
): (given: unknown[], at: number) => object {
  const decoders = fields.map(({ field }) => decoderOf(field))
  const members = fields.map(({ path: [name] }, index) => {
    const value = written(index)
    return `this[${JSON.stringify(name)}] = ${decoders[index] ? `${value} === null ? null : decoders[${index}](${value})` : value}`
  })
  // Our own column names only: nothing of a client's can get into this text.
  const Row = new Function('decoders', `return function Row(given, at) { ${members.join('; ')} }`)(decoders) as RowMaker
  if (!narrowed?.missing.length) {
    Row.prototype = Object.prototype
    return (given, at) => new Row(given, at)
  }
  const guard = guardOf(narrowed.statement, Row, narrowed.missing)
  return (given, at) => Object.defineProperty(new Row(given, at), 'everything', guard)
}

type RowMaker = { new (given: unknown[], at: number): object; prototype: object }

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
  // Read once: columns of a subquery are proxies.
  const { mapFromDriverValue } = decoder
  if (mapFromDriverValue === Column.prototype.mapFromDriverValue) return null
  return (value) => mapFromDriverValue.call(decoder, value)
}

function sqlDecoder(fragment: SQL): { mapFromDriverValue: Decode } {
  return (fragment as unknown as { decoder: { mapFromDriverValue: Decode } }).decoder
}

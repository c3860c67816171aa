/**
 * Batched look-ups: `oneBy` and `manyBy` make a loader from a table and a column in one line. All keys asked for in one
 * tick go into one statement of constant text, prepared by name. A loader lives for one request and is never shared
 * between two; every look-up stays inside the request's workspace.
 */
import DataLoader from 'dataloader'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'
import { keepStatements } from './kept.ts'
import { groupsOf, keyedLoader } from './keyed-loader.ts'
import type { Columns, LoadContext, Narrowable, RowOf } from './load-context.ts'
import type { Loaded } from './loaded.ts'
import { perRequest } from './per-request.ts'
import { rowKeyOf } from './row-key.ts'
import { filledUp } from './usual-keys.ts'

export type { Columns, LoadContext, RowOf } from './load-context.ts'

type KeyedTable = PgTable & { workspaceId: PgColumn }
type Options = { name: string; where?: SQL; orderBy?: SQL[] }

/** The row whose column holds the key; null when there is none in the workspace. */
export function oneBy<Selected extends Columns>(
  table: KeyedTable,
  key: PgColumn,
  columns: Selected,
  options?: Partial<Options>,
) {
  return loadedBy(table, key, columns, options, ([row]): RowOf<Selected> | null => row ?? null)
}

/** All rows whose column holds the key, in the order given. */
export function manyBy<Selected extends Columns>(
  table: KeyedTable,
  key: PgColumn,
  columns: Selected,
  options?: Partial<Options>,
) {
  return loadedBy(table, key, columns, options, (group) => group)
}

function loadedBy<Selected extends Columns, Value>(
  table: KeyedTable,
  key: PgColumn,
  columns: Selected,
  options: Partial<Options> = {},
  valueFrom: (group: RowOf<Selected>[]) => Value,
) {
  const build = (selected: Selected) => (db: Db) =>
    db
      .select({ ...selected, parentKey: key })
      .from(table as PgTable)
      .where(
        and(
          eq(table.workspaceId, sql.placeholder('workspaceId')),
          sql`${key} = any(${sql.placeholder('keys')})`,
          options.where,
        ),
      )
      .orderBy(...(options.orderBy ?? []))
  const name = options.name ?? `${getTableConfig(table).name}_by_${key.name}`
  const rowKey = rowKeyOf(table)
  const lookedUpBy = key === rowKey && !options.where ? key : null
  return loadedBySelect({ name, key, columns, build, valueFrom, rowKey, lookedUpBy })
}

type Link = { table: KeyedTable; from: PgColumn; to: PgColumn }

/** All rows that a table of links leads to from the key. */
export function manyThrough<Selected extends Columns>(
  link: Link,
  table: KeyedTable & { id: PgColumn },
  columns: Selected,
  { name, orderBy }: { name: string; orderBy: (PgColumn | SQL)[] },
) {
  const build = (selected: Selected) => (db: Db) =>
    db
      .select({ ...selected, parentKey: link.from })
      .from(link.table as PgTable)
      .innerJoin(table as PgTable, and(eq(table.workspaceId, link.table.workspaceId), eq(table.id, link.to)))
      .where(
        and(
          eq(link.table.workspaceId, sql.placeholder('workspaceId')),
          sql`${link.from} = any(${sql.placeholder('keys')})`,
        ),
      )
      .orderBy(...orderBy)
  return loadedBySelect({
    ...{ name, key: link.from, columns, build },
    valueFrom: (group: RowOf<Selected>[]) => group,
  })
}

type Select<Selected extends Columns, Value> = Pick<Narrowable, 'rowKey' | 'lookedUpBy'> & {
  name: string
  key: PgColumn
  columns: Selected
  /** Selects rows with the key they belong to as `parentKey`, for all of `$keys`. */
  build(selected: Selected): (db: Db) => unknown
  valueFrom(group: RowOf<Selected>[]): Value
}

function loadedBySelect<Selected extends Columns, Value>(select: Select<Selected, Value>) {
  const { name, columns, build, rowKey, lookedUpBy } = select
  const stem = onlyOnce(name)
  const statement: Narrowable = {
    ...{ stem, name, columns: () => columns, build: build as Narrowable['build'], values: {}, rowKey, lookedUpBy },
  }
  const isUuid = select.key.getSQLType() === 'uuid'
  const load = keyedLoader<null, Value>({
    ...{
      statements,
      statement: () => statement,
      valueFrom: select.valueFrom as (rows: unknown[]) => Value,
    },
    given(keys) {
      const all = filledUp(keys, keys[0] ?? null)
      return isUuid ? uuidArray(all) : all
    },
  })
  return (context: LoadContext, key: string): Loaded<Value> => load(context, key, '', null)
}

// As many as there are loaders, and variants of them, which are bounded.
const statements = keepStatements(Number.POSITIVE_INFINITY)

const namesInUse = new Set<string>()

/** A connection takes one text under one name: a second loader of the same name would fail on its first use. */
function onlyOnce(name: string): string {
  if (namesInUse.has(name)) throw new Error(`two loaders prepare a statement named ${name}: give one another name`)
  namesInUse.add(name)
  return name
}

/** A DataLoader for each request, made when first asked for. */
export function loaderPerRequest<Key, Value, CacheKey = Key>(
  load: (context: LoadContext, keys: readonly Key[]) => Promise<Value[]>,
  options: DataLoader.Options<Key, Value, CacheKey> = {},
): (context: LoadContext) => DataLoader<Key, Value, CacheKey> {
  return perRequest((context) => new DataLoader((keys) => load(context, keys), { maxBatchSize: 500, ...options }))
}

const works = loaderPerRequest<() => Promise<unknown>, unknown>(
  async (_context, running) => Promise.all(running.map((work) => work().catch((error: Error) => error))),
  { cache: false },
)

/**
 * What is read side by side and answered together, so that what hangs on it is asked for in one go: without, the loaders
 * below two statements run twice, since two statements never end at the same moment.
 */
export function sideBySide<Result>(context: LoadContext, work: () => Promise<Result>): Promise<Result> {
  return works(context).load(work) as Promise<Result>
}

/** As Postgres reads an array. The driver would look through each for what to escape, which takes 1 µs a key. */
export function uuidArray(ids: readonly (string | null)[]): string {
  return `{${ids.map((id) => id ?? 'null').join(',')}}`
}

/** Rows under the keys they were asked by, in the keys' order. */
export function grouped<Key extends string | null, Row extends { parentKey: Key }>(
  keys: readonly Key[],
  rows: Row[],
): Row[][] {
  const groups = groupsOf(rows)
  return keys.map((key) => groups.get(key) ?? [])
}

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
import { withFastRows } from './fast-rows.ts'
import { onShare, rootOf } from './wall.ts'

/** What loaders need of a request. `rows`: of several that may share rows by key, as those are the same for all of a workspace. */
export type LoadContext = { db: Db; workspaceId: string; rows?: LoadContext }

/** Columns to select, by the name they get in the row. */
export type Columns = Record<string, PgColumn | SQL.Aliased>
export type RowOf<Selected extends Columns> = {
  [Name in keyof Selected]: Selected[Name] extends PgColumn
    ? Selected[Name]['_']['notNull'] extends true
      ? Selected[Name]['_']['data']
      : Selected[Name]['_']['data'] | null
    : Selected[Name] extends SQL.Aliased<infer Data>
      ? Data
      : never
}

type KeyedTable = PgTable & { workspaceId: PgColumn }
type Options = { name: string; where?: SQL; orderBy?: SQL[] }

/** The row whose column holds the key; null when there is none in the workspace. */
export function oneBy<Selected extends Columns>(
  table: KeyedTable,
  key: PgColumn,
  columns: Selected,
  options?: Partial<Options>,
) {
  const many = manyBy(table, key, columns, options)
  return async (context: LoadContext, value: string): Promise<RowOf<Selected> | null> =>
    (await many(context, value))[0] ?? null
}

/** All rows whose column holds the key, in the order given. */
export function manyBy<Selected extends Columns>(
  table: KeyedTable,
  key: PgColumn,
  columns: Selected,
  options: Partial<Options> = {},
) {
  const name = onlyOnce(options.name ?? `${getTableConfig(table).name}_by_${key.name}`)
  const prepared = preparedPerDb((db) =>
    db
      .select({ ...columns, parentKey: key })
      .from(table as PgTable)
      .where(
        and(
          eq(table.workspaceId, sql.placeholder('workspaceId')),
          sql`${key} = any(${sql.placeholder('keys')})`,
          options.where,
        ),
      )
      .orderBy(...(options.orderBy ?? []))
      .prepare(name),
  )
  const loaderOf = loaderPerRequest<string, RowOf<Selected>[]>(async (context, keys) => {
    const rows = (await prepared(context.db).execute({
      workspaceId: context.workspaceId,
      keys,
    })) as (RowOf<Selected> & { parentKey: string })[]
    return grouped(keys, rows)
  })
  return (context: LoadContext, value: string): Promise<RowOf<Selected>[]> =>
    loaderOf(context.rows ?? context).load(value)
}

const namesInUse = new Set<string>()

/** A connection takes one text under one name: a second loader of the same name would fail on its first use. */
function onlyOnce(name: string): string {
  if (namesInUse.has(name)) throw new Error(`two loaders prepare a statement named ${name}: give one another name`)
  namesInUse.add(name)
  return name
}

const forgetters: ((context: LoadContext) => void)[] = []

/** After a change: whatever this request has loaded is read again when it is asked for. */
export function forgetLoaded(context: LoadContext): void {
  for (const forget of forgetters) forget(context)
}

/** A DataLoader for each request, made when first asked for. */
export function loaderPerRequest<Key, Value, CacheKey = Key>(
  load: (context: LoadContext, keys: readonly Key[]) => Promise<Value[]>,
  options: DataLoader.Options<Key, Value, CacheKey> = {},
): (context: LoadContext) => DataLoader<Key, Value, CacheKey> {
  const loaders = new WeakMap<LoadContext, DataLoader<Key, Value, CacheKey>>()
  forgetters.push((context) => loaders.delete(context))
  return (context) => {
    let loader = loaders.get(context)
    if (!loader) {
      loader = new DataLoader<Key, Value, CacheKey>((keys) => load(context, keys), { maxBatchSize: 500, ...options })
      loaders.set(context, loader)
    }
    return loader
  }
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

/** A statement prepared once per database. */
export function preparedPerDb<Statement extends object>(prepare: (db: Db) => Statement): (db: Db) => Statement {
  const statementOf = perDb((db) => withFastRows(prepare(db)))
  return (db) => onShare(db, statementOf(db))
}

/** Something made once per database, whatever workspaces it is asked for. */
export function perDb<Made extends object>(make: (db: Db) => Made): (db: Db) => Made {
  const all = new WeakMap<Db, Made>()
  return (db) => {
    const root = rootOf(db)
    let made = all.get(root)
    if (!made) {
      made = make(root)
      all.set(root, made)
    }
    return made
  }
}

/** Rows under the keys they were asked by, in the keys' order. */
export function grouped<Key extends string | null, Row extends { parentKey: Key }>(
  keys: readonly Key[],
  rows: Row[],
): Row[][] {
  const byKey = new Map<Key, Row[]>()
  for (const row of rows) {
    const group = byKey.get(row.parentKey)
    if (group) group.push(row)
    else byKey.set(row.parentKey, [row])
  }
  return keys.map((key) => byKey.get(key) ?? [])
}

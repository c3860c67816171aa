/**
 * Pages by keyset: the position is the values of the last row, not a count, so a page stays right while rows come and go
 * and the thousandth costs what the first costs.
 */
import { and, asc, Column, desc, eq, is, type Placeholder, type SQL, type Subquery, sql } from 'drizzle-orm'
import { type PgColumn, type PgTable, type SubqueryWithSelection, unionAll } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'
import { digestOf } from './digest.ts'
import { type Filter, noFilter } from './filter.ts'
import { keepStatements } from './kept.ts'
import { keyedLoader } from './keyed-loader.ts'
import type { Columns, LoadContext, Narrowable, RowOf } from './load-context.ts'
import type { Loaded } from './loaded.ts'
import { uuidArray } from './loader.ts'
import { type NamedOrder, type OrderStep, type Position, positionsIn, withPosition } from './order.ts'
import { rowKeyOf } from './row-key.ts'
import { runNarrowed } from './run-narrowed.ts'
import { filledUp } from './usual-keys.ts'

const statements = keepStatements(300)

/**
 * Rows of a page that a client may ask for, and the one that tells whether there is more. Written into the statement, where
 * Postgres sees it: by a parameter alone it takes a page for a tenth of the list, and plans the statement anew each time.
 * That took longer than running it for a ticket with its threads (Q2: 0.99 ms and 0.38), and a third of an inbox page (Q1).
 */
const usualRows = 101

/**
 * Which part of the list: `size` rows from its start or, `fromEnd`, from its end; beyond a position. `isLast`: nobody asks
 * whether there is more, so no row is read to see.
 */
export type PageRequest = {
  size: number
  fromEnd: boolean
  isLast?: true
  after: Position | null
  before: Position | null
}
export type Page<Row> = {
  rows: Row[]
  /** The place of one of them. */
  positionOf(row: Row): Position
  hasNextPage: boolean
  hasPreviousPage: boolean
}

type Source<Selected extends Columns> = {
  /** Stem of the names of its prepared statements. */
  name: string
  /** Also several tables as one. */
  table: (PgTable | Subquery) & { workspaceId: PgColumn }
  columns: Selected
  order: NamedOrder
  where?: SQL | undefined
}

/** A page of a whole table. */
export async function pageOf<Selected extends Columns>(
  context: LoadContext,
  source: Source<Selected>,
  request: PageRequest,
  filter: Filter = noFilter,
): Promise<Page<RowOf<Selected>>> {
  const rows = await runNarrowed(context, {
    statements,
    statement: statementOf(source, request, filter),
    source: source.name,
  })
  return pageFrom(rows as never, request, source)
}

/** With a parent, of one page for each parent in `$keys`. */
function statementOf(source: Source<Columns>, request: PageRequest, filter: Filter, parent?: Parent): Narrowable {
  return {
    ...{
      stem: source.name,
      name: nameOf(source, request, filter),
      columns: () => withPosition(source.columns, source.order),
    },
    build: (columns) => (db) => selectOf(db, { ...source, columns }, request, filter, parent),
    values: { ...valuesOf(request), ...filter.values },
    // Parents told by conditions may share a row, which comes twice.
    rowKey: !parent || is(parent, Column) ? rowKeyOf(source.table) : null,
  }
}

/** How many rows of a table fit a filter. */
export async function countOf(
  context: LoadContext,
  source: Source<Columns>,
  filter: Filter = noFilter,
): Promise<number> {
  const count = (db: Db) =>
    db
      .select({ count: sql<number>`count(*)` })
      .from(source.table as PgTable)
      .where(and(eq(source.table.workspaceId, sql.placeholder('workspaceId')), source.where, filter.where()))
  const name = filter.isNested ? undefined : `count_${source.name}_${digestOf(filter.shape)}`
  const [row] = (await statements.run(context.db, name, count, {
    workspaceId: context.workspaceId,
    ...filter.values,
  })) as {
    count: number
  }[]
  return Number(row?.count ?? 0)
}

/**
 * What the rows of one page have in common: a column that holds the parent's id, or conditions on `parent.id`, of which one
 * at most holds for a parent. Apart, so that each finds its own index.
 */
export type Parent = PgColumn | { type: 'uuid' | 'text'; conditions: SQL[] }

type Detail = { request: PageRequest; order: NamedOrder; filter: Filter }

/** A loader of pages, one for each parent: all parents asked with the same request share one statement. */
export function pageBy<Selected extends Columns>(parent: Parent, source: Source<Selected>) {
  const isColumn = is(parent, Column)
  const isUuid = isColumn || parent.type === 'uuid'
  const load = keyedLoader<Detail, Page<RowOf<Selected>>>({
    statements,
    statement: ({ request, order, filter }) => statementOf({ ...source, order }, request, filter, parent),
    given(keys) {
      // A condition may say that something belongs to null.
      const all = isColumn ? filledUp(keys, null) : keys
      return isUuid ? uuidArray(all) : all
    },
    valueFrom: (rows, { request, order }) => pageFrom(rows as never, request, { columns: source.columns, order }),
  })
  // Rows of a list above mostly ask for the very same, one after the other: 60 ns each instead of 290.
  let last: (Detail & { name: string }) | null = null
  function nameOfBatch(detail: Detail): string {
    const { request, order, filter } = detail
    const isSame = last?.request === request && last.order === order && last.filter === filter
    if (!last || !isSame) last = { ...detail, name: batchOf(detail) }
    return last.name
  }
  return (
    context: LoadContext,
    /** Null stands for none, where a condition says what that means. */
    parentId: string | null,
    request: PageRequest,
    { order = source.order, filter = noFilter }: { order?: NamedOrder; filter?: Filter } = {},
  ): Loaded<Page<RowOf<Selected>>> => {
    const detail = { request, order, filter }
    return load(context, parentId, nameOfBatch(detail), detail)
  }
}

/** A loader of counts, one for each parent. */
export function countBy(parent: PgColumn, source: Source<Columns>) {
  const stem = `count_${source.name}_by_${parent.name}`
  const countsFor = (filter: Filter): Narrowable => ({
    ...{ stem, columns: () => ({ count: sql<number>`count(*)`.as('count') }), values: filter.values },
    name: filter.isNested ? undefined : `${stem}_${digestOf(filter.shape)}`,
    build: (columns) => (db) =>
      db
        .select({ ...columns, parentKey: parent })
        .from(source.table as PgTable)
        .where(
          and(
            eq(source.table.workspaceId, sql.placeholder('workspaceId')),
            sql`${parent} = any(${sql.placeholder('keys')})`,
            source.where,
            filter.where(),
          ),
        )
        .groupBy(parent),
  })
  const load = keyedLoader<Filter, number>({
    ...{ statements, statement: countsFor, given: (keys) => uuidArray(filledUp(keys, keys[0] ?? null)) },
    valueFrom: ([row]) => Number((row as { count: number } | undefined)?.count ?? 0),
  })
  return (context: LoadContext, parentId: string, filter: Filter = noFilter): Loaded<number> =>
    load(context, parentId, JSON.stringify([filter.shape, filter.values]), filter)
}

/** The same for requests that one statement can answer. */
function batchOf({
  request: { size, fromEnd, isLast, after, before },
  order,
  filter: { shape, values },
}: Detail): string {
  const places = after || before ? JSON.stringify([after, before]) : ''
  return `${size} ${fromEnd} ${isLast} ${order.name} ${shape} ${places} ${shape === '' ? '' : JSON.stringify(values)}`
}

/** The statement of one page; with a parent, of one page for each parent in `$keys`. */
function selectOf(db: Db, source: Source<Columns>, request: PageRequest, filter: Filter, parent?: Parent) {
  const { table, columns, where } = source
  const order = source.order.steps
  const walked = request.fromEnd ? order.map(reversed) : order
  const rowsWhere = (ofParent?: SQL) =>
    db
      .select(columns)
      .from(table as PgTable)
      .where(
        and(
          eq(table.workspaceId, sql.placeholder('workspaceId')),
          ofParent,
          where,
          filter.where(),
          request.after ? beyond(order, 'after') : undefined,
          request.before ? beyond(order.map(reversed), 'before') : undefined,
        ),
      )
      .orderBy(...walked.map((step) => (step.direction === 'ASC' ? asc(step.by) : desc(step.by))))
  // The builder's types cannot follow a selection that is itself a parameter.
  const pageWhere = (ofParent?: SQL): AnyPage => {
    const rows = rowsWhere(ofParent) as AnySelect
    if (!isUsual(request)) return rows.limit(sql.placeholder('limit'))
    const usual = rows.limit(sql.raw(String(usualRows))).as('rows')
    return db.select(usual._.selectedFields).from(usual).limit(sql.placeholder('limit'))
  }
  if (!parent) return pageWhere()
  const { type, conditions } = is(parent, Column) ? { type: 'uuid', conditions: [sql`${parent} = parent.id`] } : parent
  const [page, ...others] = conditions.map(pageWhere)
  const lateral = others
    .reduce((one, other) => unionAll(one as never, other as never) as never, page as AnyPage)
    .as('page')
  const fields = lateral._.selectedFields as Record<string, PgColumn>
  return db
    .select({ ...fields, parentKey: sql<string>`parent.id`.as('parent_key') })
    .from(sql`unnest(${sql.placeholder('keys')}::${sql.raw(type)}[]) as parent(id)`)
    .crossJoinLateral(lateral)
}

const isUsual = ({ size }: PageRequest) => size < usualRows

type AnySelect = { limit(most: SQL | Placeholder): AnyPage }
type AnyPage = { as<Alias extends string>(alias: Alias): SubqueryWithSelection<Record<string, PgColumn>, Alias> }

/** Rows past a position: one row comparison when all steps go one way, else spelled out. */
function beyond(order: OrderStep[], name: string): SQL {
  const value = (step: OrderStep, index: number) =>
    sql`${sql.placeholder(`${name}${index}`)}::text::${sql.raw(step.type)}`
  const sign = (step: OrderStep) => sql.raw(step.direction === 'ASC' ? '>' : '<')
  const first = order[0] as OrderStep
  if (order.every((step) => step.direction === first.direction)) {
    return sql`(${sql.join(
      order.map((step) => sql`${step.by}`),
      sql`, `,
    )}) ${sign(first)} (${sql.join(order.map(value), sql`, `)})`
  }
  const alternatives = order.map((step, index) => {
    const equalBefore = order.slice(0, index).map((earlier, place) => sql`${earlier.by} = ${value(earlier, place)}`)
    return sql`(${sql.join([...equalBefore, sql`${step.by} ${sign(step)} ${value(step, index)}`], sql` and `)})`
  })
  return sql`(${sql.join(alternatives, sql` or `)})`
}

function reversed(step: OrderStep): OrderStep {
  return { ...step, direction: step.direction === 'ASC' ? 'DESC' : 'ASC' }
}

/** The name stands for the whole text: source, order, filter and the shape of the request. Postgres cuts names at 63 bytes. */
function nameOf(source: Source<Columns>, request: PageRequest, filter: Filter): string | undefined {
  if (filter.isNested) return undefined
  const { fromEnd, after, before } = request
  const ends = `${fromEnd ? 'l' : 'f'}${after ? 'a' : ''}${before ? 'b' : ''}${isUsual(request) ? '' : 'm'}`
  return `${source.name}_${digestOf(`${source.order.name} ${filter.shape}`)}_${ends}`
}

function valuesOf({ size, isLast, after, before }: PageRequest): Record<string, unknown> {
  const values: Record<string, unknown> = { limit: isLast ? size : size + 1 }
  for (const [index, value] of (after ?? []).entries()) values[`after${index}`] = value
  for (const [index, value] of (before ?? []).entries()) values[`before${index}`] = value
  return values
}

function pageFrom<Row extends object>(
  rows: Row[],
  request: PageRequest,
  { columns, order }: Pick<Source<Columns>, 'columns' | 'order'>,
): Page<Row> {
  const hasMore = rows.length > request.size
  if (hasMore) rows.length = request.size
  if (request.fromEnd) rows.reverse()
  // A position that was given lies on a row, so there is something on its other side.
  const hasNextPage = request.fromEnd ? request.before !== null : hasMore
  const hasPreviousPage = request.fromEnd ? hasMore : request.after !== null
  let positionIn: ((row: Row) => Position) | null = null
  const positionOf = (row: Row) => {
    positionIn ??= positionsIn(columns, order, (other) => (other as { position: Position }).position)
    return positionIn(row)
  }
  return { rows, positionOf, hasNextPage, hasPreviousPage }
}

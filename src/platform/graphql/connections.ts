/** Connections: `nodes`, `edges`, `pageInfo`, `totalCount`, with keyset cursors. */
import type { ArgBuilder, InterfaceRef, ObjectRef } from '@pothos/core'
import { isPositionOf, type NamedOrder, type Position } from '#platform/db/order.ts'
import type { Page, PageRequest } from '#platform/db/page.ts'
import { mostCounted, type Total } from '#platform/db/total.ts'
import { badInput, checkBetween } from './bad-input.ts'
import { builder, type GraphTypes } from './builder.ts'
import { costs } from './cost.ts'

const defaultPageSize = 25
export const maxPageSize = 100

export type PageArguments = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** What a connection's resolver returns. `count` is only run when `totalCount` is asked for; a number is exact. */
export type Connection<Row> = {
  page: Page<Row>
  /** Name of the order the rows lie in. */
  order: string
  count: () => Promise<number | Total>
  /** Whether the client has these rows already: then none are sent. */
  isKnown?: () => Promise<boolean>
}

/** A page request from the four arguments; every way to misuse them is named. A cursor carries the order it was made for. */
export function pageRequestOf(args: PageArguments, order: NamedOrder, sizeByDefault = defaultPageSize): PageRequest {
  const { first, last } = args
  if (first != null && last != null) throw badInput('last', 'expected either first or last, got both')
  const size = first ?? last ?? sizeByDefault
  const argument = last != null ? 'last' : 'first'
  checkBetween(argument, size, [0, maxPageSize])
  // `before` alone means the rows just before it.
  const fromEnd = last != null || (first == null && args.before != null && args.after == null)
  return {
    size,
    fromEnd,
    after: positionFrom('after', args.after, order),
    before: positionFrom('before', args.before, order),
  }
}

/** For lists that are no connections, but continue after a cursor too. */
export function cursorOf(order: string, position: Position): string {
  return Buffer.from(JSON.stringify([order, ...position]), 'utf8').toString('base64url')
}

function positionFrom(argument: string, cursor: string | null | undefined, order: NamedOrder): Position | null {
  if (cursor == null) return null
  const parts = partsOf(cursor)
  if (!parts) throw badInput(argument, `expected a cursor of this list, got ${JSON.stringify(cursor.slice(0, 80))}`)
  const [name, ...position] = parts
  if (name !== order.name || !isPositionOf(order.steps, position)) {
    throw badInput(argument, 'expected a cursor of this list in this order, got one of another list or order')
  }
  return position
}

function partsOf(cursor: string): string[] | null {
  try {
    const bytes = Buffer.from(cursor, 'base64url')
    // Base64 has several spellings for the same bytes; only ours is a cursor.
    if (bytes.toString('base64url') !== cursor) return null
    const parts = JSON.parse(bytes.toString('utf8'))
    return Array.isArray(parts) && parts.length > 1 && parts.every((part) => typeof part === 'string') ? parts : null
  } catch {
    return null
  }
}

type PageInfoShape = Pick<Page<unknown>, 'hasNextPage' | 'hasPreviousPage'> & {
  startCursor: string | null
  endCursor: string | null
}
export const PageInfo = builder.objectRef<PageInfoShape>('PageInfo').implement({
  description: 'Where a page lies in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether there is more after this page.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Whether there is more before this page.' }),
    startCursor: t.exposeString('startCursor', {
      nullable: true,
      description: 'Cursor of the first row; null on an empty page.',
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Cursor of the last row; send it as `after` for the next page.',
    }),
  }),
})

/** Of the first row of a page, or the last; null where there is none. */
function cursorAt<Row>({ page, order }: Connection<Row>, index: number): string | null {
  const row = page.rows.at(index)
  return row === undefined ? null : cursorOf(order, page.positionOf(row))
}

/** A row and its place in an order; what a resolver of `XEdge` returns. */
export type Edge<Row> = {
  row: Row
  /** Reads columns, which are only selected where somebody asks for it. */
  cursor(): string
}

export function edgeOf<Row>(row: Row, order: string, positionOf: (row: Row) => Position): Edge<Row> {
  return { row, cursor: () => cursorOf(order, positionOf(row)) }
}

type NodeRef<Shape extends object> = ObjectRef<GraphTypes, Shape> | InterfaceRef<GraphTypes, Shape>

/** Declares `XConnection` and `XEdge` for the type X; further fields can be added to what it returns. */
export function connectionOf<Shape extends object>(name: string, node: NodeRef<Shape>, things: string) {
  return connectionWithEdge(name, node, things).Connection
}

/** The same for types whose edges are shown elsewhere too, as by a mutation that makes one. */
export function connectionWithEdge<Shape extends object>(name: string, node: NodeRef<Shape>, things: string) {
  const EdgeRef = builder.objectRef<Edge<Shape>>(`${name}Edge`)
  EdgeRef.implement({
    scopesOf: node,
    description: `One of the ${things} of a page, with its place in the list.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'Place of this row in the list, for `after` and `before`.',
        resolve: (edge) => edge.cursor(),
      }),
      node: t.field({ type: node, description: 'The row itself.', resolve: ({ row }) => row as never }),
    }),
  })
  const ConnectionRef = builder.objectRef<Connection<Shape>>(`${name}Connection`)
  ConnectionRef.implement({
    scopesOf: node,
    description: `A page of ${things}.`,
    fields: (t) => ({
      nodes: t.field({
        type: [node],
        description: 'The rows of the page.',
        resolve: (connection) => rowsToSend(connection) as never,
      }),
      edges: t.field({
        type: [EdgeRef],
        description: 'The rows with their cursors.',
        resolve: async (connection) =>
          (await rowsToSend(connection)).map((row) => edgeOf(row, connection.order, connection.page.positionOf)),
      }),
      pageInfo: t.field({
        type: PageInfo,
        description: 'Where the page lies in the list.',
        resolve: (connection) => ({
          hasNextPage: connection.page.hasNextPage,
          hasPreviousPage: connection.page.hasPreviousPage,
          startCursor: cursorAt(connection, 0),
          endCursor: cursorAt(connection, -1),
        }),
      }),
      totalCount: t.int({
        extensions: costs(2),
        description: `How many there are on all pages; counted only when asked for. More than ${mostCounted} may be estimated: see \`isTotalCountEstimated\`.`,
        resolve: async (connection) => (await totalOf(connection)).count,
      }),
      isTotalCountEstimated: t.boolean({
        extensions: costs(2),
        description:
          'Whether `totalCount` is an estimate, in two digits and right to about a tenth, because counting so many would take long.',
        resolve: async (connection) => (await totalOf(connection)).isEstimated,
      }),
    }),
  })
  return { Connection: ConnectionRef, Edge: EdgeRef }
}

/** Counted once, whatever is asked about it. */
function totalOf(connection: Pick<Connection<unknown>, 'count'>): Promise<Total> {
  let total = totals.get(connection)
  if (!total) {
    total = connection.count().then((all) => (typeof all === 'number' ? { count: all, isEstimated: false } : all))
    totals.set(connection, total)
  }
  return total
}
const totals = new WeakMap<object, Promise<Total>>()

function rowsToSend<Row>({ page, isKnown }: Connection<Row>): Page<Row>['rows'] | Promise<Page<Row>['rows']> {
  // No promise where none is needed: pages without one are quicker.
  return isKnown ? isKnown().then((known) => (known ? [] : page.rows)) : page.rows
}

/** The four arguments of every connection that can be walked both ways. */
export function pageArguments(t: ArgBuilder<GraphTypes>, sizeByDefault = defaultPageSize) {
  return {
    first: t.int({ description: `How many rows from the start, at most ${maxPageSize}. Default ${sizeByDefault}.` }),
    after: t.string({ description: 'Cursor: only rows behind it.' }),
    last: t.int({ description: `How many rows from the end, at most ${maxPageSize}; not together with \`first\`.` }),
    before: t.string({ description: 'Cursor: only rows before it.' }),
  }
}

/** The views a viewer has: built-in ones, those saved here, and those of the help desks, in this order. */
import { and, asc, eq, getTableColumns, or, sql } from 'drizzle-orm'
import { GraphQLError } from 'graphql'
import { type KnownOfTicket, type TicketFilterInput, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { type TicketGrouping, ticketGroupings } from '#domain/tickets/grouping.ts'
import { type TicketOrderInput, ticketOrder } from '#domain/tickets/order.ts'
import { bothFilters, type Filter } from '#platform/db/filter.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { builtInViews } from './built-in.ts'
import { readStored, storable } from './stored-input.ts'
import { savedViews, views } from './table.ts'

export type ViewRow = {
  id: string
  origin: 'BUILT_IN' | 'SAVED' | 'BACKEND'
  backendId: string | null
  externalId: string | null
  name: string
  icon: string | null
  color: string | null
  isShared: boolean
  /** The viewer's own. */
  isOwn: boolean
  isEditable: boolean
  ownerId: string | null
  /** As a client would send them; null where a help desk keeps a condition that our filter cannot say. */
  filter: unknown
  orderBy: unknown
  groupBy: TicketGrouping | null
  position: number
  /** The help desk's own condition. */
  condition: unknown
  createdAt: Date | null
  updatedAt: Date | null
}

/** Views are tools of agents: a contact has none. */
export async function viewsOf(context: LoadContext & { viewer: Viewer }): Promise<ViewRow[]> {
  return context.viewer.role === 'CONTACT' ? [] : viewsByViewer(context).load(context.viewer)
}

export async function viewById(context: LoadContext & { viewer: Viewer }, id: string): Promise<ViewRow | null> {
  return (await viewsOf(context)).find((view) => view.id === id) ?? null
}

const viewsByViewer = loaderPerRequest<Viewer, ViewRow[], string>(
  (context, viewers) =>
    Promise.all(
      viewers.map(async (viewer) => {
        const { tokenName, actorId, role } = viewer
        const { workspaceId } = context
        // What is not shared at a help desk belongs to the account we connect with: those who look after it see it.
        const seesAll = role === 'ADMIN' || role === 'INTEGRATION'
        const [saved, vendors] = await Promise.all([
          selectSaved(context.db).execute({ workspaceId, tokenName, actorId }),
          selectOfBackends(context.db).execute({ workspaceId, seesAll }),
        ])
        return [
          ...builtInViews(workspaceId).map(fromBuiltIn),
          ...saved.map((row) => fromSaved(row, viewer)),
          ...vendors.map(fromBackend),
        ]
      }),
    ),
  { cacheKeyFn: ({ tokenName }) => tokenName },
)

const selectSaved = preparedPerDb((db) =>
  db
    .select(getTableColumns(savedViews))
    .from(savedViews)
    .where(
      and(
        eq(savedViews.workspaceId, sql.placeholder('workspaceId')),
        or(
          eq(savedViews.isShared, true),
          eq(savedViews.ownerTokenName, sql.placeholder('tokenName')),
          eq(savedViews.ownerId, sql.placeholder('actorId')),
        ),
      ),
    )
    .orderBy(asc(savedViews.position), asc(savedViews.name), asc(savedViews.id))
    .prepare('saved_views_of_viewer'),
)

const selectOfBackends = preparedPerDb((db) =>
  db
    .select(getTableColumns(views))
    .from(views)
    .where(
      and(
        eq(views.workspaceId, sql.placeholder('workspaceId')),
        sql`(${views.isShared} or ${sql.placeholder('seesAll')}::boolean)`,
      ),
    )
    .orderBy(asc(views.backendId), asc(views.position), asc(views.id))
    .prepare('views_of_backends'),
)

const nothingMore = {
  ...{ backendId: null, externalId: null, icon: null, color: null, ownerId: null, orderBy: null, groupBy: null },
  ...{ condition: null, createdAt: null, updatedAt: null, isOwn: false, isEditable: false },
}

function fromBuiltIn(view: ReturnType<typeof builtInViews>[number], position: number): ViewRow {
  const filter = storable('filter', view.filter)
  return { ...nothingMore, ...view, filter, position, origin: 'BUILT_IN', isShared: true }
}

type Owned = { ownerId: string | null; ownerTokenName: string; isShared: boolean }

/** Whether a view was saved by a viewer: the same person, or the same token. */
function isOwn({ ownerId, ownerTokenName }: Owned, { actorId, tokenName }: Viewer): boolean {
  return ownerTokenName === tokenName || (ownerId !== null && ownerId === actorId)
}

/** Shared views outlive those who saved them: administrators may change them too. */
export function isEditableBy(row: Owned, viewer: Viewer): boolean {
  return isOwn(row, viewer) || (row.isShared && viewer.role === 'ADMIN')
}

function fromSaved(row: typeof savedViews.$inferSelect, viewer: Viewer): ViewRow {
  const groupBy = row.groupBy !== null && row.groupBy in ticketGroupings ? (row.groupBy as TicketGrouping) : null
  return {
    ...nothingMore,
    ...row,
    groupBy,
    origin: 'SAVED',
    isOwn: isOwn(row, viewer),
    isEditable: isEditableBy(row, viewer),
  }
}

function fromBackend(row: typeof views.$inferSelect): ViewRow {
  return { ...nothingMore, ...row, origin: 'BACKEND' }
}

type Reading = {
  context: Pick<GraphContext, 'viewer' | 'now'>
  /** What else must match. */
  more?: TicketFilterInput | null | undefined
  /** Where several views stand in one statement: keeps their values apart. */
  prefix?: string
  known?: KnownOfTicket | undefined
  isWhole?: boolean
}

/**
 * The condition of a view, for what the viewer may see.
 * @throws GraphQLError saying why when it cannot be used here.
 */
export function filterOfView(view: ViewRow, { context, more, prefix, known, isWhole }: Reading): Filter {
  const { viewer, now } = context
  const path = more ? 'filter' : `filter of "${view.name}"`
  const own = ticketFilter(inputOfView(view, more), now, { viewer, prefix, path, known, isWhole })
  return bothFilters(ticketsVisibleTo(viewer), own)
}

/**
 * The filter of a view with what else must match.
 * @throws GraphQLError saying why when it cannot be used here.
 */
export function inputOfView(view: ViewRow, more?: TicketFilterInput | null): TicketFilterInput {
  if (view.filter === null) {
    throw badInput('viewId', `the condition of "${view.name}" is known to its help desk only; it cannot be listed here`)
  }
  const { value, problem } = storedFilterOf(view)
  if (problem !== null) throw badInput('viewId', `the filter of "${view.name}" no longer fits: ${problem}`)
  return bothInputs(value as TicketFilterInput, more ?? {})
}

/** A request asks for it several times: first whether there is a problem, then for the filter. */
function storedFilterOf(view: ViewRow): ReturnType<typeof readStored> {
  const known = storedFilters.get(view) ?? readStored('filter', view.filter)
  storedFilters.set(view, known)
  return known
}
const storedFilters = new WeakMap<ViewRow, ReturnType<typeof readStored>>()

/**
 * One filter of two. Not two conditions: the recycle bin narrowed by a status is still the recycle bin, which each of
 * them alone would leave out by default. Side by side where possible, since a nested filter has no kept statement.
 */
function bothInputs(one: TicketFilterInput, other: TicketFilterInput): TicketFilterInput {
  const given = (input: TicketFilterInput) => Object.entries(input).filter(([, value]) => value != null)
  const [ones, others] = [given(one), given(other)]
  const isApart = !ones.some(([field]) => others.some(([same]) => same === field))
  return isApart ? Object.fromEntries([...ones, ...others]) : { and: [one, other] }
}

/** Why the tickets of a view cannot be listed here; null when they can. */
export const problemOfView = (view: ViewRow, context: GraphContext) => problemIn(() => filterOfView(view, { context }))

export function problemIn(workOut: () => Filter): string | null {
  try {
    workOut()
    return null
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return error.message
  }
}

/** The order of a view; null when it has none of its own, or one of another time. */
export function orderOfView(view: ViewRow) {
  if (!Array.isArray(view.orderBy)) return null
  const steps = view.orderBy.map((step) => readStored('order', step))
  return steps.some(({ problem }) => problem !== null)
    ? null
    : ticketOrder(steps.map(({ value }) => value as TicketOrderInput))
}

/** The conditions of several views side by side in one statement. */
import { type SQL, sql } from 'drizzle-orm'
import { type KnownOfTicket, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { bothFilters, type Filter } from '#platform/db/filter.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { filterOfView, type ViewRow } from './loaders.ts'

/** A view to be counted; null stands for everything the viewer may see. */
export type Asking = { view: ViewRow | null; context: GraphContext }

/** In the order of the keys; `values` are those of all of them, `shape` stands for the text of all. */
export function conditionsOf(
  keys: readonly Asking[],
  known?: KnownOfTicket,
): { context: GraphContext; shape: string; conditions: () => SQL[]; values: Record<string, unknown> } {
  const { context } = keys[0] as Asking
  const { viewer, now, workspaceId } = context
  const filters = keys.map(({ view }) =>
    view
      ? filterToCount(view, context, known)
      : bothFilters(ticketsVisibleTo(viewer), ticketFilter({}, now, { viewer, known })),
  )
  const values: Record<string, unknown> = { workspaceId, viewer: viewer.actorId }
  for (const filter of filters) Object.assign(values, filter.values)
  return {
    ...{ context, values, shape: JSON.stringify(keys.map(({ view }, index) => [view?.id, filters[index]?.shape])) },
    conditions: () => filters.map((filter) => sql`(${filter.where() ?? sql`true`})`),
  }
}

/**
 * Worked out once in a request, which first asks whether there is a problem.
 * @throws GraphQLError saying why when it cannot be counted here.
 */
export function filterToCount(view: ViewRow, context: GraphContext, known: KnownOfTicket | undefined): Filter {
  const before = workedOut.get(view)
  if (before && before.known === known) return before.filter
  // By its id it is the same wherever the view stands among others.
  const filter = filterOfView(view, { context, prefix: `${view.id} `, known })
  workedOut.set(view, { known, filter })
  return filter
}
/** Views are read anew for each request. */
const workedOut = new WeakMap<ViewRow, { known: KnownOfTicket | undefined; filter: Filter }>()

export const list = (parts: SQL[]) => sql.join(parts, sql`, `)
/** The builder wants to select from something. */
export const justOneRow = sql`(values (1)) as one(row)`
export const workspace = sql.placeholder('workspaceId')

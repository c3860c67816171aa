/** The conditions of several views side by side in one statement. */
import { type SQL, sql } from 'drizzle-orm'
import { type KnownOfTicket, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { bothFilters } from '#platform/db/filter.ts'
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
  const values: Record<string, unknown> = { workspaceId, viewer: viewer.actorId }
  const filters = keys.map(({ view }, index) => {
    const prefix = `view${index}_`
    return view
      ? filterOfView(view, { context, prefix, known })
      : bothFilters(ticketsVisibleTo(viewer), ticketFilter({}, now, { viewer, prefix, known }))
  })
  for (const filter of filters) Object.assign(values, filter.values)
  return {
    ...{ context, values, shape: filters.map(({ shape }) => shape).join('\n') },
    conditions: () => filters.map((filter) => sql`(${filter.where() ?? sql`true`})`),
  }
}

export const list = (parts: SQL[]) => sql.join(parts, sql`, `)
/** The builder wants to select from something. */
export const justOneRow = sql`(values (1)) as one(row)`
export const workspace = sql.placeholder('workspaceId')

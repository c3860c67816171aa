/** Counts of many views at once: one pass over the tickets in one statement, however many views. */
import { type SQL, sql } from 'drizzle-orm'
import { isUnreadFor, mentionsConcerning, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { tickets } from '#domain/tickets/table.ts'
import { bothFilters, type Filter } from '#platform/db/filter.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { filterOfView, type ViewRow } from './loaders.ts'

/** `asOf`: position in the log of changes. */
export type Unread = { unreadCount: number; mentionedUnreadCount: number; asOf: number }
export type UnreadIds = { unread: string[]; mentionedUnread: string[] }

/** How many ids there are at most. */
export const maxIds = 100

/** What is unread of a view; null stands for everything the viewer may see. */
export const unreadOf = (context: GraphContext, view: ViewRow | null) => unreadLoader(context).load({ view, context })
/** The first ids of what is unread of a view, latest activity first. */
export const unreadIdsOf = (context: GraphContext, view: ViewRow) => idsLoader(context).load({ view, context })
/** How many tickets a view has. */
export const ticketCountOf = (context: GraphContext, view: ViewRow) => countLoader(context).load({ view, context })

type Key = { view: ViewRow | null; context: GraphContext }
const options = { cacheKeyFn: ({ view }: Key) => view?.id ?? '', maxBatchSize: 101 }

const unreadLoader = loaderPerRequest<Key, Unread, string>(async (_context, keys) => {
  const { context, filters, values } = filtersOf(keys)
  const counts = countsOf(filters)
  const { unread, mentioned } = sources(context.viewer)
  const [row] = await context.db
    .select({
      unread: sql<number[]>`(select ${counts} ${unread})`,
      mentioned: sql<number[]>`(select ${counts} ${mentioned})`,
      asOf: sql<string>`(select coalesce(max(position), 0) from changes where workspace_id = ${sql.placeholder('workspaceId')})`,
    })
    .from(justOneRow)
    .prepare('')
    .execute(values)
  return keys.map((_key, index) => ({
    unreadCount: row?.unread[index] ?? 0,
    mentionedUnreadCount: row?.mentioned[index] ?? 0,
    asOf: Number(row?.asOf ?? 0),
  }))
}, options)

const idsLoader = loaderPerRequest<Key, UnreadIds, string>(async (_context, keys) => {
  const { context, filters, values } = filtersOf(keys)
  const newest = sql`${tickets.id} order by ${tickets.lastActivityAt} desc, ${tickets.id} desc`
  const first = filters.map(
    (filter) =>
      sql`to_json((array_agg(${newest}) filter (where ${conditionOf(filter)}))[1:${sql.raw(String(maxIds))}])`,
  )
  const ids = sql`json_build_array(${list(first)})`
  const { unread, mentioned } = sources(context.viewer)
  const [row] = await context.db
    .select({
      unread: sql<(string[] | null)[]>`(select ${ids} ${unread})`,
      mentioned: sql<(string[] | null)[]>`(select ${ids} ${mentioned})`,
    })
    .from(justOneRow)
    .prepare('')
    .execute(values)
  return keys.map((_key, index) => ({
    unread: row?.unread[index] ?? [],
    mentionedUnread: row?.mentioned[index] ?? [],
  }))
}, options)

const countLoader = loaderPerRequest<Key, number, string>(async (_context, keys) => {
  const { context, filters, values } = filtersOf(keys)
  const [row] = await context.db
    .select({ counts: sql<number[]>`(select ${countsOf(filters)} from tickets where ${inWorkspace})` })
    .from(justOneRow)
    .prepare('')
    .execute(values)
  return keys.map((_key, index) => row?.counts[index] ?? 0)
}, options)

function filtersOf(keys: readonly Key[]) {
  const { context } = keys[0] as Key
  const { viewer, now, workspaceId } = context
  const filters = keys.map(({ view }, index) => {
    const prefix = `view${index}_`
    if (view) return filterOfView(view, { context, prefix })
    return bothFilters(ticketsVisibleTo(viewer), ticketFilter({}, now, { viewer, prefix }))
  })
  const values: Record<string, unknown> = { workspaceId, viewer: viewer.actorId }
  for (const filter of filters) Object.assign(values, filter.values)
  return { context, filters, values }
}

/** Where unread tickets are found, and those with a mention that is unread, be they read or not. */
function sources(viewer: Viewer): { unread: SQL; mentioned: SQL } {
  const concerned = {
    OWN: sql`m.agent_id = ${sql.placeholder('viewer')}`,
    ALL: sql`true`,
    NONE: sql`false`,
  }[mentionsConcerning(viewer)]
  return {
    unread: sql`from tickets where ${inWorkspace} and ${isUnreadFor(viewer)}`,
    mentioned: sql`from tickets where ${inWorkspace} and ${tickets.id} in (
      select m.ticket_id from mentions m
      where m.workspace_id = ${sql.placeholder('workspaceId')} and not m.is_read and ${concerned})`,
  }
}

const list = (parts: SQL[]) => sql.join(parts, sql`, `)
const countsOf = (filters: Filter[]) =>
  sql`array[${list(filters.map((filter) => sql`count(*) filter (where ${conditionOf(filter)})`))}]::int[]`
const conditionOf = (filter: Filter) => sql`(${filter.where() ?? sql`true`})`
const inWorkspace = sql`${tickets.workspaceId} = ${sql.placeholder('workspaceId')}`
/** The builder wants to select from something. */
const justOneRow = sql`(values (1)) as one(row)`

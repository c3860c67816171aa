/** The statement that counts what is unread of views: half of the unread tickets are worked out, then counted in one pass. */
import { type SQL, sql } from 'drizzle-orm'
import { isUnreadFor, type KnownOfTicket, mentionsConcerning, unreadPartsFor } from '#domain/tickets/filter.ts'
import { isShown, tickets } from '#domain/tickets/table.ts'
import { columnsIn } from '#platform/db/columns-in.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { list, workspace } from './conditions.ts'

/** How many ids there are at most. */
export const maxIds = 100

/** Of one condition: the ids of the latest activity first, and when that was, in seconds of the epoch. */
export type Count = { count: number; ids?: string[] | null; times?: number[] | null }
/** In the order of the conditions. */
export type Counts = Record<'unread' | 'mentioned', Count[]>

/** Halves of all tickets, by their ids: two statements at once are done sooner than one. */
export const halves = ['>= 0', '< 0'] as const
export type Half = (typeof halves)[number]

/** Columns that the rows to be counted have beside the ticket's own. */
export const knownOfRows: KnownOfTicket = {
  isShown: sql.raw('tickets.is_shown'),
  isUnread: sql.raw('tickets.is_unread'),
}

export type Wanted = {
  viewer: Viewer
  /** Written with `knownOfRows`. */
  conditions: SQL[]
  visible: SQL | undefined
  withIds: boolean
  half: Half
}

/** A subquery; its parameters are `workspaceId`, `viewer` and those of the conditions. */
export function countsOf(wanted: Wanted): SQL<Counts> {
  const { viewer, conditions, visible = sql`true`, half } = wanted
  const isAmong = (id: SQL) => sql`uuid_hash(${id}) ${sql.raw(half)}`
  // Nothing but what is asked for is read: an index has it all.
  const columns = [...columnsIn(conditions, tickets).add(tickets.id).add(tickets.lastActivityAt)]
  const me = sql`${sql.placeholder('viewer')}`
  const rows = (isUnread: SQL, condition: SQL) => sql`
    select ${list(columns.map((column) => sql`${column}`))}, ${isUnread} as is_unread, (${isShown}) as is_shown
    from tickets where ${tickets.workspaceId} = ${workspace} and ${visible} and ${condition}`
  const unread = sql.join(
    unreadPartsFor(viewer, me, isAmong).map((part) => rows(sql`true`, part)),
    sql` union all `,
  )
  const mentioned = rows(
    isUnreadFor(viewer, me),
    sql`${tickets.id} in (${unreadMentionsOf(viewer)} and ${isAmong(sql`m.ticket_id`)})`,
  )
  return sql<Counts>`(
    with unread as (${unread}), mentioned as (${mentioned})
    select json_build_object('unread', ${countsIn('unread', wanted)}, 'mentioned', ${countsIn('mentioned', wanted)}))`
}

/** Ids of the tickets that name the viewer in a note they have not read, be the tickets read or not. */
function unreadMentionsOf(viewer: Viewer): SQL {
  const concerned = {
    OWN: sql`m.agent_id = ${sql.placeholder('viewer')}`,
    ALL: sql`true`,
    NONE: sql`false`,
  }[mentionsConcerning(viewer)]
  return sql`select m.ticket_id from mentions m where m.workspace_id = ${workspace} and not m.is_read and ${concerned}`
}

/** For each condition how many rows of a source fit, and the first of their ids. */
function countsIn(sourceName: 'unread' | 'mentioned', { conditions, withIds }: Wanted): SQL {
  const source = sql.raw(sourceName)
  const place = (index: number) => sql.raw(`view${index}`)
  if (!withIds) {
    const counts = conditions.map((condition) => sql`json_build_object('count', count(*) filter (where ${condition}))`)
    return sql`(select json_build_array(${list(counts)}) from ${source} as tickets)`
  }
  const fits = conditions.map((condition, index) => sql`${condition} as ${place(index)}`)
  const numbers = conditions.map((_, index) => sql`array_agg(number) filter (where ${place(index)}) as ${place(index)}`)
  // Numbers are gathered for each condition, and of the first of them what they stand for: a third of gathering ids and times.
  const first = (what: string) => sql.raw(`(select array_agg(${what}) from unnest(numbers[1:${maxIds}]) as number)`)
  return sql`(
    select json_agg(json_build_object('count', coalesce(cardinality(numbers), 0),
      'ids', ${first('ids[number]')}, 'times', ${first("date_part('epoch', times[number])")}) order by view)
    from (
      select array_agg(id) as ids, array_agg(last_activity_at) as times, ${list(numbers)}
      from (
        select *, (row_number() over (order by last_activity_at desc, id desc))::int as number
        -- What fits is decided before they are put in order: whole rows are heavy.
        from (select id, last_activity_at, ${list(fits)} from ${source} as tickets offset 0) as fitting
        order by last_activity_at desc, id desc
      ) as ordered
    ) as counted, lateral (values ${list(conditions.map((_, index) => sql`(${sql.raw(String(index))}, ${place(index)})`))}) as one(view, numbers)
  )`
}

/** The statement that counts what is unread of views: a part of the unread tickets is worked out, then counted in one pass. */
import { type SQL, sql } from 'drizzle-orm'
import { type KnownOfTicket, mentionsConcerning } from '#domain/tickets/filter.ts'
import { isShown, tickets } from '#domain/tickets/table.ts'
import { isUnreadFor, unreadPartsFor } from '#domain/tickets/unread.ts'
import { columnsIn } from '#platform/db/columns-in.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { list, workspace } from './conditions.ts'

/** Of one condition: how many fit, and those since `sinceOf`, in no order. */
export type Count = { count: number; recent?: Recent | null }
/** Times in seconds of the epoch. */
export type Recent = [time: number, id: string][]
/** In the order of the conditions. */
export type Counts = Record<CountKind, Count[]>
export const countKinds = ['unread', 'mentioned'] as const
export type CountKind = (typeof countKinds)[number]

/** Parts of all tickets, beside `middle`: two statements at once are done sooner than one. */
export const halves = ['<', '>='] as const
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

/** Name of the parameter that says since when ids are gathered for a condition, in seconds of the epoch. */
export const sinceOf = (kind: CountKind, index: number) => `since ${kind} ${index}`
/** All of them: then they are not counted as well. */
export const always = -Infinity
export const never = Infinity

/** A subquery; its parameters are `workspaceId`, `viewer`, `middle`, those of `sinceOf` and those of the conditions. */
export function countsOf(wanted: Wanted): SQL<Counts> {
  const { viewer, conditions, visible = sql`true`, half } = wanted
  // By ids, as the indexes of the unread and of the looks lie: each reads its own part of both, and they are merged.
  const isAmong = (id: SQL) => sql`${id} ${sql.raw(half)} ${sql.placeholder('middle')}::uuid`
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

/** For each condition how many rows of a source fit, and the ids of the recent ones. */
function countsIn(kind: CountKind, { conditions, withIds }: Wanted): SQL {
  const counts = conditions.map((condition, index) => {
    if (!withIds) return sql`json_build_object('count', count(*) filter (where ${condition}))`
    const since = sql`${sql.placeholder(sinceOf(kind, index))}::float8`
    // Gathered unsorted, and few: 5 ms beside 24 of counting 10,000; putting all of them in order took 14.
    return sql`json_build_object(
      'count', count(*) filter (where ${since} > '-infinity' and ${condition}),
      'recent', json_agg(json_build_array(date_part('epoch', last_activity_at), id))
        filter (where last_activity_at >= to_timestamp(${since}) and ${condition}))`
  })
  return sql`(select json_build_array(${list(counts)}) from ${sql.raw(kind)} as tickets)`
}

/** The statement that counts what is unread of views: the unread tickets are worked out once, then counted in one pass. */
import { type SQL, sql } from 'drizzle-orm'
import { isUnreadFor, type KnownOfTicket, mentionsConcerning, unreadPartsFor } from '#domain/tickets/filter.ts'
import { isShown, tickets } from '#domain/tickets/table.ts'
import { columnsIn } from '#platform/db/columns-in.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { list, workspace } from './conditions.ts'

/** How many ids there are at most. */
export const maxIds = 100

/** In the order of the conditions; ids of the latest activity first. */
export type Counts = Record<'unread' | 'mentioned', { count: number; ids?: string[] | null }[]>

/** The tags that conditions ask for; without any they need not be gathered. */
type AskedTags = { ids: Set<string>; isAll: boolean }

/** Columns that the rows to be counted have beside the ticket's own. */
export function knownOfRows(): { known: KnownOfTicket; tags: AskedTags } {
  const tags: AskedTags = { ids: new Set(), isAll: false }
  const known: KnownOfTicket = {
    isShown: sql.raw('tickets.is_shown'),
    isUnread: sql.raw('tickets.is_unread'),
    tagIds(asked) {
      if (asked === null) tags.isAll = true
      for (const id of asked ?? []) tags.ids.add(id)
      return sql.raw('tickets.tag_ids')
    },
  }
  return { known, tags }
}

export type Wanted = {
  viewer: Viewer
  /** Written with `knownOfRows`. */
  conditions: SQL[]
  tags: AskedTags
  visible: SQL | undefined
  withIds: boolean
}

/** A subquery; its parameters are `workspaceId`, `viewer` and those of the conditions. */
export function countsOf(wanted: Wanted): SQL<Counts> {
  const { viewer, conditions, visible = sql`true` } = wanted
  // Nothing but what is asked for is read: an index has it all.
  const columns = [...columnsIn(conditions, tickets).add(tickets.id).add(tickets.lastActivityAt)]
  const me = sql`${sql.placeholder('viewer')}`
  const rows = (isUnread: SQL, condition: SQL) => sql`
    select ${list(columns.map((column) => sql`${column}`))}, ${isUnread} as is_unread, (${isShown}) as is_shown
    from tickets where ${tickets.workspaceId} = ${workspace} and ${visible} and ${condition}`
  const unread = sql.join(
    unreadPartsFor(viewer, me).map((part) => rows(sql`true`, part)),
    sql` union all `,
  )
  const mentioned = rows(isUnreadFor(viewer, me), sql`${tickets.id} in (${unreadMentionsOf(viewer)})`)
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
function countsIn(sourceName: 'unread' | 'mentioned', { conditions, tags, withIds }: Wanted): SQL {
  const place = (index: number) => sql.raw(`view${index}`)
  const counted = conditions.map((condition, index) => {
    const aggregate = withIds ? sql`array_agg(${tickets.id})` : sql`count(*)`
    return sql`${aggregate} filter (where ${condition}) as ${place(index)}`
  })
  const shown = conditions.map((_, index) =>
    withIds
      ? sql`json_build_object('count', coalesce(cardinality(${place(index)}), 0),
          'ids', ${place(index)}[1:${sql.raw(String(maxIds))}])`
      : sql`json_build_object('count', ${place(index)})`,
  )
  return sql`(select json_build_array(${list(shown)}) from (
    select ${list(counted)} from (
      ${withTags(sql.raw(sourceName), tags)} ${withIds ? sql`order by last_activity_at desc, id desc` : sql``}
    ) as tickets
  ) as counted)`
}

function withTags(source: SQL, { ids, isAll }: AskedTags): SQL {
  if (!isAll && ids.size === 0) return sql`select * from ${source}`
  const isAsked = isAll ? sql`true` : sql`tt.tag_id = any(${sql.param([...ids])}::uuid[])`
  return sql`
    select ${source}.*, coalesce(tagged.tag_ids, '{}') as tag_ids from ${source} left join (
      select tt.ticket_id, array_agg(tt.tag_id) as tag_ids
      from ticket_tags tt join ${source} on ${source}.id = tt.ticket_id
      where tt.workspace_id = ${workspace} and ${isAsked} group by tt.ticket_id
    ) tagged on tagged.ticket_id = ${source}.id`
}

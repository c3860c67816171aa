/** What is unread of many views: the unread tickets are worked out once, then counted for each view in one pass. */
import { type SQL, sql } from 'drizzle-orm'
import {
  hasLooked,
  isShown,
  isUnreadFor,
  type KnownOfTicket,
  looksOf,
  mentionsConcerning,
  ticketsVisibleTo,
  unreadLooks,
} from '#domain/tickets/filter.ts'
import { tickets } from '#domain/tickets/table.ts'
import { columnsIn } from '#platform/db/columns-in.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { type Counted, conditionsOf, justOneRow, list, workspace } from './conditions.ts'
import type { ViewRow } from './loaders.ts'

/** `asOf`: position in the log of changes. */
export type Unread = { unreadCount: number; mentionedUnreadCount: number; asOf: number }
export type UnreadIds = { unread: string[]; mentionedUnread: string[] }

/** How many ids there are at most. */
export const maxIds = 100

/** What is unread of a view; null stands for everything the viewer may see. */
export const unreadOf = (context: GraphContext, view: ViewRow | null): Promise<Unread> =>
  unreadLoader(context).load({ view, context, withIds: false })
/** The first ids of what is unread of a view, latest activity first. */
export const unreadIdsOf = async (context: GraphContext, view: ViewRow): Promise<UnreadIds> =>
  (await unreadLoader(context).load({ view, context, withIds: true })).ids

type Key = Counted & { withIds: boolean }
type Counts = { count: number; ids: string[] | null }[]

const unreadLoader = loaderPerRequest<Key, Unread & { ids: UnreadIds }, string>(
  async (_context, keys) => {
    // With ids and without are asked for side by side: one statement answers both.
    const viewIds = [...new Set(keys.map(({ view }) => view?.id ?? ''))]
    const each = viewIds.map((id) => keys.find(({ view }) => (view?.id ?? '') === id) as Key)
    const withIds = keys.some((key) => key.withIds)
    const { known, tagIds } = knownOfRows()
    const { context, conditions, values } = conditionsOf(each, known)
    const visible = ticketsVisibleTo(context.viewer)
    const sources = unreadAndMentioned(context.viewer, { conditions, tagIds, visible: visible.where() })
    const [row] = await context.db
      .select({
        counts: sql<{ unread: Counts; mentioned: Counts }>`(${sources} select json_build_object(
          'unread', ${countsIn(sql`unread`, conditions, withIds)},
          'mentioned', ${countsIn(sql`mentioned`, conditions, withIds)}))`,
        asOf: sql<string>`(select coalesce(max(position), 0) from changes where workspace_id = ${workspace})`,
      })
      .from(justOneRow)
      .prepare('')
      .execute({ ...values, ...visible.values })
    return keys.map(({ view }) => {
      const place = viewIds.indexOf(view?.id ?? '')
      const [unread, mentioned] = [row?.counts.unread[place], row?.counts.mentioned[place]]
      return {
        unreadCount: unread?.count ?? 0,
        mentionedUnreadCount: mentioned?.count ?? 0,
        asOf: Number(row?.asOf ?? 0),
        ids: { unread: unread?.ids ?? [], mentionedUnread: mentioned?.ids ?? [] },
      }
    })
  },
  { cacheKeyFn: ({ view, withIds }) => `${view?.id ?? ''} ${withIds}`, maxBatchSize: 202 },
)

/** Columns that the rows below have beside the ticket's own; `tagIds` becomes the tags that conditions ask for. */
function knownOfRows(): { known: KnownOfTicket; tagIds: { asked: Set<string>; isAll: boolean } } {
  const tagIds = { asked: new Set<string>(), isAll: false }
  const known: KnownOfTicket = {
    isShown: sql.raw('tickets.is_shown'),
    isUnread: sql.raw('tickets.is_unread'),
    tagIds(asked) {
      if (asked === null) tagIds.isAll = true
      for (const id of asked ?? []) tagIds.asked.add(id)
      return sql.raw('tickets.tag_ids')
    },
  }
  return { known, tagIds }
}

type Asked = {
  conditions: SQL[]
  tagIds: { asked: Set<string>; isAll: boolean }
  visible: SQL | undefined
}

/** The tickets to be counted, with the columns that the conditions ask for and nothing else. */
function unreadAndMentioned(viewer: Viewer, { conditions, tagIds, visible = sql`true` }: Asked): SQL {
  const columns = [...columnsIn(conditions, tickets).add(tickets.id).add(tickets.lastActivityAt)]
  const me = sql.placeholder('viewer')
  const from = (isUnread: SQL, condition: SQL) => sql`
    select ${list(columns.map((column) => sql`${column}`))}, ${isUnread} as is_unread, ${isShown} as is_shown
    from tickets where ${tickets.workspaceId} = ${workspace} and ${visible} and ${condition}`
  const unread =
    looksOf(viewer) === null
      ? from(sql`true`, isUnreadFor(viewer, sql`${me}`))
      : // The same condition in two halves: each has an index of its own.
        sql`${from(sql`true`, sql`not ${tickets.isReadByAgent} and not ${hasLooked(sql`${me}`)}`)}
          union all ${from(sql`true`, sql`${tickets.id} in (${unreadLooks(sql`${me}`)})`)}`
  const { asked, isAll } = tagIds
  const whichTags = isAll ? sql`true` : sql`tt.tag_id = any(${sql.param([...asked])}::uuid[])`
  return sql`
    with unread as materialized (${unread}),
    mentioned as materialized (${from(isUnreadFor(viewer, sql`${me}`), sql`${tickets.id} in (${mentionsOf(viewer)})`)}),
    tagged as materialized (
      select tt.ticket_id, array_agg(tt.tag_id) as tag_ids from ticket_tags tt
      where ${isAll || asked.size > 0} and tt.workspace_id = ${workspace} and ${whichTags}
        and tt.ticket_id in (select id from unread union all select id from mentioned)
      group by tt.ticket_id)`
}

/** Ids of the tickets that name the viewer in a note they have not read, be the tickets read or not. */
function mentionsOf(viewer: Viewer): SQL {
  const concerned = {
    OWN: sql`m.agent_id = ${sql.placeholder('viewer')}`,
    ALL: sql`true`,
    NONE: sql`false`,
  }[mentionsConcerning(viewer)]
  return sql`select m.ticket_id from mentions m where m.workspace_id = ${workspace} and not m.is_read and ${concerned}`
}

/** For each condition how many rows of a source fit, and the first of their ids. */
function countsIn(source: SQL, conditions: SQL[], withIds: boolean): SQL {
  const name = (index: number) => sql.raw(`view${index}`)
  const counted = conditions.map((condition, index) =>
    withIds
      ? sql`array_agg(${tickets.id}) filter (where ${condition}) as ${name(index)}`
      : sql`count(*) filter (where ${condition}) as ${name(index)}`,
  )
  const shown = conditions.map((_, index) =>
    withIds
      ? sql`json_build_object('count', coalesce(cardinality(${name(index)}), 0), 'ids', ${name(index)}[1:${sql.raw(String(maxIds))}])`
      : sql`json_build_object('count', ${name(index)})`,
  )
  const inOrder = withIds ? sql`order by last_activity_at desc, id desc` : sql``
  return sql`(select json_build_array(${list(shown)}) from (
    select ${list(counted)} from (
      select ${source}.*, coalesce(tagged.tag_ids, '{}') as tag_ids
      from ${source} left join tagged on tagged.ticket_id = ${source}.id ${inOrder}
    ) as tickets
  ) as counted)`
}

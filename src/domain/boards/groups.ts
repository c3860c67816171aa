/** The groups that tickets lie in, with their numbers: one statement, however many groups. */
import { sql } from 'drizzle-orm'
import { isUnreadFor } from '#domain/tickets/filter.ts'
import { groupings, type TicketGrouping } from '#domain/tickets/grouping.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Filter } from '#platform/db/filter.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { ticketPriorities, ticketStatuses, wordsOf } from '#vocabulary.ts'

/** `id`: of a row, or a word; null for the tickets in no group. */
export type Group = { by: TicketGrouping; id: string | null; totalCount: number; unreadCount: number }

/** Groups that have an order of their own, and are there when they are empty too. */
const words: Partial<Record<TicketGrouping, readonly string[]>> = {
  STATUS: wordsOf(ticketStatuses),
  PRIORITY: wordsOf(ticketPriorities),
}

/** At most `limit` groups: those of words in their order, others by size. The tickets in no group come last, if there are any. */
export async function groupsOf(
  { db, workspaceId, viewer }: GraphContext,
  { by, filter, limit }: { by: TicketGrouping; filter: Filter; limit: number },
): Promise<Group[]> {
  const { id, join = sql`` } = groupings[by]
  const counted = await db
    .select({
      id: sql<string | null>`${id}::text`,
      totalCount: sql`count(*)`.mapWith(Number),
      unreadCount: sql`count(*) filter (where ${isUnreadFor(viewer, sql`${sql.placeholder('viewer')}`)})`.mapWith(
        Number,
      ),
    })
    .from(sql`${tickets} ${join}`)
    .where(sql`${tickets.workspaceId} = ${sql.placeholder('workspaceId')} and ${filter.where() ?? sql`true`}`)
    .groupBy(id)
    // Those in none must not fall victim to the limit; words are few, and the first of them may be rare.
    .orderBy(sql`${id} is null desc, count(*) desc, ${id}`)
    .limit(sql.placeholder('limit'))
    .prepare('')
    .execute({ workspaceId, limit: words[by] ? words[by].length + 1 : limit, viewer: viewer.actorId, ...filter.values })
  const none = counted.filter((group) => group.id === null)
  const some = counted.filter((group) => group.id !== null)
  const ordered = words[by]?.map(
    (word) => some.find((group) => group.id === word) ?? { id: word, totalCount: 0, unreadCount: 0 },
  )
  return [...(ordered ?? some).slice(0, limit - none.length), ...none].map((group) => ({ by, ...group }))
}

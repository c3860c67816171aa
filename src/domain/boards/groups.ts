/** The groups that tickets lie in, with their numbers: one statement, however many groups. */
import { type SQL, sql } from 'drizzle-orm'
import { groupings, type TicketGrouping } from '#domain/tickets/grouping.ts'
import { tickets } from '#domain/tickets/table.ts'
import { unreadPartsFor } from '#domain/tickets/unread.ts'
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
  const counts = (condition: SQL, total: SQL, unread: SQL) => sql`
    select ${id} as id, ${total} as total, ${unread} as unread from ${tickets} ${join}
    where ${tickets.workspaceId} = ${sql.placeholder('workspaceId')} and ${filter.where() ?? sql`true`} and ${condition}
    group by ${id}`
  const each = sql`count(*)`
  const nothing = sql`0`
  // Unread ones are counted by themselves: whether each of 200,000 tickets is one takes three times as long.
  const parts = unreadPartsFor(viewer, sql`${sql.placeholder('viewer')}`).map((part) => counts(part, nothing, each))
  const counted = await db
    .select({
      id: sql<string | null>`id::text`,
      totalCount: sql`sum(total)`.mapWith(Number),
      unreadCount: sql`sum(unread)`.mapWith(Number),
    })
    .from(sql`(${sql.join([counts(sql`true`, each, nothing), ...parts], sql` union all `)}) as part`)
    .groupBy(sql`id`)
    // Those in none must not fall victim to the limit; words are few, and the first of them may be rare.
    .orderBy(sql`id is null desc, sum(total) desc, id`)
    .limit(sql.placeholder('limit'))
    .prepare('')
    .execute({ workspaceId, limit: words[by] ? words[by].length + 1 : limit, viewer: viewer.actorId, ...filter.values })
  const inNone = counted.filter((group) => group.id === null)
  const inSome = counted.filter((group) => group.id !== null)
  const ordered = words[by]?.map(
    (word) => inSome.find((group) => group.id === word) ?? { id: word, totalCount: 0, unreadCount: 0 },
  )
  return [...(ordered ?? inSome).slice(0, limit - inNone.length), ...inNone].map((group) => ({ by, ...group }))
}

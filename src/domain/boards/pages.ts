/** The tickets of groups: all first pages in one statement. */
import { sql } from 'drizzle-orm'
import { groupings, type TicketGrouping } from '#domain/tickets/grouping.ts'
import { ticketSource } from '#domain/tickets/loaders.ts'
import { ticketOrder } from '#domain/tickets/order.ts'
import { pageBy } from '#platform/db/page.ts'

export const ticketsOfGroup = Object.fromEntries(
  (Object.keys(groupings) as TicketGrouping[]).map((by) => {
    const { type, isInParent, isInNone } = groupings[by]
    // Told beforehand which of the two it is, Postgres does not even begin with the other.
    const conditions = [sql`parent.id is not null and ${isInParent}`, sql`parent.id is null and ${isInNone}`]
    const source = { ...ticketSource(ticketOrder(null)), name: `tickets_by_${by.toLowerCase()}` }
    return [by, pageBy({ type, conditions }, source)]
  }),
) as Record<TicketGrouping, ReturnType<typeof pageBy<ReturnType<typeof ticketSource>['columns']>>>

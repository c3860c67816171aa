/** How many tickets agents have and tags are on, of those that the viewer sees. */
import { sql } from 'drizzle-orm'
import { Agent } from '#domain/actors/agents.ts'
import { Tag } from '#domain/tags/graphql.ts'
import { bothFilters } from '#platform/db/filter.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import { countBy } from '#platform/db/page.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { type TicketFilterInput, ticketFilter, ticketsVisibleTo } from './filter.ts'
import { ticketSource } from './loaders.ts'
import { ticketOrder } from './order.ts'
import { tickets } from './table.ts'

const filterFor = ({ viewer, now }: GraphContext, input: TicketFilterInput) =>
  bothFilters(ticketsVisibleTo(viewer), ticketFilter(input, now, { viewer }))

const countOfAssignee = countBy(tickets.assigneeId, ticketSource(ticketOrder(null)))

builder.objectField(Agent, 'openTicketCount', (t) =>
  t.int({
    scopes: ['TICKETS_READ'],
    hidden: fromContacts(0),
    extensions: costs(2),
    description: 'How many tickets they have where we have to act (`statusCategory` OPEN).',
    resolve: ({ id }, _args, context) => countOfAssignee(context, id, filterFor(context, { statusCategory: ['OPEN'] })),
  }),
)

builder.objectField(Tag, 'ticketCount', (t) =>
  t.int({
    scopes: ['TICKETS_READ'],
    extensions: costs(2),
    description: 'How many tickets have it; recycled, merged, vanished ones and spam do not count.',
    resolve: ({ id }, _args, context) => countsByTag(context).load({ id, context }),
  }),
)

type Key = { id: string; context: GraphContext }

const countsByTag = loaderPerRequest<Key, number, string>(
  async (_context, keys) => {
    const { context } = keys[0] as Key
    const filter = filterFor(context, {})
    const ids = keys.map(({ id }) => id)
    const rows = await context.db
      .select({ id: sql<string>`tt.tag_id`, count: sql`count(*)`.mapWith(Number) })
      .from(
        sql`ticket_tags tt join ${tickets} on ${tickets.workspaceId} = tt.workspace_id and ${tickets.id} = tt.ticket_id`,
      )
      .where(
        sql`tt.workspace_id = ${sql.placeholder('workspaceId')} and tt.tag_id = any(${sql.placeholder('ids')}) and ${filter.where()}`,
      )
      .groupBy(sql`tt.tag_id`)
      .prepare('')
      .execute({ workspaceId: context.workspaceId, ids, ...filter.values })
    const counts = new Map(rows.map(({ id, count }) => [id, count]))
    return ids.map((id) => counts.get(id) ?? 0)
  },
  { cacheKeyFn: ({ id }) => id },
)

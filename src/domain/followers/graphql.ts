import { and, eq, sql } from 'drizzle-orm'
import { Ticket } from '#domain/tickets/graphql.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import { builder } from '#platform/graphql/builder.ts'
import { ticketFollowers } from './table.ts'

type Followed = { actorId: string; ticketId: string }

const followed = loaderPerRequest<Followed, boolean, string>(
  async ({ db, workspaceId }, keys) => {
    const [{ actorId }] = keys as [Followed]
    const ids = keys.map(({ ticketId }) => ticketId)
    const rows = await db
      .select({ ticketId: ticketFollowers.ticketId })
      .from(ticketFollowers)
      .where(
        and(
          eq(ticketFollowers.workspaceId, workspaceId),
          eq(ticketFollowers.actorId, actorId),
          sql`${ticketFollowers.ticketId} = any(${sql.param(ids)})`,
        ),
      )
    const found = new Set(rows.map(({ ticketId }) => ticketId))
    return ids.map((id) => found.has(id))
  },
  { cacheKeyFn: ({ ticketId }) => ticketId },
)

builder.objectField(Ticket, 'isFollowedByViewer', (t) =>
  t.boolean({
    description: 'Whether the viewer follows it, see ticketFollow. A program and a contact follow nothing.',
    resolve: ({ id }, _args, context) => {
      const actorId = looksOf(context.viewer)
      return actorId === null ? false : followed(context).load({ actorId, ticketId: id })
    },
  }),
)

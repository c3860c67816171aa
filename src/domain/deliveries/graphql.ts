/** How many writes wait for a help desk, of a backend or of one ticket. */
import { and, sql } from 'drizzle-orm'
import { SyncInfo } from '#domain/backends/graphql.ts'
import { pendingWritesOfTicket } from '#domain/tickets/pending-writes.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder } from '#platform/graphql/builder.ts'
import { deliveries } from './table.ts'

const isPending = sql`${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`

const pendingByBackend = loaderPerRequest<string, number>(async ({ db, workspaceId }, ids) => {
  const rows = await db
    .select({ id: deliveries.backendId, count: sql<number>`count(*)` })
    .from(deliveries)
    .where(
      and(
        sql`${deliveries.workspaceId} = ${workspaceId}`,
        sql`${deliveries.backendId} = any(${sql.param(ids)})`,
        isPending,
      ),
    )
    .groupBy(deliveries.backendId)
  const byId = new Map(rows.map((row) => [row.id, Number(row.count)]))
  return ids.map((id) => byId.get(id) ?? 0)
})

builder.objectField(SyncInfo, 'pendingWrites', (t) =>
  t.int({
    hidden: fromContacts(0),
    description: 'Writes accepted here and not yet confirmed by the help desk.',
    resolve: ({ of }, _args, context) =>
      'ticketId' in of ? pendingWritesOfTicket(context, of.ticketId) : pendingByBackend(context).load(of.backendId),
  }),
)

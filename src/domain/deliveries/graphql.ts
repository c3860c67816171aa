/** How many writes wait for a help desk, of a backend or of one ticket. */
import { and, sql } from 'drizzle-orm'
import { SyncInfo } from '#domain/backends/graphql.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { builder } from '#platform/graphql/builder.ts'
import { deliveries } from './table.ts'

const isPending = sql`${deliveries.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`

function pendingBy(column: typeof deliveries.ticketId | typeof deliveries.backendId) {
  const counts = loaderPerRequest<string, number>(async ({ db, workspaceId }, ids) => {
    const rows = await db
      .select({ id: column, count: sql<number>`count(*)` })
      .from(deliveries)
      .where(and(sql`${deliveries.workspaceId} = ${workspaceId}`, sql`${column} = any(${sql.param(ids)})`, isPending))
      .groupBy(column)
    const byId = new Map(rows.map((row) => [row.id, Number(row.count)]))
    return ids.map((id) => byId.get(id) ?? 0)
  })
  return (context: LoadContext, id: string) => counts(context).load(id)
}
const pendingOfTicket = pendingBy(deliveries.ticketId)
const pendingOfBackend = pendingBy(deliveries.backendId)

builder.objectField(SyncInfo, 'pendingWrites', (t) =>
  t.int({
    description: 'Writes accepted here and not yet confirmed by the help desk.',
    resolve: ({ of }, _args, context) =>
      'ticketId' in of ? pendingOfTicket(context, of.ticketId) : pendingOfBackend(context, of.backendId),
  }),
)

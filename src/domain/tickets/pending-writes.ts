import { sql } from 'drizzle-orm'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'

const pendingByTicket = loaderPerRequest<string, number>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<{ id: string; count: number }>(sql`
    select ticket_id as id, count(*)::int as count from deliveries
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)})
      and state in ('QUEUED', 'SENDING', 'UNCERTAIN')
    group by ticket_id`)
  const counts = new Map(rows.map(({ id, count }) => [id, count]))
  return ids.map((id) => counts.get(id) ?? 0)
})
/** How many changes of a ticket its help desk has not confirmed yet. */
export const pendingWritesOfTicket = (context: LoadContext, id: string) => pendingByTicket(context).load(id)

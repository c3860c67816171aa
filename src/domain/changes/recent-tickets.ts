/** What somebody last changed or looked at here: the log of changes knows, since marking as read is a change too. */
import { sql } from 'drizzle-orm'
import type { LoadContext } from '#platform/db/loader.ts'

/** How far back it is looked: one command may change a thousand tickets. */
const mostLines = 2000

/** Ids of tickets, latest first. */
export async function recentlyChangedBy(
  { db, workspaceId }: LoadContext,
  tokenName: string,
  most: number,
): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select ticket_id as id from (
      select ticket_id, position from changes
      where workspace_id = ${workspaceId} and token_name = ${tokenName} and kind <> 'DELETED'
      order by position desc limit ${mostLines}
    ) lines
    group by ticket_id order by max(position) desc limit ${most}`)
  return rows.map(({ id }) => id)
}

/** Noting who has a ticket open. All times are the database's, whichever gateway hears of it. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import type { PresenceState } from '#vocabulary.ts'

/** Who does not say within this time that they are still there has left. */
export const presentForSeconds = 30

/** More windows of one agent than anybody has; a client that names each of its words anew opens no more. */
const mostTabs = 20

/** `tab`: of several windows, which one; empty when nobody says. */
export type Whose = { workspaceId: string; ticketId: string; actorId: string; tab: string }

/** Somebody is there, or still is. @returns false where there is no such ticket. */
export async function notePresence(db: Db, whose: Whose, state: PresenceState): Promise<boolean> {
  const { workspaceId, ticketId, actorId, tab } = whose
  const { rowCount } = await db.execute(sql`
    -- 1. with this one there are too many: those that were not heard of for longest have left
    with too_many as (
      delete from presences left_by
      using (
        select tab from presences
        where workspace_id = ${workspaceId} and ticket_id = ${ticketId} and actor_id = ${actorId} and tab <> ${tab}
        order by last_seen_at desc, tab offset ${mostTabs - 1}
      ) oldest
      where left_by.workspace_id = ${workspaceId} and left_by.ticket_id = ${ticketId}
        and left_by.actor_id = ${actorId} and left_by.tab = oldest.tab
    )
    -- 2. this one
    insert into presences as known (workspace_id, ticket_id, actor_id, tab, state, since, last_seen_at, expires_at)
    select workspace_id, id, ${actorId}::uuid, ${tab}, ${state}, now(), now(), now() + make_interval(secs => ${presentForSeconds})
    from tickets where workspace_id = ${workspaceId} and id = ${ticketId}
    on conflict (workspace_id, ticket_id, actor_id, tab) do update
    set state = excluded.state, last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at,
      since = case when known.state = excluded.state and known.expires_at > now() then known.since else excluded.since end`)
  return (rowCount ?? 0) > 0
}

/** Somebody closed it. @returns false where there is no such ticket. */
export async function endPresence(db: Db, { workspaceId, ticketId, actorId, tab }: Whose): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    with gone as (
      delete from presences
      where workspace_id = ${workspaceId} and ticket_id = ${ticketId} and actor_id = ${actorId} and tab = ${tab}
    )
    select from tickets where workspace_id = ${workspaceId} and id = ${ticketId}`)
  return (rowCount ?? 0) > 0
}

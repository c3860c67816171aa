/** Noting how far somebody has read a ticket. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { unreadAfter } from './recounting.ts'
import { ticketLooks } from './table.ts'

export type Look = { seenUpTo: Date | null; unreadMessageCount: number }
type Whose = { workspaceId: string; actorId: string; ticketId: string }

/** Null for who never looked. */
export async function lookAt(tx: Db, { workspaceId, actorId, ticketId }: Whose): Promise<Look | null> {
  const [row] = await tx
    .select({ seenUpTo: ticketLooks.seenUpTo, unreadMessageCount: ticketLooks.unreadMessageCount })
    .from(ticketLooks)
    .where(
      and(
        eq(ticketLooks.workspaceId, workspaceId),
        eq(ticketLooks.actorId, actorId),
        eq(ticketLooks.ticketId, ticketId),
      ),
    )
  return row ?? null
}

/** What they have seen: all there is, what came up to a moment and what they saw before, or nothing more. */
export type Seen = 'EVERYTHING' | { upTo: Date } | 'PUT_BACK'

/** The ticket is locked by now, so that no message comes in between. */
export async function noteLook(tx: Db, { workspaceId, actorId, ticketId }: Whose, seen: Seen): Promise<void> {
  const newest = sql`(select max(at) from messages where workspace_id = ${workspaceId} and ticket_id = ${ticketId})`
  const upTo =
    seen === 'PUT_BACK'
      ? sql`null::timestamptz`
      : seen === 'EVERYTHING'
        ? sql`coalesce(${newest}, now())`
        : sql`${seen.upTo.toISOString()}::timestamptz`
  const kept =
    seen === 'PUT_BACK'
      ? sql`null`
      : sql`(select seen_up_to from ticket_looks
    where workspace_id = ${workspaceId} and actor_id = ${actorId} and ticket_id = ${ticketId})`
  await tx.execute(sql`
    with seen as (select greatest(${upTo}, ${kept}::timestamptz) as up_to)
    insert into ticket_looks (workspace_id, actor_id, ticket_id, seen_up_to, unread_message_count)
    select ${workspaceId}::uuid, ${actorId}::uuid, ${ticketId}::uuid, seen.up_to,
      ${unreadAfter(workspaceId, sql`${ticketId}::uuid`, sql`seen.up_to`)}
    from seen
    on conflict (workspace_id, actor_id, ticket_id) do update
    set seen_up_to = excluded.seen_up_to, unread_message_count = excluded.unread_message_count`)
}

/** Gives back an earlier look; what came since is unread again. */
export async function giveBackLook(tx: Db, whose: Whose, seenUpTo: Date | null | 'NEVER'): Promise<void> {
  const { workspaceId, actorId, ticketId } = whose
  await tx.execute(sql`
    delete from ticket_looks where workspace_id = ${workspaceId} and actor_id = ${actorId} and ticket_id = ${ticketId}`)
  if (seenUpTo !== 'NEVER') await noteLook(tx, whose, seenUpTo === null ? 'PUT_BACK' : { upTo: seenUpTo })
}

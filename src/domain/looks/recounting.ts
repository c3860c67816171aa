/** What is unread for those who looked, after messages of their tickets changed. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

/** What came from a help desk just now. */
export type Arrivals = {
  inbound: { ticketId: string; at: Date }[]
  /** Answers and notes: who wrote one has read what stood before it. */
  written: { ticketId: string; actorId: string; at: Date }[]
}

const nothing: Arrivals = { inbound: [], written: [] }

/**
 * Counts again for everybody who looked at one of these tickets; costs one probe of an index for a ticket that nobody did.
 * A message that comes late, with a time before what somebody has seen, takes their look back to before it: a message
 * may be counted twice then, but never missed.
 */
export async function recountLooks(
  tx: Db,
  workspaceId: string,
  ticketIds: readonly string[],
  { inbound, written }: Arrivals = nothing,
): Promise<void> {
  if (ticketIds.length === 0) return
  const ids = (rows: { ticketId: string }[]) => sql`${sql.param(rows.map(({ ticketId }) => ticketId))}::uuid[]`
  const times = (rows: { at: Date }[]) => sql`${sql.param(rows.map(({ at }) => at.toISOString()))}::timestamptz[]`
  await tx.execute(sql`
    with arrived as (
      select ticket_id, min(at) as at from unnest(${ids(inbound)}, ${times(inbound)}) as arrived(ticket_id, at)
      group by ticket_id
    ), written as (
      select ticket_id, actor_id, max(at) as at
      from unnest(${ids(written)}, ${sql.param(written.map(({ actorId }) => actorId))}::uuid[], ${times(written)})
        as written(ticket_id, actor_id, at)
      group by ticket_id, actor_id
    ), seen as (
      -- 1. how far each has read now
      select old.actor_id, old.ticket_id, case when old.seen_up_to is null and written.at is null then null
        else greatest(least(old.seen_up_to, arrived.at - interval '1 ms'), written.at) end as up_to
      from ticket_looks old
      left join arrived on arrived.ticket_id = old.ticket_id
      left join written on written.ticket_id = old.ticket_id and written.actor_id = old.actor_id
      where old.workspace_id = ${workspaceId} and old.ticket_id = any(${sql.param(ticketIds)}::uuid[])
    ), counted as (
      -- 2. what came in after that
      select seen.*, ${unreadAfter(workspaceId, sql`seen.ticket_id`, sql`seen.up_to`)} as unread from seen
    )
    update ticket_looks look set seen_up_to = counted.up_to, unread_message_count = counted.unread
    from counted
    where look.workspace_id = ${workspaceId} and look.actor_id = counted.actor_id and look.ticket_id = counted.ticket_id
      and (look.seen_up_to, look.unread_message_count) is distinct from (counted.up_to, counted.unread)`)
}

/** How many public messages came in after a moment; of what was put back those without an answer, at least one. */
export function unreadAfter(workspaceId: string, ticketId: ReturnType<typeof sql>, upTo: ReturnType<typeof sql>) {
  const ofTicket = sql`m.workspace_id = ${workspaceId} and m.ticket_id = ${ticketId} and m.type <> 'SUGGESTED_REPLY'
    and not m.is_deleted and not m.is_internal`
  return sql`(select greatest(count(*), case when ${upTo} is null then 1 else 0 end)::int from messages m
    where ${ofTicket} and m.direction = 'INBOUND' and m.at > coalesce(${upTo},
      (select max(m.at) from messages m where ${ofTicket} and m.direction = 'OUTBOUND'), '-infinity'))`
}

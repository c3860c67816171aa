import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

/**
 * Before threads move into another ticket: who looked at any of them and has not seen all of a source has seen the target
 * only up to before that. Who never looked at a source has seen what its flag says.
 */
export async function takeBackLooks(
  tx: Db,
  workspaceId: string,
  { sourceIds, targetId }: { sourceIds: string[]; targetId: string },
): Promise<void> {
  const sources = sql`any(${sql.param(sourceIds)}::uuid[])`
  await tx.execute(sql`
    insert into ticket_looks (workspace_id, actor_id, ticket_id, seen_up_to, unread_message_count)
    select source.workspace_id, reader.actor_id, ${targetId}::uuid, min(message.at) - interval '1 ms', 0
    from (
      select distinct actor_id from ticket_looks
      where workspace_id = ${workspaceId} and (ticket_id = ${targetId} or ticket_id = ${sources})
    ) reader
    join tickets source on source.workspace_id = ${workspaceId} and source.id = ${sources}
    left join ticket_looks own on own.workspace_id = ${workspaceId} and own.actor_id = reader.actor_id
      and own.ticket_id = source.id
    join messages message on message.workspace_id = ${workspaceId} and message.ticket_id = source.id
      and message.direction = 'INBOUND' and not message.is_internal and not message.is_deleted
    where message.at > coalesce(
      own.seen_up_to,
      case when own.ticket_id is null and source.is_read_by_agent then 'infinity'::timestamptz end,
      -- an answer says that what stood before it was read
      (select max(at) from messages
        where workspace_id = ${workspaceId} and ticket_id = source.id and direction = 'OUTBOUND'),
      '-infinity')
    group by source.workspace_id, reader.actor_id
    on conflict (workspace_id, actor_id, ticket_id) do update
    set seen_up_to = least(ticket_looks.seen_up_to, excluded.seen_up_to) where ticket_looks.seen_up_to is not null`)
}

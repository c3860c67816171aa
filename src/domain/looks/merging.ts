import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

/**
 * Before threads move into another ticket: who has read the target but not all of a source is taken back to before what
 * they have not seen. Who never looked at a source has seen what its flag says.
 */
export async function takeBackLooks(
  tx: Db,
  workspaceId: string,
  { sourceIds, targetId }: { sourceIds: string[]; targetId: string },
): Promise<void> {
  await tx.execute(sql`
    update ticket_looks look set seen_up_to = least(look.seen_up_to, unseen.at - interval '1 ms')
    from (
      select reader.actor_id, min(message.at) as at
      from ticket_looks reader
      join tickets source on source.workspace_id = ${workspaceId} and source.id = any(${sql.param(sourceIds)}::uuid[])
      left join ticket_looks own on own.workspace_id = ${workspaceId} and own.actor_id = reader.actor_id
        and own.ticket_id = source.id
      join messages message on message.workspace_id = ${workspaceId} and message.ticket_id = source.id
        and message.direction = 'INBOUND' and not message.is_internal and not message.is_deleted
      where reader.workspace_id = ${workspaceId} and reader.ticket_id = ${targetId} and message.at > coalesce(
        own.seen_up_to,
        case when own.ticket_id is null and source.is_read_by_agent then 'infinity'::timestamptz end,
        -- an answer says that what stood before it was read
        (select max(at) from messages
          where workspace_id = ${workspaceId} and ticket_id = source.id and direction = 'OUTBOUND'),
        '-infinity')
      group by reader.actor_id
    ) unseen
    where look.workspace_id = ${workspaceId} and look.ticket_id = ${targetId} and look.actor_id = unseen.actor_id
      and look.seen_up_to is not null`)
}

/** Moving what was said on one ticket into another, and back. Counters are left to `recounted`. */
import { sql } from 'drizzle-orm'
import { takeBackLooks } from '#domain/looks/merging.ts'
import type { Db } from '#platform/db/client.ts'

/**
 * Shows the threads of the sources in the target: conversations, messages, files, mentions, tags and who follows them.
 * Every conversation remembers the ticket it belongs to at its help desk. Says how many messages moved and which tags
 * came along.
 */
export async function moveThreads(
  tx: Db,
  workspaceId: string,
  { sourceIds, targetId }: { sourceIds: string[]; targetId: string },
): Promise<{ messageCount: number; addedTagIds: string[] }> {
  await takeBackLooks(tx, workspaceId, { sourceIds, targetId })
  const sources = sql`any(${sql.param(sourceIds)}::uuid[])`
  await tx.execute(sql`
    update conversations set ticket_id = ${targetId}, origin_ticket_id = coalesce(origin_ticket_id, ticket_id)
    where workspace_id = ${workspaceId} and ticket_id = ${sources}`)
  const { rows: moved } = await tx.execute<{ count: number }>(sql`
    with moved as (
      update messages set ticket_id = ${targetId}
      where workspace_id = ${workspaceId} and ticket_id = ${sources} returning type)
    select count(*) filter (where type <> 'SUGGESTED_REPLY')::int as count from moved`)
  for (const table of ['attachments', 'mentions']) {
    await tx.execute(sql`
      update ${sql.identifier(table)} set ticket_id = ${targetId}
      where workspace_id = ${workspaceId} and ticket_id = ${sources}`)
  }
  await tx.execute(sql`
    insert into ticket_followers (workspace_id, actor_id, ticket_id)
    select distinct workspace_id, actor_id, ${targetId}::uuid from ticket_followers
    where workspace_id = ${workspaceId} and ticket_id = ${sources}
    on conflict do nothing`)
  const { rows: tagged } = await tx.execute<{ tag_id: string }>(sql`
    insert into ticket_tags (workspace_id, ticket_id, tag_id)
    select distinct workspace_id, ${targetId}::uuid, tag_id from ticket_tags
    where workspace_id = ${workspaceId} and ticket_id = ${sources}
    on conflict do nothing returning tag_id`)
  return { messageCount: moved[0]?.count ?? 0, addedTagIds: tagged.map((row) => row.tag_id) }
}

/** Gives a source back what belongs to it at its help desk, and what was merged into it before. Says how many messages. */
export async function returnThread(tx: Db, workspaceId: string, sourceId: string): Promise<number> {
  // The tickets whose threads the source showed itself: it and everything that was merged into it.
  const { rows } = await tx.execute<{ id: string }>(sql`
    with recursive below as (
      select ${sourceId}::uuid as id
      union
      select ticket.id from below
      join tickets ticket on ticket.workspace_id = ${workspaceId} and ticket.merged_into_id = below.id
        and ticket.is_thread_moved
    )
    update conversations set ticket_id = ${sourceId},
      origin_ticket_id = case when origin_ticket_id = ${sourceId} then null else origin_ticket_id end
    where workspace_id = ${workspaceId} and origin_ticket_id in (select id from below)
    returning id`)
  const conversationIds = sql`any(${sql.param(rows.map(({ id }) => id))}::uuid[])`
  const { rows: moved } = await tx.execute<{ id: string; type: string }>(sql`
    update messages set ticket_id = ${sourceId}
    where workspace_id = ${workspaceId} and conversation_id = ${conversationIds} returning id, type`)
  const messageIds = sql`any(${sql.param(moved.map(({ id }) => id))}::uuid[])`
  for (const table of ['attachments', 'mentions']) {
    await tx.execute(sql`
      update ${sql.identifier(table)} set ticket_id = ${sourceId}
      where workspace_id = ${workspaceId} and message_id = ${messageIds}`)
  }
  return moved.filter(({ type }) => type !== 'SUGGESTED_REPLY').length
}

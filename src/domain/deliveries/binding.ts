/** Things made here get the ids their help desk gave them. A copy that a pull brought meanwhile goes; ours stays. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { newExternalId } from './external-ids.ts'

type Owner = { workspaceId: string; id: string }

/** What of the copy was changed here moves over to ours, the rest is read again. */
export async function bindTicket(
  tx: Db,
  { workspaceId, id: backendId }: Owner,
  { id, externalId }: { id: string; externalId: string },
): Promise<void> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    select id from tickets
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and external_id = ${externalId} and id <> ${id}
    for update`)
  for (const copy of rows) {
    await tx.execute(sql`
      update deliveries set ticket_id = case when ticket_id = ${copy.id} then ${id} else ticket_id end,
        lanes = array_replace(lanes, ${copy.id}::uuid, ${id}::uuid)
      where workspace_id = ${workspaceId} and lanes && array[${copy.id}]::uuid[]`)
    // Written here on the copy: conversations and messages the help desk does not have yet.
    await tx.execute(sql`
      update conversations set ticket_id = ${id}
      where workspace_id = ${workspaceId} and ticket_id = ${copy.id} and external_id like 'deskgraph:%'`)
    await tx.execute(sql`
      with own as (
        select id from conversations where workspace_id = ${workspaceId} and ticket_id = ${id}
        order by created_at limit 1)
      update messages set ticket_id = ${id}, conversation_id = coalesce((select id from own), conversation_id)
      where workspace_id = ${workspaceId} and ticket_id = ${copy.id} and external_id like 'deskgraph:%'`)
    await moveDrafts(tx, workspaceId, { fromId: copy.id, intoId: id })
    await tx.execute(sql`delete from tickets where workspace_id = ${workspaceId} and id = ${copy.id}`)
  }
  await tx.execute(sql`
    update tickets set external_id = ${externalId}, content_hash = ''
    where workspace_id = ${workspaceId} and id = ${id}`)
  // What was merged into it before it had this name.
  await tx.execute(sql`
    update tickets set merged_into_external_id = ${externalId}
    where workspace_id = ${workspaceId} and merged_into_id = ${id} and merged_into_external_id = ${newExternalId(id)}`)
}

/** Those that were begun on the copy, with their files; of a kind that ours has too they lie beside it. */
async function moveDrafts(
  tx: Db,
  workspaceId: string,
  { fromId, intoId }: { fromId: string; intoId: string },
): Promise<void> {
  await tx.execute(sql`
    update drafts moved set ticket_id = ${intoId}, is_shared = is_shared and not exists (
      select from drafts own
      where own.workspace_id = moved.workspace_id and own.ticket_id = ${intoId} and own.type = moved.type and own.is_shared)
    where workspace_id = ${workspaceId} and ticket_id = ${fromId} and external_id like 'deskgraph:%'`)
  await tx.execute(sql`
    update attachments file set ticket_id = ${intoId} from drafts draft
    where file.workspace_id = ${workspaceId} and file.ticket_id = ${fromId}
      and draft.workspace_id = file.workspace_id and draft.id = file.draft_id and draft.ticket_id = ${intoId}`)
  await tx.execute(sql`
    update tickets set has_draft = true
    where workspace_id = ${workspaceId} and id = ${intoId} and not has_draft
      and exists (select from drafts where workspace_id = ${workspaceId} and ticket_id = ${intoId})`)
}

export async function bindTag(
  tx: Db,
  { workspaceId, id: backendId }: Owner,
  { id, externalId }: { id: string; externalId: string },
): Promise<void> {
  await tx.execute(sql`
    with copy as (
      select id from tags
      where workspace_id = ${workspaceId} and backend_id = ${backendId} and external_id = ${externalId} and id <> ${id})
    insert into ticket_tags (workspace_id, ticket_id, tag_id)
    select workspace_id, ticket_id, ${id}::uuid from ticket_tags
    where workspace_id = ${workspaceId} and tag_id in (select id from copy)
    on conflict do nothing`)
  await tx.execute(sql`
    delete from tags
    where workspace_id = ${workspaceId} and backend_id = ${backendId} and external_id = ${externalId} and id <> ${id}`)
  await tx.execute(sql`
    update tags set external_id = ${externalId}, content_hash = '' where workspace_id = ${workspaceId} and id = ${id}`)
}

const pointers = [
  ...(['requester_id', 'created_by_id', 'last_replied_by_id', 'resolved_by_id'] as const).map((column) => [
    'tickets',
    column,
  ]),
  ...(['sender_id', 'created_by_id', 'updated_by_id'] as const).map((column) => ['messages', column]),
  ['conversations', 'contact_id'],
  ['ticket_events', 'actor_id'],
  ['actors', 'merged_into_id'],
  ['api_keys', 'actor_id'],
] as const

export async function bindContact(
  tx: Db,
  { workspaceId, id: backendId }: Owner,
  { id, externalId }: { id: string; externalId: string },
): Promise<void> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    select copy.id from actors copy
    join actors own on own.workspace_id = copy.workspace_id and own.id = ${id}
    where copy.workspace_id = ${workspaceId} and copy.backend_id = ${backendId} and copy.type = own.type
      and copy.external_id = ${externalId} and copy.id <> ${id}`)
  for (const copy of rows) {
    for (const [table, column] of pointers) {
      await tx.execute(sql`
        update ${sql.identifier(table)} set ${sql.identifier(column)} = ${id}
        where workspace_id = ${workspaceId} and ${sql.identifier(column)} = ${copy.id}`)
    }
    await tx.execute(sql`delete from actors where workspace_id = ${workspaceId} and id = ${copy.id}`)
  }
  await tx.execute(sql`
    update actors set external_id = ${externalId}, content_hash = ''
    where workspace_id = ${workspaceId} and id = ${id}`)
}

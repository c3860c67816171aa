/** Tickets merged into others, and what their messages leave behind. */
import { sql } from 'drizzle-orm'
import type { Change } from '#domain/changes/log.ts'
import type { Db } from '#platform/db/client.ts'
import type { TicketRow } from './ticket-rows.ts'

type Backend = { workspaceId: string; id: string }

/** Sets `mergedIntoId` of rows where the target is in the page or in the store. */
export async function resolveMergeTargets(
  tx: Db,
  backend: Backend,
  rows: TicketRow[],
  inPage: Map<string, string>,
): Promise<void> {
  const merged = rows.filter((row) => row.mergedIntoExternalId !== null)
  const keys = merged.map((row) => row.mergedIntoExternalId as string)
  const missing = keys.filter((key) => !inPage.has(key))
  const targets = new Map(inPage)
  if (missing.length > 0) {
    const { rows: found } = await tx.execute<{ id: string; externalId: string }>(sql`
      select id, external_id as "externalId" from tickets
      where workspace_id = ${backend.workspaceId} and backend_id = ${backend.id} and external_id = any(${sql.param(missing)})`)
    for (const { id, externalId } of found) targets.set(externalId, id)
  }
  for (const row of merged) {
    const target = targets.get(row.mergedIntoExternalId as string) ?? null
    row.mergedIntoId = target === row.id ? null : target // some vendors say so of tickets that are not merged
  }
}

/** Tickets stored earlier whose merge target came only now. That they are merged is no news. */
export async function joinMerged(tx: Db, backend: Backend, newExternalIds: string[], at: Date): Promise<Change[]> {
  if (newExternalIds.length === 0) return []
  const { workspaceId } = backend
  const { rows } = await tx.execute<{ id: string; version: number }>(sql`
    update tickets merged set merged_into_id = target.id, version = merged.version + 1
    from tickets target
    where merged.workspace_id = ${workspaceId} and merged.backend_id = ${backend.id} and merged.merged_into_id is null
      and merged.merged_into_external_id = any(${sql.param(newExternalIds)}) and merged.id <> target.id
      and target.workspace_id = ${workspaceId} and target.backend_id = ${backend.id}
      and target.external_id = merged.merged_into_external_id
    returning merged.id, merged.version`)
  return rows.map(({ id, version }) => ({
    ...{
      workspaceId,
      ticketId: id,
      messageId: null,
      kind: 'UPDATED',
      changedFields: ['mergedInto'],
      version,
      source: 'SYNC',
      at,
    },
  }))
}

/** A conversation that all messages have left, as when the vendor merged its ticket, is no more. */
export async function removeEmptied(tx: Db, { workspaceId }: Backend, conversationIds: string[]): Promise<void> {
  if (conversationIds.length === 0) return
  await tx.execute(sql`
    delete from conversations
    where workspace_id = ${workspaceId} and id = any(${sql.param(conversationIds)}::uuid[])
      and not exists (
        select from messages
        where workspace_id = conversations.workspace_id and conversation_id = conversations.id)`)
}

/**
 * One contact becoming part of another, and back. Only what is searched by its requester is written anew; whatever else
 * points at a merged contact is followed to the one it became part of when it is read.
 */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

/** Pages of a backend being stored keep out merges of its contacts: none may bring a merged one back as a requester. */
export function lockMerging(tx: Db, backendId: string, { isShared }: { isShared: boolean }) {
  const lock = isShared ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`
  return tx.execute(sql`select ${lock}(hashtextextended(${`contacts of ${backendId}`}, 0))`)
}

/** Which of these contacts became part of which other. */
export async function mergedContacts(
  tx: Db,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.execute<{ id: string; into: string }>(sql`
    select id, merged_into_id as "into" from actors
    where workspace_id = ${workspaceId} and merged_into_id is not null and id = any(${sql.param(ids)}::uuid[])`)
  return new Map(rows.map(({ id, into }) => [id, into]))
}

/** What a merge moved: whose each ticket was, and of which source each contact was a part before. */
export type Moved = {
  tickets: { id: string; requesterId: string; version: number }[]
  parts: { id: string; mergedIntoId: string }[]
}

/** The sources, and what was merged into them before, are part of the target from now on; their tickets are the target's. */
export async function moveContacts(
  tx: Db,
  workspaceId: string,
  { targetId, sourceIds, at }: { targetId: string; sourceIds: string[]; at: Date },
): Promise<Moved> {
  const sources = sql`any(${sql.param(sourceIds)}::uuid[])`
  const { rows: parts } = await tx.execute<{ id: string; into: string }>(sql`
    select id, merged_into_id as "into" from actors where workspace_id = ${workspaceId} and merged_into_id = ${sources}`)
  await tx.execute(sql`
    update actors set merged_into_id = ${targetId}
    where workspace_id = ${workspaceId} and (id = ${sources} or merged_into_id = ${sources})`)
  // Locked in one order, as commands and pages lock them.
  const { rows: owned } = await tx.execute<{ id: string; requester_id: string }>(sql`
    select id, requester_id from tickets
    where workspace_id = ${workspaceId} and requester_id = ${sources} order by id for update`)
  const versions = await giveTickets(
    tx,
    workspaceId,
    owned.map(({ id }) => ({ id, requesterId: targetId })),
    at,
  )
  return {
    tickets: owned.map(({ id, requester_id }) => ({
      ...{ id, requesterId: requester_id, version: versions.get(id) as number },
    })),
    parts: parts.map(({ id, into }) => ({ id, mergedIntoId: into })),
  }
}

/** Takes a merge back: the sources stand alone again, with those of their tickets that are still the target's. */
export async function returnContacts(
  tx: Db,
  workspaceId: string,
  {
    targetId,
    sourceIds,
    tickets,
    parts,
    at,
  }: {
    targetId: string
    sourceIds: string[]
    tickets: { id: string; requesterId: string }[]
    parts: Moved['parts']
    at: Date
  },
): Promise<{ id: string; version: number }[]> {
  await tx.execute(sql`
    update actors set merged_into_id = null
    where workspace_id = ${workspaceId} and id = any(${sql.param(sourceIds)}::uuid[]) and merged_into_id = ${targetId}`)
  await tx.execute(sql`
    update actors set merged_into_id = given.source_id
    from unnest(${sql.param(parts.map(({ id }) => id))}::uuid[],
      ${sql.param(parts.map(({ mergedIntoId }) => mergedIntoId))}::uuid[]) as given(id, source_id)
    where workspace_id = ${workspaceId} and actors.id = given.id and merged_into_id = ${targetId}`)
  const { rows } = await tx.execute<{ id: string }>(sql`
    select id from tickets
    where workspace_id = ${workspaceId} and requester_id = ${targetId}
      and id = any(${sql.param(tickets.map(({ id }) => id))}::uuid[]) order by id for update`)
  const still = new Set(rows.map(({ id }) => id))
  const versions = await giveTickets(
    tx,
    workspaceId,
    tickets.filter(({ id }) => still.has(id)),
    at,
  )
  return [...versions].map(([id, version]) => ({ id, version }))
}

/** Says their new versions. */
async function giveTickets(
  tx: Db,
  workspaceId: string,
  tickets: { id: string; requesterId: string }[],
  at: Date,
): Promise<Map<string, number>> {
  if (tickets.length === 0) return new Map()
  const { rows } = await tx.execute<{ id: string; version: number }>(sql`
    update tickets set requester_id = given.requester_id, version = version + 1, updated_at = ${at.toISOString()}
    from unnest(${sql.param(tickets.map(({ id }) => id))}::uuid[],
      ${sql.param(tickets.map(({ requesterId }) => requesterId))}::uuid[]) as given(id, requester_id)
    where workspace_id = ${workspaceId} and tickets.id = given.id
    returning tickets.id, version`)
  return new Map(rows.map(({ id, version }) => [id, version]))
}

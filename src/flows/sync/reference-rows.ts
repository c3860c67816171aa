/** The rows of what tickets point at: channels, departments, people, tags, views. Read by their keys, written when they differ. */
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { ActorRef } from '#connectors/contract.ts'
import { actors, departmentAgents, departments } from '#domain/actors/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { adoptOwnContacts } from '#domain/deliveries/contact-adoption.ts'
import { tags } from '#domain/tags/table.ts'
import { views } from '#domain/views/table.ts'
import { anyOf } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto, type WholeRow } from '#platform/db/upsert.ts'
import { type Actor, actorKey } from './actor-rows.ts'

export type Backend = { workspaceId: string; id: string }
export type Channel = WholeRow<typeof channels>
export type Account = WholeRow<typeof channelAccounts>
export type Department = WholeRow<typeof departments>
export type Tag = WholeRow<typeof tags>
export type View = WholeRow<typeof views>

export function isContact({ type }: Pick<ActorRef, 'type'>): boolean {
  return type === 'CONTACT' || type === 'VISITOR'
}

// ------------------------------------------------------------------ reading

type ReferenceTable = typeof channels | typeof channelAccounts | typeof departments | typeof tags | typeof views

export async function rowsOf<Row>(
  db: Db,
  backend: Backend,
  table: ReferenceTable,
  cache: Map<string, Row>,
  keys: (string | null | undefined)[],
): Promise<Map<string, Row>> {
  const wanted = [...new Set(keys.filter((key) => key != null))]
  const missing = wanted.filter((key) => !cache.has(key))
  const rows = new Map<string, Row>()
  for (const key of wanted) if (cache.has(key)) rows.set(key, cache.get(key) as Row)
  if (missing.length === 0) return rows
  const read = await db
    .select()
    .from(table as PgTable)
    .where(
      and(
        eq(table.workspaceId, backend.workspaceId),
        eq(table.backendId, backend.id),
        anyOf(table.externalId, missing),
      ),
    )
  for (const row of read) rows.set((row as { externalId: string }).externalId, row as Row)
  return rows
}

/** As `actorsOf`; a contact made here that the vendor names now is known by that name too. */
export async function contactsToo(db: Db, backend: Backend, cache: Map<string, Actor>, refs: ActorRef[]) {
  const rows = await actorsOf(db, backend, cache, refs)
  const unknown = refs.filter((ref) => isContact(ref) && !rows.has(actorKey(ref)))
  return (await adoptOwnContacts(db, backend, unknown)) ? actorsOf(db, backend, cache, refs) : rows
}

async function actorsOf(
  db: Db,
  backend: Backend,
  cache: Map<string, Actor>,
  refs: ActorRef[],
): Promise<Map<string, Actor>> {
  const rows = new Map<string, Actor>()
  const missing = refs.filter((ref) => !cache.has(actorKey(ref)))
  for (const ref of refs) {
    const cached = cache.get(actorKey(ref))
    if (cached) rows.set(actorKey(ref), cached)
  }
  if (missing.length === 0) return rows
  const { raw: _raw, ...columns } = getTableColumns(actors)
  const read = await db
    .select(columns)
    .from(actors)
    .innerJoin(
      sql`unnest(${sql.param(missing.map((ref) => ref.type))}::text[], ${sql.param(missing.map((ref) => ref.externalId))}::text[]) as wanted(type, external_id)`,
      sql`${actors.type} = wanted.type and ${actors.externalId} = wanted.external_id`,
    )
    .where(and(eq(actors.workspaceId, backend.workspaceId), eq(actors.backendId, backend.id)))
  for (const row of read) rows.set(actorKey(row), { ...row, raw: null })
  return rows
}

// ------------------------------------------------------------------ writing

const byExternalId = ['workspaceId', 'backendId', 'externalId'] as const
const onlyIfChanged = { keep: ['id'] as ['id'], where: 'old.content_hash is distinct from excluded.content_hash' }
export const writeChannels = upsertInto(channels, { key: [...byExternalId], ...onlyIfChanged })
export const writeAccounts = upsertInto(channelAccounts, { key: [...byExternalId], ...onlyIfChanged })
export const writeDepartments = upsertInto(departments, { key: [...byExternalId], ...onlyIfChanged })
export const writeTags = upsertInto(tags, { key: [...byExternalId], ...onlyIfChanged })
export const writeViews = upsertInto(views, { key: [...byExternalId], ...onlyIfChanged })
export const writeActors = upsertInto(actors, {
  key: ['workspaceId', 'backendId', 'type', 'externalId'],
  ...onlyIfChanged,
  keep: ['id', 'mergedIntoId'],
})
const insertMembers = upsertInto(departmentAgents, { key: ['workspaceId', 'departmentId', 'agentId'], keep: 'all' })

export async function writeMembers(tx: Db, workspaceId: string, members: Map<string, string[]>) {
  if (members.size === 0) return
  const rows = [...members].flatMap(([departmentId, agentIds]) =>
    agentIds.map((agentId) => ({ workspaceId, departmentId, agentId })),
  )
  await insertMembers(tx, rows)
  await tx.execute(sql`
    delete from department_agents old
    where workspace_id = ${workspaceId} and department_id = any(${sql.param([...members.keys()])}::uuid[])
      and not exists (
        select from unnest(${sql.param(rows.map((row) => row.departmentId))}::uuid[], ${sql.param(rows.map((row) => row.agentId))}::uuid[])
          as new(department_id, agent_id)
        where new.department_id = old.department_id and new.agent_id = old.agent_id)`)
}

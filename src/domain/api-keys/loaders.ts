import { getTableColumns, sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import { oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { apiKeys } from './table.ts'

const { secretSha256: _secret, ...apiKeyColumns } = getTableColumns(apiKeys)
export type ApiKeyRow = RowOf<typeof apiKeyColumns>
export const apiKeyById = oneBy(apiKeys, apiKeys.id, apiKeyColumns)

const newestFirst: NamedOrder = {
  name: 'api keys, newest first',
  steps: [{ by: apiKeys.id, type: 'uuid', direction: 'DESC' }],
}
export const apiKeyList = { name: 'api_keys', table: apiKeys, columns: apiKeyColumns, order: newestFirst }

/** A key as it is looked up when somebody comes with its secret. */
export type PresentedKey = {
  secretSha256: string
  workspaceId: string
  id: string
  name: string
  role: Viewer['role']
  scopes: Scope[]
  /** Whose it is, also after they became part of another contact. */
  actorId: string | null
  /** Milliseconds since 1970. */
  expiresAtMs: number | null
  lastUsedAtMs: number | null
}

/** Keys that were not revoked, nor are of somebody whose account the help desk closed, by the hashes of their secrets; of any workspace, since a secret does not say of which. */
export async function presentedKeys(db: Db, hashes: readonly string[]): Promise<PresentedKey[]> {
  const { rows } = await db.execute<PresentedKey>(sql`
    select key.secret_sha256 as "secretSha256", key.workspace_id as "workspaceId", key.id, key.name, key.role, key.scopes,
      coalesce(actor.merged_into_id, key.actor_id) as "actorId",
      extract(epoch from key.expires_at)::float8 * 1000 as "expiresAtMs",
      extract(epoch from key.last_used_at)::float8 * 1000 as "lastUsedAtMs"
    from api_keys key
    left join actors actor on actor.workspace_id = key.workspace_id and actor.id = key.actor_id
    where key.secret_sha256 = any(${sql.param(hashes)}::text[]) and key.revoked_at is null and actor.is_active is not false`)
  return rows
}

/** Notes that a key is in use, unless that was noted a moment ago, by whichever gateway. */
export async function noteKeyUse(
  db: Db,
  { workspaceId, id }: Pick<PresentedKey, 'workspaceId' | 'id'>,
  { atMostEverySeconds }: { atMostEverySeconds: number },
): Promise<void> {
  await db.execute(sql`
    update api_keys set last_used_at = now()
    where workspace_id = ${workspaceId} and id = ${id}
      and (last_used_at is null or last_used_at < now() - make_interval(secs => ${atMostEverySeconds}))`)
}

/** Whether anybody could come in with a key: one that is neither revoked nor expired. */
export async function hasUsableKeys(db: Db, workspaceIds: readonly string[]): Promise<boolean> {
  const { rows } = await db.execute(sql`
    select from api_keys
    where workspace_id = any(${sql.param(workspaceIds)}::uuid[]) and revoked_at is null
      and (expires_at is null or expires_at > now())
    limit 1`)
  return rows.length > 0
}

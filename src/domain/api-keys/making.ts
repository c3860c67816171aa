import { v7 as uuidv7 } from 'uuid'
import type { Db } from '#platform/db/client.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { sha256 } from '#sha256.ts'
import { hintOf, newSecret } from './secret.ts'
import { apiKeys } from './table.ts'

export type NewKey = {
  workspaceId: string
  name: string
  role: Viewer['role']
  scopes: Scope[]
  actorId: string | null
  expiresAt: Date | null
  createdAt: Date
  createdBy: string | null
}

/** The secret is nowhere but in what is returned; null when the workspace has or had a key of this name. */
export async function makeKey(db: Db, key: NewKey): Promise<{ id: string; secret: string } | null> {
  const [id, secret] = [uuidv7(), newSecret()]
  const { rowCount } = await db
    .insert(apiKeys)
    .values({ ...key, id, secretSha256: sha256(secret), hint: hintOf(secret) })
    .onConflictDoNothing({ target: [apiKeys.workspaceId, apiKeys.name] })
  return rowCount === 1 ? { id, secret } : null
}

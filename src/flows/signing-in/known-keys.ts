/** API keys as a gateway knows them: read from the database together, kept for seconds. */

import DataLoader from 'dataloader'
import { noteKeyUse, type PresentedKey, presentedKeys } from '#domain/api-keys/loaders.ts'
import { looksLikeSecret } from '#domain/api-keys/secret.ts'
import type { Db } from '#platform/db/client.ts'
import { scopesWithin } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Log } from '#platform/log.ts'
import { sha256 } from '#sha256.ts'
import { openKept } from './kept.ts'

export type KnownKeysOptions = {
  db: Db
  log: Log
  /** Those this gateway serves. */
  workspaceIds: readonly string[]
  now?: () => number
}

/** A key that was revoked, by whichever gateway, is refused everywhere after this long. */
const KEY_KEPT_MS = 3000
const USE_NOTED_EVERY_SECONDS = 300
const MOST_AT_ONCE = 200

/** Who a key speaks for; null for none of ours. @throws Error when the database cannot tell. */
export function openKnownKeys({ db, log, workspaceIds, now = Date.now }: KnownKeysOptions) {
  const served = new Set(workspaceIds)
  // However many strangers come at once, their garbage is one statement.
  const together = new DataLoader<string, PresentedKey | null>(
    async (hashes) => {
      const found = new Map((await presentedKeys(db, hashes)).map((key) => [key.secretSha256, key]))
      return hashes.map((hash) => found.get(hash) ?? null)
    },
    { cache: false, maxBatchSize: MOST_AT_ONCE },
  )

  function noteUse(key: PresentedKey): void {
    if (key.lastUsedAtMs !== null && now() - key.lastUsedAtMs < USE_NOTED_EVERY_SECONDS * 1000) return
    noteKeyUse(db, key, { atMostEverySeconds: USE_NOTED_EVERY_SECONDS }).catch((error: unknown) =>
      log.warn({ err: error, key: key.id }, 'the use of an API key was not noted'),
    )
  }

  async function read(hash: string): Promise<PresentedKey | null> {
    const key = await together.load(hash)
    if (key === null || !served.has(key.workspaceId)) return null
    noteUse(key)
    return key
  }

  // What is not found is not kept: a new key works at once, and garbage takes no room.
  const kept = openKept<PresentedKey | null>({ forMs: KEY_KEPT_MS, isKept: (key) => key !== null, now })

  return async (secret: string): Promise<Viewer | null> => {
    if (!looksLikeSecret(secret)) return null
    const hash = sha256(secret)
    const key = await kept(hash, () => read(hash))
    if (!key || (key.expiresAtMs !== null && key.expiresAtMs <= now())) return null
    const { workspaceId, actorId, role, scopes, name } = key
    return { workspaceId, actorId, role, scopes: new Set(scopesWithin(role, scopes)), tokenName: `key:${name}` }
  }
}

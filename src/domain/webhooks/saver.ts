/** Who a webhook is told for: whoever saved it last, with what they may see today. */
import { and, eq, sql } from 'drizzle-orm'
import { apiKeys } from '#domain/api-keys/table.ts'
import type { Db } from '#platform/db/client.ts'
import { type Scope, scopesWithin } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { scopesOfEvent } from './events.ts'
import type { webhooks } from './table.ts'

export type WholeWebhook = typeof webhooks.$inferSelect

/** What somebody of the configuration may ask for: null for nobody, `KEPT` where only their own token could tell. */
export type RightsOf = (workspaceId: string, tokenName: string) => ReadonlySet<Scope> | 'KEPT' | null

/** Null when they may no longer come in, or lost what the webhook's events need. */
export async function saverOf(db: Db, webhook: WholeWebhook, rightsOf: RightsOf): Promise<Viewer | null> {
  const { workspaceId, savedBy: tokenName, actorId, role, events } = webhook
  const today = tokenName.startsWith('key:')
    ? await rightsOfKey(db, workspaceId, tokenName.slice('key:'.length))
    : rightsOf(workspaceId, tokenName)
  if (today === null) return null
  const scopes = new Set(scopesWithin(role, webhook.scopes).filter((scope) => today === 'KEPT' || today.has(scope)))
  const needed: readonly Scope[] = ['WEBHOOKS_ADMIN', ...events.flatMap((event) => scopesOfEvent[event])]
  return needed.every((scope) => scopes.has(scope)) ? { workspaceId, tokenName, actorId, role, scopes } : null
}

async function rightsOfKey(db: Db, workspaceId: string, name: string): Promise<ReadonlySet<Scope> | null> {
  const [key] = await db
    .select({ scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.workspaceId, workspaceId),
        eq(apiKeys.name, name),
        sql`${apiKeys.revokedAt} is null and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())`,
      ),
    )
  return key ? new Set(key.scopes) : null
}

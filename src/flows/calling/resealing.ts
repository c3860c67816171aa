/** Secrets of webhooks by the newest key: those that an older one encrypts, and those from before there was any. */
import { and, eq, sql } from 'drizzle-orm'
import { keptSecret, openedSecret } from '#domain/webhooks/secret.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Calling } from './calling.ts'

/** Once per start of a worker, so that an old key can go after all of them started with a newer one. */
export async function resealSecrets({ db, log, workspaceIds, secretKeys }: Calling): Promise<void> {
  const { newest } = secretKeys
  if (!newest) return
  const isNew = (column: unknown) => sql`starts_with(${column}, ${`enc:${newest.id}:`})`
  const old = await db
    .select()
    .from(webhooks)
    .where(
      and(
        anyOfIds(webhooks.workspaceId, workspaceIds),
        sql`not (${isNew(webhooks.secret)} and coalesce(${isNew(webhooks.formerSecret)}, true))`,
      ),
    )
  for (const { workspaceId, id, secret, formerSecret } of old) {
    const [present, former] = [secret, formerSecret].map((value) => value && again(value, id))
    if (!present) continue
    // Unless it was rotated meanwhile.
    const isSame = and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id), eq(webhooks.secret, secret))
    await db
      .update(webhooks)
      .set({ secret: present, formerSecret: former ?? null })
      .where(isSame)
    log.info({ webhook: id, key: newest.id }, 'the secret of a webhook is encrypted with the newest key now')
  }

  function again(value: string, id: string): string | null {
    const plain = openedSecret(value, id, secretKeys)
    return plain === null ? null : keptSecret(plain, id, secretKeys)
  }
}

/** Sending again what a webhook was told from a place in the log on, as a job that goes through it in batches. */
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '#platform/db/client.ts'
import { defineJob } from '#platform/jobs/queue.ts'

const place = z.object({ clusterId: z.string(), transactionId: z.string(), position: z.string() })

export const replayJob = defineJob({
  name: 'webhookReplay',
  payload: z.object({ workspaceId: z.uuid(), jobId: z.uuid() }),
})

/** What a replay keeps in its row among the jobs: how far it is, and where it ends. */
export const replayInput = z.object({ webhookId: z.uuid(), after: place, until: place })
export type ReplayInput = z.infer<typeof replayInput>

/** How many lines of the log lie behind one place and up to another. */
export async function countLines(
  db: Db,
  workspaceId: string,
  { after, until }: Pick<ReplayInput, 'after' | 'until'>,
): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from changes
    where workspace_id = ${workspaceId} and cluster_id = ${after.clusterId}
      and (transaction_id, position) > (${after.transactionId}::xid8, ${after.position}::bigint)
      and (transaction_id, position) <= (${until.transactionId}::xid8, ${until.position}::bigint)`)
  return rows[0]?.count ?? 0
}

/** What sends it again, as new: with what it says today, under the id it had. A request under way counts no more. */
export const sentAgain = sql`state = 'WAITING', attempts = 0, next_attempt_at = now(), body = null, problem = null,
  lease = null, lease_until = null`

/** What is known of the requests of a webhook that was deleted goes in batches. */
export const forgetJob = defineJob({
  name: 'webhookForget',
  payload: z.object({ workspaceId: z.uuid(), webhookId: z.uuid() }),
})

/** Wakes a worker: something happened that webhooks wait for. Enqueued by triggers too. */
export const tellWebhooksJob = defineJob({ name: 'tellWebhooks', payload: z.object({ workspaceId: z.uuid() }) })

/** What is known of the requests of a deleted webhook goes too, some at a time: nobody waits for them. */
import { sql } from 'drizzle-orm'
import { forgetJob } from '#domain/webhooks/replay.ts'
import { enqueue } from '#platform/jobs/queue.ts'
import type { Calling } from './calling.ts'

const ROWS_AT_ONCE = 5_000

export async function forgetBatch({ db }: Calling, job: { workspaceId: string; webhookId: string }): Promise<void> {
  const { workspaceId, webhookId } = job
  await db.transaction(async (tx) => {
    const { rowCount } = await tx.execute(sql`
      delete from webhook_deliveries where ctid = any(array(
        select ctid from webhook_deliveries where workspace_id = ${workspaceId} and webhook_id = ${webhookId}
        limit ${ROWS_AT_ONCE}))`)
    if (rowCount === ROWS_AT_ONCE) await enqueue(tx, forgetJob, job, { priority: 10 })
  })
}

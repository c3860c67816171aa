/** One batch of a replay: what a webhook is told again, how far the job is, and its next batch, in one transaction. */
import { and, eq, sql } from 'drizzle-orm'
import { earlierOf, isBefore } from '#domain/changes/event-cursor.ts'
import { linesAfter } from '#domain/changes/feed.ts'
import { isOver } from '#domain/jobs/loaders.ts'
import { jobs } from '#domain/jobs/table.ts'
import { eventsBesideLog } from '#domain/webhooks/events.ts'
import { countLines, type ReplayInput, replayInput, replayJob, sentAgain } from '#domain/webhooks/replay.ts'
import { webhooks } from '#domain/webhooks/table.ts'
import type { Db } from '#platform/db/client.ts'
import { enqueue } from '#platform/jobs/queue.ts'
import type { Calling } from './calling.ts'
import { deliveriesFor, kindsOf, LINES_AT_ONCE, listeningOf, writeDeliveries } from './planning.ts'

type JobRow = typeof jobs.$inferSelect

/** Does nothing once the job is over. */
export async function replayBatch(
  calling: Calling,
  { workspaceId, jobId }: { workspaceId: string; jobId: string },
): Promise<void> {
  await calling.db.transaction(async (tx) => {
    const isJob = and(eq(jobs.workspaceId, workspaceId), eq(jobs.id, jobId))
    const [job] = await tx.select().from(jobs).where(isJob).for('update')
    if (!job || isOver(job.state)) return
    const input = replayInput.parse(job.input)
    if (job.state === 'QUEUED') await againBesideLog(tx, workspaceId, input)
    const next = await replayNext(calling, tx, job, input)
    const left = next ? await countLines(tx, workspaceId, { after: next, until: input.until }) : 0
    const processed = Math.max(job.processed, job.total - left)
    if (next && left > 0) {
      await tx
        .update(jobs)
        .set({ state: 'RUNNING', processed, input: { ...input, after: next } })
        .where(isJob)
      return enqueue(tx, replayJob, { workspaceId, jobId }, { jobKey: `replay ${jobId}`, priority: 10 })
    }
    const outcome = next ? ({ state: 'SUCCEEDED', processed: job.total } as const) : ({ state: 'FAILED' } as const)
    await tx
      .update(jobs)
      .set({ ...outcome, finishedAt: new Date() })
      .where(isJob)
  })
  calling.waker.wake()
}

/** Up to where it came; null when it cannot go on: the webhook is gone or disabled, or the log no longer reaches back. */
async function replayNext(calling: Calling, tx: Db, { workspaceId }: JobRow, { webhookId, after, until }: ReplayInput) {
  const [webhook] = await tx
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, webhookId), eq(webhooks.isEnabled, true)))
    .for('no key update')
  const listening = webhook && (await listeningOf(calling, tx, webhook))
  if (!listening) return null
  const feed = await linesAfter({ db: tx, workspaceId, viewer: listening.viewer }, after, {
    ...{ size: LINES_AT_ONCE, kinds: kindsOf(listening.webhook) },
  })
  if (feed.gap) return null
  const lines = feed.lines.filter(({ place }) => !isBefore(until, place))
  await writeDeliveries(tx, await deliveriesFor(tx, listening, lines), sentAgain)
  return earlierOf(feed.next, until)
}

/** What is in no log was written down when it happened. */
async function againBesideLog(tx: Db, workspaceId: string, { webhookId, after, until }: ReplayInput): Promise<void> {
  await tx.execute(sql`
    update webhook_deliveries set ${sentAgain}
    where workspace_id = ${workspaceId} and webhook_id = ${webhookId}
      and event = any(${sql.param(eventsBesideLog)}::text[]) and cluster_id = ${after.clusterId}
      and (transaction_id, log_position) >= (${after.transactionId}::xid8, ${after.position}::bigint)
      and (transaction_id, log_position) <= (${until.transactionId}::xid8, ${until.position}::bigint)`)
}

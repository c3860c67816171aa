/** One batch of a job: its tickets, their states and the job's progress change in one transaction, so each exactly once. */
import { and, asc, DrizzleQueryError, eq, gte } from 'drizzle-orm'
import pg from 'pg'
import { allBackends } from '#domain/backends/loaders.ts'
import type { Problem } from '#domain/backends/problems.ts'
import { wakeDeliverer } from '#domain/deliveries/promise.ts'
import { isOver } from '#domain/jobs/loaders.ts'
import { jobItems, jobs } from '#domain/jobs/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { auditDone } from './audit.ts'
import { enqueueBatch, inputOfJob, saveJobItems } from './bulk-job.ts'
import { changeEach } from './bulk-work.ts'
import type { Command } from './outcome.ts'
import { CommandError } from './problem.ts'

/** Short enough that nobody waits long for a ticket of the batch, or for `jobCancel`. */
const BATCH_SIZE = 25

/** What a worker has that carries commands out. */
export type BulkWorking = { db: Db; cleaner: HtmlCleaner; log: Log }

type JobRow = typeof jobs.$inferSelect

/** Does nothing once the job is over. */
export async function workOnBatch(
  { db, cleaner, log }: BulkWorking,
  { workspaceId, jobId }: { workspaceId: string; jobId: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    // A second worker waits here, and then goes on where the first one ended.
    const [job] = await tx
      .select()
      .from(jobs)
      .where(and(eq(jobs.workspaceId, workspaceId), eq(jobs.id, jobId)))
      .for('update')
    if (!job || isOver(job.state)) return
    const items = await nextItems(tx, job)
    const { entry, patch, ...by } = inputOfJob(job)
    const backends = await allBackends({ db: tx, workspaceId })
    const now = new Date()
    const command: Command = { tx, workspaceId, now, cleaner, backends, deliveryIds: [], audited: [], ...by }
    const ids = items.map(({ ticketId }) => ticketId)
    const { results } = await changeEach(command, ids, { entry, patch }, explainTo(log, jobId))
    await saveJobItems(
      tx,
      items.map((item, index) => {
        const errors = results[index]?.errors ?? []
        return { ...item, errors, state: errors.length > 0 ? 'FAILED' : 'DONE' }
      }),
    )
    if (command.audited.length > 0) await auditDone(command, job.kind, { input: {}, outcome: { jobId } })
    const failed = results.filter(({ errors }) => errors.length > 0).length
    const isDone = await noteProgress(tx, job, { done: items.length, failed })
    if (command.deliveryIds.length > 0) await wakeDeliverer(tx)
    if (!isDone) await enqueueBatch(tx, { workspaceId, jobId })
  })
}

/** Tickets are taken in order, so those that are done are the first ones. */
function nextItems(tx: Db, { workspaceId, id, processed }: JobRow) {
  return tx
    .select()
    .from(jobItems)
    .where(and(eq(jobItems.workspaceId, workspaceId), eq(jobItems.jobId, id), gte(jobItems.position, processed)))
    .orderBy(asc(jobItems.position))
    .limit(BATCH_SIZE)
}

async function noteProgress(tx: Db, job: JobRow, batch: { done: number; failed: number }): Promise<boolean> {
  const [processed, failed] = [job.processed + batch.done, job.failed + batch.failed]
  const isDone = processed >= job.total
  const outcome = failed === 0 ? 'SUCCEEDED' : failed === job.total ? 'FAILED' : 'PARTIALLY_FAILED'
  await tx
    .update(jobs)
    .set({ processed, failed, state: isDone ? outcome : 'RUNNING', finishedAt: isDone ? new Date() : null })
    .where(and(eq(jobs.workspaceId, job.workspaceId), eq(jobs.id, job.id)))
  return isDone
}

// ------------------------------------------------------------------ failures

/** A ticket on which we stumble ourselves is one that failed; it does not keep the others waiting for ever. */
function explainTo(log: Log, jobId: string) {
  return (error: unknown, ticketId: string): Problem[] | null => {
    if (error instanceof CommandError) return error.problems
    if (isPassing(error)) return null
    log.error({ err: error, jobId, ticketId }, 'a ticket of a job failed unexpectedly')
    const message = 'Unexpected error; the log of the worker says more.'
    return [{ __typename: 'UnexpectedError', code: 'UNEXPECTED', message, path: null }]
  }
}

/** Classes of SQLSTATE: connection, transaction rollback, resources, object in use, intervention, system. */
const passingClasses = new Set(['08', '40', '53', '55', '57', '58'])

/** The database's trouble, not the ticket's: the batch is tried again. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof DrizzleQueryError)) return false
  const { cause } = error
  return !(cause instanceof pg.DatabaseError) || passingClasses.has((cause.code ?? '').slice(0, 2))
}

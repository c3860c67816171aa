/**
 * Commands on more tickets than one request should wait for. The job and its tickets are written with the command; a worker
 * then takes a batch at a time. Each batch is a job of the queue that enqueues the next: the queue's places are free between
 * two batches, and a crash repeats one batch that left nothing behind.
 */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { jobItems, jobs } from '#domain/jobs/table.ts'
import type { Db } from '#platform/db/client.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import { type Scope, usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { defineJob, enqueue } from '#platform/jobs/queue.ts'
import type { BulkWork } from './bulk-work.ts'
import type { Command, Origin } from './outcome.ts'
import { type Packed, packed, unpacked } from './packed-input.ts'

export const bulkJob = defineJob({ name: 'bulk', payload: z.object({ workspaceId: z.uuid(), jobId: z.uuid() }) })

type JobInput = BulkWork & {
  /** Who started it: it does what they may do. */
  viewer: Viewer
  clientMutationId: string | null
  idempotencyKey: string | null
  origin: Origin
}

/** The id of the job. */
export async function startBulkJob(
  { tx, workspaceId, viewer, now, clientMutationId, idempotencyKey, origin }: Command,
  { kind, ids, work }: { kind: string; ids: readonly string[]; work: BulkWork },
): Promise<string> {
  const id = uuidv7()
  const { tokenName, actorId: startedById } = viewer
  const input = { ...work, viewer: { ...viewer, scopes: [...viewer.scopes] }, clientMutationId, idempotencyKey, origin }
  await tx.insert(jobs).values({
    ...{ workspaceId, id, kind, tokenName, startedById, createdAt: now },
    ...{ input: packed(input), total: ids.length },
  })
  await saveJobItems(
    tx,
    ids.map((ticketId, position) => ({ workspaceId, jobId: id, position, ticketId, state: 'WAITING', errors: [] })),
  )
  await enqueueBatch(tx, { workspaceId, jobId: id })
  return id
}

/** As `startBulkJob` kept it. */
export function inputOfJob({ input }: typeof jobs.$inferSelect): JobInput {
  type Kept = JobInput & { viewer: { scopes?: Scope[] }; origin?: Origin }
  const { viewer, origin = ofAnEarlierVersion, ...rest } = unpacked<Kept>(input as Packed)
  // A job of a version that knew no scopes has none with it.
  const scopes = viewer.scopes ? new Set(viewer.scopes) : usualScopes(viewer.role)
  return { ...rest, origin, viewer: { ...viewer, scopes } } as JobInput
}

/** Jobs that were under way when origins began to be kept. */
const ofAnEarlierVersion: Origin = { requestId: 'unknown', clientAddress: null }

export const saveJobItems = upsertInto(jobItems, { key: ['workspaceId', 'jobId', 'position'] })

/** Behind whatever else waits: nobody sits in front of it. */
export function enqueueBatch(tx: Db, job: z.input<typeof bulkJob.payload>): Promise<void> {
  return enqueue(tx, bulkJob, job, { jobKey: `bulk ${job.jobId}`, priority: 10 })
}

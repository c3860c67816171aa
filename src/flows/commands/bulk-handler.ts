/** The worker's side of jobs on many tickets. */
import { handle } from '#platform/jobs/queue.ts'
import type { BulkWorking } from './bulk-batch.ts'
import { bulkJob } from './bulk-job.ts'

export type { BulkWorking }

export const bulkHandler = handle(bulkJob, async (job, working: BulkWorking) => {
  // The commands bring the types of the graph with them, which most workers never need.
  const { workOnBatch } = await import('./bulk-batch.ts')
  await workOnBatch(working, job)
})

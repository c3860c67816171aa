/** Jobs and what failed of them. */
import { eq, getTableColumns } from 'drizzle-orm'
import { type LoadContext, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { pageBy } from '#platform/db/page.ts'
import { cursorOf, maxPageSize, pageRequestOf } from '#platform/graphql/connections.ts'
import { jobItems, jobs } from './table.ts'

const { input: _input, ...jobColumns } = getTableColumns(jobs)
export type JobRow = RowOf<typeof jobColumns>

export const jobById = oneBy(jobs, jobs.id, jobColumns)

/** Whether nothing more will be done of it. */
export function isOver(state: JobRow['state']): boolean {
  return state !== 'QUEUED' && state !== 'RUNNING'
}

const itemColumns = { ticketId: jobItems.ticketId, errors: jobItems.errors }
const inOrder: NamedOrder = {
  name: 'failures of a job',
  steps: [{ by: jobItems.position, type: 'integer', direction: 'ASC' }],
}
const failurePages = pageBy(jobItems.jobId, {
  ...{ name: 'failures_of_job', table: jobItems, columns: itemColumns, order: inOrder },
  where: eq(jobItems.state, 'FAILED'),
})

/** As many as rows of any page. */
export const mostFailures = maxPageSize

export type Failure = RowOf<typeof itemColumns> & { cursor: string }

/** The tickets of a job that could not be changed, in the order they were taken. */
export async function failuresOfJob(
  context: LoadContext,
  jobId: string,
  args: { first?: number | null; after?: string | null },
): Promise<Failure[]> {
  const request = pageRequestOf(args, inOrder)
  const { rows, positionOf } = await failurePages(context, jobId, request)
  return rows.map((row) => ({ ...row, cursor: cursorOf(inOrder.name, positionOf(row)) }))
}

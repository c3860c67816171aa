/** Commands on a selection of tickets: a few at once, many as a job. */
import { and, eq, sql } from 'drizzle-orm'
import { deliveries } from '#domain/deliveries/table.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { startBulkJob } from './bulk-job.ts'
import { type BulkWork, changeEach, refuseForMany } from './bulk-work.ts'
import { MOST_TICKETS } from './many-tickets.ts'
import type { Command, Outcome, TicketResult } from './outcome.ts'
import { CommandError, DryRun, invalid } from './problem.ts'
import { type Selection, selectTickets } from './ticket-selection.ts'
import { keepUndo, type UndoStep } from './undo-steps.ts'

export const bulkModes = {
  ALL_OR_NOTHING: `In one step: if one ticket cannot be changed, none is. For at most ${MOST_TICKETS} tickets, and for one help desk: several cannot be changed in one step. What is then promised to it goes out ticket by ticket, and a ticket it refuses is taken back alone.`,
  BEST_EFFORT: 'Each ticket by itself: those that cannot be changed stay as they were.',
} as const

export type BulkInput = Selection & {
  mode?: keyof typeof bulkModes | null | undefined
  dryRun?: boolean | null | undefined
}

/** @param kind What the job is called if it becomes one. */
export async function carryOutOnMany(
  command: Command,
  kind: string,
  { mode, dryRun, ...selection }: BulkInput,
  work: BulkWork,
): Promise<Outcome> {
  refuseForMany(work)
  const ids = await selectTickets(command, selection)
  const matchedCount = ids.length
  const isAllOrNothing = mode === 'ALL_OR_NOTHING'
  if (isAllOrNothing && matchedCount > MOST_TICKETS) throw tooManyForOneStep(matchedCount)
  const change = isAllOrNothing ? changeAllOrNone : changeEach
  if (dryRun) {
    const { results } = await change(command, ids.slice(0, MOST_TICKETS), work)
    throw new DryRun({ matchedCount, results })
  }
  if (matchedCount > MOST_TICKETS) return { matchedCount, jobId: await startBulkJob(command, { kind, ids, work }) }
  const { results, undo } = await change(command, ids, work)
  return { matchedCount, results, ...(await keepUndo(command, undo)) }
}

function tooManyForOneStep(count: number): CommandError {
  const message = `Expected at most ${MOST_TICKETS} tickets in one step, got ${count}: use BEST_EFFORT.`
  return invalid(['input', 'mode'], message, `maxItems=${MOST_TICKETS}`, 'LIMIT_EXCEEDED')
}

/** @throws CommandError that undoes all of it and says of every ticket what is wrong with it. */
async function changeAllOrNone(
  command: Command,
  ids: readonly string[],
  work: BulkWork,
): Promise<{ results: TicketResult[]; undo: UndoStep[] }> {
  const { results, undo } = await changeEach(command, ids, work)
  const problems = results.flatMap(({ errors }) => errors)
  const backendCount = problems.length > 0 ? 0 : await reachedBackends(command)
  if (backendCount > 1) {
    const message = `Expected tickets of one help desk, got some of ${backendCount}: they cannot be changed in one step.`
    throw invalid(['input', 'mode'], message, 'sameBackend')
  }
  if (problems.length === 0) return { results, undo }
  const error = new CommandError(...problems)
  error.afterwards = async () => ({ matchedCount: ids.length, results })
  throw error
}

/** How many help desks would hear of it; what is kept here only concerns none. */
async function reachedBackends({ tx, deliveryIds, workspaceId }: Command): Promise<number> {
  if (deliveryIds.length === 0) return 0
  const [row] = await tx
    .select({ count: sql<number>`count(distinct ${deliveries.backendId})::int` })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), anyOfIds(deliveries.id, deliveryIds)))
  return row?.count ?? 0
}

/** What is done with each of many tickets: a message, a change, or both; a ticket that cannot be changed stays as it was. */
import type { Problem } from '#domain/backends/problems.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { addEntries } from './entries.ts'
import type { EntryShape, PatchShape } from './inputs.ts'
import { changeOne } from './many-tickets.ts'
import type { Command, TicketResult } from './outcome.ts'
import { CommandError, invalid, missing, type Path } from './problem.ts'
import { editOf, lockTickets, type TicketEdit } from './ticket-edit.ts'
import { changeTicket, refuseEmpty } from './ticket-update.ts'
import type { UndoStep } from './undo-steps.ts'

export type BulkWork = { entry: EntryShape | null; patch: PatchShape | null }

/** What is wrong with it whatever the ticket. @throws CommandError */
export function refuseForMany({ entry, patch }: BulkWork): void {
  if (patch) refuseEmpty(patch, ['input', 'patch'])
  if (entry) refuseUnshareable(entry, ['input', 'entry'])
  if (patch?.message) refuseUnshareable(patch.message, ['input', 'patch', 'message'])
}

function refuseUnshareable({ attachmentIds, parentMessageId }: EntryShape, path: Path): void {
  if (attachmentIds?.length) {
    const message = 'Expected no files: one belongs to a single message.'
    throw invalid([...path, 'attachmentIds'], message, 'maxItems=0')
  }
  if (parentMessageId != null) {
    const message = 'Expected none: a message is of a single ticket.'
    throw invalid([...path, 'parentMessageId'], message, 'absent')
  }
}

type Explain = (error: unknown, ticketId: string) => Problem[] | null
const expectedOnly: Explain = (error) => (error instanceof CommandError ? error.problems : null)

/**
 * Locks all of them, changes and saves each within a savepoint. The results are in the order of the ids.
 * `explain` says which failures are that ticket's own; any other ends all of it.
 */
export async function changeEach(
  command: Command,
  ids: readonly string[],
  work: BulkWork,
  explain = expectedOnly,
): Promise<{ results: TicketResult[]; undo: UndoStep[] }> {
  const rows = await lockTickets(command, ids)
  const results: TicketResult[] = []
  const undo: UndoStep[] = []
  for (const ticketId of ids) {
    try {
      const row = rows.get(ticketId)
      if (!row) throw missing('ticket', nodeIdOf('Ticket', ticketId), ['input', 'selector'])
      const edit = await changeOne(command, editOf(command, row), ['input'], (part, its) => carryOutOn(part, its, work))
      undo.push(...edit.undo)
      results.push({ ticketId, errors: [] })
    } catch (error) {
      const errors = explain(error, ticketId)
      if (!errors) throw error
      results.push({ ticketId, errors })
    }
  }
  return { results, undo }
}

async function carryOutOn(command: Command, edit: TicketEdit, { entry, patch }: BulkWork): Promise<void> {
  if (entry) await addEntries(command, edit, [{ entry, path: ['input', 'entry'] }], { path: ['input'] })
  if (patch) await changeTicket(command, edit, patch, ['input', 'patch'])
}

/** Commands on many tickets: each succeeds or fails by itself. */
import type { Problem } from '#domain/backends/problems.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command, Outcome } from './outcome.ts'
import * as plausible from './plausible.ts'
import { CommandError, missing, type Path } from './problem.ts'
import { editOf, lockTickets, saveTicket, type TicketEdit } from './ticket-edit.ts'
import { keepUndo } from './undo-steps.ts'

export const MOST_TICKETS = 100

/** Locks all of them, changes and saves each within a savepoint, and says per ticket what went wrong. */
export async function eachTicket(
  command: Command,
  nodeIds: readonly string[],
  change: (command: Command, edit: TicketEdit, path: Path) => Promise<void>,
): Promise<Outcome> {
  const named = plausible.listOf(nodeIds, ['input', 'ids'], MOST_TICKETS).map((nodeId) => ({
    ...{ nodeId, id: idFrom(nodeId, 'Ticket'), path: ['input', 'ids', nodeIds.indexOf(nodeId)] },
  }))
  const rows = await lockTickets(
    command,
    named.flatMap(({ id }) => id ?? []),
  )
  const errors: Problem[] = []
  const done: TicketEdit[] = []
  for (const { nodeId, id, path } of named) {
    try {
      const row = id === null ? undefined : rows.get(id)
      if (!row) throw missing('ticket', nodeId, path)
      done.push(await changeOne(command, editOf(command, row), path, change))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      errors.push(...error.problems)
    }
  }
  const undo = await keepUndo(
    command,
    done.flatMap((edit) => edit.undo),
  )
  return { ticketIds: done.map(({ before }) => before.id), errors, ...undo }
}

/** Within a savepoint. @throws CommandError; the ticket is as it was then. */
export async function changeOne(
  command: Command,
  edit: TicketEdit,
  path: Path,
  change: (command: Command, edit: TicketEdit, path: Path) => Promise<void>,
): Promise<TicketEdit> {
  const [deliveryIds, audited]: [string[], Command['audited']] = [[], []]
  await command.tx.transaction(async (tx) => {
    const part = { ...command, tx, deliveryIds, audited }
    await change(part, edit, path)
    await saveTicket(part, edit)
  })
  command.deliveryIds.push(...deliveryIds)
  command.audited.push(...audited)
  return edit
}

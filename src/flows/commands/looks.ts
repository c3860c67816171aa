/** What the agent who gives a command has read of a ticket. Ours alone: no help desk hears of it. */
import { giveBackLook, lookAt, noteLook, type Seen } from '#domain/looks/looking.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import type { Command } from './outcome.ts'
import { logChanges, type TicketEdit } from './ticket-edit.ts'
import type { UndoStep } from './undo-steps.ts'

/** Nothing for a program or a customer: theirs are the flags of the ticket. */
export async function look(command: Command, edit: TicketEdit, seen: Seen): Promise<void> {
  const actorId = looksOf(command.viewer)
  if (actorId === null) return
  const { tx, workspaceId } = command
  const whose = { workspaceId, actorId, ticketId: edit.before.id }
  const earlier = await lookAt(tx, whose)
  await noteLook(tx, whose, seen)
  const later = await lookAt(tx, whose)
  if (earlier && earlier.seenUpTo?.getTime() === later?.seenUpTo?.getTime()) return
  edit.undo.push({
    kind: 'look',
    actorId,
    ticketId: edit.before.id,
    seenUpTo: earlier ? (earlier.seenUpTo?.toISOString() ?? null) : 'NEVER',
  })
  await noteChange(command, edit)
}

export async function takeBackLook(
  command: Command,
  edit: TicketEdit,
  { actorId, ticketId, seenUpTo }: Extract<UndoStep, { kind: 'look' }>,
): Promise<void> {
  const { tx, workspaceId } = command
  const moment = seenUpTo === null || seenUpTo === 'NEVER' ? seenUpTo : new Date(seenUpTo)
  await giveBackLook(tx, { workspaceId, actorId, ticketId }, moment)
  await noteChange(command, edit)
}

/** The ticket itself is as it was: its version stays. */
function noteChange(command: Command, { before }: TicketEdit): Promise<void> {
  return logChanges(command, [
    { ticketId: before.id, messageId: null, kind: 'UPDATED', changedFields: ['isUnread'], version: null },
  ])
}

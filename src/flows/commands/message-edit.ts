/** One message under change: locked with its ticket and with the delivery that brings it to its help desk. */
import { and, eq } from 'drizzle-orm'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { conversations } from '#domain/conversations/table.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { deliveries } from '#domain/deliveries/table.ts'
import { isHeld } from '#domain/deliveries/transitions.ts'
import { recountConversations, recounted } from '#domain/messages/recounting.ts'
import { messages, type WholeMessage } from '#domain/messages/table.ts'
import { isShownTo } from '#domain/messages/visible.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import { type MessageAction, messageRefusal } from '#domain/viewer/message-permissions.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command } from './outcome.ts'
import { refused } from './permits.ts'
import { missing, type Path } from './problem.ts'
import { editOf, lockTickets, logChanges, type TicketEdit } from './ticket-edit.ts'

export type MessageEdit = {
  edit: TicketEdit
  message: WholeMessage
  /** Of the message: where threads were merged another one than that of the ticket. */
  backend: BackendRow
  /** The delivery that is still to bring it, or failed to. */
  own: Pick<typeof deliveries.$inferSelect, 'id' | 'operation' | 'state' | 'attempts' | 'input'> | null
  /** Id of the ticket it belongs to at its help desk. */
  homeId: string
}

/** @throws CommandError when there is no such message for this viewer. */
export async function editMessage(command: Command, nodeId: string, path: Path): Promise<MessageEdit> {
  const id = idFrom(nodeId, 'Message')
  const seen = id === null ? null : await messageRow(command, id, false)
  const ticket = seen && (await lockTickets(command, [seen.ticketId])).get(seen.ticketId)
  // After the ticket and before the message, as the deliverer does it: in another order the two would wait for each other.
  const isUnnamed = ticket && !isVendorId(seen.externalId)
  const own = isUnnamed && seen.deliveryId ? await lockOwn(command, seen.deliveryId) : null
  const message = ticket && (await messageRow(command, seen.id, true))
  if (!ticket || !message || !isShownTo(command.viewer, message)) throw missing('message', nodeId, path)
  // A merge moved it in between.
  if (message.ticketId !== ticket.id) return editMessage(command, nodeId, path)
  const edit = editOf(command, ticket)
  return {
    ...{ edit, message, own: isVendorId(message.externalId) ? null : own },
    backend: command.backends.find((row) => row.id === message.backendId) ?? edit.backend,
    homeId: await homeOf(command, message),
  }
}

const nobodyTranslates = { translator: null, deskOf: () => null }

/** By the rules of `viewerCan`. @throws CommandError */
export function permitMessage(
  { viewer }: Command,
  about: MessageEdit,
  action: Exclude<MessageAction, 'translate'>,
  path: Path,
): void {
  const refusal = messageRefusal(action, {
    ...about,
    viewer,
    languages: nobodyTranslates,
    ticket: about.edit.before,
  })
  if (refusal) throw refused(refusal, about.backend, path)
}

/** Writes the columns, counts again and notes it; the ticket is still to be saved. */
export async function rewriteMessage(
  command: Command,
  { edit, message }: MessageEdit,
  columns: Partial<WholeMessage>,
  kind: 'UPDATED' | 'DELETED' = 'UPDATED',
): Promise<void> {
  const { tx, workspaceId } = command
  if (Object.keys(columns).length > 0) {
    await tx
      .update(messages)
      .set(columns)
      .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, message.id)))
  }
  await recountConversations(tx, workspaceId, [message.conversationId])
  const [counted] = await recounted(tx, workspaceId, [edit.after])
  edit.after = counted as WholeTicket
  edit.alsoChanged.add('messages')
  await logMessages(command, edit, [message.id], kind)
}

export function logMessages(
  command: Command,
  { before }: TicketEdit,
  messageIds: string[],
  kind: 'UPDATED' | 'DELETED' = 'UPDATED',
): Promise<void> {
  const line = { ticketId: before.id, kind, changedFields: [], version: null }
  return logChanges(
    command,
    messageIds.map((messageId) => ({ ...line, messageId })),
  )
}

// ------------------------------------------------------------------ rows

async function messageRow({ tx, workspaceId }: Command, id: string, lock: boolean): Promise<WholeMessage | null> {
  const query = tx
    .select()
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, id)))
  const [row] = await (lock ? query.for('update') : query)
  return row ?? null
}

async function lockOwn({ tx, workspaceId }: Command, id: string): Promise<MessageEdit['own']> {
  const { operation, state, attempts, input } = deliveries
  const [row] = await tx
    .select({ id: deliveries.id, operation, state, attempts, input, isHeld })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), eq(deliveries.id, id)))
    .for('update')
  if (!row) return null
  const { isHeld: isAboutToGo, ...own } = row
  // Whoever holds it has read the message already and is about to send it.
  return isAboutToGo ? { ...own, attempts: own.attempts + 1 } : own
}

async function homeOf({ tx, workspaceId }: Command, message: WholeMessage): Promise<string> {
  const [row] = await tx
    .select({ originTicketId: conversations.originTicketId })
    .from(conversations)
    .where(and(eq(conversations.workspaceId, workspaceId), eq(conversations.id, message.conversationId)))
  return row?.originTicketId ?? message.ticketId
}

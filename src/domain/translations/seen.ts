/** Tickets and messages by their global ids, as a viewer may see them: what is hidden from a customer looks like a missing one. */
import { type MessageRow, messageById } from '#domain/messages/loaders.ts'
import { type TicketRow, ticketById } from '#domain/tickets/loaders.ts'
import { isForContacts } from '#domain/viewer/message-permissions.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'

export async function seenTicket(context: GraphContext, nodeId: string): Promise<TicketRow | null> {
  const id = idFrom(nodeId, 'Ticket')
  return id === null ? null : ticketSeenBy(context, id)
}

export type SeenMessage = { message: MessageRow; ticket: TicketRow }

export async function seenMessage(context: GraphContext, nodeId: string): Promise<SeenMessage | null> {
  const id = idFrom(nodeId, 'Message')
  const message = id === null ? null : await messageById(context, id)
  if (!message || (context.viewer.role === 'CONTACT' && !isForContacts(message))) return null
  const ticket = await ticketSeenBy(context, message.ticketId)
  return ticket && { message, ticket }
}

async function ticketSeenBy(context: GraphContext, id: string): Promise<TicketRow | null> {
  const { role, actorId } = context.viewer
  const ticket = await ticketById(context, id)
  return role !== 'CONTACT' || (actorId !== null && ticket?.requesterId === actorId) ? ticket : null
}

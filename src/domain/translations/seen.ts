/** Tickets and messages by their global ids, as a viewer may see them: what is hidden from a customer looks like a missing one. */
import type { MessageRow } from '#domain/messages/loaders.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { type TicketRow, ticketOf } from '#domain/tickets/loaders.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'

export async function seenTicket(context: GraphContext, nodeId: string): Promise<TicketRow | null> {
  const id = idFrom(nodeId, 'Ticket')
  return id === null ? null : visibleTicket(context, id)
}

export type SeenMessage = { message: MessageRow; ticket: TicketRow }

export async function seenMessage(context: GraphContext, nodeId: string): Promise<SeenMessage | null> {
  const id = idFrom(nodeId, 'Message')
  const message = id === null ? null : await visibleMessage(context, id)
  return message && { message, ticket: await ticketOf(context, message) }
}

/** Tickets as a viewer may see them: those of others look to a customer like missing ones. */
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { type TicketRow, ticketById } from './loaders.ts'

/** As `ticketsVisibleTo` says it of lists. */
export function isVisibleTo({ role, actorId }: Viewer, ticket: Pick<TicketRow, 'requesterId'>): boolean {
  // Read for contacts only: what is read is selected, and looked up ahead.
  return role !== 'CONTACT' || (actorId !== null && ticket.requesterId === actorId)
}

export async function visibleTicket(context: GraphContext, id: string): Promise<TicketRow | null> {
  const ticket = await ticketById(context, id)
  return ticket && isVisibleTo(context.viewer, ticket) ? ticket : null
}

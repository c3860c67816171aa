/** Finds a message or a file of the desk by its id, without looking through everything each time. */
import type { Desk, DeskAttachment, DeskTicket } from '#connectors/sandbox/desk.ts'
import { shownIn } from './sandbox-messages.ts'

export function openMessageIndex(desk: Desk) {
  const ticketOfMessage = new Map<string, DeskTicket>()
  const attachments = new Map<number, DeskAttachment>()
  const indexed = new Map<number, number>()

  function catchUp(): void {
    for (const ticket of desk.tickets.values()) {
      const from = indexed.get(ticket.id) ?? 0
      for (const message of ticket.messages.slice(from)) {
        ticketOfMessage.set(String(message.id), ticket)
        for (const attachment of message.attachments) attachments.set(attachment.id, attachment)
      }
      indexed.set(ticket.id, ticket.messages.length)
    }
  }

  return {
    find(id: string) {
      if (!ticketOfMessage.has(id)) catchUp()
      const ticket = ticketOfMessage.get(id)
      const shown =
        ticket && desk.tickets.has(ticket.id) ? shownIn(ticket).find((candidate) => candidate.id === id) : undefined
      return ticket && shown ? { ticket, shown } : undefined
    },
    attachment(id: number): DeskAttachment | undefined {
      if (!attachments.has(id)) catchUp()
      return attachments.get(id)
    },
  }
}

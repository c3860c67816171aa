/** Orders as commands give them, and a desk to carry them out on. */
import type { CreateTicket, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'
import { addAgent, addChannel, addContact, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { ChannelType } from '#vocabulary.ts'
import { outgoingActor, outgoingFile, outgoingMessage, written } from '../outgoing.ts'

export const noon = new Date('2026-03-01T12:00:00Z')

export function reply(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoingMessage({ marker: '0198-marker', body: written(' Hello <b>&amp; you\r\n'), ...changes })
}

export function answerOn(ticket: DeskTicket, changes: Partial<OutgoingMessage> = {}) {
  return { ticketExternalId: String(ticket.id), conversationExternalId: null, messages: [reply(changes)] }
}

export function newTicket(
  fields: Partial<CreateTicket['fields']> = {},
  message: Partial<OutgoingMessage> = {},
): CreateTicket {
  const requester = outgoingActor({ name: 'Sari', email: 'sari@mail.example' })
  return {
    marker: '0198-ticket',
    fields: { subject: 'Broken lamp', requester, ...fields },
    createdBy: null,
    originalConversationId: null,
    messages: [reply({ type: 'REPLY_INBOUND', ...message })],
  }
}

export function file(name: string, content: string, contentType = 'text/plain'): OutgoingFile {
  return outgoingFile(name, contentType, content)
}

/** One ticket with a question of the contact; `desk.now` is noon. The ticket's id says which quirks its thread has. */
export function deskWith(type: ChannelType, { firstId = 515_001 } = {}) {
  const desk = emptyDesk({ now: () => noon, firstId })
  addAgent(desk, { name: 'Dimas' })
  const channel = addChannel(desk, {
    type,
    name: type,
    account: { id: 630, name: 'Toko', address: type === 'EMAIL' ? 'help@toko.example' : '143313725' },
  })
  const contact = addContact(desk, { name: 'Rani', email: 'rani@mail.example', phone: '+62 811 222' })
  const ticket = addTicket(desk, { subject: 'Opening hours', requesterId: contact.id, channelId: channel.id })
  const question = addMessage(desk, {
    ticketId: ticket.id,
    text: 'Are you open?',
    at: new Date('2026-03-01T09:00:00Z'),
  })
  return { desk, channel, contact, ticket, question }
}

export const at = (desk: Desk) => ({ desk, now: () => desk.now() })

/** Orders as commands give them, and a desk to carry them out on. */
import type { CreateTicket, OutgoingFile, OutgoingMessage } from '#connectors/operations.ts'
import { addAgent, addChannel, addContact, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { ChannelType } from '#vocabulary.ts'

export const noon = new Date('2026-03-01T12:00:00Z')

export function reply(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    marker: '0198-marker',
    type: 'REPLY_OUTBOUND',
    subject: null,
    body: { text: ' Hello <b>&amp; you\r\n', html: null, markdown: null, editorjs: null },
    addresses: [],
    attachments: [],
    mentionedAgentExternalIds: [],
    parentExternalId: null,
    forwarded: null,
    sender: null,
    isRead: null,
    sourceId: null,
    channelAccountExternalId: null,
    at: null,
    showInlineImages: null,
    showInCorrespondence: null,
    contentAttributes: null,
    metadata: null,
    ...changes,
  }
}

export function answerOn(ticket: DeskTicket, changes: Partial<OutgoingMessage> = {}) {
  return { ticketExternalId: String(ticket.id), conversationExternalId: null, messages: [reply(changes)] }
}

export function newTicket(
  fields: Partial<CreateTicket['fields']> = {},
  message: Partial<OutgoingMessage> = {},
): CreateTicket {
  const requester = {
    type: 'CONTACT',
    externalId: null,
    name: 'Sari',
    email: 'sari@mail.example',
    phone: null,
  } as const
  return {
    marker: '0198-ticket',
    fields: { subject: 'Broken lamp', requester, ...fields },
    createdBy: null,
    originalConversationId: null,
    messages: [reply({ type: 'REPLY_INBOUND', ...message })],
  }
}

export function file(name: string, content: string, contentType = 'text/plain'): OutgoingFile {
  const bytes = new TextEncoder().encode(content)
  return { name, contentType, sizeBytes: bytes.length, isInline: false, bytes: async () => bytes }
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

/** What happens to a ticket at a help desk. Everything that changes a desk after it was filled goes through here. */
import type { TicketStatus } from '#vocabulary.ts'
import { addMessage, addTicket, leastGapMs, type NewMessage, setStatus, ticketIn, touch } from './build.ts'
import type { Desk, DeskContact, DeskMessage, DeskTicket } from './desk.ts'
import { tell, tellingOf } from './observing.ts'

/** The customer writes. */
export function receiveMessage(desk: Desk, message: Omit<NewMessage, 'type'>): DeskMessage {
  return addMessage(desk, { ...message, type: 'REPLY_INBOUND' })
}

/** An agent or a bot answers. */
export function sendReply(desk: Desk, message: Omit<NewMessage, 'type'>): DeskMessage {
  return addMessage(desk, { ...message, type: 'REPLY_OUTBOUND' })
}

/** A new ticket with its first message. */
export function openTicket(
  desk: Desk,
  { first, ...ticket }: Partial<DeskTicket> & { first: Omit<NewMessage, 'ticketId'> },
): DeskTicket {
  const opened = addTicket(desk, ticket)
  addMessage(desk, { ...first, ticketId: opened.id })
  return opened
}

export function changeStatus(
  desk: Desk,
  change: { ticketId: number; status: TicketStatus; snoozedUntil?: Date },
): DeskTicket {
  const ticket = ticketIn(desk, change.ticketId)
  const at = desk.now()
  return tellingOf(desk, ticket, () => {
    setStatus(ticket, change.status, at)
    if (change.snoozedUntil) ticket.snoozedUntil = change.snoozedUntil
    touch(ticket, at)
    return ticket
  })
}

/** Sets fields of a ticket, the status with the times that hang on it. */
export function changeTicket(
  desk: Desk,
  ticketId: number,
  { status, ...fields }: Partial<Omit<DeskTicket, 'id' | 'messages' | 'createdAt' | 'updatedAt'>>,
): DeskTicket {
  return change(desk, ticketId, (ticket) => {
    if (status) setStatus(ticket, status, desk.now())
    Object.assign(ticket, fields)
  })
}

/**
 * Agents have read the ticket, or not the customer's last message. A look is no change: its time of change stays. False
 * when there is nothing to be unread.
 */
export function seeTicket(desk: Desk, ticketId: number, isRead: boolean): boolean {
  const ticket = ticketIn(desk, ticketId)
  const last = ticket.messages.findLast(({ type }) => type === 'REPLY_INBOUND')
  if (!isRead && !last) return false
  if (isRead) for (const message of ticket.messages) if (message.type === 'REPLY_INBOUND') message.isRead = true
  if (!isRead && last) last.isRead = false
  ticket.isReadByAgent = isRead
  ticket.unreadCount = isRead ? 0 : 1
  return true
}

/** An agent leaves a note. */
export function addNote(desk: Desk, note: Omit<NewMessage, 'type'> & { isPublic?: boolean }): DeskMessage {
  const { isPublic = false, ...message } = note
  return addMessage(desk, { ...message, type: isPublic ? 'NOTE_PUBLIC' : 'NOTE_PRIVATE' })
}

/** What a message says, or what is known of it, is another. */
export function changeMessage(
  desk: Desk,
  place: { ticketId: number; messageId: number },
  fields: Partial<Omit<DeskMessage, 'id' | 'at' | 'updatedAt'>>,
): DeskMessage {
  const { ticket, message } = messageIn(desk, place)
  const at = desk.now()
  Object.assign(message, fields, { updatedAt: at })
  touch(ticket, at)
  tell(desk, { kind: 'messageChanged', ...place })
  return message
}

/** A failed message goes out again. */
export function resendMessage(desk: Desk, place: { ticketId: number; messageId: number }): DeskMessage {
  const { message } = messageIn(desk, place)
  const retryCount = (message.delivery?.retryCount ?? 0) + 1
  return changeMessage(desk, place, { delivery: { status: 'SENT', failReason: null, retryCount } })
}

/** Two contacts are one: tickets and messages of `fromId` belong to `intoId`. */
export function mergeContact(desk: Desk, { fromId, intoId }: { fromId: number; intoId: number }): DeskContact {
  const into = desk.contacts.get(intoId)
  if (!into || !desk.contacts.has(fromId) || fromId === intoId)
    throw new Error(`Expected two contacts to merge, got ${fromId} and ${intoId}`)
  for (const ticket of desk.tickets.values()) {
    if (ticket.requesterId === fromId) ticket.requesterId = intoId
    for (const message of ticket.messages) if (message.author.id === fromId) message.author.id = intoId
  }
  desk.contacts.delete(fromId)
  return into
}

/** What is known of a contact is another. */
export function changeContact(
  desk: Desk,
  contactId: number,
  fields: Partial<Omit<DeskContact, 'id' | 'createdAt'>>,
): DeskContact {
  const contact = desk.contacts.get(contactId)
  if (!contact) throw new Error(`Expected a contact with id ${contactId}, the desk has none`)
  return Object.assign(contact, fields)
}

/** A tag is no more, nor on any ticket. */
export function deleteTag(desk: Desk, tagId: number): void {
  desk.tags.splice(0, desk.tags.length, ...desk.tags.filter(({ id }) => id !== tagId))
  for (const { id, tagIds } of desk.tickets.values())
    if (tagIds.includes(tagId)) changeTicket(desk, id, { tagIds: tagIds.filter((own) => own !== tagId) })
}

export function recycleTicket(desk: Desk, ticketId: number): DeskTicket {
  return change(desk, ticketId, (ticket) => {
    ticket.isRecycled = true
  })
}

export function restoreTicket(desk: Desk, ticketId: number): DeskTicket {
  return change(desk, ticketId, (ticket) => {
    ticket.isRecycled = false
  })
}

/**
 * Merges one ticket into another. The merged one stays as a pointer. With `movesMessages` its thread goes into the other
 * one in time order (there ids no longer ascend); without, it keeps its thread and both can be read.
 */
export function mergeTicket(
  desk: Desk,
  { fromId, intoId, movesMessages = false }: { fromId: number; intoId: number; movesMessages?: boolean },
): DeskTicket {
  if (fromId === intoId) throw new Error(`Expected two tickets to merge, got ${fromId} twice`)
  const into = ticketIn(desk, intoId)
  const from = ticketIn(desk, fromId)
  const at = desk.now()
  return tellingOf(desk, from, () => {
    from.mergedIntoId = intoId
    setStatus(from, 'RESOLVED', at)
    if (movesMessages) {
      into.messages = inTimeOrder([...into.messages, ...from.messages])
      from.messages = []
    }
    touch(from, at)
    touch(into, at)
    return into
  })
}

/** Removes a ticket for good. */
export function deleteTicket(desk: Desk, ticketId: number): void {
  ticketIn(desk, ticketId)
  desk.tickets.delete(ticketId)
}

/** Takes back what a message said; its place in the thread stays. */
export function deleteMessage(desk: Desk, place: { ticketId: number; messageId: number }): DeskMessage {
  return changeMessage(desk, place, { isDeleted: true, text: 'This message was deleted', html: null, attachments: [] })
}

function messageIn(desk: Desk, { ticketId, messageId }: { ticketId: number; messageId: number }) {
  const ticket = ticketIn(desk, ticketId)
  const message = ticket.messages.find((candidate) => candidate.id === messageId)
  if (!message) throw new Error(`Expected a message ${messageId} in ticket ${ticketId}, there is none`)
  return { ticket, message }
}

function change(desk: Desk, ticketId: number, apply: (ticket: DeskTicket) => void): DeskTicket {
  const ticket = ticketIn(desk, ticketId)
  return tellingOf(desk, ticket, () => {
    apply(ticket)
    touch(ticket, desk.now())
    return ticket
  })
}

function inTimeOrder(messages: DeskMessage[]): DeskMessage[] {
  const ordered = messages.sort((a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id)
  for (const [index, message] of ordered.entries()) {
    const before = ordered[index - 1]
    if (before && message.at.getTime() < before.at.getTime() + leastGapMs)
      message.at = new Date(before.at.getTime() + leastGapMs)
  }
  return ordered
}

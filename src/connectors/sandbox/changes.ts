/** What happens to a ticket at a help desk. Everything that changes a desk after it was filled goes through here. */
import type { TicketStatus } from '#vocabulary.ts'
import { addMessage, addTicket, leastGapMs, type NewMessage, setStatus, ticketIn, touch } from './build.ts'
import type { Desk, DeskMessage, DeskTicket } from './desk.ts'

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
  setStatus(ticket, change.status, at)
  if (change.snoozedUntil) ticket.snoozedUntil = change.snoozedUntil
  touch(ticket, at)
  return ticket
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
  from.mergedIntoId = intoId
  setStatus(from, 'RESOLVED', at)
  if (movesMessages) {
    into.messages = inTimeOrder([...into.messages, ...from.messages])
    from.messages = []
  }
  touch(from, at)
  touch(into, at)
  return into
}

/** Removes a ticket for good. */
export function deleteTicket(desk: Desk, ticketId: number): void {
  ticketIn(desk, ticketId)
  desk.tickets.delete(ticketId)
}

/** Takes back what a message said; its place in the thread stays. */
export function deleteMessage(
  desk: Desk,
  { ticketId, messageId }: { ticketId: number; messageId: number },
): DeskMessage {
  const ticket = ticketIn(desk, ticketId)
  const message = ticket.messages.find((candidate) => candidate.id === messageId)
  if (!message) throw new Error(`Expected a message ${messageId} in ticket ${ticketId}, there is none`)
  const at = desk.now()
  Object.assign(message, {
    isDeleted: true,
    text: 'This message was deleted',
    html: null,
    attachments: [],
    updatedAt: at,
  })
  touch(ticket, at)
  return message
}

function change(desk: Desk, ticketId: number, apply: (ticket: DeskTicket) => void): DeskTicket {
  const ticket = ticketIn(desk, ticketId)
  apply(ticket)
  touch(ticket, desk.now())
  return ticket
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

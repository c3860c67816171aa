/**
 * Fills a desk: each function adds one thing, with sensible values for whatever is left out, and returns it. Ids ascend in
 * the order of the calls.
 */

import type { TicketStatus } from '#vocabulary.ts'
import { attachmentKindOf } from './attachment-files.ts'
import type {
  Desk,
  DeskAgent,
  DeskAttachment,
  DeskAuthor,
  DeskChannel,
  DeskContact,
  DeskDepartment,
  DeskMessage,
  DeskTag,
  DeskTicket,
} from './desk.ts'
import { tell, tellingOf } from './observing.ts'

/** Some vendors' clocks have whole seconds, so the messages of one ticket are at least this far apart. */
export const leastGapMs = 1000

/** A desk without anybody. `firstId` makes a vendor's ids as long as they are in reality. */
export function emptyDesk({ now = () => new Date(), firstId = 1, statuses }: EmptyDeskOptions = {}): Desk {
  let next = firstId
  return {
    ...(statuses ? { statuses } : {}),
    agents: [],
    bots: [],
    contacts: new Map(),
    departments: [],
    tags: [],
    channels: [],
    tickets: new Map(),
    now,
    nextId: () => next++,
  }
}

export type EmptyDeskOptions = { now?: () => Date; firstId?: number; statuses?: Desk['statuses'] }

export function addAgent(desk: Desk, partial: Partial<DeskAgent> = {}): DeskAgent {
  const agent = agentFrom(desk.nextId(), 'Agent', partial)
  desk.agents.push(agent)
  return agent
}

export function addBot(desk: Desk, partial: Partial<DeskAgent> = {}): DeskAgent {
  const bot = agentFrom(desk.nextId(), 'Bot', partial)
  desk.bots.push(bot)
  return bot
}

/** A contact; one without an `email` given has none when a phone or identifier is given. */
export function addContact(desk: Desk, partial: Partial<DeskContact> = {}): DeskContact {
  const id = partial.id ?? desk.nextId()
  const hasOtherAddress = Boolean(partial.phone ?? partial.identifier) || partial.type === 'VISITOR'
  const contact: DeskContact = {
    type: 'CONTACT',
    name: `Contact ${id}`,
    email: hasOtherAddress ? null : `contact${id}@example.com`,
    phone: null,
    identifier: null,
    avatarUrl: null,
    isBlocked: false,
    language: null,
    customFields: {},
    createdAt: desk.now(),
    lastActivityAt: null,
    ...partial,
    id,
  }
  desk.contacts.set(id, contact)
  return contact
}

export function addDepartment(desk: Desk, partial: Partial<DeskDepartment> = {}): DeskDepartment {
  const id = partial.id ?? desk.nextId()
  const department: DeskDepartment = { name: `Department ${id}`, ...partial, id }
  desk.departments.push(department)
  return department
}

export function addTag(desk: Desk, partial: Partial<DeskTag> = {}): DeskTag {
  const id = partial.id ?? desk.nextId()
  const tag: DeskTag = { name: `tag-${id}`, color: '#1f93ff', ...partial, id }
  desk.tags.push(tag)
  return tag
}

export function addChannel(desk: Desk, partial: Partial<DeskChannel> = {}): DeskChannel {
  const id = partial.id ?? desk.nextId()
  const type = partial.type ?? 'EMAIL'
  const address = type === 'EMAIL' ? `support${id}@example.com` : null
  const account = partial.account ?? { id: desk.nextId(), name: 'Support', address }
  const channel: DeskChannel = { name: 'Support', ...partial, id, type, account }
  desk.channels.push(channel)
  return channel
}

/** A ticket without messages. Makes the requester and the channel it needs when the desk has none. */
export function addTicket(desk: Desk, partial: Partial<DeskTicket> = {}): DeskTicket {
  const requesterId = partial.requesterId ?? (desk.contacts.values().next().value ?? addContact(desk)).id
  const channelId = partial.channelId ?? (desk.channels[0] ?? addChannel(desk)).id
  const id = partial.id ?? desk.nextId()
  const createdAt = partial.createdAt ?? desk.now()
  const ticket: DeskTicket = {
    subject: `Ticket ${id}`,
    status: 'NEW',
    priority: null,
    assigneeId: null,
    departmentId: null,
    tagIds: [],
    category: null,
    isReadByAgent: true,
    isReadByContact: true,
    unreadCount: 0,
    isRecycled: false,
    isSpam: false,
    isMuted: false,
    canReply: true,
    mergedIntoId: null,
    snoozedUntil: null,
    language: 'en',
    customFields: {},
    draft: null,
    updatedAt: createdAt,
    resolvedAt: null,
    reopenedAt: null,
    statusChangedAt: createdAt,
    messages: [],
    description: null,
    ...partial,
    id,
    requesterId,
    channelId,
    createdAt,
  }
  desk.tickets.set(id, ticket)
  tell(desk, { kind: 'ticketOpened', ticketId: id })
  return ticket
}

/**
 * Adds a message at the end of its ticket and does what a help desk does with it: unread flags, status, times. `at` is
 * moved forward when it is not at least a second after the message before. The author left out: the requester for what
 * came in, else the assignee or the first agent.
 */
export function addMessage(desk: Desk, partial: NewMessage): DeskMessage {
  const ticket = ticketIn(desk, partial.ticketId)
  const { ticketId: _, author: givenAuthor, attachments: files = [], ...given } = partial
  const type = given.type ?? 'REPLY_INBOUND'
  const isSystemLine = given.isSystemLine ?? false
  const at = timeAfter(ticket.messages.at(-1), given.at ?? desk.now())
  const message: DeskMessage = {
    text: '',
    html: null,
    subject: null,
    addresses: [],
    mentionedAgentIds: [],
    isMentionRead: false,
    inReplyToId: null,
    isRead: false,
    isSpam: false,
    isDeleted: false,
    delivery: null,
    translation: null,
    sourceId: null,
    editorjs: null,
    ...given,
    id: given.id ?? desk.nextId(),
    type,
    isSystemLine,
    author: authorFrom(desk, ticket, givenAuthor, isSystemLine ? 'SYSTEM' : type),
    at,
    updatedAt: given.updatedAt ?? at,
    attachments: files.map((file) => attachmentFrom(desk, file)),
  }
  tellingOf(desk, ticket, () => {
    ticket.messages.push(message)
    takeNotice(desk, ticket, message)
  })
  tell(desk, { kind: 'messageAdded', ticketId: ticket.id, messageId: message.id })
  return message
}

export type NewMessage = Partial<Omit<DeskMessage, 'author' | 'attachments'>> & {
  ticketId: number
  author?: Partial<DeskAuthor>
  attachments?: Partial<DeskAttachment>[]
}

/** Every change of a ticket goes through here: its time of change only ever rises. */
export function touch(ticket: DeskTicket, at: Date): void {
  ticket.updatedAt = new Date(Math.max(at.getTime(), ticket.updatedAt.getTime() + 1))
}

/** Sets the status with the times that hang on it. */
export function setStatus(ticket: DeskTicket, status: TicketStatus, at: Date): void {
  if (ticket.status === status) return
  if (ticket.status === 'RESOLVED') ticket.reopenedAt = at
  ticket.resolvedAt = status === 'RESOLVED' ? at : null
  ticket.status = status
  ticket.statusChangedAt = at
  if (status !== 'ON_HOLD') ticket.snoozedUntil = null
}

/** The ticket; throws when the desk has none with that id. */
export function ticketIn(desk: Desk, id: number): DeskTicket {
  const ticket = desk.tickets.get(id)
  if (!ticket) throw new Error(`Expected a ticket with id ${id}, the desk has none`)
  return ticket
}

// What a new message does to the status of its ticket.
const statusAfterInbound: Partial<Record<TicketStatus, TicketStatus>> = {
  PENDING_EXTERNAL: 'PENDING_INTERNAL',
  ON_HOLD: 'PENDING_INTERNAL',
  RESOLVED: 'PENDING_INTERNAL',
}
const statusAfterOutbound: Partial<Record<TicketStatus, TicketStatus>> = {
  NEW: 'PENDING_EXTERNAL',
  PENDING_INTERNAL: 'PENDING_EXTERNAL',
}

function takeNotice(desk: Desk, ticket: DeskTicket, message: DeskMessage): void {
  ticket.updatedAt = new Date(Math.max(ticket.updatedAt.getTime(), message.at.getTime()))
  if (message.isSystemLine) return
  if (message.type === 'REPLY_INBOUND') {
    ticket.isReadByAgent = false
    ticket.isReadByContact = true
    ticket.unreadCount += 1
    readBefore(ticket, 'REPLY_OUTBOUND')
    moveOn(desk, ticket, statusAfterInbound[ticket.status], message.at)
    const contact = desk.contacts.get(ticket.requesterId)
    if (contact && (contact.lastActivityAt?.getTime() ?? 0) < message.at.getTime()) contact.lastActivityAt = message.at
  }
  if (message.type === 'REPLY_OUTBOUND') {
    ticket.isReadByContact = false
    ticket.isReadByAgent = true
    ticket.unreadCount = 0
    readBefore(ticket, 'REPLY_INBOUND')
    moveOn(desk, ticket, statusAfterOutbound[ticket.status], message.at)
  }
}

// A vendor without a word for the next status has one for "in work".
function moveOn(desk: Desk, ticket: DeskTicket, next: TicketStatus | undefined, at: Date): void {
  if (next) setStatus(ticket, desk.statuses && !desk.statuses.includes(next) ? 'PENDING_INTERNAL' : next, at)
}

// Who writes has read what the other side wrote before.
function readBefore(ticket: DeskTicket, type: DeskMessage['type']): void {
  for (let index = ticket.messages.length - 1; index >= 0; index -= 1) {
    const message = ticket.messages[index]
    if (message?.type !== type) continue
    if (message.isRead) return
    message.isRead = true
  }
}

function timeAfter(previous: DeskMessage | undefined, at: Date): Date {
  if (!previous) return at
  const earliest = previous.at.getTime() + leastGapMs
  return at.getTime() >= earliest ? at : new Date(earliest)
}

function authorFrom(
  desk: Desk,
  ticket: DeskTicket,
  given: Partial<DeskAuthor> = {},
  kind: DeskMessage['type'] | 'SYSTEM',
): DeskAuthor {
  const requester = desk.contacts.get(ticket.requesterId)
  const isAgentSide = kind !== 'REPLY_INBOUND' && kind !== 'UNKNOWN'
  if (given.type === 'SYSTEM' || (kind === 'SYSTEM' && !given.type))
    return { id: null, name: null, ...given, type: 'SYSTEM' }
  if (given.id == null && !given.type && !isAgentSide) {
    return { type: requester?.type ?? 'CONTACT', id: ticket.requesterId, name: requester?.name ?? null, ...given }
  }
  const id = given.id ?? ticket.assigneeId ?? desk.agents[0]?.id ?? null
  const bot = desk.bots.find((candidate) => candidate.id === id)
  const agent = bot ?? desk.agents.find((candidate) => candidate.id === id)
  const contact = agent || id === null ? undefined : desk.contacts.get(id)
  const type = given.type ?? (bot ? 'CHATBOT' : contact ? contact.type : 'AGENT')
  return { type, id, name: given.name ?? agent?.name ?? contact?.name ?? null }
}

function attachmentFrom(desk: Desk, partial: Partial<DeskAttachment>): DeskAttachment {
  const contentType = partial.contentType ?? 'application/octet-stream'
  return {
    id: desk.nextId(),
    name: 'file.bin',
    kind: attachmentKindOf(contentType),
    sizeBytes: 2048,
    status: 'OK',
    statusMessage: null,
    isInline: false,
    ...partial,
    contentType,
  }
}

function agentFrom(id: number, word: string, partial: Partial<DeskAgent>): DeskAgent {
  const name = partial.name ?? `${word} ${id}`
  const email = `${word.toLowerCase()}${id}@example.com`
  return { email, role: 'agent', isAvailable: true, departmentId: null, ...partial, name, id: partial.id ?? id }
}

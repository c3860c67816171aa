/**
 * The desk in the vendor's words. The desk's contacts are *us* here, its agents are Alibaba Cloud's engineers: roles and
 * statuses are turned round. Source: ListTickets, GetTicket and ListTicketNotes of 2021-06-10 and their samples (SEEN).
 */
import type { Desk, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { TicketStatus } from '#vocabulary.ts'
import type { FileShelf } from './sandbox-files.ts'

/** As long as real ones, e.g. `0005PYGCW`. */
export function ticketIdOf(id: number): string {
  return id.toString(36).toUpperCase().padStart(9, '0')
}

export function ticketOf(desk: Desk, ticketId: string): DeskTicket | undefined {
  return /^[0-9A-Z]{9,11}$/.test(ticketId) ? desk.tickets.get(Number.parseInt(ticketId, 36)) : undefined
}

/** A RAM user's id of a contact. */
function creatorIdOf(contactId: number): string {
  return String(1_100_000 + contactId)
}

/** The contact behind the id of a RAM user; undefined when the account has none such. */
export function contactIdOf(desk: Desk, creatorId: string): number | undefined {
  const id = Number(creatorId) - 1_100_000
  return desk.contacts.has(id) ? id : undefined
}

/** Beyond what a JS number holds exactly, as real ones may be. */
export function dialogIdOf(messageId: number): string {
  return String(9_007_199_254_740_993_000n + BigInt(messageId))
}

export const statusNames: Record<string, string> = {
  1: 'assigned',
  2: 'dealing',
  3: 'wait_feedback',
  4: 'feedback',
  5: 'wait_confirm',
  6: 'confirmed',
}
const statusLabels: Record<string, string> = {
  1: 'Assigned',
  2: 'Handling',
  3: 'Wait Feedback',
  4: 'Feedback',
  5: 'Wait Confirm',
  6: 'Completed',
}

/**
 * What waits for the desk's agents waits for Alibaba Cloud; what waits for its contact waits for us. That an engineer's
 * answer after closing opens a ticket again is ASSUMED.
 */
export function statusValueOf({ id, status, messages, resolvedAt, updatedAt }: DeskTicket): string {
  const last = messages.at(-1)
  const answeredAt = last?.type === 'REPLY_OUTBOUND' ? last.at : null
  const isAnsweredAfter =
    answeredAt !== null && resolvedAt !== null && answeredAt > resolvedAt && answeredAt >= updatedAt
  const values: Record<TicketStatus, string> = {
    NEW: '1',
    PENDING_INTERNAL: messages.length > 1 ? '4' : '2',
    PENDING_EXTERNAL: id % 4 === 0 ? '5' : '3',
    ON_HOLD: '2',
    RESOLVED: isAnsweredAfter ? '3' : '6',
    UNKNOWN: '2',
  }
  return values[status]
}

export function rowOf(ticket: DeskTicket) {
  const value = statusValueOf(ticket)
  return {
    TicketId: ticketIdOf(ticket.id),
    Title: ticket.subject,
    Status: { Label: statusLabels[value], Value: value },
  }
}

export function wholeOf(ticket: DeskTicket) {
  const isUrgent = ticket.priority === 'URGENT' || ticket.priority === 'HIGH'
  return {
    ...rowOf(ticket),
    Description: contentOf(ticket.messages.find(isOurs)) ?? ticket.description ?? '',
    CreateTime: ticket.createdAt.getTime(),
    CreatorId: creatorIdOf(ticket.requesterId),
    CategoryId: categoryOf(ticket),
    Severity: isUrgent ? { Label: 'Urgent', Value: '2' } : { Label: 'Common', Value: '1' },
  }
}

/** The one it was filed under, or any. */
function categoryOf({ id, category }: DeskTicket): string {
  return isCategory(category) ? category : String(catalogue[id % catalogue.length]?.categoryId)
}

export function isCategory(id: string | null): id is string {
  return catalogue.some(({ categoryId }) => String(categoryId) === id)
}

/**
 * The thread as JSON text: dialog ids go out as bare numbers, which a JS number could not hold. Suggested replies are
 * the desk's own and not shown.
 */
export function threadJson(ticket: DeskTicket, files: FileShelf): string {
  const shown = ticket.messages.filter(({ type }) => type !== 'SUGGESTED_REPLY')
  return `[${shown.map((message) => noteJson(message, files)).join(',')}]`
}

function noteJson(message: DeskMessage, files: FileShelf): string {
  const schema = message.editorjs ? JSON.stringify({ cardType: 'richText', blocks: message.editorjs.blocks }) : null
  // Oddities of the official sample: a card without a schema, the text "null", a status beyond 1 and 2.
  const isOdd = message.id % 31 === 0
  const rest = {
    Type: schema || isOdd ? 1 : 2,
    Status: message.id % 97 === 0 ? 6 : message.isRead ? 2 : 1,
    Tip: isOdd ? 'null' : null,
    CreateTime: message.at.getTime(),
    Dialog: { Schema: schema ?? (isOdd ? 'null' : null), Content: contentOf(message) },
    User: { Role: roleOf(message), Name: message.author.name ?? (message.isSystemLine ? 'system' : '') },
    Attachments: message.attachments.map((file) => ({ Name: file.name, Url: files.signedUrl(file) })),
  }
  return `{"DialogId":${dialogIdOf(message.id)},${JSON.stringify(rest).slice(1)}`
}

function contentOf(message: DeskMessage | undefined): string | undefined {
  return message && (message.html ?? message.text)
}

/** 2 engineer, 3 us; an entry of unknown kind has a role nobody documented. */
function roleOf(message: DeskMessage): number {
  if (message.type === 'UNKNOWN') return 1
  return isOurs(message) ? 3 : 2
}

function isOurs({ type, author }: DeskMessage): boolean {
  return type === 'REPLY_INBOUND' || author.type === 'CONTACT' || author.type === 'VISITOR'
}

/** What tickets can be about. */
export const catalogue = [
  {
    directoryId: 1,
    directory: 'Elastic Computing',
    productId: 7160,
    product: 'ECS',
    categoryId: 7161,
    category: 'Instances',
  },
  {
    directoryId: 1,
    directory: 'Elastic Computing',
    productId: 7160,
    product: 'ECS',
    categoryId: 7162,
    category: 'Disks',
  },
  { directoryId: 2, directory: 'Storage', productId: 7200, product: 'OSS', categoryId: 7201, category: 'Buckets' },
  { directoryId: 3, directory: 'Account', productId: 7300, product: 'Billing', categoryId: 7301, category: 'Invoices' },
]

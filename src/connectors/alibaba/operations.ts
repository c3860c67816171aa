/**
 * What can be changed: filing a ticket, answering as the customer we are, closing and reopening. There is no call for
 * anything else (SEEN, the complete list of actions).
 */
import type { HostLog } from '#connectors/contract.ts'
import type {
  CreateMessages,
  CreateTicket,
  Operations,
  OutgoingMessage,
  Receipt,
  TicketChanges,
  TicketField,
  UpdateTicket,
} from '#connectors/operations.ts'
import { objectOf, takeNotes } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import { categoryIdOf } from './category.ts'
import type { Client } from './client.ts'
import { findTicket } from './find-ticket.ts'
import type { Settings } from './settings.ts'
import { isFinal, severityFor, statusFrom, statusWord } from './statuses.ts'
import { uploadAll } from './upload.ts'
import type { Writer } from './writer.ts'
import { writing } from './writing.ts'

export type Access = { client: Client; writer: Writer; settings: Settings; log: HostLog; now(): Date }

export function operationsOf(access: Access): Operations {
  return {
    createTicket: (order) => createTicket(access, order),
    findTicket: (order, since) => findTicket(access, order, since),
    updateTicket: (order) => updateTicket(access, order),
    createMessages: (order) => createMessages(access, order),
  }
}

async function createTicket(access: Access, { fields, messages }: CreateTicket): Promise<Receipt> {
  refuseFixed(fields, writing.newTicketFields)
  const message = the(messages)
  const { requester, priority, category, subject } = fields
  const { uid, sendsCreatorId } = access.settings
  const categoryId = await categoryIdOf(category, access)
  const files = await uploadAll(access, message.attachments)
  const ticketId = await access.writer.createTicket({
    title: subject,
    description: message.body.text,
    categoryId,
    severity: severityFor(priority),
    creatorId: sendsCreatorId ? (requester.externalId ?? uid ?? null) : null,
    email: requester.email,
    files,
  })
  // The entry the text becomes has an id that only the thread tells.
  return { ticketExternalId: ticketId, messages: [null] }
}

async function createMessages(access: Access, { ticketExternalId, messages }: CreateMessages): Promise<Receipt> {
  const message = the(messages)
  const files = await uploadAll(access, message.attachments)
  const dialogId = await access.writer.replyTicket({ ticketId: ticketExternalId, content: message.body.text, files })
  return { messages: [dialogId === null ? null : { externalId: dialogId, conversationExternalId: ticketExternalId }] }
}

async function updateTicket(access: Access, { ticketExternalId, changes }: UpdateTicket): Promise<Receipt> {
  refuseFixed(changes, writing.ticketFields)
  const { client, writer, settings } = access
  const wanted = wantedStatus(changes)
  if (wanted === null) return {}
  const ticket = objectOf(await client.getTicket(ticketExternalId))
  if (!ticket) throw new GoneError(`Alibaba Cloud has no ticket ${ticketExternalId}`)
  const current = ticket.Status ?? null
  if (wanted === 'closed') {
    if (!isFinal(current)) await writer.closeTicket(ticketExternalId)
    return {}
  }
  if (isFinal(current)) {
    await writer.reopenTicket(ticketExternalId, settings.reopenText)
    return {}
  }
  const { statusMap } = settings
  const { status } = statusFrom(current, { ticketId: ticketExternalId, statusMap, notes: takeNotes() })
  if (status === 'PENDING_EXTERNAL' || waitsForThem(current)) return {}
  throw new RefusedError(
    `the ticket is in ${statusWord(current) ?? 'no status'}: it can be closed and, once closed, reopened; all else is up to Alibaba Cloud`,
  )
}

/** `assigned` too, since it is not documented which of the three a reopened ticket has. */
const waitsForThem = (status: unknown) => ['assigned', 'dealing', 'feedback'].includes(statusWord(status) ?? '')

/** Null: the order is not about the status. */
function wantedStatus({ status, rawStatus }: TicketChanges): 'closed' | 'reopened' | null {
  if (rawStatus === undefined && status === undefined) return null
  if (rawStatus === undefined ? status === 'RESOLVED' : isFinal(rawStatus)) return 'closed'
  if (rawStatus === undefined ? status === 'PENDING_EXTERNAL' : waitsForThem(rawStatus)) return 'reopened'
  throw new RefusedError(`${rawStatus ?? status} is no status that can be set: a ticket can be closed and reopened`)
}

/** The one reply that is to be sent; anything the vendor has no place for is refused rather than sent as a reply. */
function the(messages: readonly OutgoingMessage[]): OutgoingMessage {
  const [message, ...others] = messages
  if (!message || others.length > 0) throw new RefusedError(`expected one message, got ${messages.length}`)
  if (message.type !== 'REPLY_OUTBOUND' || message.forwarded)
    throw new RefusedError(`Alibaba Cloud takes only replies, no ${message.forwarded ? 'FORWARD' : message.type}`)
  if (message.body.text.trim() === '') throw new RefusedError('Alibaba Cloud takes no message without a text')
  const unreached = message.addresses.filter(({ direction }) => /^(CC|BCC|FORWARDED_TO)$/.test(direction))
  if (unreached.length > 0) throw new RefusedError('Alibaba Cloud sends no copies: CC and BCC cannot be reached')
  return message
}

/** What is kept in our store only is not for the vendor; what nobody can set is refused before anything is changed. */
function refuseFixed(changes: TicketChanges, levels: typeof writing.ticketFields): void {
  const fieldOf: Partial<Record<keyof TicketChanges, TicketField>> = {
    departmentExternalId: 'department',
    channelExternalId: 'channel',
    channelAccountExternalId: 'channelAccount',
    rawStatus: 'status',
  }
  for (const [name, value] of Object.entries(changes)) {
    const field = fieldOf[name as keyof TicketChanges] ?? (name as TicketField)
    const level = levels[field]
    if (value !== undefined && (level === 'READ_ONLY' || level === 'UNSUPPORTED'))
      throw new RefusedError(`Alibaba Cloud has no call that sets the ${field} of a ticket`)
  }
}

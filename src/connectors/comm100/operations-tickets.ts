/** Tickets: made, changed, merged, marked, binned and removed. Source: vendor's reference, Ticket (SEEN) unless marked. */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateTicket, MarkTicket, MergeTickets, OnTicket, Receipt, UpdateTicket } from '#connectors/operations.ts'
import { guidOf, idOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import { ticketMarker } from './marker.ts'
import { messageBody } from './outgoing.ts'
import { channelPlace, type Place } from './place.ts'
import { speakerFor } from './speaker.ts'
import { uploaded } from './upload.ts'
import { fieldsOf, isAlready, writableOf } from './writable.ts'
import { currentTicket, isRecycled, madeBy, mergedInto, ticketPath, type Writer } from './writer.ts'

export async function createTicket(writer: Writer, order: CreateTicket): Promise<Receipt> {
  const { client, settings } = writer
  const wrong = order.messages.find(({ type }) => type !== 'REPLY_INBOUND' && type !== 'REPLY_OUTBOUND')
  if (wrong) throw new RefusedError(`a new ticket at Comm100 takes messages only, not ${wrong.type}: add it afterwards`)
  const channelExternalId = order.fields.channelExternalId ?? settings.newTicketChannelId
  if (!channelExternalId)
    throw new RefusedError('Comm100 needs a channel for a new ticket: name one, or configure `newTicketChannelId`')
  const fields = await fieldsOf(writer, { ...order.fields, channelExternalId }, null)
  const originalConversationId =
    order.originalConversationId ?? (settings.leavesMarkers ? ticketMarker(order.marker) : null)
  const createdBy = order.createdBy && (await speakerFor(writer, order.createdBy))
  const messages = await firstMessages(writer, order, { fields, originalConversationId, channelExternalId })
  const answer = await client.write('POST', 'ticketing/tickets', {
    ...fields,
    ...(originalConversationId && { originalConversationId }),
    ...(createdBy && { createdById: createdBy.id, createdByType: createdBy.type }),
    ...(messages.length > 0 && { messages }),
  })
  const ticket = madeBy(answer, 'a ticket')
  return { ticketExternalId: idOf(ticket.id) ?? '', messages: idsOfFirst(ticket, messages.length) }
}

/** A ticket says of its messages only which is the last. */
function idsOfFirst(ticket: JsonObject, count: number): NonNullable<Receipt['messages']> {
  const lastId = guidOf(ticket.lastMessageId)
  return count === 1 && lastId ? [{ externalId: lastId }] : Array.from({ length: count }, () => null)
}

type First = { fields: JsonObject; originalConversationId: string | null; channelExternalId: string }

async function firstMessages(writer: Writer, order: CreateTicket, first: First): Promise<JsonObject[]> {
  const { settings } = writer
  if (order.messages.length === 0) return []
  const place: Place = {
    ...(await channelPlace(writer, first.channelExternalId)),
    ticket: first.fields,
    accountId: order.fields.channelAccountExternalId ?? null,
    conversationId: first.originalConversationId,
    contactIdentityId: null,
  }
  const requester = { id: String(first.fields.contactOrVisitorId), type: String(first.fields.contactOrVisitorType) }
  const bodies: JsonObject[] = []
  for (const message of order.messages) {
    const isInbound = message.type === 'REPLY_INBOUND'
    const speaker = isInbound && !message.sender?.externalId ? requester : await speakerFor(writer, message.sender)
    const files = await uploaded(writer, message.attachments)
    bodies.push(messageBody(message, place, { speaker, files, leavesMarker: settings.leavesMarkers }))
  }
  return bodies
}

/** Left alone when it already is as wanted. */
export async function updateTicket(writer: Writer, { ticketExternalId, changes }: UpdateTicket): Promise<Receipt> {
  const ticket = await currentTicket(writer, ticketExternalId)
  await rewrite(writer, ticket, await fieldsOf(writer, changes, ticket))
  return { ticketExternalId }
}

async function rewrite({ client }: Writer, ticket: JsonObject, wanted: JsonObject): Promise<void> {
  if (isAlready(ticket, wanted)) return
  const body = { ...writableOf(ticket), ...wanted }
  // An account belongs to its channel.
  if (wanted.channelId !== undefined && wanted.channelAccountId === undefined) delete body.channelAccountId
  // Nobody has no type.
  if (guidOf(body.assigneeId) === null) delete body.assigneeType
  await client.write('PUT', ticketPath(idOf(ticket.id) ?? ''), body)
}

/** For good (ASSUMED). One that is gone already is deleted. */
export async function deleteTicket({ client }: Writer, { ticketExternalId }: OnTicket): Promise<Receipt> {
  try {
    await client.write('DELETE', ticketPath(ticketExternalId))
  } catch (error) {
    if (!(error instanceof GoneError)) throw error
  }
  return { ticketExternalId }
}

/** Answers 200 without a body (SEEN). */
export async function recycleTicket(writer: Writer, { ticketExternalId }: OnTicket): Promise<Receipt> {
  const ticket = await currentTicket(writer, ticketExternalId)
  if (!isRecycled(ticket)) await writer.client.write('POST', `${ticketPath(ticketExternalId)}:recycle`)
  return { ticketExternalId }
}

/** No action of its own: written back as not recycled (the field is writable SEEN, what it does INFERRED). */
export async function restoreTicket(writer: Writer, { ticketExternalId }: OnTicket): Promise<Receipt> {
  const ticket = await currentTicket(writer, ticketExternalId)
  await rewrite(writer, ticket, { isInRecycleBin: false })
  return { ticketExternalId }
}

/**
 * One into one: the path names the one that stays, `sourceId` the one that goes (SEEN). What is merged already is passed
 * over. Each call answers 200 without a body.
 */
export async function mergeTickets(writer: Writer, order: MergeTickets): Promise<Receipt> {
  const { targetExternalId, sourceExternalIds } = order
  const target = ticketPath(targetExternalId)
  for (const sourceExternalId of sourceExternalIds) {
    const into = mergedInto(await currentTicket(writer, sourceExternalId))
    if (into === targetExternalId) continue
    if (into !== null) throw new RefusedError(`ticket ${sourceExternalId} was already merged into ticket ${into}`)
    await writer.client.write('POST', `${target}:merge`, { sourceId: Number(sourceExternalId) })
  }
  return { ticketExternalId: targetExternalId }
}

/** For agents; whether the contact has read it cannot be written. Both answer the ticket (SEEN). */
export async function markTicket({ client }: Writer, { ticketExternalId, side, isRead }: MarkTicket): Promise<Receipt> {
  if (side === 'CONTACT')
    throw new RefusedError('Comm100 has no call that marks a ticket read or unread for the contact')
  await client.write('POST', `${ticketPath(ticketExternalId)}:${isRead ? 'read' : 'unread'}`)
  return { ticketExternalId }
}

/** Messages and notes. Notes are a collection of their own and never go out as messages; they cannot be changed (SEEN). */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateMessages, OnMessage, OutgoingMessage, Receipt, UpdateMessage } from '#connectors/operations.ts'
import { boolOf, guidOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { decodedText } from './body.ts'
import { channelTypeOf } from './channels.ts'
import { contentOf, messageBody, noteBody } from './outgoing.ts'
import { placeOf } from './place.ts'
import { requesterOf, speakerFor } from './speaker.ts'
import { uploaded } from './upload.ts'
import { guidMadeBy, ticketPath, type Writer } from './writer.ts'

export async function createMessages(writer: Writer, order: CreateMessages): Promise<Receipt> {
  const { ticketExternalId, conversationExternalId } = order
  ticketPath(ticketExternalId)
  const messages: { externalId: string }[] = []
  for (const message of order.messages) {
    const externalId = await kindOf(message)(writer, message, ticketExternalId, conversationExternalId)
    messages.push({ externalId })
  }
  return { ticketExternalId, messages }
}

type Send = (writer: Writer, message: OutgoingMessage, ticketId: string, conversation: string | null) => Promise<string>

function kindOf({ type, forwarded }: OutgoingMessage): Send {
  if (forwarded || type === 'FORWARD') throw new RefusedError('Comm100 has no call that forwards a message')
  if (type === 'NOTE_PRIVATE') return sendNote
  if (type === 'REPLY_INBOUND' || type === 'REPLY_OUTBOUND') return sendMessage
  throw new RefusedError(`Comm100 has no messages of type ${type}`)
}

const sendMessage: Send = async (writer, message, ticketId, conversation) => {
  const { client, settings } = writer
  const place = await placeOf(writer, ticketId, conversation)
  const requester = message.type === 'REPLY_INBOUND' && message.sender === null ? requesterOf(place.ticket) : null
  const speaker = requester ?? (await speakerFor(writer, message.sender))
  // Refused before anything is uploaded.
  messageBody(message, place, { speaker, files: [], leavesMarker: false })
  const files = await uploaded(writer, message.attachments)
  const body = messageBody(message, place, { speaker, files, leavesMarker: settings.leavesMarkers })
  return guidMadeBy(
    await client.write('POST', 'ticketing/messages', { ticketId: Number(ticketId), ...body }),
    'a message',
  )
}

const sendNote: Send = async (writer, note, ticketId) => {
  const { client } = writer
  if (note.sender && note.sender.type !== 'AGENT') throw new RefusedError('notes at Comm100 are written by agents')
  const agentId = note.sender && (await speakerFor(writer, note.sender)).id
  noteBody(ticketId, note, agentId, [])
  const files = await uploaded(writer, note.attachments)
  const answer = await client.write('POST', 'ticketing/notes', noteBody(ticketId, note, agentId, files))
  return `note:${guidMadeBy(answer, 'a note')}`
}

export async function resendMessage({ client }: Writer, order: OnMessage): Promise<Receipt> {
  await client.write('POST', `${messagePath(order)}:resend`)
  return { ticketExternalId: order.ticketExternalId, messages: [{ externalId: order.messageExternalId }] }
}

/** The whole message is written back, but for its delivery; left alone when it already is as wanted. */
export async function updateMessage({ client }: Writer, order: UpdateMessage): Promise<Receipt> {
  const path = messagePath(order)
  if (order.mentionedAgentExternalIds?.length) throw new RefusedError('Comm100 mentions agents in notes only')
  const message = objectOf(await client.get(path))
  if (message === null || guidOf(message.id) !== order.messageExternalId)
    throw new RefusedError(`expected message ${order.messageExternalId}, got something else`)
  const channelType = channelTypeOf(textOf(message.channelId)) ?? 'OTHER'
  const wanted: JsonObject = {
    ...(order.body && contentOf(order.body, { channelType })),
    ...(order.isInternal !== undefined && { isInternal: order.isInternal }),
  }
  if (!isAlready(message, wanted)) await client.write('PUT', path, { ...writableOf(message), ...wanted })
  return { ticketExternalId: order.ticketExternalId, messages: [{ externalId: order.messageExternalId }] }
}

function messagePath({ messageExternalId, isNote }: OnMessage): string {
  if (isNote || messageExternalId.startsWith('note:'))
    throw new RefusedError('a note at Comm100 cannot be changed once it is written, nor sent')
  return `ticketing/messages/${encodeURIComponent(messageExternalId)}`
}

const writableFields = [
  ...['ticketId', 'parentId', 'sentById', 'sentByType', 'time', 'type', 'metadata', 'originalId', 'channelId', 'body'],
  ...['translatedBody', 'ifDisplayInTicketCorrespondences', 'isOriginalSentToContact', 'showInlineImage'],
  ...['isRead', 'isInternal'],
]

/** Which fields are required is ASSUMED to be as for a new one, and files left out to be lost, so they go along. */
function writableOf(message: JsonObject): JsonObject {
  const kept = writableFields.flatMap((field) => {
    const value = message[field]
    return value === undefined || value === null || (field === 'parentId' && guidOf(value) === null)
      ? []
      : [[field, value]]
  })
  const files = listOf(message.attachments).flatMap((item) => {
    const file = objectOf(item)
    return file
      ? [
          {
            fileKey: file.fileKey ?? null,
            name: file.name ?? null,
            size: file.size ?? null,
            type: file.type ?? null,
            url: file.url ?? null,
          },
        ]
      : []
  })
  return { ...Object.fromEntries(kept), ...(files.length > 0 && { attachments: files }) }
}

function isAlready(message: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([field, value]) =>
    field === 'body'
      ? (decodedText(message.body) ?? '') === (decodedText(value) ?? '')
      : typeof value === 'boolean'
        ? boolOf(message[field]) === value
        : message[field] === value,
  )
}

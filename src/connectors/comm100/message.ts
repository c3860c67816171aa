/** One message and one note. Source: vendor's reference, Message and Note (SEEN) unless marked. */
import type { ActorRef, DeliveryRecord, Json, JsonObject, MentionRecord, MessageRecord } from '#connectors/contract.ts'
import {
  boolOf,
  guidOf,
  intOf,
  listOf,
  mapEach,
  type Notes,
  need,
  objectOf,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { ConversationType, DeliveryStatus, MessageDirection } from '#vocabulary.ts'
import { attachmentsFrom, bodyFrom, contentTypeFrom, decodedText, emailAddressesFrom, rawOf } from './body.ts'
import { channelIdOf } from './channels.ts'
import { markerIn } from './marker.ts'
import { actorFrom } from './people.ts'
import type { WireMessage, WireNote } from './types.ts'

export type ThreadContext = {
  notes: Notes
  /** Stands in for a time the vendor left out. */
  ticketTime: Date
  /** Locales a translation is ASSUMED to be in: what came in is translated for agents, what goes out for the contact. */
  agentLanguage: string | null
  contactLanguage: string | null
  noteFormat: 'text' | 'auto'
}

/** A message with what only the thread needs to know. */
export type Entry = {
  record: MessageRecord
  /** `metadata.source.conversationId`: the conversation in the original channel; null when the message does not say. */
  conversationId: string | null
  isNote: boolean
}

const deliveryStatuses: Record<string, DeliveryStatus> = {
  waitForSending: 'QUEUED',
  sending: 'SENDING',
  success: 'SENT',
  failed: 'FAILED',
}

export function messageFrom(item: Json, context: ThreadContext): Entry {
  const { notes } = context
  const wire: WireMessage = need(objectOf(item), 'a message', item)
  const externalId = need(guidOf(wire.id), 'a message with an id', wire.id)
  const metadata = objectOf(wire.metadata)
  const channel = objectOf(metadata?.channel)
  const source = objectOf(metadata?.source)
  const decoration = objectOf(metadata?.decoration)
  const email = objectOf(decoration?.email)

  const isInternal = boolOf(wire.isInternal) === true
  const sentBy = textOf(wire.sentByType)?.toLowerCase() ?? null
  const isIncoming = boolOf(channel?.isFromChannelToPlatform) ?? incomingBySender(sentBy)
  if (isIncoming === null && !isInternal) notes.unmapped('message', externalId, 'direction', wire.sentByType)
  const { type, direction } = kindOf({ isInternal, isIncoming, isSystem: sentBy === 'system' })

  const contentType = contentTypeFrom(wire.type, { subject: 'message', id: externalId, notes })
  const onBroken = (problem: string) => notes.unmapped('message', externalId, 'body', problem)
  const at = timeOf(wire.time)
  if (at === null) notes.unmapped('message', externalId, 'time', wire.time)
  const addresses = emailAddressesFrom(email)
  const sender = senderFrom(wire, {
    externalId,
    notes,
    isIncoming,
    from: addresses.find(({ direction: role }) => role === 'FROM'),
  })
  const subject =
    decodedText(email?.subject) ??
    textOf(objectOf(decoration?.chat)?.title) ??
    textOf(objectOf(decoration?.offlineMessage)?.title)
  const conversationId = textOf(source?.conversationId)
  const delivery = deliveryFrom(wire.messageDelivery, { externalId, notes })
  const marker = markerIn(metadata)

  const record: MessageRecord = {
    externalId,
    sequence: 0,
    sourceId: textOf(wire.originalId),
    type,
    direction,
    contentType,
    subject,
    body: bodyFrom(wire.body, contentType, onBroken),
    translation: translationFrom(wire, { contentType: contentType === 'HTML' ? 'HTML' : 'TEXT', isIncoming, context }),
    sender,
    senderName: sender?.name ?? null,
    addresses,
    attachments: attachmentsFrom(wire.attachments, notes),
    parentExternalId: guidOf(wire.parentId),
    isInternal: isInternal || type === 'UNKNOWN',
    isRead: boolOf(wire.isRead),
    showInlineImages: boolOf(wire.showInlineImage),
    showInCorrespondence: boolOf(wire.ifDisplayInTicketCorrespondences),
    isOriginalSentToContact: boolOf(wire.isOriginalSentToContact),
    delivery,
    channelExternalId: channelIdOf(wire.channelId),
    channelAccountExternalId: guidOf(channel?.channelAccount),
    metadata: metadata ? rawOf(metadata) : null,
    ...(marker === null ? {} : { marker }),
    at: at ?? context.ticketTime,
    createdAt: at ?? context.ticketTime,
    sentAt: at,
    ...(isIncoming === true ? { receivedAt: at } : {}),
    raw: rawOf(wire),
  }
  return { record, conversationId, isNote: false }
}

const htmlNote =
  /^\s*<(p|div|ul|ol|table|blockquote|h[1-6])\b[^>]*>[\s\S]*<\/(p|div|ul|ol|table|blockquote|h[1-6])>\s*$/i

/** A note is for agents only. It has no type: plain text (ASSUMED), or with `noteFormat: 'auto'` HTML when it looks like it. */
export function noteFrom(item: Json, context: ThreadContext): Entry {
  const { notes } = context
  const wire: WireNote = need(objectOf(item), 'a note', item)
  const id = need(guidOf(wire.id), 'a note with an id', wire.id)
  const externalId = `note:${id}`
  const at = timeOf(wire.createdTime)
  if (at === null) notes.unmapped('message', externalId, 'createdTime', wire.createdTime)
  const agentId = guidOf(wire.agentId)
  const onBroken = (problem: string) => notes.unmapped('message', externalId, 'text', problem)
  const text = decodedText(wire.text, onBroken)
  const isHtml = context.noteFormat === 'auto' && text !== null && htmlNote.test(text)
  const record: MessageRecord = {
    externalId,
    sequence: 0,
    type: 'NOTE_PRIVATE',
    direction: 'INTERNAL',
    contentType: isHtml ? 'HTML' : 'TEXT',
    body: text === null ? {} : isHtml ? { html: text } : { text },
    sender: agentId ? { type: 'AGENT', externalId: agentId } : null,
    attachments: attachmentsFrom(wire.attachments, notes),
    isInternal: true,
    at: at ?? context.ticketTime,
    createdAt: at ?? context.ticketTime,
    raw: rawOf(wire),
  }
  return { record, conversationId: null, isNote: true }
}

/** Ids of messages are compared without case, and a note's carries `note:` so that it never meets a message's. */
export function mentionsFrom(value: unknown, notes: Notes): MentionRecord[] {
  return mapEach(listOf(value), { subject: 'mention', notes }, (item) => {
    const wire = need(objectOf(item), 'a mention', item)
    const externalId = need(guidOf(wire.id), 'a mention with an id', wire.id)
    const noteId = need(guidOf(wire.noteId), 'a mention with a noteId', wire.noteId)
    const agentId = need(guidOf(wire.agentId), 'a mention with an agentId', wire.agentId)
    return {
      externalId,
      messageExternalId: `note:${noteId}`,
      agent: { type: 'AGENT', externalId: agentId },
      isRead: boolOf(wire.isReadByAgent) === true,
    }
  })
}

/** Where the flag is missing, the sender tells; null when neither does. */
function incomingBySender(sentBy: string | null): boolean | null {
  if (sentBy === 'contact' || sentBy === 'visitor') return true
  return sentBy === null || !['agent', 'chatbot', 'system', 'channelaccount', 'outreachcampaign'].includes(sentBy)
    ? null
    : false
}

/** What cannot be told is shown to agents only. */
function kindOf({
  isInternal,
  isIncoming,
  isSystem,
}: {
  isInternal: boolean
  isIncoming: boolean | null
  isSystem: boolean
}): {
  type: ConversationType
  direction: MessageDirection
} {
  if (isSystem) return { type: isInternal ? 'NOTE_PRIVATE' : 'REPLY_OUTBOUND', direction: 'SYSTEM' }
  if (isInternal) return { type: 'NOTE_PRIVATE', direction: 'INTERNAL' }
  if (isIncoming === null) return { type: 'UNKNOWN', direction: 'INTERNAL' }
  return isIncoming
    ? { type: 'REPLY_INBOUND', direction: 'INBOUND' }
    : { type: 'REPLY_OUTBOUND', direction: 'OUTBOUND' }
}

type SenderContext = {
  externalId: string
  notes: Notes
  isIncoming: boolean | null
  from: { email: string; name?: string | null } | undefined
}

function senderFrom(wire: WireMessage, { externalId, notes, isIncoming, from }: SenderContext): ActorRef | null {
  const known = isIncoming && from ? { email: from.email, name: from.name ?? null } : {}
  const otherwise = isIncoming === null ? null : isIncoming ? 'CONTACT' : 'AGENT'
  return actorFrom(
    wire.sentById,
    wire.sentByType,
    { subject: 'message', id: externalId, field: 'sentByType', notes },
    otherwise,
    known,
  )
}

type TranslationContext = { contentType: 'HTML' | 'TEXT'; isIncoming: boolean | null; context: ThreadContext }

function translationFrom(
  wire: WireMessage,
  { contentType, isIncoming, context }: TranslationContext,
): MessageRecord['translation'] {
  const { html = null, text = null } = bodyFrom(wire.translatedBody, contentType)
  if (html === null && text === null) return null
  const locale = isIncoming === null ? null : isIncoming ? context.agentLanguage : context.contactLanguage
  return { locale, text, html }
}

function deliveryFrom(
  value: unknown,
  { externalId, notes }: { externalId: string; notes: Notes },
): DeliveryRecord | null {
  const wire: JsonObject | null = objectOf(value)
  if (!wire || Object.keys(wire).length === 0) return null
  const status = wordOf(deliveryStatuses, wire.status)
  if (status === undefined) {
    notes.unmapped('message', externalId, 'messageDelivery.status', wire.status)
    return null
  }
  return {
    status,
    failReason: textOf(wire.failReason),
    at: timeOf(wire.time),
    groupId: guidOf(wire.groupId),
    orderNumber: intOf(wire.orderNum),
  }
}

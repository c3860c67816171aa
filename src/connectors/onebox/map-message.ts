/** A message in our words. */
import type {
  ActorRef,
  AttachmentRecord,
  DeliveryRecord,
  EmailAddressRecord,
  JsonObject,
  MessageRecord,
} from '#connectors/contract.ts'
import {
  addressesOf,
  boolOf,
  idOf,
  intOf,
  type Notes,
  need,
  redact,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { DeliveryStatus, MessageDirection } from '#vocabulary.ts'
import { bodyFrom } from './body.ts'
import { contactOfChannel, hasAddress } from './people.ts'
import type { Settings } from './settings.ts'
import type { KeyedMessage } from './thread.ts'
import type { Contact, Message } from './types.ts'
import { secretKeys } from './words.ts'

export type MessageContext = {
  settings: Settings
  notes: Notes
  /** The ticket's contact; null when OneBox did not give it. */
  contact: Contact | null
  attachments: (key: KeyedMessage) => AttachmentRecord[]
  /** Where the message stands in the answer. */
  place: number
  /** Stands in for a time the message does not say. */
  near?: Date | null
}

export function messageFrom(keyed: KeyedMessage, context: MessageContext): MessageRecord {
  const { externalId, copy, message } = keyed
  const { settings, notes } = context
  const time = (value: Message[keyof Message]) => timeOf(value, settings.zone)
  const ownTime = timeOfMessage(message, settings.zone)
  if (!ownTime) notes.unmapped('message', externalId, 'createdAt', message.Date)
  const at = need(ownTime ?? context.near, 'a date', message.Date)
  const isIncoming = boolOf(message.Incoming)
  if (isIncoming === null) notes.unmapped('message', externalId, 'direction', message.Incoming)
  const { body, contentType, mediaType } = bodyFrom(message)
  if (contentType === null) notes.unmapped('message', externalId, 'contentType', mediaType)
  const readAt = time(message.ViewDate)
  const state = idOf(message.StatusId)

  return {
    externalId,
    sequence: sequenceOf(message, copy, context.place),
    sourceId: idOf(message.RemoteId),
    // Who could see a message of unknown direction is unknown too: it is shown to agents only.
    type: isIncoming === null ? 'UNKNOWN' : isIncoming ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND',
    direction: isIncoming === null ? 'INTERNAL' : directionOf(isIncoming),
    isInternal: isIncoming === null,
    contentType: contentType ?? 'UNKNOWN',
    subject: textOf(message.Subject),
    body,
    sender: isIncoming ? senderOf(message, context.contact) : null,
    senderName: textOf(message.FromName),
    addresses: addressesIn(message),
    attachments: context.attachments(keyed),
    parentExternalId: referenceOf(message.ParentId),
    previousExternalId: referenceOf(message.PreviousId),
    // That it was seen (`readAt`) is no `isRead`: what was read is kept in our store only.
    isSpam: boolOf(message.Spam) ?? false,
    statusDetail: state === null ? null : { raw: state, label: state },
    // What MSPn means is not public: it stays in the metadata.
    priority: null,
    delivery: deliveryOf(message, isIncoming, settings),
    channelExternalId: idOf(message.MediaId),
    channelAccountExternalId: idOf(message.ConnectionId),
    metadata: metadataOf(message),
    at,
    sentAt: time(message.SendDate),
    receivedAt: time(message.ReceiveDate),
    readAt,
    expiresAt: time(message.ExpireDate),
    createdAt: time(message.CreateDate) ?? at,
    updatedAt: time(message.ModifyDate),
    createdBy: userOf(message.Creator),
    updatedBy: userOf(message.Modifier),
    raw: redact(message as JsonObject, secretKeys),
  }
}

export function timeOfMessage(message: Message, zone: string): Date | null {
  const { Date: date, SendDate, ReceiveDate, CreateDate } = message
  return timeOf(date, zone) ?? timeOf(SendDate, zone) ?? timeOf(ReceiveDate, zone) ?? timeOf(CreateDate, zone)
}

function directionOf(isIncoming: boolean): MessageDirection {
  return isIncoming ? 'INBOUND' : 'OUTBOUND'
}

/** Ids ascend (INFERRED: `sinceId` goes by them); times four to leave room for messages that share one. */
function sequenceOf(message: Message, copy: number, place: number): number {
  const sequence = Number(idOf(message.Id)) * 4 + Math.min(copy, 3)
  return Number.isSafeInteger(sequence) ? sequence : place
}

/**
 * Who wrote what came in. Of what went out, neither `Creator` ("1" on both directions, SEEN) nor anything else tells.
 */
function senderOf(message: Message, contact: Contact | null): ActorRef | null {
  const from = textOf(message.From)
  if (from === null) return null
  const name = textOf(message.FromName)
  const id = idOf(contact?.Id)
  if (contact && id && hasAddress(contact, from))
    return { type: 'CONTACT', externalId: id, name: name ?? textOf(contact.Name) }
  return contactOfChannel(idOf(message.MediaId), from, name).ref
}

function addressesIn(message: Message): EmailAddressRecord[] {
  // Elsewhere they are page ids, telephone numbers and screen names (SEEN).
  if (idOf(message.MediaId)?.toUpperCase() !== 'EMAIL') return []
  const from = addressesOf(message.From, 'FROM')
  const [only] = from
  if (only && from.length === 1) only.name ??= textOf(message.FromName)
  return [
    ...from,
    ...addressesOf(message.To, 'TO'),
    ...addressesOf(message.Cc, 'CC'),
    ...addressesOf(message.Bcc, 'BCC'),
  ]
}

/**
 * What can be said honestly: what came in has arrived; what went out is with the channel once it has a date of sending
 * or the channel's own id, is under way while `Processing`, and waits otherwise (INFERRED). `deliveryStatusMap` knows
 * better.
 */
function deliveryOf(message: Message, isIncoming: boolean | null, settings: Settings): DeliveryRecord | null {
  const details = { retryCount: intOf(message.Retry) ?? 0, groupId: idOf(message.BatchId) }
  const known: DeliveryStatus | undefined = wordOf(settings.deliveryStatusMap, message.StatusId)
  const sentAt = timeOf(message.SendDate, settings.zone)
  if (isIncoming === null) return known ? { status: known, ...details } : null
  if (isIncoming) return { status: known ?? 'DELIVERED', at: timeOf(message.ReceiveDate, settings.zone), ...details }
  const guessed =
    sentAt || idOf(message.RemoteId) ? 'SENT' : (intOf(message.Processing) ?? 0) > 0 ? 'SENDING' : 'QUEUED'
  return { status: known ?? guessed, at: sentAt, ...details }
}

const kept = [
  'ObjectName',
  'ObjectId',
  'Description',
  'Remarks',
  'MediaId',
  'MethodId',
  'PriorityValue',
  'PriorityId',
  'TypeId',
  'SecrecyId',
  'SourceId',
  'Reply',
  'Processing',
  'PrevRemoteId',
  'ParentRemoteId',
  'From',
  'To',
] as const

function metadataOf(message: Message): JsonObject {
  const metadata: JsonObject = {}
  for (const field of kept) {
    const value = message[field]
    if (value !== null && value !== undefined) metadata[field] = value
  }
  return metadata
}

function referenceOf(value: Message[keyof Message]): string | null {
  const id = idOf(value)
  return id === '0' ? null : id
}

export function userOf(value: Message[keyof Message]): ActorRef | null {
  const id = referenceOf(value)
  return id === null ? null : { type: 'AGENT', externalId: id }
}

/** A Chatwoot message, from whichever place it came, → our record. Pure and total over its optional fields. */
import type {
  ActorRef,
  AttachmentRecord,
  BodyRecord,
  EmailAddressRecord,
  Json,
  JsonObject,
  MessageRecord,
} from '#connectors/contract.ts'
import {
  addressesOf,
  boolOf,
  idOf,
  listOf,
  type Notes,
  need,
  objectOf,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { MessageContentType } from '#vocabulary.ts'
import { attachmentFrom } from './map-attachment.ts'
import { type People, senderFrom, system } from './map-people.ts'
import { cleaned } from './raw.ts'
import type { WireMessage } from './types.ts'
import { contentTypeOf, deliveryOf, type Kind, kindOf, markerKey, privateNote, unknownKind } from './words.ts'

/** What a message needs to know of its conversation. */
export type ThreadContext = {
  accountId: string
  notes: Notes
  people: People
  requester: ActorRef | null
  /** Null: never; undefined: not said. */
  agentLastSeenAt: Date | null | undefined
}

/** Where a message stands in its thread. */
export type MessagePlace = {
  /** Orders messages whose id is no number. */
  place: number
  /** 1, or more for a message whose id others before it have too. */
  copy: number
  /** Stands in for a time the row does not say. */
  near: Date
}

/** Throws when it has no id. */
export function messageFrom(value: Json, { place, copy, near }: MessagePlace, context: ThreadContext): MessageRecord {
  const { accountId, notes, people, requester } = context
  const object = need(objectOf(value), 'a message', value)
  const wire = object as WireMessage
  const wireId = need(idOf(wire.id), 'a message with an id', wire.id)
  const externalId = copy === 1 ? wireId : `${wireId}:${copy}`
  const ownTime = timeOf(wire.created_at)
  if (!ownTime) notes.unmapped('message', externalId, 'createdAt', wire.created_at)
  const at = ownTime ?? near
  const attributes = objectOf(wire.content_attributes) ?? {}
  const email = objectOf(attributes.email)
  const kind = kindFrom(wire, externalId, notes)
  const body = bodyFrom(wire, email, attributes)
  const attachments = attachmentsFrom(wire, { externalId, at, html: body.html ?? null, notes })
  const delivery = deliveryFrom(wire, attributes, externalId, notes)
  const isSystem = kind.direction === 'SYSTEM'
  const marker = textOf(attributes[markerKey])
  const sender =
    senderFrom(wire, { accountId, people, requester }) ??
    (isSystem ? system : kind.direction === 'INBOUND' ? requester : campaignOf(wire))
  const id = Number(wireId)

  return {
    externalId,
    sequence: Number.isSafeInteger(id) ? id + copy - 1 : place,
    sourceId: textOf(wire.source_id) ?? textOf(email?.message_id),
    type: kind.type,
    direction: kind.direction,
    contentType: contentTypeFrom(wire, attachments, externalId, notes),
    subject: textOf(email?.subject),
    body,
    translation: translationFrom(attributes),
    sender,
    senderName: textOf(objectOf(wire.sender)?.name) ?? sender?.name ?? null,
    addresses: addressesFrom(attributes, email),
    attachments,
    parentExternalId: idOf(attributes.in_reply_to),
    isInternal: kind.isInternal,
    isRead: isReadFrom(kind, at, delivery?.status ?? null, context.agentLastSeenAt),
    isDeleted: boolOf(attributes.deleted) === true,
    extractedText: email
      ? (textOf(objectOf(email.text_content)?.reply) ?? textOf(objectOf(email.html_content)?.reply))
      : null,
    delivery,
    // Left out where the answer does: `/messages` says less of a message than the conversation that embeds it.
    ...(wire.sentiment === undefined ? {} : { sentiment: filled(wire.sentiment) }),
    contentAttributes: headersOnly(attributes),
    // Gone once the message is deleted; then what is known of it stays.
    ...(marker === null ? {} : { marker }),
    ...(wire.additional_attributes === undefined && wire.external_source_ids === undefined
      ? {}
      : { metadata: metadataFrom(wire) }),
    at,
    sentAt: kind.direction === 'INBOUND' ? (timeOf(email?.date) ?? at) : at,
    receivedAt: kind.direction === 'INBOUND' ? at : null,
    createdAt: at,
    updatedAt: timeOf(wire.updated_at),
    raw: rawFrom(object),
  }
}

function kindFrom(wire: WireMessage, externalId: string, notes: Notes): Kind {
  const kind = wordOf(kindOf, wire.message_type)
  if (!kind) notes.unmapped('message', externalId, 'message_type', wire.message_type)
  if (boolOf(wire.private) && kind?.direction !== 'SYSTEM') return privateNote
  return kind ?? unknownKind
}

/**
 * `content` is exact plain text (null when there are only files). For mails it is only the newest part (SEEN), so the
 * whole text is taken from `text_content.full`. Mails that go out keep what the agent typed in `content`.
 */
function bodyFrom(wire: WireMessage, email: JsonObject | null, attributes: JsonObject): BodyRecord {
  const content = typeof wire.content === 'string' ? wire.content : null
  const processed = textOf(wire.processed_message_content)
  const isMail = wire.content_type === 'incoming_email'
  const mailText = isMail ? textOf(objectOf(email?.text_content)?.full) : null
  const html = textOf(objectOf(email?.html_content)?.full)
  const text = mailText ?? content ?? processed ?? (attributes.deleted ? '' : null)
  return {
    ...(html === null ? {} : { html }),
    // A mail with HTML only repeats a poorer rendering of it in `content`; still the vendor's text.
    ...(text === null ? {} : { text: withoutEmptyMentions(text) }),
    ...(processed === null || isMail ? {} : { markdown: processed }),
  }
}

const mention = /\[[^\]]*\]\(mention:\/\/(user|team)\/(\d+)\/([^)]*)\)/g

/** Agents a note mentions, once each: `[@Ana](mention://user/3/Ana)`. Teams are left out: they are no agents. */
export function mentionsIn(content: unknown): { id: string; name: string }[] {
  if (typeof content !== 'string' || !content.includes('mention://user/')) return []
  const found = new Map<string, string>()
  for (const [, kind, id, name] of content.matchAll(mention))
    if (kind === 'user' && id) found.set(id, decoded(name ?? ''))
  return [...found].map(([id, name]) => ({ id, name }))
}

/**
 * A mention without a label shows nothing, so it is no part of the text; labelled ones stay as the vendor sent them.
 */
function withoutEmptyMentions(text: string): string {
  return text.includes('[](mention://') ? text.replaceAll(/\[\]\(mention:\/\/[^)]*\)/g, '') : text
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

const contentTypeOfKind: Partial<Record<AttachmentRecord['kind'], MessageContentType>> = {
  IMAGE: 'IMAGE',
  AUDIO: 'AUDIO',
  VIDEO: 'VIDEO',
  FILE: 'FILE',
}

function contentTypeFrom(
  wire: WireMessage,
  attachments: AttachmentRecord[],
  externalId: string,
  notes: Notes,
): MessageContentType {
  // Campaign messages of older servers carry null.
  const type =
    wire.content_type === null || wire.content_type === undefined ? 'TEXT' : wordOf(contentTypeOf, wire.content_type)
  if (!type) {
    notes.unmapped('message', externalId, 'content_type', wire.content_type)
    return 'UNKNOWN'
  }
  const first = attachments[0]
  if (type !== 'TEXT' || !first || textOf(wire.content) !== null) return type
  const isPlace = objectOf(listOf(wire.attachments)[0])?.file_type === 'location'
  return isPlace ? 'LOCATION' : (contentTypeOfKind[first.kind] ?? 'FILE')
}

function attachmentsFrom(
  wire: WireMessage,
  { externalId, ...context }: { externalId: string; at: Date; html: string | null; notes: Notes },
): AttachmentRecord[] {
  const single = objectOf(wire.attachment)
  const many = listOf(wire.attachments)
  const items = many.length === 0 && single && Object.keys(single).length > 0 ? [single] : many
  return items.flatMap((item, index) => {
    const attachment = attachmentFrom(item, { ...context, fallbackId: `${externalId}:${index}` })
    return attachment ? [attachment] : []
  })
}

function addressesFrom(attributes: JsonObject, email: JsonObject | null): EmailAddressRecord[] {
  const all = [
    ...addressesOf(email?.from, 'FROM'),
    ...addressesOf(email?.to, 'TO'),
    ...addressesOf(attributes.to_emails, 'TO'),
    ...addressesOf(email?.cc, 'CC'),
    ...addressesOf(attributes.cc_emails ?? attributes.cc_email, 'CC'),
    ...addressesOf(email?.bcc, 'BCC'),
    ...addressesOf(attributes.bcc_emails ?? attributes.bcc_email, 'BCC'),
    ...addressesOf(email?.reply_to, 'REPLY_TO'),
  ]
  if (all.length < 2) return all
  // Newer servers say the same address in both places.
  const seen = new Set<string>()
  return all.filter(({ email: address, direction }) => {
    const key = `${direction} ${address.toLowerCase()}`
    return !seen.has(key) && seen.add(key)
  })
}

function deliveryFrom(
  wire: WireMessage,
  attributes: JsonObject,
  externalId: string,
  notes: Notes,
): MessageRecord['delivery'] {
  if (wire.status === undefined || wire.status === null || wire.status === '') return null
  const status = wordOf(deliveryOf, wire.status)
  if (!status) {
    notes.unmapped('message', externalId, 'status', wire.status)
    return null
  }
  return { status, failReason: textOf(attributes.external_error) }
}

/** Read by the other side: by the contact for what went out, by an agent for what came in. */
function isReadFrom(
  kind: Kind,
  at: Date,
  status: string | null,
  agentLastSeenAt: Date | null | undefined,
): boolean | null {
  if (kind.direction === 'INBOUND')
    return agentLastSeenAt ? at <= agentLastSeenAt : agentLastSeenAt === null ? false : null
  return kind.direction === 'OUTBOUND' && status === 'READ' ? true : null
}

/** A campaign's message whose sender was removed. Source: messages' `additional_attributes.campaign_id` (INFERRED). */
function campaignOf(wire: WireMessage): ActorRef | null {
  const id = idOf(objectOf(wire.additional_attributes)?.campaign_id)
  return id === null ? null : { type: 'OUTREACH_CAMPAIGN', externalId: id }
}

function translationFrom(attributes: JsonObject): MessageRecord['translation'] {
  const entry = Object.entries(objectOf(attributes.translations) ?? {}).find(([, text]) => typeof text === 'string')
  return entry ? { locale: entry[0], text: entry[1] as string, html: null } : null
}

/** The bodies of a mail are in `body` and `raw` already, our own id is the marker. */
function headersOnly({ [markerKey]: _marker, ...attributes }: JsonObject): Json {
  const email = objectOf(attributes.email)
  if (!email) return cleaned(attributes)
  const { html_content: _html, text_content: _text, ...headers } = email
  return cleaned({ ...attributes, email: headers })
}

function metadataFrom(wire: WireMessage): Json {
  const additional = filled(wire.additional_attributes)
  const sources = filled(wire.external_source_ids)
  if (!additional && !sources) return null
  return cleaned({
    ...(additional ? { additional_attributes: additional } : {}),
    ...(sources ? { external_source_ids: sources } : {}),
  })
}

function filled(value: Json | undefined): JsonObject | null {
  const object = objectOf(value)
  return object && Object.keys(object).length > 0 ? object : null
}

/** Without `conversation`, which repeats the parent. */
function rawFrom(object: JsonObject): Json {
  const { conversation: _parent, ...rest } = object
  return cleaned(rest)
}

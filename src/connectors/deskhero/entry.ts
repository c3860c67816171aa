/** One entry of a DeskHero thread → one Conversation with one Message. Pure. */
import type {
  ActorRef,
  AttachmentRecord,
  ConversationRecord,
  EmailAddressRecord,
  MessageRecord,
} from '#connectors/contract.ts'
import {
  idOf,
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
import type { AttachmentKind, ConversationType } from '#vocabulary.ts'
import { readBody } from './body.ts'
import type { People } from './people.ts'
import { pathOfUrl, rawOf, secretKeys } from './raw.ts'
import type { Settings } from './settings.ts'
import type { WireEntry } from './types.ts'
import {
  attachmentStatusOf,
  emailDirectionOf,
  labelOf,
  referenceOf,
  sideOf,
  statusOf,
  typeOf,
  type Words,
} from './words.ts'

/** What mapping needs beside the object itself. */
export type Reading = {
  settings: Settings
  words: Words
  notes: Notes
  people: People
  /** When the answer came: stands in where nothing else tells a time. */
  fetchedAt: Date
}

/** What the ticket lends its entries. */
export type TicketFrame = {
  externalId: string
  requester: ActorRef | null
  channelExternalId: string
  createdAt: Date | null
}

/**
 * Source: seed page, DTO_ticket_conversation (SEEN). Conversation and message share the entry's id. `as` overrides the
 * entry's own type; `place` stands in for an id in the order. Throws when there is no object, id or time.
 */
export function conversationFrom(
  value: unknown,
  place: number,
  ticket: TicketFrame,
  reading: Reading,
  as: { type?: ConversationType; externalId?: string } = {},
): ConversationRecord {
  const { settings, words, notes, people } = reading
  const entry = need(objectOf(value), 'an entry of a thread', value) as WireEntry
  const externalId = need(idOf(entry.id) ?? as.externalId, 'an entry with an id', entry.id)
  const time = (moment: unknown) => timeOf(moment, settings.zone)

  const type = as.type ?? typeIn(entry, externalId, notes)
  const side = sideOf[type]
  const contact = people.contact(entry.requester, `ticket:${ticket.externalId}`) ?? ticket.requester
  const createdBy = people.user(entry.created_by, contact)
  const sender =
    type === 'REPLY_INBOUND' ? (contact ?? createdBy) : (createdBy ?? (type === 'UNKNOWN' ? contact : null))
  const updatedAt = time(entry.last_updated)
  const ownTime = time(entry.created) ?? updatedAt
  // What nobody has sent yet need not have a time.
  if (!ownTime && !as.type) notes.unmapped('message', externalId, 'createdAt', entry.created)
  const createdAt = need(ownTime ?? ticket.createdAt, 'an entry with a time in `created`', entry.created)
  const addresses = addressesIn(entry, externalId, notes)
  const statusDetail = referenceOf(entry.sys_status, words.statuses, settings.labelLanguage)
  const { body, contentType } = readBody(entry.sys_content_rich)
  const channelExternalId = addresses.length > 0 ? 'email' : ticket.channelExternalId

  const message: MessageRecord = {
    externalId,
    sequence: intOf(entry.id) ?? place,
    type,
    direction: side.direction,
    isInternal: side.isInternal,
    contentType,
    body,
    sender,
    senderName: sender?.name ?? null,
    addresses,
    attachments: attachmentsIn(entry, reading, createdAt),
    statusDetail,
    extractedText: textOf(entry.last_message_extracted),
    channelExternalId,
    at: createdAt,
    createdAt,
    updatedAt,
    createdBy,
    updatedBy: people.user(entry.last_updated_by, contact),
    raw: rawOf(entry),
  }
  return {
    externalId,
    type,
    channelExternalId,
    contact,
    lastActivityAt: createdAt,
    createdAt,
    updatedAt,
    ...(statusDetail && { status: statusOf(statusDetail, settings), statusDetail }),
    messages: [message],
  }
}

/** Whole row dropped only when it has no address. */
export function addressesIn(entry: WireEntry, externalId: string, notes: Notes): EmailAddressRecord[] {
  return mapEach(listOf(entry.email_addresses), { subject: 'email address', notes }, (value) => {
    const address = need(objectOf(value), 'an e-mail address', value)
    const email = textOf(address.email)
    if (email === null) return null
    const direction = wordOf(emailDirectionOf, address.direction)
    if (direction === undefined && address.direction != null)
      notes.unmapped('message', externalId, 'emailAddress.direction', address.direction)
    return { email, name: textOf(address.name), direction: direction ?? 'UNKNOWN' }
  })
}

/** A download address counts only while the file is OK or WARNING, and goes without its query string. */
export function attachmentsIn(
  entry: WireEntry,
  { settings, notes }: Reading,
  createdAt: Date | null,
): AttachmentRecord[] {
  return mapEach(listOf(entry.sys_attachments), { subject: 'attachment', notes, secretKeys: fileSecrets }, (value) => {
    const file = need(objectOf(value), 'an attachment', value)
    const externalId = need(idOf(file.id), 'an attachment with an id', file.id)
    const known = wordOf(attachmentStatusOf, file.status)
    if (known === undefined && file.status != null) notes.unmapped('attachment', externalId, 'status', file.status)
    const status = known ?? 'UNKNOWN'
    const name = labelOf(file.label, settings.labelLanguage) ?? `attachment ${externalId}`
    const sizeKb = intOf(file.size_kb)
    return {
      externalId,
      name,
      kind: kindOf(name),
      sizeBytes: sizeKb === null ? null : sizeKb * 1024,
      status,
      statusMessage: textOf(file.status_message),
      vendorUrl: status === 'OK' || status === 'WARNING' ? pathOfUrl(file.download_url) : null,
      createdAt,
    }
  })
}

/** What is left out of a parked entry or file. */
export const fileSecrets: ReadonlySet<string> = new Set([...secretKeys, 'download_url'])

/** A type that is not known fails closed: UNKNOWN is for agents only. */
function typeIn(entry: WireEntry, externalId: string, notes: Notes): ConversationType {
  const type = wordOf(typeOf, entry.type)
  if (type === undefined) notes.unmapped('message', externalId, 'type', entry.type)
  return type ?? 'UNKNOWN'
}

const kinds: [AttachmentKind, RegExp][] = [
  ['IMAGE', /\.(png|jpe?g|gif|webp|bmp|svg|heic|tiff?)$/i],
  ['AUDIO', /\.(mp3|wav|ogg|oga|m4a|aac|flac|amr)$/i],
  ['VIDEO', /\.(mp4|mov|webm|mkv|avi|m4v)$/i],
]

/** The vendor gives no content type, only the name. */
function kindOf(name: string): AttachmentKind {
  return kinds.find(([, ending]) => ending.test(name))?.[0] ?? 'FILE'
}

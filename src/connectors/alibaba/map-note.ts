/**
 * An entry of ListTicketNotes → a message. Pure and total.
 *
 * We are the vendor's customer, so everything is the other way round than at the other vendors: Role 2, an engineer of
 * Alibaba Cloud, writes *to us* and becomes an AGENT without an id (`agent:` and the name stand for one); Role 3 is our
 * own account, the ticket's requester, a CONTACT of that help desk. Any other role is shown to agents only.
 */

import type { ActorRef, AttachmentRecord, BodyRecord, Json, JsonObject, MessageRecord } from '#connectors/contract.ts'
import { idOf, intOf, listOf, mapEach, type Notes, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { sha256 } from '#sha256.ts'
import type { AttachmentKind, ConversationType, MessageContentType, MessageDirection } from '#vocabulary.ts'

export type ThreadOwner = {
  ticketId: string
  requester: ActorRef | null
  notes: Notes
  /** When the ticket was opened: stands in where neither an entry nor its neighbours say a time. */
  createdAt: Date
}

/** The thread in order: by time, then by dialog id. Entries that cannot be read are parked; repeated ones come once. */
export function messagesFrom(thread: readonly Json[], owner: ThreadOwner): MessageRecord[] {
  const entries = thread.map(withoutSignatures)
  const times = entries.map(timeOfNote)
  const messages = mapEach(entries, { subject: 'message', notes: owner.notes }, (entry, place) =>
    messageFrom(entry, nearest(times, place) ?? owner.createdAt, owner),
  )
  const once = [...new Map(messages.map((message) => [message.externalId, message])).values()]
  return once.sort(inOrder).map((message, index) => ({ ...message, sequence: index + 1 }))
}

export function timeOfNote(entry: Json): Date | null {
  return timeOf(objectOf(entry)?.CreateTime)
}

/** An entry's own time, else that of the nearest before it, else of the next after it. */
function nearest(times: readonly (Date | null)[], place: number): Date | null {
  return times.slice(0, place + 1).findLast((at) => at !== null) ?? times.slice(place).find((at) => at !== null) ?? null
}

/**
 * The text a ticket was opened with, when the thread does not begin with it: whether ListTicketNotes repeats the
 * description is not documented, so it is taken only if none of our own messages says the same.
 */
export function openingFrom(
  description: unknown,
  { ticketId, requester, createdAt: at, messages }: ThreadOwner & { messages: readonly MessageRecord[] },
): MessageRecord | null {
  const content = textOf(description)
  if (!content) return null
  const said = gistOf(content)
  const isRepeated = messages.some(
    ({ type, body }) => type === 'REPLY_OUTBOUND' && gistOf(body.text ?? body.html ?? '') === said,
  )
  if (isRepeated) return null
  const { body, contentType } = bodyFrom(content)
  return {
    externalId: `description:${ticketId}`,
    sequence: 0,
    type: 'REPLY_OUTBOUND',
    direction: 'OUTBOUND',
    contentType,
    body,
    sender: requester,
    senderName: requester?.name ?? null,
    isInternal: false,
    at,
    sentAt: at,
    createdAt: at,
    raw: { Description: content },
  }
}

type Side = { type: ConversationType; direction: MessageDirection; isInternal: boolean }
const sideOfRole: Record<number, Side> = {
  2: { type: 'REPLY_INBOUND', direction: 'INBOUND', isInternal: false },
  3: { type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', isInternal: false },
}
const unknownSide: Side = { type: 'UNKNOWN', direction: 'INTERNAL', isInternal: true }

function messageFrom(entry: Json, at: Date, { requester, notes }: ThreadOwner): MessageRecord {
  const note = need(objectOf(entry), 'an entry of the thread', entry)
  const id = need(idOf(note.DialogId), 'a DialogId', note)
  if (!timeOfNote(note)) notes.unmapped('message', id, 'createdAt', note.CreateTime)
  const dialog = objectOf(note.Dialog)
  const user = objectOf(note.User)
  const role = intOf(user?.Role)
  const side = sideOfRole[role ?? 0] ?? unknownSide
  if (side === unknownSide) notes.unmapped('message', id, 'User.Role', user?.Role)
  const senderName = sentinelOf(user?.Name)
  const card = cardOf(dialog?.Schema)
  const type = intOf(note.Type)
  if (type !== null && type !== 1 && type !== 2) notes.unmapped('message', id, 'Type', type)
  const { body, contentType } = bodyFrom(textOf(dialog?.Content))
  return {
    externalId: id,
    sequence: 0,
    ...side,
    contentType: card === null ? contentType : 'CARD',
    body,
    sender: role === 3 ? requester : role === 2 && senderName ? engineer(senderName) : null,
    senderName,
    attachments: attachmentsFrom(note.Attachments, { dialogId: id, notes, createdAt: at }),
    isRead: isReadFrom(note.Status, { id, notes }),
    ...(card === null ? {} : { contentAttributes: { schema: card } }),
    at,
    sentAt: at,
    createdAt: at,
    raw: note,
  }
}

/** The interface names engineers and gives no ids. */
function engineer(name: string): ActorRef {
  return { type: 'AGENT', externalId: `agent:${name}`, name }
}

/** What an attachment is known by, since the vendor gives it no id and its address changes with every answer. */
export function attachmentIdOf({
  dialogId,
  name,
  url,
}: {
  dialogId: string
  name: string
  url: string | null
}): string {
  return sha256(`${dialogId}${name}${pathOf(url)}`)
}

/** Fields that hold addresses signed for a short time. */
const signedFields = new Set(['url', 'getsignedurl', 'putsignedurl'])

/** A copy with the signatures cut from addresses in fields that hold such; texts people wrote are left as they are. */
export function withoutSignatures(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSignatures)
  if (typeof value !== 'object' || value === null) return value
  const kept: JsonObject = {}
  for (const [key, item] of Object.entries(value)) {
    const isSigned = typeof item === 'string' && signedFields.has(key.toLowerCase())
    kept[key] = isSigned ? item.replace(/[?#].*$/s, '') : withoutSignatures(item)
  }
  return kept
}

/** The text "null", which the official sample has where nothing is, is nothing. Never used on what people write. */
export function sentinelOf(value: unknown): string | null {
  const text = textOf(value)
  return text === 'null' ? null : text
}

function cardOf(schema: unknown): Json {
  const text = typeof schema === 'string' ? sentinelOf(schema) : null
  return text === null ? objectOf(schema) : (objectOf(text) ?? text)
}

/** Plain text stays to the letter; only what is markup from its first to its last character counts as HTML. */
function bodyFrom(content: string | null): { body: BodyRecord; contentType: MessageContentType } {
  if (content === null) return { body: {}, contentType: 'TEXT' }
  return looksLikeHtml(content)
    ? { body: { html: content }, contentType: 'HTML' }
    : { body: { text: content }, contentType: 'TEXT' }
}

const opens =
  /^\s*<(!doctype\s+html|html|body|div|p|span|table|ul|ol|h[1-6]|blockquote|pre|section|article|style)\b[^<>]*>/i
const closes =
  /<(\/(html|body|div|p|span|table|ul|ol|h[1-6]|blockquote|pre|section|article|a|b|i|strong|em)|br\s*\/?|img\b[^<>]*)>\s*$/i

function looksLikeHtml(content: string): boolean {
  return content.includes('<') && opens.test(content) && closes.test(content.slice(-2000))
}

/** 1 unread, 2 read; the sample's 6 is known to say nothing. */
function isReadFrom(status: unknown, { id, notes }: { id: string; notes: Notes }): boolean | null {
  const number = intOf(status)
  if (number === 1) return false
  if (number === 2) return true
  if (number !== null && number !== 6) notes.unmapped('message', id, 'Status', status)
  return null
}

function attachmentsFrom(
  list: unknown,
  { dialogId, notes, createdAt }: { dialogId: string; notes: Notes; createdAt: Date },
): AttachmentRecord[] {
  const found = mapEach(listOf(list), { subject: 'attachment', notes }, (item): AttachmentRecord => {
    const wire = need(objectOf(item), 'an attachment', item)
    const vendorUrl = sentinelOf(wire.Url)
    const name = sentinelOf(wire.Name) ?? (pathOf(vendorUrl).split('/').at(-1) || 'attachment')
    return {
      externalId: attachmentIdOf({ dialogId, name: textOf(wire.Name) ?? '', url: vendorUrl }),
      name,
      kind: kindOf(name),
      status: vendorUrl ? 'OK' : 'UNAVAILABLE',
      vendorUrl,
      createdAt,
    }
  })
  return [...new Map(found.map((attachment) => [attachment.externalId, attachment])).values()]
}

/** The path of an address as it was written, without host and query: what stays the same when it is signed anew. */
function pathOf(url: string | null): string {
  return (url ?? '').replace(/[?#].*$/s, '').replace(/^[a-z]+:\/\/[^/]*/i, '')
}

const kindOfEnding: Record<string, AttachmentKind> = {
  png: 'IMAGE',
  jpg: 'IMAGE',
  jpeg: 'IMAGE',
  gif: 'IMAGE',
  webp: 'IMAGE',
  bmp: 'IMAGE',
  svg: 'IMAGE',
  mp3: 'AUDIO',
  ogg: 'AUDIO',
  wav: 'AUDIO',
  m4a: 'AUDIO',
  mp4: 'VIDEO',
  mov: 'VIDEO',
  webm: 'VIDEO',
  avi: 'VIDEO',
}

function kindOf(name: string): AttachmentKind {
  return kindOfEnding[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'FILE'
}

function inOrder(a: MessageRecord, b: MessageRecord): number {
  return a.at.getTime() - b.at.getTime() || byId(a.externalId, b.externalId)
}

/** Dialog ids are 64-bit: compared as numbers of any size. */
function byId(a: string, b: string): number {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return a < b ? -1 : a > b ? 1 : 0
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** What a text says, whether it came plain or as HTML. */
export function gistOf(content: string): string {
  return content
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(nbsp|#160);/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, '')
}

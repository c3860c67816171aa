/** Bodies, files and addresses as Comm100 writes them, and what is kept as `raw`. */
import { isUtf8 } from 'node:buffer'
import type { AttachmentRecord, BodyRecord, EmailAddressRecord, Json, JsonObject } from '#connectors/contract.ts'
import {
  addressesOf,
  boolOf,
  guidOf,
  intOf,
  listOf,
  mapEach,
  type Notes,
  need,
  objectOf,
  textOf,
  wordOf,
} from '#connectors/reading.ts'
import type { AttachmentKind, MessageContentType } from '#vocabulary.ts'
import type { WireAttachment } from './types.ts'

export const dataPrefix = 'data:text/plain;base64,'
const base64 = /^[A-Za-z0-9+/\s]*(?:=\s*){0,2}$/

/**
 * The exact text behind a body: `data:text/plain;base64,…` is decoded as UTF-8, anything else stays as it came. The type in
 * the prefix says nothing: HTML travels as text/plain too. Source: vendor's reference, Message (SEEN).
 */
export function decodedText(value: unknown, onBroken?: (problem: string) => void): string | null {
  const text = textOf(value)
  if (!text?.startsWith(dataPrefix)) return text
  const encoded = text.slice(dataPrefix.length)
  if (!base64.test(encoded)) {
    onBroken?.('not base64')
    return text
  }
  const bytes = Buffer.from(encoded, 'base64')
  if (!isUtf8(bytes)) onBroken?.('not UTF-8')
  // Postgres refuses NUL.
  return bytes.toString('utf8').replaceAll('\0', '\ufffd') || null
}

/** HTML or plain text, decided by `type` alone. */
export function bodyFrom(
  value: unknown,
  contentType: MessageContentType,
  onBroken?: (problem: string) => void,
): BodyRecord {
  const text = decodedText(value, onBroken)
  if (text === null) return {}
  return contentType === 'HTML' ? { html: text } : { text }
}

/** Source: vendor's reference, Message (SEEN). */
const contentTypes: Record<string, MessageContentType> = {
  text: 'TEXT',
  html: 'HTML',
  video: 'VIDEO',
  audio: 'AUDIO',
  image: 'IMAGE',
  file: 'FILE',
  location: 'LOCATION',
  quickReply: 'QUICK_REPLY',
  webView: 'WEB_VIEW',
}

export function contentTypeFrom(
  value: unknown,
  { subject, id, notes }: { subject: string; id: string; notes: Notes },
): MessageContentType {
  const known = wordOf(contentTypes, value)
  if (known === undefined) notes.unmapped(subject, id, 'type', value)
  return known ?? 'UNKNOWN'
}

/** `metadata.decoration.email`: lists are text, each address followed by a semicolon (SEEN). */
export function emailAddressesFrom(email: JsonObject | null): EmailAddressRecord[] {
  if (!email) return []
  return [
    ...addressesOf(email.from, 'FROM'),
    ...addressesOf(email.to, 'TO'),
    ...addressesOf(email.cc, 'CC'),
    ...addressesOf(email.bcc, 'BCC'),
  ]
}

const attachmentKinds: Record<string, AttachmentKind> = { video: 'VIDEO', audio: 'AUDIO', image: 'IMAGE', file: 'FILE' }

/**
 * Files of a message, note or draft. Sizes are ASSUMED bytes. The address is kept without its query, which may be a
 * signature; a fresh one is asked for when the file is opened.
 */
export function attachmentsFrom(value: unknown, notes: Notes): AttachmentRecord[] {
  return mapEach(listOf(value), { subject: 'attachment', notes }, (item) => {
    const wire: WireAttachment = need(objectOf(item), 'an attachment', item)
    const externalId = need(guidOf(wire.id) ?? textOf(wire.fileKey), 'an attachment with an id', wire.id)
    const kind = wordOf(attachmentKinds, wire.type)
    if (kind === undefined) notes.unmapped('attachment', externalId, 'type', wire.type)
    const vendorUrl = withoutQuery(textOf(wire.url))
    const isMissing = vendorUrl === null || boolOf(wire.isAvailable) === false
    return {
      externalId,
      name: textOf(wire.name) ?? externalId,
      kind: kind ?? 'FILE',
      sizeBytes: intOf(wire.size),
      status: isMissing ? 'UNAVAILABLE' : 'OK',
      vendorUrl,
      fileKey: textOf(wire.fileKey),
    }
  })
}

function withoutQuery(url: string | null): string | null {
  return url?.split('?', 1)[0] || null
}

/** Live secrets; compared in lower case. */
export const secretKeys: ReadonlySet<string> = new Set([
  'access_token',
  'refresh_token',
  'accesstoken',
  'refreshtoken',
  'client_secret',
  'clientsecret',
  'password',
  'apikey',
  'api_key',
  'authorization',
  'secret',
])

/** The vendor's object for `raw`: without the named keys at its top, without secrets and signed query strings anywhere. */
export function rawOf(object: object, without: readonly string[] = []): JsonObject {
  const kept: JsonObject = {}
  for (const [key, value] of Object.entries(object)) if (!without.includes(key)) keep(kept, key, value as Json)
  return kept
}

function keep(into: JsonObject, key: string, value: Json): void {
  const name = key.toLowerCase()
  if (secretKeys.has(name)) return
  into[key] =
    typeof value === 'string' && (name.endsWith('url') || name === 'avatar') ? withoutQuery(value) : cleaned(value)
}

function cleaned(value: Json): Json {
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  const kept: JsonObject = {}
  for (const [key, item] of Object.entries(value)) keep(kept, key, item)
  return kept
}

/** Chatwoot's attachments: files, and places, contacts and links that are no files. */
import type { AttachmentRecord, Json } from '#connectors/contract.ts'
import { idOf, intOf, type Notes, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import type { AttachmentKind } from '#vocabulary.ts'
import { withoutSignature } from './raw.ts'
import { attachmentKindOf, kindsWithoutFile } from './words.ts'

/**
 * Null when it is no object at all. Types and names are not on the wire: they come from the last part of the link
 * (SEEN). A link that was signed loses its query here, so its download can fail.
 */
export function attachmentFrom(
  item: Json,
  { at, html, notes, fallbackId }: { at: Date; html: string | null; notes: Notes; fallbackId: string },
): AttachmentRecord | null {
  const wire = objectOf(item)
  if (!wire) {
    notes.misfits.push({
      kind: 'parked',
      subject: 'attachment',
      externalId: fallbackId,
      field: null,
      problem: 'expected an attachment',
      raw: item,
    })
    return null
  }
  const externalId = idOf(wire.id) ?? fallbackId
  const fileType = textOf(wire.file_type)
  const link = textOf(wire.data_url) ?? textOf(wire.external_url)
  const name = textOf(wire.file_name) ?? nameIn(link) ?? textOf(wire.fallback_title) ?? fileType ?? 'file'
  const contentType = textOf(wire.content_type) ?? mimeOf(textOf(wire.extension) ?? name)
  const kind = wordOf(attachmentKindOf, fileType)
  if (!kind && fileType) notes.unmapped('attachment', externalId, 'file_type', fileType)
  const isFile = !kindsWithoutFile.has(fileType ?? '')
  return {
    externalId,
    name,
    contentType,
    kind: kind ?? kindOfMime(contentType),
    sizeBytes: intOf(wire.file_size),
    // A file's link is missing until it is stored.
    status: isFile ? (link ? 'OK' : 'UNAVAILABLE') : 'UNKNOWN',
    statusMessage: isFile ? null : describe(fileType, wire),
    vendorUrl: link ? withoutSignature(link) : null,
    ...(html && link ? { isInline: html.includes(link) } : {}),
    createdAt: at,
  }
}

/** Where and what, for a thing that is no file. */
function describe(fileType: string | null, wire: { [key: string]: Json }): string {
  const title = textOf(wire.fallback_title)
  const place = fileType === 'location' ? `${textOf(wire.coordinates_lat)}, ${textOf(wire.coordinates_long)}` : null
  return `No file: ${[fileType, title, place].filter(Boolean).join(', ')}`
}

function nameIn(link: string | null): string | null {
  const last = link?.split(/[?#]/, 1)[0]?.split('/').at(-1)
  if (!last || !link?.includes('/')) return null
  try {
    return decodeURIComponent(last)
  } catch {
    return last
  }
}

const mimeByExtension: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
  eml: 'message/rfc822',
  ics: 'text/calendar',
}

function mimeOf(nameOrExtension: string): string | null {
  return mimeByExtension[nameOrExtension.toLowerCase().split('.').at(-1) ?? ''] ?? null
}

function kindOfMime(contentType: string | null): AttachmentKind {
  const family = contentType?.split('/', 1)[0]
  return family === 'image' ? 'IMAGE' : family === 'audio' ? 'AUDIO' : family === 'video' ? 'VIDEO' : 'FILE'
}

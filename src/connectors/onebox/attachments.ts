/** Files of a message, from `GET /api/message/{id}`. Their shape is ASSUMED, see `Attachment` in types.ts. */
import type { AttachmentRecord, Json, JsonObject } from '#connectors/contract.ts'
import { idOf, intOf, mapEach, type Notes, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import type { AttachmentKind } from '#vocabulary.ts'
import type { Attachment, Message } from './types.ts'
import { secretKeys } from './words.ts'

export function attachmentsFrom(
  message: Message,
  messageId: string,
  { zone, notes }: { zone: string; notes: Notes },
): AttachmentRecord[] {
  return mapEach(filesIn(message), { subject: 'attachment', notes, secretKeys }, (item, index) => {
    const attachment: Attachment = need(objectOf(item), 'an attachment', item)
    const { address, content, name, type, date, size } = detailsOf(attachment)
    const externalId = idOf(attachment.Id) ?? `${messageId}:${index}`
    const isThere = address !== null || content !== null
    return {
      externalId,
      name: name ?? address?.split(/[?#]/)[0]?.split('/').at(-1) ?? textOf(attachment.Description) ?? externalId,
      contentType: type,
      kind: kindOf(type, name ?? address ?? ''),
      sizeBytes: size ?? (content === null ? null : Buffer.byteLength(content, 'base64')),
      status: isThere ? 'OK' : 'UNKNOWN',
      // A query may be a signature.
      vendorUrl: address?.split(/[?#]/)[0] ?? null,
      createdAt: timeOf(date, zone),
    }
  })
}

/** Where the bytes of one file are now: an address, or the bytes themselves. */
export function fileIn(
  message: Message,
  messageId: string,
  externalId: string,
): { address: string | null; bytes: Buffer | null } | null {
  const found = filesIn(message).find(
    (item, index) => (idOf(objectOf(item)?.Id) ?? `${messageId}:${index}`) === externalId,
  )
  const attachment = objectOf(found)
  if (!attachment) return null
  const { address, content } = detailsOf(attachment)
  return { address, bytes: content === null ? null : Buffer.from(content, 'base64') }
}

/** The docs write `Attachments: {…}`: one file, files by number, or a list. */
function filesIn(message: Message): Json[] {
  const { Attachments } = message
  if (Array.isArray(Attachments)) return Attachments
  const object = objectOf(Attachments)
  if (!object || Object.keys(object).length === 0) return []
  return Object.values(object).every((value) => objectOf(value)) && object.File === undefined
    ? Object.values(object)
    : [object]
}

function detailsOf(attachment: Attachment) {
  const file: JsonObject = objectOf(attachment.File) ?? {}
  const type = [file.Type, file.MimeType, attachment.MimeType, attachment.ContentType, attachment.Type].map(textOf)
  return {
    address: textOf(file.Path) ?? textOf(attachment.Path) ?? textOf(attachment.Url),
    content: textOf(file.Content) ?? textOf(attachment.Content),
    name: textOf(file.Name) ?? textOf(attachment.Name) ?? textOf(attachment.FileName),
    type: type.find((word) => word?.includes('/'))?.toLowerCase() ?? null,
    date: file.Date ?? attachment.Date,
    size: intOf(file.Size) ?? intOf(attachment.Size),
  }
}

const kindOfExtension: Record<string, AttachmentKind> = {
  png: 'IMAGE',
  jpg: 'IMAGE',
  jpeg: 'IMAGE',
  gif: 'IMAGE',
  webp: 'IMAGE',
  svg: 'IMAGE',
  mp3: 'AUDIO',
  ogg: 'AUDIO',
  wav: 'AUDIO',
  m4a: 'AUDIO',
  mp4: 'VIDEO',
  mov: 'VIDEO',
  webm: 'VIDEO',
}

function kindOf(contentType: string | null, name: string): AttachmentKind {
  const family = contentType?.split('/')[0]
  if (family === 'image') return 'IMAGE'
  if (family === 'audio') return 'AUDIO'
  if (family === 'video') return 'VIDEO'
  const extension = name.split(/[?#]/)[0]?.split('.').at(-1)?.toLowerCase() ?? ''
  return contentType ? 'FILE' : (kindOfExtension[extension] ?? 'FILE')
}

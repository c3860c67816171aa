/** The bytes behind the desk's attachments: small, real files of the right kind, the same ones every time. */
import type { AttachmentKind } from '#vocabulary.ts'
import type { DeskAttachment } from './desk.ts'

export function attachmentKindOf(contentType: string): AttachmentKind {
  if (contentType.startsWith('image/')) return 'IMAGE'
  if (contentType.startsWith('audio/')) return 'AUDIO'
  if (contentType.startsWith('video/')) return 'VIDEO'
  return 'FILE'
}

/** What a download of this attachment answers: exactly `sizeBytes` bytes, so that sizes can be checked. */
export function bytesOfAttachment(attachment: DeskAttachment): Buffer {
  if (attachment.bytes) return Buffer.from(attachment.bytes)
  const head = headOf[attachment.contentType] ?? Buffer.from(`${attachment.name}\n`)
  const bytes = Buffer.alloc(attachment.sizeBytes, ' ')
  head.copy(bytes, 0, 0, Math.min(head.length, bytes.length))
  return bytes
}

// One transparent pixel; viewers ignore what follows the end of the picture.
const pixelPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const headOf: Record<string, Buffer> = {
  'image/png': Buffer.from(pixelPng, 'base64'),
  'image/jpeg': Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  'image/gif': Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
  'application/pdf': Buffer.from(
    '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n',
  ),
  'audio/ogg': Buffer.from('OggS\0\x02', 'latin1'),
  'video/mp4': Buffer.from('\0\0\0\x18ftypmp42', 'latin1'),
}

/** Files behind signed addresses that expire, as the vendor's object storage gives them (SEEN: `…?Expires=…`). */
import { createHmac } from 'node:crypto'
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import type { DeskAttachment } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export type FileShelf = {
  signedUrl(file: DeskAttachment): string
  /** Where a file to come is put, and how it is named from then on. */
  uploadUrl(fileName: string): { getSignedUrl: string; putSignedUrl: string; objectKey: string }
  /** What was put under a name by `PUT`. */
  uploaded(objectKey: string): DeskAttachment | undefined
  handle(request: SandboxRequest): SandboxAnswer
}

const keyId = 'LTAIsandboxOss'
const secret = 'sandbox-oss-secret'
const lifeMs = 3_600_000

export function openFileShelf(origin: string, nextId: () => number): FileShelf {
  /** Only files whose address was given out can be asked for. */
  const given = new Map<string, { file: DeskAttachment; bytes: Buffer | null }>()
  const waiting = new Map<string, string>()
  const uploads = new Map<string, DeskAttachment>()

  const signed = (method: string, path: string) => {
    const expires = String(Math.ceil((Date.now() + lifeMs) / 1000))
    const query = new URLSearchParams({
      Expires: expires,
      OSSAccessKeyId: keyId,
      Signature: signatureOf(method, path, expires),
    })
    return `${origin}${encodeURI(path)}?${query}`
  }

  return {
    signedUrl(file) {
      const path = `/files/${file.id}/${safe(file.name)}`
      if (!given.has(path)) given.set(path, { file, bytes: null })
      return signed('GET', path)
    },
    uploadUrl(fileName) {
      const objectKey = `${crypto.randomUUID()}-${safe(fileName)}`
      const path = `/uploads/${objectKey}`
      waiting.set(path, fileName)
      return { getSignedUrl: signed('GET', path), putSignedUrl: signed('PUT', path), objectKey }
    },
    uploaded: (objectKey) => uploads.get(objectKey),
    handle({ method, path, query, headers, body }) {
      const expires = query.get('Expires') ?? ''
      const isSigned = query.get('Signature') === signatureOf(method, path, expires)
      if (!isSigned || Number(expires) * 1000 < Date.now())
        return denied(isSigned ? 'Request has expired.' : 'Signature mismatch.')
      const fileName = waiting.get(path)
      if (method === 'PUT' && fileName !== undefined) {
        const contentType = headers['content-type'] ?? 'application/octet-stream'
        const file = uploadedFile({ id: nextId(), name: fileName, contentType, sizeBytes: body.length })
        given.set(path, { file, bytes: body })
        uploads.set(path.slice('/uploads/'.length), file)
        return { status: 200 }
      }
      const found = method === 'GET' ? given.get(path) : undefined
      if (!found) return { status: 404, headers: xml, body: '<Error><Code>NoSuchKey</Code></Error>' }
      const bytes = found.bytes ?? bytesOfAttachment(found.file)
      return { status: 200, headers: { 'content-type': found.file.contentType }, body: bytes }
    },
  }
}

const xml = { 'content-type': 'application/xml' }

function denied(message: string): SandboxAnswer {
  return { status: 403, headers: xml, body: `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>` }
}

function signatureOf(method: string, path: string, expires: string): string {
  return createHmac('sha1', secret).update(`${method}\n\n\n${expires}\n${path}`).digest('base64')
}

function uploadedFile(file: Pick<DeskAttachment, 'id' | 'name' | 'contentType' | 'sizeBytes'>): DeskAttachment {
  return { ...file, kind: 'FILE', status: 'OK', statusMessage: null, isInline: false }
}

/** A name that is one part of a path. */
function safe(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
}

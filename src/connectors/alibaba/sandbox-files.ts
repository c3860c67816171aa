/** Files behind signed addresses that expire, as the vendor's object storage gives them (SEEN: `…?Expires=…`). */
import { createHmac } from 'node:crypto'
import { attachmentKindOf, bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import type { DeskAttachment } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export type FileShelf = {
  signedUrl(file: DeskAttachment): string
  /** Where a file to come is put, and how it is named from then on. */
  uploadUrl(fileName: string): { getSignedUrl: string; putSignedUrl: string; objectKey: string }
  /** What was put under a name by `PUT`; undefined when nothing was. */
  uploaded(objectKey: string): DeskAttachment | undefined
  handle(request: SandboxRequest): SandboxAnswer
}

const keyId = 'LTAIsandboxOss'
const secret = 'sandbox-oss-secret'
const lifeMs = 3_600_000

export function openFileShelf(origin: string, nextId: () => number): FileShelf {
  /** Only files whose address was given out can be asked for. */
  const given = new Map<string, DeskAttachment>()
  const waiting = new Map<string, string>()
  const uploads = new Map<string, DeskAttachment>()

  const signed = (method: string, path: string) => {
    const expires = String(Math.ceil((Date.now() + lifeMs) / 1000))
    const query = new URLSearchParams({
      Expires: expires,
      OSSAccessKeyId: keyId,
      // Whoever downloads or uploads must send no Content-Type: it would be part of what is signed (ASSUMED).
      Signature: signatureOf({ method, path, expires, contentType: '' }),
    })
    return `${origin}${encodeURI(path)}?${query}`
  }

  return {
    signedUrl(file) {
      const path = `/files/${file.id}/${safe(file.name)}`
      given.set(path, file)
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
      const contentType = headers['content-type'] ?? ''
      const expected = signatureOf({ method, path, expires, contentType })
      if (query.get('Signature') !== expected)
        return denied('SignatureDoesNotMatch', `<SignatureProvided>${query.get('Signature')}</SignatureProvided>`)
      if (Number(expires) * 1000 < Date.now()) return denied('AccessDenied', '<Message>Request has expired.</Message>')
      const fileName = waiting.get(path)
      if (method === 'PUT' && fileName !== undefined) {
        const file = uploadedFile({ id: nextId(), name: fileName, bytes: body })
        given.set(path, file)
        uploads.set(path.slice('/uploads/'.length), file)
        return { status: 200 }
      }
      const found = method === 'GET' ? given.get(path) : undefined
      if (!found) return { status: 404, headers: xml, body: '<Error><Code>NoSuchKey</Code></Error>' }
      return { status: 200, headers: { 'content-type': found.contentType }, body: bytesOfAttachment(found) }
    },
  }
}

const xml = { 'content-type': 'application/xml' }

function denied(code: string, more: string): SandboxAnswer {
  return { status: 403, headers: xml, body: `<Error><Code>${code}</Code>${more}</Error>` }
}

function signatureOf(signed: { method: string; path: string; expires: string; contentType: string }): string {
  const { method, path, expires, contentType } = signed
  return createHmac('sha1', secret).update(`${method}\n\n${contentType}\n${expires}\n${path}`).digest('base64')
}

function uploadedFile({ id, name, bytes }: { id: number; name: string; bytes: Buffer }): DeskAttachment {
  const ending = name.split('.').at(-1)?.toLowerCase() ?? ''
  const contentType = typeOfEnding[ending] ?? 'application/octet-stream'
  const kind = attachmentKindOf(contentType)
  return {
    id,
    name,
    contentType,
    kind,
    sizeBytes: bytes.length,
    status: 'OK',
    statusMessage: null,
    isInline: false,
    bytes,
  }
}

const typeOfEnding: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  txt: 'text/plain',
}

/** A name that is one part of a path, and one item of a list that is joined with commas. */
function safe(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
}

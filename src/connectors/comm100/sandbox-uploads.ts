/** Files that go ahead of their message. Source: v2's upload (SEEN v2); that it stands beside v4 is ASSUMED. */
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { fileKeyOf, signatureOf } from './sandbox-message.ts'
import { created, refuse, type Site } from './sandbox-site.ts'
import { guid } from './sandbox-words.ts'

export const uploadPath = '/api/v2/ticket/attachments'
const mostBytes = 20 * 1024 * 1024

/** Multipart with one `file`; answers `{ attachments: [{ guid, fileName, url, isAvailable }] }`. */
export async function takeUpload({ desk, origin, uploads }: Site, request: SandboxRequest): Promise<SandboxAnswer> {
  const contentType = request.headers['content-type'] ?? ''
  if (request.method !== 'POST') return { status: 405 }
  if (!contentType.startsWith('multipart/form-data')) refuse('The body must be multipart/form-data.')
  const form = await new Response(new Uint8Array(request.body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => refuse('The body is no form.'))
  const file = form.get('file')
  if (!(file instanceof File)) return refuse('file is required.')
  if (file.size > mostBytes) refuse('The file is larger than 20 MB.', 'AttachmentTooLarge')
  const id = desk.nextId()
  const key = guid('upload', id)
  uploads.set(key, {
    id,
    name: file.name,
    contentType: file.type || 'application/octet-stream',
    sizeBytes: file.size,
    bytes: await file.bytes(),
  })
  const url = `${origin}/v4/fileservice/${fileKeyOf(id)}?sig=${signatureOf(fileKeyOf(id))}`
  return created({ attachments: [{ guid: key, fileName: file.name, url, isAvailable: true }] })
}

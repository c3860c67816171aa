/**
 * Files go ahead of their message: one multipart upload each, whose key the message names. Source: v2's upload, answering
 * `{ attachments: [{ guid, fileName, url, isAvailable }] }` (SEEN v2); that v4 takes its `guid` as `fileKey` is ASSUMED, and so is that a file
 * it has is taken once more by its key.
 */
import type { JsonObject } from '#connectors/contract.ts'
import type { OutgoingFile } from '#connectors/operations.ts'
import { listOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError, TryAgainError } from '#errors.ts'
import type { Writer } from './writer.ts'

/** What a message or note names as its `attachments`. */
export async function uploaded(writer: Writer, files: OutgoingFile[]): Promise<JsonObject[]> {
  const attachments: JsonObject[] = []
  for (const file of files) attachments.push(await uploadedFile(writer, file))
  return attachments
}

async function uploadedFile({ client, settings }: Writer, file: OutgoingFile): Promise<JsonObject> {
  const said = { name: file.name, size: file.sizeBytes, type: kindOf(file.contentType) }
  if (file.fileKey !== null) return { fileKey: file.fileKey, ...said }
  if (settings.uploadPath === null)
    throw new RefusedError('files cannot be sent to this Comm100 site: `uploadPath` is switched off')
  const form = new FormData()
  form.set('file', new File([(await file.bytes()) as Uint8Array<ArrayBuffer>], file.name, { type: file.contentType }))
  const answer = await client.write('POST', settings.uploadPath, form)
  const body = answer.json()
  const list = listOf(objectOf(body)?.attachments)
  const made = objectOf(list[0] ?? (Array.isArray(body) ? body[0] : body))
  const fileKey = textOf(made?.fileKey) ?? textOf(made?.guid)
  if (!fileKey)
    throw new TryAgainError(`expected an uploaded file with a key, got ${answer.text.slice(0, 80)}`, {
      httpStatus: answer.status,
    })
  return { fileKey, ...said, url: textOf(made?.url) }
}

/** Source: vendor's reference, Attachment (SEEN). */
function kindOf(contentType: string): string {
  const kind = contentType.split('/', 1)[0] ?? ''
  return ['image', 'audio', 'video'].includes(kind) ? kind : 'file'
}

/** The sandbox's stored files. */
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import { fileOfBlob } from './sandbox-message.ts'

/** A redirect to the stored file, and the file. Neither asks for a token: the link is the key (ASSUMED). */
export function file(desk: Desk, origin: string, path: string): SandboxAnswer {
  const [, , , kind, ...rest] = path.split('/')
  const signedId = kind === 'disk' ? rest[0] : rest[1]
  const found = fileOfBlob(desk, signedId ?? '')
  if (!found) return { status: 404, body: '' }
  if (kind !== 'disk')
    return {
      status: 302,
      headers: { location: `${origin}/rails/active_storage/disk/${signedId}/${encodeURIComponent(found.name)}` },
    }
  return {
    status: 200,
    headers: { 'content-type': found.contentType, 'content-disposition': 'attachment' },
    body: bytesOfAttachment(found),
  }
}

import { shownFileName } from '#domain/attachments/announced.ts'
import { harmless } from './answering.ts'

/** Headers of a file that is always a download, never a page: what a help desk calls an image may be a script. */
export function attachedAs(name: string, sizeBytes: number | null): Record<string, string> {
  return {
    ...harmless,
    'content-type': 'application/octet-stream',
    'content-disposition': dispositionOf(shownFileName(name)),
    'cache-control': 'private, max-age=300',
    'accept-ranges': 'none',
    ...(sizeBytes !== null && { 'content-length': String(sizeBytes) }),
  }
}

/** The name as RFC 6266 has it: for old clients in plain letters, for others as it is, in the writing of RFC 5987. */
function dispositionOf(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\/%]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

/** Files that were sent, as the desk keeps them. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { DeskAttachment } from '#connectors/sandbox/desk.ts'

const typeOfExtension: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  pdf: 'application/pdf',
  csv: 'text/csv',
  txt: 'text/plain',
}

/** OneBox is told no type: it goes by the name (INVENTED). */
export function fileFrom(name: string, bytes: Uint8Array): Partial<DeskAttachment> {
  const contentType = typeOfExtension[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
  return { name, contentType, sizeBytes: bytes.length, bytes }
}

/**
 * With a file, its description and all its attributes are mandatory; bytes are base64 or behind a public URL (SEEN).
 */
export function filesFrom(value: Json, demand: (isRight: boolean, problem: string) => void): Partial<DeskAttachment>[] {
  demand(Array.isArray(value), 'Attachments is not a list')
  return (value as Json[]).map((item) => {
    const { Description, File } = Object(item) as JsonObject
    const { Date: date, Name, Content, Path } = Object(File) as JsonObject
    demand(typeof Description === 'string' && Description !== '', 'Description is required')
    demand(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(String(date)), 'Date is wrong')
    demand(typeof Name === 'string' && Name !== '', 'Name is required')
    if (typeof Path === 'string') return { ...fileFrom(Name as string, new Uint8Array()), statusMessage: Path }
    demand(typeof Content === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(Content), 'Content is not base64')
    return {
      ...fileFrom(Name as string, Buffer.from(Content as string, 'base64')),
      statusMessage: Description as string,
    }
  })
}

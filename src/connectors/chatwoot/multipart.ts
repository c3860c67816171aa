/**
 * A form with files, as bytes. `FormData` turns every line end of a text into CRLF on its way out (the HTML standard
 * asks for it), so that a message would not come back as it was written; here texts stay as they are.
 */
import { randomUUID } from 'node:crypto'

export type FormPart = { name: string; text: string } | { name: string; file: FormFile }
export type FormFile = { name: string; contentType: string; bytes: Uint8Array }

export function multipartOf(parts: readonly FormPart[]): { body: Uint8Array; headers: Record<string, string> } {
  const boundary = `deskgraph-${randomUUID()}`
  const chunks = parts.flatMap((part) => [
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(part.name)}"`,
    'file' in part
      ? `; filename="${quoted(part.file.name)}"\r\ncontent-type: ${oneLine(part.file.contentType)}\r\n\r\n`
      : '\r\n\r\n',
    'file' in part ? part.file.bytes : part.text,
    '\r\n',
  ])
  const body = Buffer.concat([...chunks, `--${boundary}--\r\n`].map((chunk) => Buffer.from(chunk as string)))
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

/** As browsers write it. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ')
}

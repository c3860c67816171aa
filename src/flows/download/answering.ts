import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

const readDeadlineMs = 10_000

/** Null when there are more. @throws Error when they do not come in time: others wait for the place. */
export async function bytesUpTo(body: Readable, most: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let count = 0
  const late = setTimeout(() => body.destroy(new Error('the file took too long')), readDeadlineMs)
  body.once('close', () => clearTimeout(late))
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    count += chunk.byteLength
    if (count > most) return null // leaving the loop ends the body
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** With these nothing but what the type says can be made of an answer. */
export const harmless = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
}

/** Of pictures, which pages of other origins show. */
export const pictureHeaders = {
  ...harmless,
  'content-disposition': 'inline',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'private, max-age=3600, immutable',
}

export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...harmless, ...headers })
  response.end(`${message}\n`)
}

/** False when it was refused: there is nothing to send here, and nothing to change. */
export function isReading(method: string | undefined, response: ServerResponse): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  refuse(response, 405, 'Files are fetched by GET.', { allow: 'GET, HEAD' })
  return false
}

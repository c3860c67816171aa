import type { IncomingMessage, ServerResponse } from 'node:http'

export type Words = { status: number; message: string; headers?: Record<string, string> }

/** So long a client that still sends may take to read why we do not listen. */
const LINGER_MS = 1000

/** Answers with a line of text. What the client still sends is not read, and its connection is closed. */
export function say(request: IncomingMessage, response: ServerResponse, { status, message, headers = {} }: Words) {
  const text = `${message}\n`
  const isUnread = !request.complete
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...(isUnread && { connection: 'close' }),
    ...headers,
  })
  if (!isUnread) return void response.end(text)
  // Ending it would close the connection under a client that still sends, and it would never see the answer.
  response.write(text)
  setTimeout(() => request.socket.destroy(), LINGER_MS).unref()
}

import type { IncomingMessage } from 'node:http'

/** The raw bytes; `null` when the client went away. */
export type Body = Buffer | 'tooLong' | 'tooSlow' | null

/** Reads at most `mostBytes`, for at most `patienceMs`; what is beyond is left unread. */
export function readBody(
  request: IncomingMessage,
  { mostBytes, patienceMs }: { mostBytes: number; patienceMs: number },
): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.resolve('tooLong')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    const timer = setTimeout(() => end('tooSlow'), patienceMs)
    const onData = (chunk: Buffer) => {
      sizeBytes += chunk.length
      if (sizeBytes > mostBytes) return end('tooLong')
      chunks.push(chunk)
    }
    const onEnd = () => end(Buffer.concat(chunks))
    const onGone = () => end(null)

    function end(body: Body) {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onGone)
      if (body === 'tooLong' || body === 'tooSlow') request.pause()
      resolve(body)
    }

    // An error is followed by `close`.
    request
      .on('data', onData)
      .on('end', onEnd)
      .on('close', onGone)
      .on('error', () => {})
  })
}

/** The raw body of a request. Whoever sends it is not known yet, so it may be neither large nor one of too many. */
import type { IncomingMessage } from 'node:http'

/** Null when the client went away. */
export type Bytes = Buffer | 'tooLarge' | 'tooMany' | null

/** Of all bodies that are on their way at once; beside it a few clients could fill the memory with bodies they never end. */
const MOST_BYTES_TOGETHER = 64 * 1024 * 1024
let bytesTogether = 0

const ignored = () => {}

/** Read to its end; what is beyond `mostBytes` is left unread. How long it may take is for the gateway to say. */
export function bytesOf(request: IncomingMessage, mostBytes: number): Promise<Bytes> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.resolve('tooLarge')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let sizeBytes = 0
    let isOver = false
    const onData = (chunk: Buffer) => {
      if (isOver) return
      sizeBytes += chunk.length
      bytesTogether += chunk.length
      if (sizeBytes > mostBytes) return end('tooLarge')
      if (bytesTogether > MOST_BYTES_TOGETHER) return end('tooMany')
      chunks.push(chunk)
    }
    const onEnd = () => end(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))
    const onClose = () => end(null)

    function end(bytes: Bytes) {
      if (isOver) return
      isOver = true
      bytesTogether -= sizeBytes
      if (typeof bytes === 'string') request.pause()
      resolve(bytes)
    }
    // An error is followed by `close`.
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', ignored)
  })
}

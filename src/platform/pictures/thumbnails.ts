/** Small pictures of big ones, off the event loop and within a deadline. */
import { Piscina } from 'piscina'
import type { Order } from './worker.ts'

/** Whether there can be one of a file, as far as its announced type and size tell. Never of SVG, which is a program. */
export function mayHaveThumbnail(contentType: string | null, sizeBytes: number | null): boolean {
  const isReadable = contentType === null || /^image\/(jpe?g|png|webp)\b/i.test(contentType)
  return isReadable && (sizeBytes ?? 0) <= mostBytes
}
export const mostBytes = 10 * 1024 * 1024

const deadlineMs = 5_000
/** Beyond this, whoever asks is told to come again. */
const mostWaiting = 50

export type Thumbnails = {
  /** As WebP; null when there can be none. @throws Error when it takes too long, or too many wait. */
  make(order: Order): Promise<Uint8Array | null>
}

/** The thread, and with it the codecs, start with the first picture, and end when none has come for a while. */
export function openThumbnails(): Thumbnails {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  let pool: Piscina<Order, Uint8Array | null> | null = null
  return {
    async make(order) {
      pool ??= new Piscina<Order, Uint8Array | null>({
        filename: new URL(`./worker.${extension}`, import.meta.url).href,
        ...{ minThreads: 0, maxThreads: 1, idleTimeout: 10_000, maxQueue: mostWaiting },
      })
      const tooSlow = AbortSignal.timeout(deadlineMs)
      try {
        return await pool.run(order, { signal: tooSlow })
      } catch (error) {
        // Anything else that goes wrong is about these bytes: no picture, a damaged one, a bomb.
        if (tooSlow.aborted || /queue/i.test(String(error))) throw error
        return null
      }
    },
  }
}

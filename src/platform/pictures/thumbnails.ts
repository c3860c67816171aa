/** Small pictures of big ones, off the event loop and within a deadline. */
import { bulkhead } from 'cockatiel'
import { Piscina } from 'piscina'
import type { Order } from './worker.ts'

/** Whether there can be one of a file, as far as its announced type and size tell. Never of SVG, which is a program. */
export function mayHaveThumbnail(contentType: string | null, sizeBytes: number | null): boolean {
  const isReadable = contentType === null || /^image\/(jpe?g|png|webp)\b/i.test(contentType)
  return isReadable && (sizeBytes ?? 0) <= mostBytes
}
export const mostBytes = 10 * 1024 * 1024

const deadlineMs = 5_000
/** Pictures that are read or made: each lies in memory twice. */
const mostAtOnce = 4
/** Beyond this, whoever asks is told to come again. */
const mostWaiting = 50

export type Thumbnails = {
  /**
   * As WebP; null when there can be none. `bytesOf` is called when there is a place.
   * @throws BulkheadRejectedError when too many wait, Error when it takes too long.
   */
  make(bytesOf: () => Promise<Uint8Array | null>, width: number): Promise<Uint8Array | null>
}

/** The thread, and with it the codecs, start with the first picture, and end when none has come for a while. */
export function openThumbnails(): Thumbnails {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const places = bulkhead(mostAtOnce, mostWaiting)
  let pool: Piscina<Order, Uint8Array | null> | null = null

  async function made(order: Order): Promise<Uint8Array | null> {
    pool ??= new Piscina<Order, Uint8Array | null>({
      filename: new URL(`./worker.${extension}`, import.meta.url).href,
      ...{ minThreads: 0, maxThreads: 1, idleTimeout: 10_000 },
    })
    const tooSlow = AbortSignal.timeout(deadlineMs)
    try {
      return await pool.run(order, { signal: tooSlow })
    } catch (error) {
      // Anything else that goes wrong is about these bytes: no picture, a damaged one, a bomb.
      if (tooSlow.aborted) throw error
      return null
    }
  }

  return {
    make: (bytesOf, width) =>
      places.execute(async () => {
        const bytes = await bytesOf()
        return bytes && made({ bytes, width })
      }),
  }
}

import type { Readable } from 'node:stream'

/** A place for bytes. Keys are made by us: letters, digits, `-` and `/`. */
export type Drive = {
  /** Keeps a stream as it comes, without holding it in memory. `sizeBytes`: how many will come. */
  put(key: string, body: Readable, options: { sizeBytes: number; signal: AbortSignal }): Promise<void>
  /** The bytes, beginning to come. @throws Error when there are none of this key. */
  get(key: string): Promise<{ body: Readable; sizeBytes: number }>
  /** Harmless when there is nothing. */
  delete(key: string): Promise<void>
}

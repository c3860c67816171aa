/** Where the bytes of uploads are: a folder of this machine, or a service that speaks S3. Both by flydrive. */
import { buffer } from 'node:stream/consumers'
import type { Drive } from './drive.ts'
import { openFolder } from './folder.ts'
import { openS3, type S3Settings } from './s3.ts'

export type StorageSettings = {
  /** Absolute path; used when `s3` is null. */
  folder: string
  s3: S3Settings | null
  maxBytes: number
}

/** Where `put` fails nothing is left. */
export type Storage = Drive & {
  /** The largest file that it is meant for. */
  maxBytes: number
  /** All bytes in memory. @throws Error when there are none of this key. */
  bytes(key: string): Promise<Uint8Array>
}

/** Nothing is opened yet: a service is called, and its library loaded, when it is first needed. */
export function openStorage({ folder, s3, maxBytes }: StorageSettings): Storage {
  const drive = s3 ? openS3(s3) : openFolder(folder)
  return {
    ...drive,
    maxBytes,
    async put(key, body, options) {
      try {
        await drive.put(key, body, options)
      } catch (error) {
        body.destroy()
        await drive.delete(key).catch(() => {}) // what failed is worth telling; a rest is removed with its row
        throw error
      }
    },
    bytes: async (key) => buffer((await drive.get(key)).body),
  }
}

import { once } from 'node:events'
import { Disk } from 'flydrive'
import { FSDriver } from 'flydrive/drivers/fs'
import { makeFolder } from '#platform/folders.ts'
import type { Drive } from './drive.ts'

/** A folder for this user alone, made when the first file comes. */
export function openFolder(folder: string): Drive {
  const disk = new Disk(new FSDriver({ location: folder, visibility: 'private' }))
  return {
    async put(key, body, { signal }) {
      makeFolder(folder, 0o700)
      await disk.putStream(key, body, { signal })
    },
    async get(key) {
      const { contentLength } = await disk.getMetaData(key)
      const body = await disk.getStream(key)
      await once(body, 'open') // or a file that is gone by now would be noticed only while it is read
      return { body, sizeBytes: contentLength }
    },
    delete: (key) => disk.delete(key),
  }
}

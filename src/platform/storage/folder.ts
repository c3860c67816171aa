import { once } from 'node:events'
import { makeFolder } from '#platform/folders.ts'
import type { Drive } from './drive.ts'

/** A folder for this user alone, made when the first file comes. */
export function openFolder(folder: string): Drive {
  let opened: ReturnType<typeof diskIn> | null = null
  const disk = () => {
    opened ??= diskIn(folder)
    return opened
  }
  return {
    async put(key, body, { signal }) {
      makeFolder(folder, 0o700)
      await (await disk()).putStream(key, body, { signal })
    },
    async get(key) {
      const { contentLength } = await (await disk()).getMetaData(key)
      const body = await (await disk()).getStream(key)
      await once(body, 'open') // or a file that is gone by now would be noticed only while it is read
      return { body, sizeBytes: contentLength }
    },
    delete: async (key) => (await disk()).delete(key),
  }
}

/** Loaded with the first file: it brings all types of files that the world knows. */
async function diskIn(location: string) {
  const [{ Disk }, { FSDriver }] = await Promise.all([import('flydrive'), import('flydrive/drivers/fs')])
  return new Disk(new FSDriver({ location, visibility: 'private' }))
}

/** A storage in a folder of the test file's own, removed after the file. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openStorage } from '#platform/storage/storage.ts'

export function temporaryStorage({ maxBytes = 40 * 1024 * 1024 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'deskgraph-uploads-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    ...openStorage({ folder, s3: null, maxBytes }),
    folder,
    /** Paths of the files that are there. */
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)),
  }
}

/** Reads the documents that clients are built with. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { sha256 } from '#sha256.ts'

/**
 * From a file or a folder of them: Apollo's manifest, Relay's (id → text), or `*.graphql`, whose id is the SHA-256 of its text, or
 * the name of the file. @throws Error that says what was expected.
 */
export function readManifest(path: string): Map<string, string> {
  const files = statSync(path).isDirectory() ? globSync('**/*.{json,graphql}', { cwd: path }).sort() : ['']
  const documents = new Map(files.flatMap((file) => documentsIn(join(path, file))))
  if (documents.size === 0) throw new Error(`${path}: expected documents, got none`)
  return documents
}

function documentsIn(file: string): [id: string, text: string][] {
  const content = readFileSync(file, 'utf8')
  if (extname(file) === '.graphql')
    return [
      [sha256(content), content],
      [basename(file, '.graphql'), content],
    ]
  const manifest = jsonIn(file, content) as { format?: unknown; operations?: unknown }
  const entries = Array.isArray(manifest?.operations)
    ? manifest.operations.map((operation) => [operation?.id, operation?.body])
    : Object.entries(manifest ?? {})
  return entries.map(([id, text]) => {
    if (typeof id === 'string' && typeof text === 'string') return [id, text]
    throw new Error(`${file}: expected ids with the text of a document, got ${JSON.stringify(id)?.slice(0, 80)}`)
  })
}

function jsonIn(file: string, content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    throw new Error(`${file}: expected JSON`, { cause })
  }
}

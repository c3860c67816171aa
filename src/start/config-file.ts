import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import type { SecretKeys } from '#platform/sealed.ts'
import type { Replaced } from './fitting.ts'
import { unsealedIn } from './sealed-values.ts'

export type OpenedConfigFile = {
  content: unknown
  replaced: Replaced
  /** Why there is no content at all; null when there is. */
  unreadable: string | null
  /** Where `${NAME}` could not be replaced, or a secret not be decrypted: a line for each path. */
  unset: Map<string, string>
}

type Means = { environment: NodeJS.ProcessEnv; keys: SecretKeys }

/**
 * Reads YAML or JSON, puts the environment's values in place of `${NAME}`, and decrypts what is encrypted. Problems never
 * quote the file.
 */
export function openConfigFile(file: string, means: Means): OpenedConfigFile {
  const read = textOf(file)
  if ('text' in read) return openConfigText(read.text, means)
  return { content: null, replaced: new Map(), unreadable: read.problem, unset: new Map() }
}

/** The same for a text that is not written yet. */
export function openConfigText(text: string, { environment, keys }: Means): OpenedConfigFile {
  const replaced: Replaced = new Map()
  const unset = new Map<string, string>()
  const { content: written, problem } = parseText(text)
  if (problem) return { content: null, replaced, unreadable: problem, unset }

  function replaceIn(value: unknown, path: string): unknown {
    if (Array.isArray(value)) return value.map((entry, index) => replaceIn(entry, `${path}[${index}]`))
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value)
      return Object.fromEntries(
        entries.map(([key, inner]) => [key, replaceIn(inner, path === '' ? key : `${path}.${key}`)]),
      )
    }
    return typeof value === 'string' && value.includes('${') ? replaceText(value, path) : value
  }

  function replaceText(text: string, path: string): string {
    const names: string[] = []
    const result = text.replace(/\$\$\{|\$\{([A-Za-z_]\w*)\}|\$\{/g, (found, name?: string) => {
      if (found === '$${') return '${'
      if (name === undefined) {
        unset.set(path, `${path}: expected \${NAME}, the name of an environment variable (a plain \${ is written $\${)`)
        return found
      }
      names.push(name)
      const value = environment[name]
      if (value === undefined) unset.set(path, `${path}: the environment variable ${name} is not set`)
      return value ?? ''
    })
    if (names.length > 0) replaced.set(path, { name: names.join(', '), isWhole: /^\$\{\w+\}$/.test(text) })
    return result
  }

  const { content, problems } = unsealedIn(replaceIn(written ?? {}, ''), keys)
  for (const [path, line] of problems) unset.set(path, line)
  return { content, replaced, unreadable: null, unset }
}

/** What stands in a file, without its byte order mark. */
export function textOf(file: string): { text: string } | { problem: string } {
  try {
    return { text: readFileSync(file, 'utf8').replace(/^\uFEFF/, '') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = {
      ENOENT: 'there is no such file',
      EACCES: 'it may not be read by this user',
      EISDIR: 'it is a folder',
    }
    return { problem: `cannot be read: ${reason[code as keyof typeof reason] ?? code}` }
  }
}

function parseText(text: string): { content?: unknown; problem?: string } {
  try {
    return { content: JSON.parse(text) }
  } catch {
    // Not JSON, so it is YAML (or broken, which the YAML parser tells without quoting what may be secret).
  }
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (!error) return { content: document.toJS({ maxAliasCount: 100 }) }
  const before = text.slice(0, error.pos[0]).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
  return { problem: `is neither JSON nor YAML: ${error.message.split('\n')[0]} (${place})` }
}

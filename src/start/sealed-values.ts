/** Encrypted values wherever they stand in the content of a configuration file. */

import { keyIdOf, type SecretKeys, unsealed } from '#platform/sealed.ts'

/** The content with its encrypted values decrypted. Those that cannot be are empty, and there is a line, by path. */
export function unsealedIn(content: unknown, keys: SecretKeys): { content: unknown; problems: Map<string, string> } {
  const problems = new Map<string, string>()
  const withoutKey = new Map<string, string[]>()

  function openIn(value: unknown, path: string, purpose: string): unknown {
    if (Array.isArray(value))
      return value.map((entry, index) => openIn(entry, `${path}[${index}]`, purposeOfEntry(purpose, entry)))
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value)
      return Object.fromEntries(
        entries.map(([key, inner]) => [key, openIn(inner, below(path, key), below(purpose, key))]),
      )
    }
    const keyId = keyIdOf(value)
    return keyId === null ? value : opened(value as string, { path, purpose, keyId })
  }

  function opened(text: string, { path, purpose, keyId }: { path: string; purpose: string; keyId: string }): string {
    const key = keys.byId.get(keyId)
    if (!key) {
      withoutKey.set(keyId, [...(withoutKey.get(keyId) ?? []), path])
      return ''
    }
    const plain = unsealed(text, purpose, { id: keyId, key })
    if (plain === null) {
      const reason = 'either another key has this name now, or the text was changed or moved here from another place'
      problems.set(path, `${path}: cannot be decrypted with the key ${keyId}: ${reason}`)
    }
    return plain ?? ''
  }

  const plain = openIn(content, '', '')
  for (const [keyId, [first = '', ...others]] of withoutKey) {
    const more = others.length === 0 ? '' : ` (as ${others.length} more are)`
    const line = `is encrypted with the key ${keyId}${more}: add it to DESKGRAPH_SECRET_KEYS, or to the file in DESKGRAPH_SECRET_KEY_FILE`
    problems.set(first, `${first}: ${line}`)
    // One line says it; of the others only the shape must not complain.
    for (const path of others) problems.set(path, '')
  }
  return { content: plain, problems }
}

/** What a place in the content is for, whatever stands before it in its list: entries go by their key or name. */
export function purposeOf(content: unknown, path: readonly PropertyKey[]): string {
  let [purpose, value] = ['', content]
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
    purpose = typeof key === 'number' ? purposeOfEntry(purpose, value) : below(purpose, String(key))
  }
  return purpose
}

function purposeOfEntry(list: string, entry: unknown): string {
  const { key, name } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
  return `${list}[${JSON.stringify(key ?? name ?? null)}]`
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

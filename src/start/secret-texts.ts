/** The secrets in the text of a configuration file, and the same text with some of them written anew. */
import { isDeepStrictEqual } from 'node:util'
import { isScalar, parseDocument } from 'yaml'
import { StartError } from '#errors.ts'
import { keyIdOf, type SecretKeys, unsealed } from '#platform/sealed.ts'
import { openConfigText } from './config-file.ts'
import { purposeOf } from './sealed-values.ts'
import { secretPlacesIn } from './secret-places.ts'

export type SecretState = {
  path: PropertyKey[]
  /** What it is for: encrypted, it opens for nothing else. */
  purpose: string
  /** As it stands in the file. */
  written: string
  /** Name of the key it is encrypted with; null when it is not. */
  keyId: string | null
  /** `${NAME}`: the file does not hold it. */
  isFromEnvironment: boolean
  /** The secret itself; null where it cannot be decrypted, or is not in the file. */
  plain: string | null
}

/** All that are known to be secrets, and whatever else is encrypted. @throws StartError for a text that cannot be read. */
export function secretStatesIn(text: string, keys: SecretKeys): SecretState[] {
  const content = writtenContent(text)
  const known = secretPlacesIn(content)
  const names = new Set(known.map(({ path }) => JSON.stringify(path)))
  const others = sealedIn(content, []).filter(({ path }) => !names.has(JSON.stringify(path)))
  return [...known, ...others].map(({ path, value: written }) => {
    const purpose = purposeOf(content, path)
    const keyId = keyIdOf(written)
    const isFromEnvironment = /(^|[^$])\$\{/.test(written)
    const key = keyId === null ? undefined : keys.byId.get(keyId)
    const inFile = isFromEnvironment ? null : written.replaceAll('$${', '${')
    const plain = keyId === null ? inFile : key ? unsealed(written, purpose, { id: keyId, key }) : null
    return { path, purpose, written, keyId, isFromEnvironment, plain }
  })
}

/**
 * The text with other values at some places and every other character as it was.
 * @throws StartError when it would then say something else than before.
 */
export function withValues(text: string, values: { path: PropertyKey[]; value: string }[], keys: SecretKeys): string {
  const document = parseDocument(text, { prettyErrors: false })
  const places = values.map(({ path, value }) => {
    const node = document.getIn(path as (string | number)[], true)
    if (!isScalar(node) || !node.range) throw new StartError(`${path.join('.')} is an alias: write its value there`)
    const [start, end] = node.range
    // Double quotes mean the same in JSON and YAML. A block of text ends with its line.
    return { start, end, value: `${JSON.stringify(value)}${text[end - 1] === '\n' ? '\n' : ''}` }
  })
  const changed = places
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end, value }) => all.slice(0, start) + value + all.slice(end), text)
  const means = { environment: process.env, keys }
  const [before, after] = [openConfigText(text, means).content, openConfigText(changed, means).content]
  if (isDeepStrictEqual(before, after)) return changed
  throw new StartError(
    'the file would say something else afterwards, so it stays as it is: does it use anchors for secrets?',
  )
}

function writtenContent(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length > 0)
    throw new StartError('the configuration file is neither JSON nor YAML: see deskgraph doctor')
  return document.toJS({ maxAliasCount: 100 }) ?? {}
}

function sealedIn(value: unknown, path: PropertyKey[]): { path: PropertyKey[]; value: string }[] {
  if (typeof value === 'string') return keyIdOf(value) === null ? [] : [{ path, value }]
  if (Array.isArray(value)) return value.flatMap((entry, index) => sealedIn(entry, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => sealedIn(inner, [...path, key]))
}

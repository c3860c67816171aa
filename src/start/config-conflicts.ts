/**
 * What a shape cannot say of a configuration file: entries that contradict each other. Reads the content as it is, so
 * that mistakes elsewhere do not hide these.
 */
import { sha256 } from '#sha256.ts'

type Entry = Record<string, unknown> | null | undefined
type Placed = { path: string; entry: Entry }

/** A line for each: path, what was expected, what came. Secrets are not shown. */
export function conflictsIn(content: unknown): string[] {
  const holders = holdersIn(content)
  return [
    ...mixedForms(content),
    ...repeatedIn(entriesOf(holders.slice(1), ''), 'key'),
    ...holders.flatMap((holder) => [
      ...repeatedIn(entriesOf([holder], 'backends'), 'key'),
      ...repeatedIn(entriesOf([holder], 'tokens'), 'name'),
      ...repeatedIn(entriesOf([holder], 'identityProviders'), 'key'),
    ]),
    ...sharedTokens(entriesOf(holders, 'tokens')),
    ...sharedAudiences(entriesOf(holders, 'identityProviders')),
  ]
}

/** The settings of every backend, with where they stand. */
export function settingsIn(content: unknown): { vendor: string; settings: unknown; path: string }[] {
  return entriesOf(holdersIn(content), 'backends').map(({ path, entry }) => ({
    vendor: String(entry?.vendor),
    settings: entry?.settings ?? {},
    path: `${path}.settings`,
  }))
}

/** What has backends and tokens: the file itself, then each of its workspaces. */
function holdersIn(content: unknown): Placed[] {
  const file = { path: '', entry: content as Entry }
  return [file, ...listAt(file, 'workspaces')]
}

/** The entries of a list in all holders; without a name, the holders themselves. */
function entriesOf(holders: Placed[], list: string): Placed[] {
  return list === '' ? holders : holders.flatMap((holder) => listAt(holder, list))
}

function listAt({ path, entry }: Placed, name: string): Placed[] {
  const list = entry?.[name]
  const start = path === '' ? name : `${path}.${name}`
  return Array.isArray(list) ? list.map((inner, index) => ({ path: `${start}[${index}]`, entry: inner })) : []
}

function mixedForms(content: unknown): string[] {
  const file = content as Entry
  if (!file?.workspaces) return []
  const others = ['workspace', 'backends', 'tokens', 'identityProviders'].filter((name) => name in file)
  return others.map((name) => `${name}: expected nothing beside workspaces, where each has its own, got something`)
}

function repeatedIn(entries: Placed[], name: string): string[] {
  const values = entries.map(({ entry }) => entry?.[name])
  return values.flatMap((value, index) => {
    const first = values.indexOf(value)
    if (value === undefined || first === index) return []
    const [own, other] = [entries[index]?.path, entries[first]?.path]
    return [`${own}.${name}: expected a ${name} of its own, got that of ${other} ("${value}")`]
  })
}

/** A token says whose it is by itself, so no two may be the same, in whatever workspace and form. */
function sharedTokens(entries: Placed[]): string[] {
  const hashOf = ({ entry }: Placed) => (typeof entry?.token === 'string' ? sha256(entry.token) : entry?.tokenSha256)
  const hashes = entries.map(hashOf)
  return hashes.flatMap((hash, index) => {
    const first = hashes.indexOf(hash)
    if (hash === undefined || first === index) return []
    const field = entries[index]?.entry?.token === undefined ? 'tokenSha256' : 'token'
    return [`${entries[index]?.path}.${field}: expected a token of its own, got that of ${entries[first]?.path}`]
  })
}

/** Tokens of one provider for one audience could be of either, unless a claim says which. */
function sharedAudiences(entries: Placed[]): string[] {
  const nameOf = ({ entry }: Placed) => JSON.stringify([entry?.issuer, entry?.audience])
  const namesWorkspace = ({ entry }: Placed) => Boolean((entry?.claims as Entry)?.workspace)
  const names = entries.map(nameOf)
  return entries.flatMap((placed, index) => {
    const first = names.indexOf(nameOf(placed))
    const other = entries[first] as Placed
    const isApart = namesWorkspace(placed) && namesWorkspace(other) && holderOf(placed) !== holderOf(other)
    if (placed.entry?.issuer === undefined || first === index || isApart) return []
    return [
      `${placed.path}.audience: expected one of its own for this issuer, or claims.workspace in both, got that of ${other.path}`,
    ]
  })
}

const holderOf = ({ path }: Placed) => path.replace(/\.?identityProviders\[\d+\]$/, '')

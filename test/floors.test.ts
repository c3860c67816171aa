/** The floors of the house: imports go down only, flows and vendors never know each other, and nothing goes in circles. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** From the cellar to the roof; a file may import from its own floor (if not split below) or a lower one. */
const floors: [name: string, files: RegExp][] = [
  ['words', /^src\/(vocabulary|errors|secrets|sha256)\.ts$/],
  [
    'contract',
    /^src\/connectors\/(contract|operations|download|exchange|http|guarded|in-parallel|reach|reading|secret-settings|settings|webhook-reading)\.ts$|^src\/translators\/(contract|locales)\.ts$/,
  ],
  ['platform', /^src\/platform\//],
  ['vendors', /^src\/connectors\/[^/]+\/|^src\/translators\/(?!registry)/],
  ['domain', /^src\/domain\//],
  ['flows', /^src\/flows\//],
  ['lists', /^src\/(schema|handlers|graphiql-tabs|connectors\/registry|translators\/registry)\.ts$/],
  ['start', /^src\/(main|config)\.ts$|^src\/start\//],
]

/** Concepts in the order of their foreign keys: one may point only at itself and at those before it. */
const concepts = [
  'installation',
  'workspaces',
  'limits',
  'backends',
  'channels',
  'actors',
  'tags',
  'tickets',
  'conversations',
  'followers',
  'looks',
  'lists',
  'messages',
  'changes',
  'presence',
  'drafts',
  'attachments',
  'mentions',
  'merges',
  'timeline',
  'views',
  'boards',
  'stats',
  'deliveries',
  'idempotency',
  'undos',
  'jobs',
  'webhook-calls',
  'audit',
  'viewer',
  'api-keys',
  'languages',
  'translations',
  'search',
  'webhooks',
  'live',
]

/** The sandbox child is a program of its own that is handed the list of vendors by name. */
const exceptions = new Set(['src/connectors/sandbox/process-child.ts -> src/connectors/registry.ts'])

type Import = { from: string; to: string }
const imports: Import[] = globSync('src/**/*.ts').flatMap((from) =>
  [...readFileSync(from, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([.#][^']+)'/g)].map(([, path = '']) => ({
    from,
    to: normalize(path.startsWith('#') ? join('src', path.slice(1)) : join(dirname(from), path)),
  })),
)
const named = ({ from, to }: Import) => `${from} -> ${to}`
const floorOf = (file: string) => floors.findIndex(([, files]) => files.test(file))
const folderOf = (file: string, floor: string) => new RegExp(`^src/${floor}/([^/]+)/`).exec(file)?.[1]

test('every file stands on a floor', () => {
  expect(globSync('src/**/*.ts').filter((file) => floorOf(file) === -1)).toEqual([])
  expect(imports.length).toBeGreaterThan(100)
})

test('imports go down the floors only', () => {
  const upward = imports.filter(({ from, to }) => floorOf(to) > floorOf(from)).map(named)
  expect(upward.filter((edge) => !exceptions.has(edge))).toEqual([])
})

test('the platform knows no vendor and vendors know neither Postgres nor GraphQL', () => {
  const crossings = imports.filter(
    ({ from, to }) =>
      (from.startsWith('src/platform/') && to.startsWith('src/connectors/')) ||
      (/^src\/(connectors|translators)\//.test(from) && /^src\/(platform|domain|flows)\//.test(to)),
  )
  expect(crossings.map(named)).toEqual([])
})

test('a vendor is named nowhere outside its folder and the registry', () => {
  const vendors = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox']
  const outside = imports.filter(({ from, to }) => {
    const vendor = folderOf(to, 'connectors')
    return (
      vendor &&
      vendors.includes(vendor) &&
      folderOf(from, 'connectors') !== vendor &&
      from !== 'src/connectors/registry.ts'
    )
  })
  expect(outside.map(named)).toEqual([])
})

test('a concept points only at itself and at those before it', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [own, other] = [folderOf(from, 'domain'), folderOf(to, 'domain')]
    return own && other && concepts.indexOf(other) > concepts.indexOf(own)
  })
  expect(wrong.map(named)).toEqual([])
})

test('flows never import each other', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [own, other] = [folderOf(from, 'flows'), folderOf(to, 'flows')]
    return own && other && own !== other
  })
  expect(wrong.map(named)).toEqual([])
})

test('nothing imports in circles', () => {
  const edges = Map.groupBy(imports, ({ from }) => from)
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file) || path.includes(file)) return
    for (const { to } of edges.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) walk(file, [])
  expect(circles).toEqual([])
})

/** The whole road on a test database: five sandboxes with the built-in data, the real connectors and sync, the real gateway. */
import { afterAll } from 'vitest'
import { connectorByKey, loadSandboxes } from '#connectors/registry.ts'
import { type SandboxBackend, startSandboxes } from '#connectors/sandbox/start.ts'
import { openDownloads } from '#flows/download/download.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing, type SyncedBackend, type Syncing } from '#flows/sync/syncing.ts'
import { openUploads } from '#flows/upload/door.ts'
import { type Database, type Db, openDatabase } from '#platform/db/client.ts'
import type { GatewayOptions } from '#platform/http/gateway.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { type Log, openLog } from '#platform/log.ts'
import { createTestDatabase, fillTemplate, requestsOn } from './database.ts'
import { openTestGateway } from './gateway.ts'
import { watchStatements } from './statements.ts'
import { temporaryStorage } from './storage.ts'

const usualLog = openLog({ level: 'error' })

/** Call it at the top level of a test file. What it serves was copied from sandboxes that hold the same as its own. */
export async function serveBuiltIn(options: Partial<GatewayOptions> = {}) {
  const { log = usualLog } = options
  // The built-in data is the same all day.
  const template = `built_in_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`
  await fillTemplate(template, copyBuiltIn)
  const database = await createTestDatabase(template)
  const sandboxes = await openSandboxes()
  await moveAddresses(database.pool, sandboxes.origins, { isTemplate: false })
  const { syncing, backends } = await openCopying(database.db, sandboxes.backends, log)
  const workspaceId = backends[0]?.workspaceId as string
  const links = { dbOf: requestsOn(database.db), log, key: 'key of the tests', storage: temporaryStorage() }
  const downloads = openDownloads({ ...links, sessionOf: syncing.sessionOf })
  const { during } = watchStatements(database.pool)
  const wakes = openWakes({ connectionString: database.connectionString, log })
  const gateway = await openTestGateway(database.db, {
    workspaceId,
    downloads,
    uploads: openUploads(links),
    wakes,
    ...options,
  })
  afterAll(async () => {
    await gateway.close()
    await wakes.close()
    await syncing.stop()
    await sandboxes.close()
  })
  return { ...database, ...gateway, syncing, sandboxes, backends, statementsDuring: during }
}

async function copyBuiltIn(connectionString: string): Promise<void> {
  const { db, pool, close } = openDatabase({ connectionString, applicationName: 'test' })
  const sandboxes = await openSandboxes()
  const { syncing, backends } = await openCopying(db, sandboxes.backends, usualLog)
  try {
    const rounds = await Promise.all(backends.map(({ backendId }) => syncNow(syncing, backendId)))
    // Half a copy would be blamed on whoever looks at it first.
    if (!rounds.every(({ outcome }) => outcome === 'finished')) throw new Error(`not copied: ${JSON.stringify(rounds)}`)
    await moveAddresses(pool, sandboxes.origins, { isTemplate: true })
  } finally {
    await syncing.stop()
    await sandboxes.close()
    await close()
  }
}

async function openSandboxes() {
  const silent = { ...usualLog, debug() {}, info() {}, warn() {}, error() {} }
  return startSandboxes({ sandboxes: await loadSandboxes(), log: silent })
}

async function openCopying(
  db: Db,
  served: SandboxBackend[],
  log: Log,
): Promise<{ syncing: Syncing; backends: SyncedBackend[] }> {
  const workspace = { key: 'acme', name: 'Acme' }
  const registered = await registerBackends(
    db,
    served.map((backend) => ({ ...backend, workspace })),
  )
  const backends = registered.map((ids, index): SyncedBackend => {
    const { vendor, settings } = served[index] as SandboxBackend
    const connector = connectorByKey(vendor)
    if (!connector) throw new Error(`no connector for ${vendor}`)
    return { ...ids, connector, settings }
  })
  return { syncing: openSyncing({ db, log, backends }), backends }
}

/** All that holds an address of a help desk: each set of sandboxes has others, the template has names in their place. */
const ADDRESSES = [
  ['tickets', 'url', 'text'],
  ['attachments', 'vendor_url', 'text'],
  ['messages', 'raw', 'json'],
] as const

async function moveAddresses(
  pool: Database['pool'],
  origins: Record<string, Record<string, string>>,
  { isTemplate }: { isTemplate: boolean },
): Promise<void> {
  const pairs = Object.entries(origins).flatMap(([vendor, byHost]) =>
    Object.entries(byHost).map(([host, origin]) => [`address-of:${vendor}-${host};`, origin]),
  )
  const [from, to] = isTemplate ? [1, 0] : [0, 1]
  for (const [table, column, type] of ADDRESSES) {
    const start = isTemplate ? 'http://127.0.0.1:' : 'address-of:'
    const moved = pairs.reduce((text, pair) => `replace(${text}, '${pair[from]}', '${pair[to]}')`, `${column}::text`)
    await pool.query(`update ${table} set ${column} = (${moved})::${type} where ${column}::text like '%${start}%'`)
  }
}

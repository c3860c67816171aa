/** The whole road on a test database: five sandboxes with the built-in data, the real connectors and sync, the real gateway. */
import { afterAll } from 'vitest'
import { connectorByKey, vendors } from '#connectors/registry.ts'
import { startSandboxes } from '#connectors/sandbox/start.ts'
import { openDownloads } from '#flows/download/download.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing, type SyncedBackend } from '#flows/sync/syncing.ts'
import { openUploads } from '#flows/upload/door.ts'
import type { GatewayOptions } from '#platform/http/gateway.ts'
import { openLog } from '#platform/log.ts'
import { createTestDatabase, requestsOn } from './database.ts'
import { openTestGateway } from './gateway.ts'
import { watchStatements } from './statements.ts'
import { temporaryStorage } from './storage.ts'

/** Call it at the top level of a test file. */
export async function serveBuiltIn(options: Partial<GatewayOptions> = {}) {
  const database = await createTestDatabase()
  const log = openLog({ level: 'error' })
  const silent = { ...log, debug() {}, info() {}, warn() {}, error() {} }
  const sandboxes = await startSandboxes({ sandboxes: vendors.map(({ sandbox }) => sandbox), log: silent })
  const workspace = { key: 'acme', name: 'Acme' }
  const configured = sandboxes.backends.map((backend) => ({ ...backend, workspace }))
  const registered = await registerBackends(database.db, configured)
  const backends = registered.map((ids, index): SyncedBackend => {
    const { vendor, settings } = sandboxes.backends[index] as (typeof sandboxes.backends)[0]
    const connector = connectorByKey(vendor)
    if (!connector) throw new Error(`no connector for ${vendor}`)
    return { ...ids, connector, settings }
  })
  const syncing = openSyncing({ db: database.db, log, backends })
  const results = await Promise.all(backends.map(({ backendId }) => syncNow(syncing, backendId)))
  const { workspaceId } = registered[0] as (typeof registered)[0]
  const links = { dbOf: requestsOn(database.db), log, key: 'key of the tests', storage: temporaryStorage() }
  const downloads = openDownloads({ ...links, sessionOf: syncing.sessionOf })
  const { during } = watchStatements(database.pool)
  const gateway = await openTestGateway(database.db, {
    workspaceId,
    downloads,
    uploads: openUploads(links),
    ...options,
  })
  afterAll(async () => {
    await gateway.close()
    await syncing.stop()
    await sandboxes.close()
  })
  return { ...database, ...gateway, syncing, sandboxes, backends, results, statementsDuring: during }
}

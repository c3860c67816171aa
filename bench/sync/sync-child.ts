/** The process that copies: the real sync, from the sandboxes of the first argument to the database of the second. */
import { connectorByKey } from '#connectors/registry.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openSyncing, type SyncedBackend } from '#flows/sync/syncing.ts'
import { openDatabase } from '#platform/db/client.ts'
import { openLog } from '#platform/log.ts'

/** Seconds by backend key, of all of them at once. */
export type Copied = {
  secondsByBackend: Record<string, number>
  seconds: number
  peakRssBytes: number
  cpuSeconds: number
}

const [backendsText = '[]', connectionString = ''] = process.argv.slice(2)
const sandboxes: SandboxBackend[] = JSON.parse(backendsText)
process.on('disconnect', () => process.exit(1))

const log = openLog({ level: 'warn' })
const { db, close } = openDatabase({
  connectionString,
  // As the worker has it, see start/service.ts.
  poolSize: 2 * (sandboxes.length + 1) + 2,
  timeouts: { statementMs: 60_000, lockMs: 10_000, idleInTransactionMs: 60_000 },
})
const workspace = { key: 'bench', name: 'Benchmark' }
const registered = await registerBackends(
  db,
  sandboxes.map(({ key, name, vendor }) => ({ key, name, vendor, workspace })),
)
const backends = registered.map((ids, index): SyncedBackend => {
  const { vendor, settings } = sandboxes[index] as SandboxBackend
  return { ...ids, settings, connector: connectorByKey(vendor) as SyncedBackend['connector'] }
})
const syncing = openSyncing({ db, log, backends })

const startedAtMs = performance.now()
const secondsByBackend: Copied['secondsByBackend'] = {}
await Promise.all(
  backends.map(async ({ backendId, key }) => {
    const { outcome, error } = await syncNow(syncing, backendId)
    if (outcome !== 'finished') throw new Error(`the copy of ${key} ended as ${outcome}`, { cause: error })
    secondsByBackend[key] = (performance.now() - startedAtMs) / 1000
  }),
)
const seconds = (performance.now() - startedAtMs) / 1000
const { user, system } = process.cpuUsage()
const copied: Copied = {
  ...{ secondsByBackend, seconds },
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
  cpuSeconds: (user + system) / 1e6,
}
await syncing.stop()
await close()
process.send?.(copied, () => process.exit(0))

import { type ConfigOptions, requireConfig } from '#config.ts'
import type { RoundResult } from '#flows/sync/round.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openLog } from '#platform/log.ts'
import { backendNamed, namedBackends } from './backend-names.ts'
import { backendStates, ticketCount } from './backend-states.ts'
import { findInstallation } from './installation.ts'
import { type Life, live } from './life.ts'
import { showProgress } from './progress.ts'
import { openStore } from './service.ts'

/** Copies what changed at the backends named, or at all, and waits for it. */
export async function sync(keys: string[], { full = false, ...options }: ConfigOptions & { full?: boolean }) {
  const config = requireConfig(options)
  const { databaseUrl, workspaces } = findInstallation(config)
  const known = namedBackends(workspaces)
  const wanted = keys.length === 0 ? known : keys.map((key) => backendNamed(key, known))
  const log = openLog({ level: config.logLevel ?? 'error', secrets: config.secrets })
  const results = await live(log, async (life) => {
    const store = await openStore({ databaseUrl, workspaces, log, life })
    await life.hold('the copies', Promise.resolve(store.syncing), ({ stop }) => stop())
    const chosen = store.backends.filter((backend) =>
      wanted.some(({ workspaceKey, key }) => workspaceKey === backend.workspaceKey && key === backend.key),
    )
    return copyAll({ store, chosen, full, life })
  })
  if (results.some(({ outcome }) => outcome !== 'finished')) process.exitCode = 1
}

type CopyOptions = {
  store: Awaited<ReturnType<typeof openStore>>
  chosen: { backendId: string }[]
  full: boolean
  life: Life
}

async function copyAll({ store, chosen, full, life }: CopyOptions): Promise<RoundResult[]> {
  const { database, syncing } = store
  const results = new Map<string, RoundResult>()
  const copying = chosen.map(async ({ backendId }) => {
    results.set(backendId, await syncNow(syncing, backendId, { full }))
  })
  const isChosen = ({ id }: { id: string }) => chosen.some(({ backendId }) => backendId === id)
  await Promise.all([
    ...copying,
    showProgress({
      read: async () => (await backendStates(database.db)).filter(isChosen),
      isOver: ({ id }) => results.has(id),
      count: ({ id }) => ticketCount(database.db, id),
      signal: life.signal,
    }),
  ])
  return [...results.values()]
}

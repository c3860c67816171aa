import { accessSync } from 'node:fs'
import { resolve } from 'node:path'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { type Config, type ConfigOptions, requireConfig } from '#config.ts'
import { startSandboxProcess } from '#connectors/sandbox/process.ts'
import { backendSyncs } from '#domain/backends/table.ts'
import { StartError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { openLog } from '#platform/log.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { sha256 } from '#sha256.ts'
import { refuseTakenPort } from './address.ts'
import { backendStates, ticketCount } from './backend-states.ts'
import { claimHome } from './home.ts'
import { onSandboxes } from './installation.ts'
import { liveUntilStopped } from './life.ts'
import { liveEveryMs } from './live-option.ts'
import { print } from './output.ts'
import { readyText } from './ready-text.ts'
import { serve } from './serve.ts'
import { openService, openStore } from './service.ts'
import { localTokenOf, refuseForeigners } from './tokens.ts'
import { registerWebhooks } from './webhook-registration.ts'

type StartOptions = ConfigOptions & { data?: string; live?: string | true }
type SandboxChoice = { data: string | undefined; liveEveryMs: number | undefined }

/** Everything in one process: what is configured, or with nothing configured the sandboxes. */
export async function start({ data, live, ...options }: StartOptions) {
  const config = requireConfig(options)
  const isConfigured = config.file !== null || config.database.url !== null
  if (!isConfigured) return startOnSandboxes(config, { data, liveEveryMs: liveEveryMs(live) })
  if (data !== undefined || live !== undefined) {
    throw new StartError('--data and --live are for the sandboxes: unset DATABASE_URL and DESKGRAPH_CONFIG to use them')
  }
  return serve({ ...options, isGateway: true, isWorker: true })
}

async function startOnSandboxes(config: Config, choice: SandboxChoice) {
  const { home, server, database } = config
  if (choice.data !== undefined) refuseMissing(choice.data)
  refuseForeigners(config)
  const token = localTokenOf(config)
  const log = openLog({ level: config.logLevel ?? 'warn' })
  await liveUntilStopped(log, async (life) => {
    const claim = await life.hold('the data folder', claimed(home), ({ release }) => release())
    await refuseTakenPort(server)
    print('Starting Postgres and five sandbox help desks …')
    const [postgres, sandboxes] = await Promise.all([
      life.hold('Postgres', startEmbeddedPostgres({ dataDirectory: home, log }), (running) => running.stop()),
      life.hold('the sandboxes', openSandboxes({ ...choice, log }), (running) => running.close()),
      import('#schema.ts'), // needed soon, and both take their time
    ])
    void sandboxes.exited.then(() => {
      if (!life.signal.aborted) log.error('the process of the sandboxes ended: start again to have them back')
    })
    const databaseUrl = await databaseFor(choice.data, postgres.connectionString)
    const store = await openStore({ databaseUrl, workspaces: onSandboxes(config, sandboxes.backends), log, life })
    const { db } = store.database
    await forgetFormerRun(db)
    const gateway = {
      server,
      database,
      localToken: token,
      graphiql: server.graphiql,
      limits: config.limits,
      persisted: config.persisted,
      translation: config.translation,
    }
    const storage = openStorage(config.storage)
    const webhooks = { secretKeys: config.secretKeys, localAddresses: true } // receivers are on this machine too
    const { rowLevelSecurity } = database
    const options = { gateway, rowLevelSecurity, isWorker: true, storage, webhooks }
    const url = (await openService(store, options)) as string
    claim.publish({ url, databaseUrl, backends: sandboxes.backends })
    await registerWebhooks(url, store.backends, log)

    print(`Listening at ${url}, copying the help desks …`)
    const { showProgress } = await import('./progress.ts')
    await showProgress({
      read: () => backendStates(db),
      isOver: ({ lastFullSyncedAt, failureCount }) => lastFullSyncedAt !== null || failureCount > 0,
      count: ({ id }) => ticketCount(db, id),
      signal: life.signal,
    })
    print(readyText({ url, token, graphiql: server.graphiql }))
  })
}

async function claimed(home: string) {
  return claimHome(home)
}

async function openSandboxes(options: Parameters<typeof startSandboxProcess>[0]) {
  return startSandboxProcess(options).catch((cause: Error) => {
    throw new StartError(cause.message, { cause })
  })
}

/** Each data set has a copy of its own: the tickets of two have the same numbers and nothing else in common. */
async function databaseFor(data: string | undefined, connectionString: (database?: string) => string): Promise<string> {
  if (data === undefined) return connectionString()
  const name = `deskgraph_${sha256(resolve(data)).slice(0, 12)}`
  const client = new pg.Client({ connectionString: connectionString() })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${name}`)
  } finally {
    await client.end()
  }
  return connectionString(name)
}

/**
 * The folder is ours alone, so whoever holds a lease on a copy was killed; and what a sandbox refused to a former run,
 * this one need not wait for.
 */
async function forgetFormerRun(db: Db) {
  await db.update(backendSyncs).set({ leaseOwner: null, leaseUntil: null, nextSyncAt: sql`now()` })
}

function refuseMissing(file: string) {
  try {
    accessSync(file)
  } catch {
    throw new StartError(`--data: there is no readable file ${file}`)
  }
}

import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { makeFolder } from '#platform/folders.ts'
import type { Log } from '#platform/log.ts'
import { accountFor } from './embedded-account.ts'
import { addressOf, DATABASE } from './embedded-address.ts'
import { findPostgresBinaries } from './embedded-binaries.ts'
import { createCluster, removeLeftovers, unusableFolder } from './embedded-cluster.ts'
import { ensureServer, type RunningServer, type ServerPlan, stopServer } from './embedded-server.ts'
import { refuseFullDisk, type SpaceWatch, watchSpace } from './embedded-space.ts'

export type EmbeddedPostgres = {
  /** Of the database `deskgraph`, or of the one named. Stays valid when the server is started again. */
  connectionString: (database?: string) => string
  /** Clean shutdown within 5 s, when this process started the server; else the server is left to its owner. */
  stop(): Promise<void>
}

export type EmbeddedPostgresOptions = {
  /** Holds everything; the database itself is in `postgres-<major version>` inside it. */
  dataDirectory: string
  /** For tests: a throw-away cluster in a folder of its own inside `dataDirectory`, without any care for a crash. */
  ephemeral?: boolean
  /** Postgres settings over ours, such as `{ shared_buffers: '256MB' }`. */
  settings?: Record<string, string>
  log?: Pick<Log, 'warn'>
  /** Only tests say false: then root runs Postgres as an unprivileged account, as in a locked-down container. */
  useNamespaces?: boolean
}

const CARELESS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * Runs the packaged Postgres on a data folder, for this process alone: it listens on a private socket and dies with
 * this process, even by kill -9. A second process on the same folder shares the running server and takes over when
 * its owner goes; a server that crashes is started again.
 * @throws StartError when the folder or the machine does not allow it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const isEphemeral = options.ephemeral ?? false
  const folder = openFolder(options.dataDirectory, isEphemeral)
  const plan = await prepare(folder, options)
  const keeper = keepRunning(plan, await ensureServer(plan), options.log)
  let space: SpaceWatch | null = null
  try {
    const watched = { folder, connectionString: plan.connectionString('postgres'), log: options.log }
    if (!isEphemeral) space = await watchSpace(watched)
    await createDatabase(plan)
  } catch (error) {
    await space?.stop()
    await keeper.stop()
    throw error
  }
  return {
    connectionString: plan.connectionString,
    async stop() {
      await space?.stop()
      await keeper.stop()
      if (isEphemeral) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts the server again whenever it goes, until told to stop. */
function keepRunning(plan: ServerPlan, first: RunningServer, log?: Pick<Log, 'warn'>) {
  const stopRequest = Promise.withResolvers<null>()
  let isStopping = false
  let server: RunningServer | null = first

  async function watch() {
    while (!isStopping) {
      if (server) await Promise.race([server.isGone, stopRequest.promise])
      if (isStopping) return
      log?.warn('the embedded Postgres went away, starting it again')
      server = await ensureServer(plan).catch((error: Error) => {
        log?.warn({ err: error }, 'the embedded Postgres cannot be started, trying again in 1 s')
        return null
      })
      if (!server) await Promise.race([sleep(1000, null, { ref: false }), stopRequest.promise])
    }
  }
  const watching = watch()

  return {
    async stop() {
      isStopping = true
      stopRequest.resolve(null)
      await watching
      if (!server?.child) return
      await stopServer(server.child)
      plan.cleanUp()
    },
  }
}

function openFolder(dataDirectory: string, isEphemeral: boolean): string {
  try {
    makeFolder(dataDirectory)
    const folder = realpathSync(dataDirectory)
    if (!isEphemeral) return folder
    removeLeftovers(folder, 'ephemeral-')
    const own = mkdtempSync(join(folder, `ephemeral-${process.pid}-`))
    chmodSync(own, 0o755) // the account that runs Postgres may be another one
    return own
  } catch (cause) {
    throw unusableFolder(dataDirectory, cause)
  }
}

async function prepare(folder: string, options: EmbeddedPostgresOptions): Promise<ServerPlan> {
  const binaries = findPostgresBinaries()
  const cluster = join(folder, `postgres-${binaries.majorVersion}`)
  const { ephemeral: isEphemeral = false, useNamespaces = true } = options
  if (!isEphemeral) await refuseFullDisk(folder, cluster)
  const account = accountFor({ cluster, program: binaries.postgres, useNamespaces })
  try {
    createCluster(cluster, { binaries, account, isEphemeral })
  } catch (cause) {
    throw unusableFolder(folder, cause)
  }
  const address = addressOf(cluster, account)
  const settings = {
    ...address.settings,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off', // our statements are short; compiling them costs more than it gains
    shared_buffers: '256MB',
    max_wal_size: '2GB', // a first copy writes much at once: fewer checkpoints
    ...(isEphemeral ? CARELESS : {}),
    ...options.settings,
  }
  return { ...address, cluster, postgres: binaries.postgres, account, settings }
}

async function createDatabase({ connectionString }: ServerPlan) {
  const client = new pg.Client({ connectionString: connectionString('postgres') })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } catch (error) {
    const wasQuicker = ['42P04', '23505'].includes((error as { code?: string }).code ?? '')
    if (!wasQuicker) throw error
  } finally {
    await client.end()
  }
}

/** Gateway and worker over one database: what `start`, `serve`, `work` and `sync` have in common. */
import type { Config, ConfiguredWorkspace } from '#config.ts'
import { connectorByKey, vendors } from '#connectors/registry.ts'
import { describeVendors } from '#domain/backends/vendors.ts'
import { linkKeyOf } from '#domain/installation/loaders.ts'
import { shareUses } from '#domain/limits/share-uses.ts'
import { StartError } from '#errors.ts'
import type { Calling } from '#flows/calling/calling.ts'
import { openDownloads } from '#flows/download/download.ts'
import { openRemotePictures } from '#flows/download/pictures.ts'
import { openSigningIn } from '#flows/signing-in/signing-in.ts'
import { enqueueRefetch, storeFetched } from '#flows/sync/refetch.ts'
import { registerBackends, registerWorkspaces } from '#flows/sync/register.ts'
import { openSyncing, type SyncedBackend, type Syncing } from '#flows/sync/syncing.ts'
import { openUploads } from '#flows/upload/door.ts'
import { openWebhooks } from '#flows/webhooks/door.ts'
import { graphiqlTabs } from '#graphiql-tabs.ts'
import type { WorkContext } from '#handlers.ts'
import { type Database, type DatabaseOptions, openDatabase } from '#platform/db/client.ts'
import { openControl } from '#platform/db/control.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { openWalledDatabase, raiseWall } from '#platform/db/wall.ts'
import { type Gateway, startGateway } from '#platform/http/gateway.ts'
import { openWaker } from '#platform/jobs/waker.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { openBudgets, usualBudgets } from '#platform/limits/budgets.ts'
import { usualLimits } from '#platform/limits/limits.ts'
import { readManifest } from '#platform/limits/manifest.ts'
import { openPersisted } from '#platform/limits/persisted.ts'
import { openWakes } from '#platform/live/wakes.ts'
import type { Log } from '#platform/log.ts'
import { noKeys } from '#platform/sealed.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { translatorKind } from '#translators/registry.ts'
import { listenProblem } from './address.ts'
import { type NamedBackend, namedBackends } from './backend-names.ts'
import type { Life } from './life.ts'
import { rightsIn, withLocalToken } from './tokens.ts'

type StoreOptions = {
  databaseUrl: string
  workspaces: ConfiguredWorkspace[]
  log: Log
  life: Life
}

/** A migrated database that knows its backends, and what it takes to copy them. */
export type Store = {
  databaseUrl: string
  workspaces: (ConfiguredWorkspace & { id: string })[]
  backends: SyncedBackend[]
  /** The owner's view, of all workspaces. */
  database: Database
  /** To be stopped by whoever opened the store, `openService` does. */
  syncing: Syncing
  log: Log
  life: Life
}

export async function openStore({ databaseUrl, workspaces, log, life }: StoreOptions): Promise<Store> {
  const backends = namedBackends(workspaces)
  await migrateDatabase({ connectionString: databaseUrl, log })
  const poolSize = 2 * roundsAtOnce(backends.length) + SHORT_JOBS_AT_ONCE + 2 * CONNECTIONS_OF_A_QUEUE
  const database = await openPool({ databaseUrl, log, life }, { poolSize, timeouts: SYNC_TIMEOUTS })
  const { db } = database
  const tenants = workspaces.map(({ key, name, locale }) => ({ key, name, defaultLocale: locale }))
  const ids = await registerWorkspaces(db, tenants)
  const registered = await registerBackends(
    db,
    backends.map(({ workspaceKey, key, name, vendor, syncEverySeconds }) => ({
      ...{ key, name, vendor, workspace: tenants.find((tenant) => tenant.key === workspaceKey) as (typeof tenants)[0] },
      freshnessSeconds: Math.max(MIN_FRESHNESS_SECONDS, FRESH_FOR_ROUNDS * syncEverySeconds),
    })),
  )
  const synced = registered.map((row, index) => syncedBackend(row, backends[index] as NamedBackend))
  const syncing = openSyncing({ db, log, backends: synced })
  const withIds = workspaces.map((workspace, index) => ({ ...workspace, id: ids[index] as string }))
  return { databaseUrl, workspaces: withIds, backends: synced, database, syncing, log, life }
}

type GatewayDatabase = Pick<Config['database'], 'poolSize'>

/** What their secrets are encrypted with, and whether they may go into the own network. */
type Webhooks = Pick<Calling, 'secretKeys' | 'localAddresses'>

export type ServiceOptions = {
  /** Null: no gateway. */
  gateway: {
    server: Pick<Config['server'], 'host' | 'port'> & Partial<Config['server']>
    database: GatewayDatabase
    /** See `localTokenOf`. */
    localToken: string | null
    /** Whether browsers get GraphiQL. */
    graphiql: boolean
    /** Left out: the usual ones. */
    limits?: Config['limits']
    persisted?: Config['persisted']
    translation?: Config['translation']
  } | null
  /** Whether requests are walled in Postgres too; left out or null: wherever that can be. */
  rowLevelSecurity?: Config['database']['rowLevelSecurity']
  /** Instead: opens gateways in processes of their own. */
  gateways?: (() => Promise<Pick<Gateway, 'url' | 'close'>>) | null
  isWorker: boolean
  storage: Storage
  webhooks?: Webhooks
  delivery?: WorkContext['delivery']
  audit?: WorkContext['audit']
  /** What queries of webhooks may ask for where there is no gateway. */
  limits?: Config['limits']
}

/** The gateway's address; null without one. Both parts stop at the same time. */
export async function openService(store: Store, options: ServiceOptions): Promise<string | null> {
  const { life } = store
  const { gateway, isWorker, storage, webhooks = { secretKeys: noKeys, localAddresses: false } } = options
  const isWalled = await hasWall(store, options.rowLevelSecurity ?? null)
  const pools = gateway && (await openGatewayPools(store, { ...gateway.database, isWalled }))
  const opening = async () => {
    const opened =
      gateway && pools
        ? await openGateway(store, gateway, { ...pools, storage, webhooks })
        : ((await options.gateways?.()) ?? null)
    const limits = gateway?.limits ?? options.limits ?? usualLimits
    const worker = isWorker
      ? await openWorker(store, { ...options, webhooks: { ...webhooks, limits, isWalled } })
      : null
    return { gateway: opened, worker }
  }
  const running = await life.hold('gateway and worker', opening(), ({ gateway, worker }) =>
    Promise.all([gateway?.close(), worker?.stop(), store.syncing.stop()]),
  )
  return running.gateway?.url ?? null
}

/** One round may run for each backend. */
function roundsAtOnce(backendCount: number): number {
  return Math.max(1, Math.min(MOST_ROUNDS_AT_ONCE, backendCount))
}

const MOST_ROUNDS_AT_ONCE = 16
const SHORT_JOBS_AT_ONCE = 16
const QUERIES_OF_WEBHOOKS_AT_ONCE = 4
const CONNECTIONS_OF_A_QUEUE = 2
const SYNC_TIMEOUTS = { statementMs: 60_000, lockMs: 10_000, idleInTransactionMs: 60_000 }
const MIN_FRESHNESS_SECONDS = 300
/** A copy counts as stale when so many rounds in a row did not come through. */
const FRESH_FOR_ROUNDS = 3

type Pools = Awaited<ReturnType<typeof openGatewayPools>>

async function openGatewayPools(store: Store, { poolSize, isWalled }: { poolSize: number; isWalled: boolean }) {
  const { databaseUrl, log, life } = store
  const control = openControl({
    connectionString: databaseUrl,
    onChange: (isUp) => (isUp ? log.info('the database answers again') : log.error('the database does not answer')),
  })
  await life.hold('the control of the database', Promise.resolve(control), ({ close }) => close())
  const wakes = openWakes({ connectionString: databaseUrl, log })
  await life.hold('what happens elsewhere', Promise.resolve(wakes), ({ close }) => close())
  const requests = openWalledDatabase({ ...poolOptions(store), poolSize, isWalled, canceller: control })
  const { dbOf } = await life.hold('the database', Promise.resolve(requests), ({ close }) => close())
  // What is asked of no workspace yet: whose tokens are these. Strangers with wrong ones do not keep requests waiting.
  const doorDb = (await openPool(store, { poolSize: 2, timeouts: { statementMs: 1000 } })).db
  return { dbOf, doorDb, control, wakes }
}

/** `isWanted` null: wherever it can be. */
async function hasWall({ databaseUrl, log }: Store, isWanted: boolean | null): Promise<boolean> {
  if (isWanted === false) return false
  const problem = await raiseWall(databaseUrl)
  if (problem === null) return true
  if (isWanted) throw new StartError(`database.rowLevelSecurity: ${problem}`)
  log.warn(`requests run without row-level security, the second wall between workspaces: ${problem}`)
  return false
}

async function openGateway(
  store: Store,
  options: NonNullable<ServiceOptions['gateway']>,
  { dbOf, doorDb, control, wakes, storage, webhooks }: Pools & { storage: Storage; webhooks: Webhooks },
) {
  const { server, localToken, graphiql, translation, limits, persisted } = options
  const { syncing, log } = store
  const { schema } = await import('#schema.ts') // makes thousands of objects, and a worker needs none of them
  const key = await linkKeyOf(doorDb)
  const sessionOf = (backendId: string) => (syncing.backendOf(backendId) ? syncing.sessionOf(backendId) : null)
  const detector = await store.life.hold(
    'the language detector',
    Promise.resolve(openLanguageDetector()),
    ({ close }) => close(),
  )
  const languages = openLanguages({
    detector,
    translator: translation ? translatorKind(translation.provider).open(translation, { log }) : null,
    deskOf: sessionOf,
  })
  const unshared = (error: unknown) => log.warn({ err: error }, 'what tokens use is not shared with other gateways')
  const budgets = openBudgets(limits ?? usualBudgets, shareUses(doorDb), unshared)
  const opening = startGateway({
    ...{ limits, budgets, introspection: server.introspection, persisted: persisted && persistedIn(persisted, log) },
    ...{ schema, dbOf, cleaner: syncing.cleaner, languages, log, host: server.host, port: server.port, store: control },
    webhooks,
    ...{
      wakes,
      streamLimits: limits && { ...limits.streams, pingEveryMs: limits.streams.pingSeconds * 1000 },
      allowedOrigins: server.allowedOrigins,
      trustedProxies: server.trustedProxies,
    },
    queryMs: server.queryTimeoutSeconds && server.queryTimeoutSeconds * 1000,
    requestsAtOnce: server.requestsAtOnce,
    authenticate: openSigningIn({ db: doorDb, log, workspaces: withLocalToken(store.workspaces, localToken) }),
    graphiql: graphiql && { token: localToken, tabs: graphiqlTabs },
    downloads: openDownloads({ dbOf, log, key, sessionOf, storage }),
    uploads: openUploads({ dbOf, log, key, storage }),
    doors: [
      openRemotePictures({ log, key }),
      openWebhooks({ dbOf, log, backends: store.backends, heardOf: enqueueRefetch }),
    ],
  })
  return opening.catch((error: unknown) => {
    throw listenProblem(error, server)
  })
}

function persistedIn({ mode, documents }: Config['persisted'], log: Log) {
  if (mode === 'off' || documents === null) return null
  try {
    return openPersisted({ mode, documents: readManifest(documents), log })
  } catch (cause) {
    throw new StartError(`persisted.documents: ${(cause as Error).message}`, { cause })
  }
}

async function openWorker(
  store: Store,
  options: Pick<WorkContext, 'storage' | 'delivery' | 'audit'> & { webhooks: ToldBy },
) {
  const { database, backends, syncing, log } = store
  // Only now, when a gateway answers already.
  const { handlers, longHandlers, timetable } = await import('#handlers.ts')
  const { startJobRunner } = await import('#platform/jobs/runner.ts')
  // Jobs carry commands out, and those ask what a help desk can do.
  describeVendors(vendors.map(({ connector }) => connector))
  const context: WorkContext = {
    ...{ ...syncing, backends, waker: openWaker() },
    storeRead: (backend, records, fetchedAt) => storeFetched(syncing, backend, records, fetchedAt),
    ...{ storage: options.storage, delivery: options.delivery, audit: options.audit },
    bytesOf: options.storage.bytes,
    calling: await callingOf(store, options.webhooks),
  }
  const work = { pool: database.pool, context, log }
  const runners = [
    startJobRunner({ ...work, handlers: longHandlers, concurrency: roundsAtOnce(backends.length) }),
    startJobRunner({ ...work, handlers, concurrency: SHORT_JOBS_AT_ONCE }),
  ]
  const clocks = timetable.map((startClock) => startClock(context))
  return {
    async stop() {
      await Promise.all([...runners.map((runner) => runner.stop()), ...clocks.map((clock) => clock.stop())])
    },
  }
}

type ToldBy = Webhooks & Pick<Calling, 'limits'> & { isWalled: boolean }

async function callingOf(store: Store, { isWalled, ...webhooks }: ToldBy): Promise<Calling> {
  const { database, workspaces, syncing, log, life } = store
  // What queries of webhooks ask has the walls of any other request.
  const requests = openWalledDatabase({ ...poolOptions(store), poolSize: QUERIES_OF_WEBHOOKS_AT_ONCE, isWalled })
  const { dbOf } = await life.hold('the database', Promise.resolve(requests), ({ close }) => close())
  return {
    ...{ db: database.db, dbOf, log, cleaner: syncing.cleaner, ...webhooks, waker: openWaker() },
    workspaceIds: workspaces.map(({ id }) => id),
    rightsOf: rightsIn(workspaces),
    schemaOf: async () => (await import('#schema.ts')).schema,
  }
}

function syncedBackend(
  ids: { workspaceId: string; backendId: string },
  { workspaceKey, key, vendor, settings, syncEverySeconds, fullSyncEverySeconds }: NamedBackend,
): SyncedBackend {
  const connector = connectorByKey(vendor)
  if (!connector) throw new Error(`there is no connector ${vendor}`) // the configuration was checked
  return {
    ...ids,
    workspaceKey,
    key,
    connector: connector as SyncedBackend['connector'],
    settings,
    syncEverySeconds,
    fullSyncEverySeconds,
  }
}

async function openPool(
  store: Pick<Store, 'databaseUrl' | 'log' | 'life'>,
  options: Pick<DatabaseOptions, 'poolSize' | 'timeouts'>,
) {
  const database = openDatabase({ ...poolOptions(store), ...options })
  return store.life.hold('the database', Promise.resolve(database), ({ close }) => close())
}

function poolOptions({ databaseUrl, log }: Pick<Store, 'databaseUrl' | 'log'>) {
  const onError = (error: Error) => log.warn({ err: error }, 'a connection to the database broke')
  return { connectionString: databaseUrl, onError }
}

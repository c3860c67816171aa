/** Gateway and worker over one database: what `start`, `serve`, `work` and `sync` have in common. */
import type { Config, ConfiguredBackend } from '#config.ts'
import { connectorByKey } from '#connectors/registry.ts'
import { openDownloads } from '#flows/download/download.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { graphiqlTabs } from '#graphiql-tabs.ts'
import { handlers } from '#handlers.ts'
import { type Database, openDatabase } from '#platform/db/client.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { type Gateway, startGateway } from '#platform/http/gateway.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import type { Log } from '#platform/log.ts'
import { listenProblem } from './address.ts'
import type { Life } from './life.ts'
import { authenticator, downloadKey, type Tokens } from './tokens.ts'

type StoreOptions = {
  databaseUrl: string
  poolSize: number
  workspace: Config['workspace']
  backends: ConfiguredBackend[]
  log: Log
  life: Life
}

/** A migrated database that knows its backends. */
export type Store = StoreOptions & { database: Database; workspaceId: string }

export async function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, poolSize, workspace, backends, log, life } = options
  await migrateDatabase({ connectionString: databaseUrl, log })
  const database = await openPool(life, { connectionString: databaseUrl, poolSize, log })
  const { workspaceId } = await registerBackends(database.db, { workspace, backends })
  return { ...options, database, workspaceId }
}

type GatewayOptions = { server: Config['server']; tokens: Tokens; graphiql: false | { token: string | null } }

export async function openGateway(store: Store, { server, tokens, graphiql }: GatewayOptions): Promise<Gateway> {
  const { database, databaseUrl, workspaceId, log, life } = store
  const { schema } = await import('#schema.ts')
  // A connection of its own: whether the database answers has nothing to do with how busy the gateway is.
  const health = await openPool(life, { connectionString: databaseUrl, poolSize: 1, log, statementMs: 1000 })
  const { db } = database
  const opening = startGateway({
    schema,
    db,
    log,
    host: server.host,
    port: server.port,
    authenticate: authenticator(tokens, workspaceId),
    graphiql: graphiql && { ...graphiql, tabs: graphiqlTabs },
    isReady: () => health.pool.query('select').then(() => true),
    downloads: openDownloads({ db, log, key: downloadKey(tokens), sessionOf: sessionsOf(store) }),
  })
  return life
    .hold('the gateway', opening, (gateway) => gateway.close())
    .catch((error: unknown) => {
      throw listenProblem(error, server)
    })
}

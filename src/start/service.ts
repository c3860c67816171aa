/** Gateway and worker over one database: what `start`, `serve` and `work` have in common. */
import type { Config, ConfiguredBackend } from '#config.ts'
import type { Session } from '#connectors/contract.ts'
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

export type ServiceOptions = {
  config: Config
  databaseUrl: string
  backends: ConfiguredBackend[]
  log: Log
  life: Life
}

export type Service = ServiceOptions & { database: Database; workspaceId: string; sessions: Map<string, Session> }

const SYNC_TIMEOUTS = { statementMs: 60_000, lockMs: 10_000, idleInTransactionMs: 60_000 }

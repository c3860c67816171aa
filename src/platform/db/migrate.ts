import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { StartError } from '#errors.ts'
import type { Log } from '#platform/log.ts'
import { openDatabase } from './client.ts'

/** Names of migrations, `0003_short_description`; an unknown one has only the start of its hash. */
export type MigrationStatus = { applied: string[]; pending: string[]; unknown: string[] }

type Source = { connectionString: string; migrationsFolder?: string }

const MIGRATIONS_FOLDER = join(import.meta.dirname, '../../../drizzle')
const NO_LIMITS = { statementMs: 0, lockMs: 0, idleInTransactionMs: 0 }
const ONE_AT_A_TIME = 7_215_893_406 // the key of the advisory lock; any number nobody else uses

/**
 * Brings the database up to this program: our migrations and those of the job queue. Any number of processes may call
 * it at once; all of them return when it is done. Ours run in one transaction, so a failing one leaves nothing behind.
 * @throws StartError when the database is newer than the program, or a migration fails.
 */
export async function migrateDatabase(source: Source & { log?: Pick<Log, 'info'> }) {
  const { connectionString, migrationsFolder = MIGRATIONS_FOLDER, log } = source
  await withClient(connectionString, async (client) => {
    await client.query('select pg_advisory_lock($1)', [ONE_AT_A_TIME]) // given back when the connection closes
    const { pending, unknown } = await migrationStatus(client, migrationsFolder)
    refuseNewerDatabase(unknown)
    if (pending.length > 0) {
      log?.info(`applying ${pending.length} migrations`)
      await migrate(drizzle({ client }), { migrationsFolder }).catch((cause: Error) => {
        const { message, hint } = rootOf(cause) as Error & { hint?: string }
        throw new StartError(`a migration failed and was undone: ${message}${hint ? ` (${hint})` : ''}`, { cause })
      })
      await refuseSkipped(client, migrationsFolder)
    }
    await runQueueMigrations(connectionString)
  })
}

/** What `migrateDatabase` would do; changes nothing. */
export async function pendingMigrations(
  connectionString: string,
  migrationsFolder = MIGRATIONS_FOLDER,
): Promise<MigrationStatus> {
  return withClient(connectionString, (client) => migrationStatus(client, migrationsFolder))
}

function refuseNewerDatabase(unknown: string[]) {
  if (unknown.length === 0) return
  throw new StartError(
    `the database is newer than this program (${unknown.length} migrations it does not know): ` +
      'start the version that wrote it, or a later one',
  )
}

/** drizzle goes by time alone: it passes over a migration that is older than the newest applied one. */
async function refuseSkipped(client: pg.Client, migrationsFolder: string) {
  const { pending } = await migrationStatus(client, migrationsFolder)
  if (pending.length === 0) return
  throw new StartError(
    `older than a migration already applied: ${pending.join(', ')}. Generate it again (npm run db:generate)`,
  )
}

async function migrationStatus(client: pg.Client, migrationsFolder: string): Promise<MigrationStatus> {
  const known = migrationsIn(migrationsFolder)
  const appliedAt = await appliedTimes(client)
  const knownTimes = new Set(known.map(({ when }) => when))
  return {
    applied: known.filter(({ when }) => appliedAt.has(when)).map(({ tag }) => tag),
    pending: known.filter(({ when }) => !appliedAt.has(when)).map(({ tag }) => tag),
    unknown: [...appliedAt].filter(([when]) => !knownTimes.has(when)).map(([, hash]) => hash.slice(0, 12)),
  }
}

/** Identified by their time, as drizzle does: a hash would change with a comment in the file. */
async function appliedTimes(client: pg.Client): Promise<Map<number, string>> {
  const { rows: tables } = await client.query(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as is_there`,
  )
  if (!tables[0].is_there) return new Map()
  const { rows } = await client.query('select created_at, hash from drizzle.__drizzle_migrations order by created_at')
  return new Map(rows.map(({ created_at, hash }) => [Number(created_at), hash]))
}

function migrationsIn(folder: string): { tag: string; when: number }[] {
  const journal = join(folder, 'meta', '_journal.json')
  return existsSync(journal) ? JSON.parse(readFileSync(journal, 'utf8')).entries : []
}

async function runQueueMigrations(connectionString: string) {
  const { pool, close } = openDatabase({ connectionString, poolSize: 1, timeouts: NO_LIMITS })
  try {
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) })
  } finally {
    await close()
  }
}

async function withClient<Result>(connectionString: string, work: (client: pg.Client) => Promise<Result>) {
  const application_name = 'deskgraph migrate'
  const client = new pg.Client({ connectionString, application_name, connectionTimeoutMillis: 5000 })
  client.on('error', () => {}) // the query on its way reports it
  try {
    await client.connect().catch((cause: Error & { code?: string }) => {
      const reason = cause.message || cause.code
      throw new StartError(`the database cannot be reached (${reason}): check DATABASE_URL and that Postgres runs`, {
        cause,
      })
    })
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error
}

import { rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { raiseWall } from '#platform/db/wall.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the database `postgres` in the cluster that all test files share. */
    postgresUrl: string
  }
}

/** One cluster for the whole run, with a migrated database `tpl` that `createTestDatabase()` copies. */
export default async function setUp(project: TestProject) {
  const dataDirectory = join(tmpdir(), `deskgraph-test-${process.getuid?.() ?? 0}`)
  // No autovacuum: it would connect to `tpl`, which cannot be copied while anybody is connected.
  const settings = { autovacuum: 'off', max_connections: '200', max_wal_size: '4GB' }
  const postgres = await startEmbeddedPostgres({ dataDirectory, ephemeral: true, settings })
  const url = postgres.connectionString('postgres')
  try {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('create database tpl')
    await client.end()
    const template = postgres.connectionString('tpl')
    await migrateDatabase({ connectionString: template })
    await raiseWall(template)
  } catch (error) {
    await postgres.stop()
    throw error
  }
  project.provide('postgresUrl', url)
  return async () => {
    await postgres.stop()
    await rmdir(dataDirectory).catch(() => {}) // not empty: another run is under way there
  }
}

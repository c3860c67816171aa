import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { removeLeftovers } from '#platform/db/embedded-cluster.ts'
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
  const { folder, removeFolder } = temporaryFolderOfRun()
  // No autovacuum: it would connect to `tpl`, which cannot be copied while anybody is connected.
  const settings = { autovacuum: 'off', max_connections: '200', max_wal_size: '4GB' }
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, ephemeral: true, settings })
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
    removeFolder()
    throw error
  }
  project.provide('postgresUrl', url)
  return async () => {
    await postgres.stop()
    removeFolder()
  }
}

/** Holds all temporary files of a run: what a test that was killed left behind goes with it, if need be in the next run. */
function temporaryFolderOfRun() {
  const ofAllRuns = join(tmpdir(), `deskgraph-test-${process.getuid?.() ?? 0}`)
  mkdirSync(ofAllRuns, { recursive: true })
  removeLeftovers(ofAllRuns, 'run-')
  const folder = mkdtempSync(join(ofAllRuns, `run-${process.pid}-`))
  chmodSync(folder, 0o755) // the account that runs Postgres may be another one
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder
  return {
    folder,
    removeFolder() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      try {
        rmdirSync(ofAllRuns)
      } catch {
        // Not empty: another run is under way there.
      }
    },
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { StartError } from '#errors.ts'
import { migrateDatabase, pendingMigrations } from '#platform/db/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

const CREATE_PETS = 'create table pets (id integer primary key);'
const ADD_NAME = 'alter table pets add column name text;'

test('three programs that start at once on a new database all come up, and each migration ran once', async () => {
  const connectionString = await createEmptyDatabase()
  const migrationsFolder = folderOf([CREATE_PETS, ADD_NAME])

  await Promise.all([1, 2, 3].map(() => migrateDatabase({ connectionString, migrationsFolder })))

  expect(await pendingMigrations(connectionString, migrationsFolder)).toEqual({
    applied: ['0000_step', '0001_step'],
    pending: [],
    unknown: [],
  })
  await expect(query(connectionString, 'select id, name from pets')).resolves.toEqual([])
  await expect(query(connectionString, 'select count(*)::int as n from graphile_worker.jobs')).resolves.toEqual([
    { n: 0 },
  ])
})

test('a new database shows what is pending and is not changed by asking', async () => {
  const connectionString = await createEmptyDatabase()
  const status = await pendingMigrations(connectionString, folderOf([CREATE_PETS]))
  expect(status).toEqual({ applied: [], pending: ['0000_step'], unknown: [] })
  expect(await query(connectionString, `select from pg_namespace where nspname = 'drizzle'`)).toEqual([])
})

test('a database that a newer program wrote is refused with one line, and left alone', async () => {
  const connectionString = await createEmptyDatabase()
  await migrateDatabase({ connectionString, migrationsFolder: folderOf([CREATE_PETS, ADD_NAME]) })

  const older = folderOf([CREATE_PETS])
  const refusal = await migrateDatabase({ connectionString, migrationsFolder: older }).catch((error) => error)
  expect(refusal).toBeInstanceOf(StartError)
  expect(refusal.message).toMatch(/newer than this program/)
  expect(refusal.message).not.toContain('\n')
  expect((await pendingMigrations(connectionString, older)).unknown).toHaveLength(1)
})

test('a migration that fails leaves nothing behind, not even those before it, and can be run again when mended', async () => {
  const connectionString = await createEmptyDatabase()
  const broken = migrateDatabase({ connectionString, migrationsFolder: folderOf([CREATE_PETS, 'select 1 / 0;']) })

  await expect(broken).rejects.toThrow(/a migration failed and was undone: division by zero/)
  expect(await query(connectionString, `select to_regclass('pets') as pets`)).toEqual([{ pets: null }])

  await migrateDatabase({ connectionString, migrationsFolder: folderOf([CREATE_PETS, ADD_NAME]) })
  await expect(query(connectionString, 'select id, name from pets')).resolves.toEqual([])
})

test('a migration that is older than an applied one is reported instead of passed over', async () => {
  const connectionString = await createEmptyDatabase()
  await migrateDatabase({ connectionString, migrationsFolder: folderOf([CREATE_PETS], [2000]) })
  const merged = folderOf([CREATE_PETS, ADD_NAME], [2000, 1000])
  await expect(migrateDatabase({ connectionString, migrationsFolder: merged })).rejects.toThrow(/older than.*0001_step/)
})

test('a database that cannot be reached is one line that says what to check', async () => {
  const connectionString = 'postgres://nobody@127.0.0.1:1/nothing'
  await expect(migrateDatabase({ connectionString })).rejects.toThrow(/cannot be reached .*check DATABASE_URL/)
})

/** A migrations folder as drizzle-kit writes it. */
function folderOf(statements: string[], times = statements.map((_, index) => 1000 + index)): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskgraph-migrations-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'meta'))
  const entries = statements.map((sql, idx) => {
    const tag = `${String(idx).padStart(4, '0')}_step`
    writeFileSync(join(folder, `${tag}.sql`), sql)
    return { idx, version: '7', when: times[idx], tag, breakpoints: true }
  })
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }))
  return folder
}

async function query(connectionString: string, statement: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

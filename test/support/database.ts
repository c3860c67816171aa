import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, inject, onTestFinished } from 'vitest'
import { type Database, type Db, openDatabase } from '#platform/db/client.ts'
import { type DbOf, openWalledDatabase } from '#platform/db/wall.ts'
import { tellOf } from './statements.ts'

export type TestDatabase = Pick<Database, 'db' | 'pool'> & { connectionString: string }

/** A database of this test file's own: a copy of the migrated template, or of another; dropped after the file. */
export async function createTestDatabase(template = 'tpl'): Promise<TestDatabase> {
  const { connectionString, drop } = await createDatabase(copyOf(template))
  const { db, pool, close } = openDatabase({ connectionString, applicationName: 'test' })
  pool.on('connect', (client) => tellOf(client, pool))
  const onConnect = async (client: pg.ClientBase) => tellOf(client, pool)
  const requests = openWalledDatabase({
    connectionString,
    applicationName: 'test requests',
    isWalled: !process.env.NOWALL,
    // Tests ask more at once than a busy machine has connections for in the usual time.
    patienceMs: 5000,
    onConnect,
  })
  walls.set(db, requests.dbOf)
  afterAll(async () => {
    await Promise.all([close(), requests.close()])
    await drop()
  })
  return { connectionString, db, pool }
}

const walls = new WeakMap<Db, DbOf>()

/** What requests to a test's database run on, as in production. A transaction has no wall. */
export function requestsOn(db: Db): DbOf {
  return walls.get(db) ?? (() => db)
}

/** An empty database for one test, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<string> {
  const { connectionString, drop } = await createDatabase()
  onTestFinished(drop)
  return connectionString
}

/** A template that is filled once a run, by the first test file that asks for it; the others wait. */
export async function fillTemplate(name: string, fill: (connectionString: string) => Promise<void>): Promise<void> {
  await onServer(async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]) // given back when the connection closes
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount) return
    const unfinished = `${name}_unfinished`
    await client.query(`drop database if exists ${unfinished} with (force)`)
    await retryWhileInUse(() => client.query(`create database ${unfinished} ${copyOf('tpl')}`))
    await fill(addressOf(unfinished))
    await retryWhileInUse(() => client.query(`alter database ${unfinished} rename to ${name}`))
  })
}

async function createDatabase(source = '') {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  await onServer((client) => retryWhileInUse(() => client.query(`create database ${name} ${source}`)))
  return {
    connectionString: addressOf(name),
    drop: () => onServer((client) => client.query(`drop database ${name} with (force)`)),
  }
}

const copyOf = (template: string) => `template ${template} strategy file_copy`
const addressOf = (name: string) => inject('postgresUrl').replace('/postgres?', `/${name}?`)

async function onServer(work: (client: pg.Client) => Promise<unknown>) {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** 55006: the connection that filled the template is closed, but its process has not ended yet. */
async function retryWhileInUse(work: () => Promise<unknown>, attemptsLeft = 20) {
  try {
    await work()
  } catch (error) {
    if ((error as { code?: string }).code !== '55006' || attemptsLeft === 0) throw error
    await sleep(100)
    await retryWhileInUse(work, attemptsLeft - 1)
  }
}

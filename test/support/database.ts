import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, inject, onTestFinished } from 'vitest'
import { type Database, type Db, openDatabase } from '#platform/db/client.ts'
import { type DbOf, openWalledDatabase } from '#platform/db/wall.ts'
import { tellOf } from './statements.ts'

export type TestDatabase = Pick<Database, 'db' | 'pool'> & { connectionString: string }

/** A database of this test file's own: a copy of the migrated template, dropped after the file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { connectionString, drop } = await createDatabase('template tpl strategy file_copy')
  const { db, pool, close } = openDatabase({ connectionString, applicationName: 'test' })
  pool.on('connect', (client) => tellOf(client, pool))
  const onConnect = async (client: pg.ClientBase) => tellOf(client, pool)
  const requests = openWalledDatabase({
    connectionString,
    applicationName: 'test requests',
    isWalled: !process.env.NOWALL,
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

async function createDatabase(copyOf = '') {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name} ${copyOf}`)
  const connectionString = inject('postgresUrl').replace('/postgres?', `/${name}?`)
  return { connectionString, drop: () => onServer(`drop database ${name} with (force)`) }
}

async function onServer(statement: string) {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  try {
    await retryWhileTemplateIsInUse(() => client.query(statement))
  } finally {
    await client.end()
  }
}

/** 55006: the connection that migrated the template is closed, but its process has not ended yet. */
async function retryWhileTemplateIsInUse(work: () => Promise<unknown>, attemptsLeft = 20) {
  try {
    await work()
  } catch (error) {
    if ((error as { code?: string }).code !== '55006' || attemptsLeft === 0) throw error
    await sleep(100)
    await retryWhileTemplateIsInUse(work, attemptsLeft - 1)
  }
}

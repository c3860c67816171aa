import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, inject, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '#platform/db/client.ts'

export type TestDatabase = Pick<Database, 'db' | 'pool'> & { connectionString: string }

/** A database of this test file's own: a copy of the migrated template, dropped after the file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { connectionString, drop } = await createDatabase('template tpl strategy file_copy')
  const { db, pool, close } = openDatabase({ connectionString, applicationName: 'test' })
  afterAll(async () => {
    await close()
    await drop()
  })
  return { connectionString, db, pool }
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

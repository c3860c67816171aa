import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test, vi } from 'vitest'
import { openDatabase } from '#platform/db/client.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { againWhenInTheWay } from '#platform/db/in-the-way.ts'
import { createTestDatabase } from '../support/database.ts'

const { db, pool, connectionString } = await createTestDatabase()

test('counts are numbers, larger integers keep every digit, times are dates, JSON is parsed', async () => {
  const { rows } = await pool.query(`
    select count(*) as counted, 9007199254740993::int8 as large, '{"a": [1]}'::json as json, 'infinity'::timestamptz as never,
      '2026-11-21 17:36:30.123456+00'::timestamptz as at, '0044-03-15 12:00:00+00'::timestamptz as long_ago`)
  expect(rows[0]).toEqual({
    counted: 1,
    large: '9007199254740993',
    json: { a: [1] },
    never: Number.POSITIVE_INFINITY,
    at: new Date('2026-11-21T17:36:30.123Z'),
    long_ago: new Date('0044-03-15T12:00:00.000Z'),
  })
  expect((await db.execute(sql`select count(*) as counted`)).rows).toEqual([{ counted: 1 }])
})

test('a statement that takes too long is ended by Postgres, and its connection is still of use', async () => {
  const patient = openDatabase({ connectionString, poolSize: 1, timeouts: { statementMs: 100 } })
  afterAllClose(patient.close)
  const tooLong = patient.db.transaction((tx) => tx.execute(sql`select pg_sleep(5)`))
  await expect(tooLong).rejects.toMatchObject({ cause: { code: '57014' } })
  expect((await patient.db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }])
})

test('a Postgres that hangs fails queries and transactions in time, and afterwards the whole pool works again', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'deskgraph-hanging-'))
  const own = await startEmbeddedPostgres({ dataDirectory: parent, ephemeral: true })
  const { db, close } = openDatabase({
    connectionString: own.connectionString(),
    poolSize: 2,
    timeouts: { statementMs: 500 },
  })
  afterAllClose(async () => {
    await close()
    await own.stop()
    rmSync(parent, { recursive: true })
  })
  const answer = () => db.transaction((tx) => tx.execute(sql`select 1 as one`))
  await Promise.all([answer(), answer()])

  const processes = serverProcesses(parent)
  for (const pid of processes) process.kill(pid, 'SIGSTOP')
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(answer))
  for (const pid of processes) process.kill(pid, 'SIGCONT')

  expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'))
  await vi.waitFor(answer, 5000)
  await Promise.all([answer(), answer(), answer()])
})

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

function afterAllClose(close: () => Promise<void>) {
  closers.push(close)
}

/** The server of the throw-away cluster inside `parent`, and its children. */
function serverProcesses(parent: string): number[] {
  const cluster = join(parent, readdirSync(parent)[0] ?? '')
  const name = readdirSync(cluster).find((entry) => entry.startsWith('postgres-')) ?? ''
  const server = Number.parseInt(readFileSync(join(cluster, name, 'postmaster.pid'), 'utf8'), 10)
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ').map(Number)
  return [server, ...children]
}

test('two that wait for each other both come through: the one that had to give way does it again', async () => {
  await db.execute(sql`create table one (); create table other ()`)
  const both = Promise.withResolvers<void>()
  let begun = 0
  const locking = (first: string, second: string) =>
    againWhenInTheWay(() =>
      db.transaction(async (tx) => {
        await tx.execute(sql.raw(`lock table ${first}`))
        begun += 1
        if (begun === 2) both.resolve()
        await both.promise
        await tx.execute(sql.raw(`lock table ${second}`))
        return second
      }),
    )
  expect(await Promise.all([locking('one', 'other'), locking('other', 'one')])).toEqual(['other', 'one'])
  expect(begun).toBe(3)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openDatabase } from '#platform/db/client.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { defineJob, enqueue, type Handler, handle } from '#platform/jobs/queue.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { createTestDatabase } from '../support/database.ts'

const greet = defineJob({ name: 'greet', payload: z.object({ name: z.string() }) })

const { connectionString, db, pool } = await createTestDatabase()
let greeted: string[]
const cleanUps: (() => Promise<void>)[] = []

beforeEach(async () => {
  greeted = []
  await pool.query('delete from graphile_worker._private_jobs')
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

test('a job enqueued in a transaction runs after the commit, and never after a rollback', async () => {
  startRunner()
  const rolledBack = db.transaction(async (tx) => {
    await enqueue(tx, greet, { name: 'rolled back' })
    throw new Error('changed my mind')
  })
  await expect(rolledBack).rejects.toThrow('changed my mind')

  await db.transaction(async (tx) => {
    await enqueue(tx, greet, { name: 'committed' })
    await sleep(600) // longer than the poll: it must not be seen yet
    expect(greeted).toEqual([])
  })
  await vi.waitFor(() => expect(greeted).toEqual(['committed']), 5000)
})

test('a payload of another shape is refused where it is enqueued', async () => {
  // @ts-expect-error: the compiler refuses it as well
  await expect(enqueue(db, greet, { name: 42 })).rejects.toThrow(z.ZodError)
  expect(await jobs()).toEqual([])
})

test('a job that fails is tried again, knows which attempt it is, and stays visible with its last error', async () => {
  const attempts: number[] = []
  startRunner(
    handle(greet, async ({ name }, _context, attempt) => {
      attempts.push(attempt.number)
      if (attempt.number === 1) throw new Error('not today')
      greeted.push(name)
    }),
  )
  await enqueue(db, greet, { name: 'Ann' }, { maxAttempts: 3 })
  const failure = { attempts: 1, last_error: expect.stringContaining('not today') }
  await vi.waitFor(async () => expect(await jobs()).toMatchObject([failure]), 5000)
  await vi.waitFor(() => expect(greeted).toEqual(['Ann']), 10_000) // the first wait is e seconds
  expect(attempts).toEqual([1, 2])
})

test('jobs of the same key that wait become one, with the newest payload', async () => {
  for (const name of ['old', 'newer', 'newest']) await enqueue(db, greet, { name }, { jobKey: 'greeting' })
  startRunner()
  await vi.waitFor(() => expect(greeted).toEqual(['newest']), 5000)
  await sleep(600)
  expect(greeted).toEqual(['newest'])
})

test('jobs of one queue name run one after the other, in order', async () => {
  let running = 0
  for (const name of ['1', '2', '3']) await enqueue(db, greet, { name }, { queueName: 'ticket 7' })
  startRunner(
    handle(greet, async ({ name }) => {
      expect(++running).toBe(1)
      await sleep(50)
      running--
      greeted.push(name)
    }),
  )
  await vi.waitFor(() => expect(greeted).toEqual(['1', '2', '3']), 5000)
})

test('the job of a worker that was killed runs again after three sweeps', async () => {
  await enqueue(db, greet, { name: 'orphan' }, { queueName: 'ticket 8' })
  // What a worker that took the job and was killed leaves behind.
  await pool.query(
    `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool-killed', attempts = 1`,
  )
  await pool.query(`update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'pool-killed'`)
  startRunner()
  await vi.waitFor(() => expect(greeted).toEqual(['orphan']), 5000)
})

test('the job of a worker that is alive is left to it, however long it takes', async () => {
  startRunner(
    handle(greet, async ({ name }) => {
      await sleep(1500) // seven sweeps
      greeted.push(name)
    }),
  )
  await enqueue(db, greet, { name: 'slow' })
  await vi.waitFor(async () => expect((await jobs())[0]?.locked_by).toBeTruthy(), 5000)
  startRunner(handle(greet, async () => void greeted.push('stolen')))
  await vi.waitFor(() => expect(greeted).toEqual(['slow']), 5000)
})

test('the runner goes on after Postgres cut all its connections', async () => {
  startRunner()
  await enqueue(db, greet, { name: 'before' })
  await vi.waitFor(() => expect(greeted).toEqual(['before']), 5000)
  await db.execute(sql`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'runner' and pid <> pg_backend_pid()`)
  await enqueue(db, greet, { name: 'after' })
  await vi.waitFor(() => expect(greeted).toEqual(['before', 'after']), 5000)
})

test('the runner goes on after Postgres was away, and repeats the job whose end it could not note', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'deskgraph-jobs-'))
  cleanUps.push(async () => rmSync(dataDirectory, { recursive: true }))
  const before = await startEmbeddedPostgres({ dataDirectory })
  const url = before.connectionString()
  await migrateDatabase({ connectionString: url })
  const { db, close } = openDatabase({ connectionString: url })
  cleanUps.push(close)
  startRunner(
    handle(greet, async ({ name }) => {
      greeted.push(name)
      if (greeted.length === 1) await before.stop()
    }),
    url,
  )
  await enqueue(db, greet, { name: 'first' })
  await vi.waitFor(() => expect(greeted).toEqual(['first']), 5000)
  await sleep(1000)
  const after = await startEmbeddedPostgres({ dataDirectory })
  cleanUps.splice(1, 0, after.stop) // after the runner and the pool, which come later in the list
  await vi.waitFor(() => expect(greeted).toEqual(['first', 'first']), 10_000)
  await enqueue(db, greet, { name: 'second' })
  await vi.waitFor(() => expect(greeted).toContain('second'), 5000)
})

test('stopping does not wait for ever for a job that does not end, and the job is then free for another worker', async () => {
  const stop = startRunner(handle(greet, () => new Promise(() => {})))
  await enqueue(db, greet, { name: 'endless' })
  await vi.waitFor(async () => expect((await jobs())[0]?.locked_by).toBeTruthy(), 5000)

  const startedAt = Date.now()
  await stop()
  expect(Date.now() - startedAt).toBeLessThan(2000)
  expect(await jobs()).toMatchObject([{ locked_by: null }])
})

const greeting = handle(greet, async ({ name }) => void greeted.push(name))

function startRunner(handler: Handler<object> = greeting, url = connectionString) {
  const own = openDatabase({ connectionString: url, applicationName: 'runner' })
  const log = pino({ level: 'silent' })
  const runner = startJobRunner({
    ...{ pool: own.pool, handlers: [handler], context: {}, concurrency: 2, log },
    ...{ sweepIntervalMs: 200, stopPatienceMs: 1000 }, // for the tests' sake; 3 s and 7 s outside
  })
  cleanUps.push(async () => {
    await runner.stop()
    // A job that never ends keeps its connections; the file's database is dropped with force.
    await Promise.race([own.close(), sleep(500)])
  })
  return runner.stop
}

async function jobs() {
  const { rows } = await pool.query(
    'select attempts, last_error, locked_by from graphile_worker._private_jobs order by id',
  )
  return rows
}

import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { atOnceHere, type DatabaseOptions, openDatabase } from '#platform/db/client.ts'
import { createTestDatabase } from '../support/database.ts'

const { connectionString, pool: watching } = await createTestDatabase()

function opened(options: Partial<DatabaseOptions>): pg.Pool {
  const { pool, close } = openDatabase({ connectionString, ...options })
  onTestFinished(close)
  return pool
}

const processOf = async (client: pg.Pool | pg.PoolClient) =>
  (await client.query('select pg_backend_pid() as id')).rows[0].id as number

const endProcess = (id: number) => watching.query('select pg_terminate_backend($1, 1000)', [id])

test('whoever waits for a connection gets one in turn', async () => {
  const pool = opened({ poolSize: 2 })
  const held = await Promise.all([pool.connect(), pool.connect()])
  const order: number[] = []
  const waiting = [0, 1, 2, 3].map(async (place) => {
    const client = await pool.connect()
    order.push(place)
    client.release()
  })
  for (const client of held) client.release()
  await Promise.all(waiting)
  expect(order).toEqual([0, 1, 2, 3])
  expect(pool.totalCount).toBe(2)
})

test('whoever waits longer than we are patient is told, and takes no connection later', async () => {
  const pool = opened({ poolSize: 1, patienceMs: 200 })
  const held = await pool.connect()
  await expect(pool.query('select 1')).rejects.toThrow(
    'No connection for 200 ms: 1 of at most 1 are in use or being made',
  )
  held.release()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a connection that is given back twice is not lent to two', async () => {
  const pool = opened({ poolSize: 2 })
  const client = await pool.connect()
  client.release()
  expect(() => client.release()).toThrow('given back twice')
  const [one, other] = await Promise.all([pool.connect(), pool.connect()])
  expect(one).not.toBe(other)
  one.release()
  other.release()
})

test('an idle connection that Postgres ends is lent to nobody', async () => {
  const pool = opened({ poolSize: 1 })
  const ended = await processOf(pool)
  await endProcess(ended)
  while (pool.totalCount > 0) await sleep(5)
  expect(await processOf(pool)).not.toBe(ended)
})

test('a connection that breaks in use makes room for who waits', async () => {
  const pool = opened({ poolSize: 1 })
  const client = await pool.connect()
  const waiting = processOf(pool)
  const ended = await processOf(client)
  await endProcess(ended)
  await client.query('select 1').catch(() => {})
  client.release()
  expect(await waiting).not.toBe(ended)
})

test('a database that is closed gives those who wait what they wait for', async () => {
  const { pool, close } = openDatabase({ connectionString, poolSize: 1 })
  const asked = [1, 2, 3].map((number) => pool.query('select $1::int as number', [number]))
  await asked[0]
  const closed = close()
  expect((await Promise.all(asked)).map(({ rows }) => rows[0].number)).toEqual([1, 2, 3])
  await closed
})

test('a database that is closed while long statements run gives those who wait what they wait for', async () => {
  const { pool, close } = openDatabase({ connectionString, poolSize: 10 })
  await pool.query('select 1')
  const asked = Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.2)'))
  await sleep(100)
  await close()
  expect(await Promise.all(asked)).toHaveLength(10)
})

test('short statements beside us run few at once, and what takes long holds up nobody', async () => {
  const pool = opened({ poolSize: 3 * atOnceHere })
  for (let burst = 0; burst < 3; burst++)
    await Promise.all(Array.from({ length: 3 * atOnceHere }, () => pool.query('select 1')))
  expect(pool.totalCount).toBeLessThan(3 * atOnceHere)

  const long = Array.from({ length: atOnceHere }, () => pool.query('select pg_sleep(2)'))
  const startedAtMs = performance.now()
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  expect(performance.now() - startedAtMs).toBeLessThan(1000)
  await Promise.all(long)
})

const kinds = `select $1::int as a, $2::text as b, $3::timestamptz as c, $4::jsonb as d, $5::int[] as e, $6::bytea as f`
const values = [7, null, new Date(0), { of: ['x', null] }, [1, 2], Buffer.from([0, 255])]
const inNames = { name: 'kinds', text: kinds, rowMode: 'array' }

test('a named statement gives what pg gives, the first time and after', async () => {
  const pool = opened({ poolSize: 1 })
  const plain = new pg.Client({ connectionString })
  await plain.connect()
  const { rows } = await plain.query({ text: kinds, values, rowMode: 'array' })
  await plain.end()
  for (let time = 0; time < 3; time++) expect((await pool.query(inNames, values)).rows).toEqual(rows)
  const none = { name: 'none', text: 'select 1 where false', rowMode: 'array' }
  for (let time = 0; time < 2; time++) expect((await pool.query(none, [])).rows).toEqual([])
})

test('columns of a named statement are read as it says', async () => {
  const pool = opened({ poolSize: 1 })
  const types = { getTypeParser: (typeId: number) => (text: string) => `${typeId} ${text}` }
  const statement = { name: 'typed', text: `select 1::int, 'x'::text`, rowMode: 'array', types }
  for (let time = 0; time < 2; time++) expect((await pool.query(statement, [])).rows).toEqual([['23 1', '25 x']])
  const failing = { ...statement, name: 'failing', types: { getTypeParser: () => () => JSON.parse('{') } }
  await expect(pool.query(failing, [])).rejects.toThrow('JSON')
  expect((await pool.query(statement, [])).rows).toHaveLength(1)
})

test('a named statement that fails, at whatever stage, takes nothing with it', async () => {
  const pool = opened({ poolSize: 1 })
  const circle: { in?: object } = {}
  circle.in = circle
  await expect(pool.query(inNames, [...values.slice(0, 3), circle, null, null])).rejects.toThrow('circular')
  await expect(pool.query(inNames, ['seven', ...values.slice(1)])).rejects.toMatchObject({ code: '22P02' })
  await expect(pool.query({ ...inNames, name: 'broken', text: 'selec' }, [])).rejects.toMatchObject({ code: '42601' })
  const client = await pool.connect()
  await client.query(inNames, values)
  await expect(client.query({ ...inNames, text: 'select 1' }, [])).rejects.toThrow('must be unique')
  expect((await client.query(inNames, values)).rows).toHaveLength(1)
  client.release()
})

// Postgres hangs, drops connections, has none left, is killed: what the door answers meanwhile, and how soon it is well again.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import pg from 'pg'
import { afterAll, expect, test, vi } from 'vitest'
import { openDatabase } from '#platform/db/client.ts'
import { openControl } from '#platform/db/control.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { openTestGateway } from '../support/gateway.ts'

const folder = mkdtempSync(join(tmpdir(), 'deskgraph-faults-'))
// What was acknowledged has to outlive the server, so this one is not as careless as those of other tests.
const settings = { synchronous_commit: 'on', max_connections: '20', autovacuum: 'off' }
const postgres = await startEmbeddedPostgres({ dataDirectory: folder, ephemeral: true, settings })
const connectionString = postgres.connectionString()
const control = openControl({ connectionString })
const { db, pool, close } = openDatabase({ connectionString, poolSize: 4, canceller: control })
await db.execute(sql`create table written (number int primary key)`)

const number = { args: { number: { type: GraphQLInt } }, type: GraphQLInt }
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      one: { type: GraphQLString, resolve: (_root, _args, { db }) => db.execute(sql`select 1`).then(() => '1') },
    },
  }),
  mutation: new GraphQLObjectType<unknown, GraphContext>({
    name: 'Mutation',
    fields: {
      write: {
        ...number,
        resolve: (_root, { number }, { db }) =>
          db.transaction((tx) => tx.execute(sql`insert into written values (${number})`)).then(() => number),
      },
    },
  }),
})
const gateway = await openTestGateway(db, { schema, store: control, workspaceId: 'any' })
afterAll(async () => {
  await gateway.close()
  await close()
  await control.close()
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function asked(query = '{ one }') {
  const started = performance.now()
  const { status, headers, data, errors } = await gateway.ask(query)
  const elapsedMs = performance.now() - started
  return { status, data, code: errors?.[0]?.extensions?.code, retryAfter: headers.get('retry-after'), elapsedMs }
}
const refusal = { status: 503, code: 'UNAVAILABLE', retryAfter: '2' }
const readiness = () => fetch(new URL('/health/ready', gateway.url)).then(({ status }) => status)

async function wellWithin(ms: number) {
  const started = performance.now()
  await vi.waitFor(async () => expect(await asked()).toMatchObject({ status: 200, data: { one: '1' } }), {
    ...{ timeout: ms, interval: 50 },
  })
  expect(await readiness()).toBe(200)
  expect(performance.now() - started).toBeLessThan(ms)
}

test('while Postgres hangs, reads under way end with 503 and new requests are refused at once; then all is well', async () => {
  await Promise.all([asked(), asked(), asked(), asked()])
  const processes = serverProcesses()
  for (const pid of processes) process.kill(pid, 'SIGSTOP')
  try {
    const underWay = await Promise.all(Array.from({ length: 20 }, () => asked()))
    for (const answer of underWay) {
      expect(answer).toMatchObject(refusal)
      expect(answer.elapsedMs).toBeLessThan(2600)
    }
    expect(await readiness()).toBe(503)
    for (const answer of await Promise.all([asked(), asked('mutation { write(number: 0) }')])) {
      expect(answer).toMatchObject(refusal)
      expect(answer.elapsedMs).toBeLessThan(300)
    }
  } finally {
    for (const pid of processes) process.kill(pid, 'SIGCONT')
  }
  await wellWithin(2000)
})

test('when Postgres has no connection left, requests get 503 quickly, and the next ones are answered when it has', async () => {
  const hoarded: pg.Client[] = []
  await pool
    .query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
    .catch(() => {})
  for (let isFull = false; !isFull; ) {
    const client = new pg.Client({ connectionString })
    client.on('error', () => {})
    isFull = await client.connect().then(
      () => false,
      () => true,
    )
    if (!isFull) hoarded.push(client)
  }
  const answers = await Promise.all(Array.from({ length: 30 }, () => asked()))
  for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(refusal)
  expect(answers.some(({ status }) => status === 503)).toBe(true)
  expect(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(2600)
  await Promise.all(hoarded.map((client) => client.end()))
  await wellWithin(3000)
})

test('a pool without a free connection is no fault of the request either: 503, to changes as to reads', async () => {
  const taken = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
  const answers = await Promise.all([asked(), asked('mutation { write(number: 0) }')])
  for (const client of taken) client.release()
  for (const answer of answers) expect(answer).toMatchObject(refusal)
  await wellWithin(1000)
})

test('no acknowledged write is lost when connections are cut and Postgres is killed, and nothing else than 503 is said', async () => {
  const acknowledged: number[] = []
  let [next, isOver] = [1, false]
  const write = async () => {
    while (!isOver) {
      const mine = next++
      const { status, code, data } = await asked(`mutation { write(number: ${mine}) }`)
      if (status === 200) acknowledged.push((data as { write: number }).write)
      else expect([status, code]).toEqual([503, 'UNAVAILABLE'])
    }
  }
  const writers = Promise.all([write(), write(), write(), write()])
  await sleep(200)
  const cutter = new pg.Client({ connectionString })
  await cutter.connect()
  await cutter.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
  await cutter.end()
  await sleep(200)
  const before = acknowledged.length
  process.kill(serverProcesses()[0] as number, 'SIGKILL')
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 20), 10_000)
  isOver = true
  await writers
  const { rows } = await db.execute<{ number: number }>(sql`select number from written`)
  const kept = new Set(rows.map(({ number }) => number))
  expect(acknowledged.filter((number) => !kept.has(number))).toEqual([])
  await wellWithin(1000)
})

/** The server of the throw-away cluster, and its children. */
function serverProcesses(): number[] {
  const cluster = join(folder, readdirSync(folder)[0] ?? '')
  const name = readdirSync(cluster).find((entry) => entry.startsWith('postgres-')) ?? ''
  const server = Number.parseInt(readFileSync(join(cluster, name, 'postmaster.pid'), 'utf8'), 10)
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ').map(Number)
  return [server, ...children]
}

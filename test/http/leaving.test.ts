// Reads that nobody waits for any more: they end in Postgres too, and leave the pool as it was.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { afterAll, expect, test, vi } from 'vitest'
import { openDatabase } from '#platform/db/client.ts'
import { openControl } from '#platform/db/control.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'

const { db: watching, connectionString } = await createTestDatabase()
const control = openControl({ connectionString })
const database = openDatabase({ connectionString, poolSize: 4, applicationName: 'leaving', canceller: control })
const { pool } = database

/** Statements of a second and more are nothing that our own schema can be made to send. */
const nap = (mark: string) => ({
  type: GraphQLString,
  async resolve(_root: unknown, _args: unknown, context: GraphContext) {
    await context.db.execute(sql.raw(`select pg_sleep(1.5) /* ${mark} */`))
    return 'slept'
  },
})
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      nap: nap('read'),
      late: { type: GraphQLString, resolve: (_root, _args, { db }) => db.execute(sql`select 1`).then(() => 'ok') },
    },
  }),
  mutation: new GraphQLObjectType({ name: 'Mutation', fields: { nap: nap('write') } }),
})
const gateway = await openTestGateway(database.db, { schema, queryMs: 700 })
afterAll(async () => {
  await gateway.close()
  await database.close()
  await control.close()
})

/** How many naps Postgres is taking for us. */
async function naps(): Promise<number> {
  const { rows } = await watching.execute(
    sql`select from pg_stat_activity where application_name = 'leaving' and state = 'active' and datname = current_database()`,
  )
  return rows.length
}

const send = (query: string, signal: AbortSignal | null = null) =>
  fetch(gateway.url, { method: 'POST', headers: gateway.headers, body: JSON.stringify({ query }), signal })

test('the statements of clients that leave are ended within a second, even when they fill the whole pool', async () => {
  const leaving = new AbortController()
  const asked = Array.from({ length: 12 }, () => send('{ nap }', leaving.signal).catch(() => 'left'))
  await vi.waitFor(async () => expect(await naps()).toBe(4))
  leaving.abort()
  await Promise.all(asked)
  await vi.waitFor(async () => expect(await naps()).toBe(0), { timeout: 1000, interval: 20 })

  // The connections that were cancelled are gone; the next statements meet no cancel that comes late.
  expect(await Promise.all(Array.from({ length: 40 }, () => gateway.ask('{ late }')))).toEqual(
    Array(40).fill(expect.objectContaining({ data: { late: 'ok' } })),
  )
  const all = await Promise.all([1, 2, 3, 4].map(() => pool.connect()))
  expect(pool.totalCount).toBe(4)
  for (const client of all) client.release()
})

test('a read that takes too long is answered in time with TIMEOUT and a request id, and stops', async () => {
  const started = performance.now()
  const { status, errors, data } = await gateway.ask('{ nap late }')
  expect(performance.now() - started).toBeLessThan(1200)
  expect([status, data]).toEqual([504, null])
  expect(errors).toMatchObject([{ extensions: { code: 'TIMEOUT', requestId: expect.any(String) } }])
  await vi.waitFor(async () => expect(await naps()).toBe(0), { timeout: 1000, interval: 20 })
})

test('a mutation runs to its end, whoever leaves and however long it takes', async () => {
  const leaving = new AbortController()
  const asked = send('mutation { nap }', leaving.signal).catch(() => 'left')
  await vi.waitFor(async () => expect(await naps()).toBe(1))
  leaving.abort()
  await asked
  await sleep(300)
  expect(await naps()).toBe(1)
  expect((await gateway.ask('mutation { nap }')).data).toEqual({ nap: 'slept' })
  expect(await naps()).toBe(0)
})

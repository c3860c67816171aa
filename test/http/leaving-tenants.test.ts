// Clients of two workspaces share a few connections behind the wall, and many leave at any moment.
import { randomInt } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { afterAll, expect, test, vi } from 'vitest'
import { openControl } from '#platform/db/control.ts'
import { openWalledDatabase } from '#platform/db/wall.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'

const { db: owner, connectionString } = await createTestDatabase()
const tenants = (
  await owner.execute<{ id: string }>(sql`
    insert into workspaces (id, key, name) select gen_random_uuid(), key, key from unnest(array['one', 'other']) as key returning id`)
).rows.map(({ id }) => id)
const control = openControl({ connectionString })
const requests = openWalledDatabase({
  ...{ connectionString, isWalled: true, poolSize: 3, applicationName: 'tenants', canceller: control },
})

/** What Postgres shows on the connection: no statement here says whose rows it wants. */
const shown = sql`select string_agg(id::text, ' ') as ids from workspaces, pg_sleep(random() * 0.004)`
const idsIn = ({ rows }: { rows: Record<string, unknown>[] }) => String(rows[0]?.ids)
const fields = {
  read: {
    type: GraphQLString,
    resolve: (_root: unknown, _args: unknown, { db }: GraphContext) => db.execute(shown).then(idsIn),
  },
  inTransaction: {
    type: GraphQLString,
    resolve: (_root: unknown, _args: unknown, { db }: GraphContext) =>
      db.transaction((tx) => tx.execute(shown)).then(idsIn),
  },
}
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields }),
  mutation: new GraphQLObjectType({ name: 'Mutation', fields }),
})
const viewerOf = (workspaceId: string): Viewer => ({
  ...{ workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: workspaceId },
})
const gateway = await openTestGateway(owner, {
  ...{ schema, dbOf: requests.dbOf, workspaceId: tenants[0] as string },
  authenticate: (token) => (tenants.includes(token ?? '') ? viewerOf(token as string) : null),
})
afterAll(async () => {
  await gateway.close()
  await requests.close()
  await control.close()
})

const documents = [
  '{ read }',
  '{ read inTransaction }',
  '{ inTransaction a: read b: read }',
  'mutation { inTransaction }',
]

async function asked(tenant: string, mayLeave: boolean): Promise<string> {
  const headers = { authorization: `Bearer ${tenant}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ query: documents[randomInt(documents.length)] })
  const leaving = new AbortController()
  if (mayLeave && randomInt(2) === 0) setTimeout(() => leaving.abort(), randomInt(25))
  try {
    const response = await fetch(gateway.url, { method: 'POST', headers, body, signal: leaving.signal })
    const { data, errors } = (await response.json()) as { data: Record<string, string>; errors?: unknown }
    if (errors) return JSON.stringify(errors)
    return Object.values(data).every((ids) => ids === tenant) ? 'right' : `wrong: ${JSON.stringify(data)} for ${tenant}`
  } catch (error) {
    if (leaving.signal.aborted) return 'left'
    throw error
  }
}

test('of requests half of whose clients leave, none sees rows of the other workspace, and the pool is whole afterwards', async () => {
  const answers = new Map<string, number>()
  let left = Number(process.env.REQUESTS ?? 150)
  const client = async (mayLeave: boolean) => {
    while (left-- > 0) {
      const answer = await asked(tenants[randomInt(2)] as string, mayLeave)
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 24 }, () => client(true)))
  expect([...answers.keys()].sort()).toEqual(['left', 'right'])
  left = 100
  await Promise.all(Array.from({ length: 10 }, () => client(false)))
  expect([...answers.keys()].sort()).toEqual(['left', 'right'])
  await vi.waitFor(async () => {
    const { rows } = await owner.execute(
      sql`select state from pg_stat_activity where application_name = 'tenants' and datname = current_database()`,
    )
    expect(rows.length).toBeLessThanOrEqual(3)
    expect(rows).toEqual(rows.map(() => ({ state: 'idle' })))
  })
}, 60_000)

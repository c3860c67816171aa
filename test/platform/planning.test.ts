/** A look-up keeps its plan: planning it anew takes Postgres three times as long as answering it. */
import { randomUUID } from 'node:crypto'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '#platform/db/client.ts'
import { type LoadContext, manyBy, oneBy } from '#platform/db/loader.ts'
import { countBy, pageBy } from '#platform/db/page.ts'
import { createTestDatabase } from '../support/database.ts'

const { connectionString, pool } = await createTestDatabase()
const workspaceId = randomUUID()
// Enough of them that Postgres does not read them all.
await pool.query(`
  create table things (workspace_id uuid, id uuid, owner_id uuid, name text, primary key (workspace_id, id));
  create index things_of_owner on things (workspace_id, owner_id, id);
  insert into things select '${workspaceId}', md5('thing ' || n)::uuid, md5('owner ' || (n - 1) / 20)::uuid, 'thing ' || n
  from generate_series(1, 20000) n;
  analyze things`)
const rows: { id: string; owner: string }[] = (await pool.query('select id, owner_id as owner from things limit 12'))
  .rows

const things = pgTable('things', {
  workspaceId: uuid('workspace_id').notNull(),
  id: uuid('id').notNull(),
  ownerId: uuid('owner_id').notNull(),
  name: text('name').notNull(),
})
const columns = { id: things.id, name: things.name }
const byId = { name: 'by id', steps: [{ by: things.id, type: 'uuid' as const, direction: 'ASC' as const }] }
const source = { name: 'things_of_owner', table: things, columns, order: byId }
const page = { size: 5, fromEnd: false, after: null, before: null }

const thingById = oneBy(things, things.id, columns, { name: 'thing_planned' })
const thingsOfOwner = manyBy(things, things.ownerId, columns, { name: 'things_planned' })
const pages = pageBy(things.ownerId, source)
const counts = countBy(things.ownerId, source)

/** How often it was planned, asked for one key after the other. */
async function plansOf(look: (context: LoadContext, row: { id: string; owner: string }) => Promise<unknown>) {
  const { db, pool, close } = openDatabase({ connectionString, poolSize: 1 })
  onTestFinished(close)
  const found: unknown[] = []
  for (const row of rows) found.push(await look({ db, workspaceId }, row))
  const { rows: plans } = await pool.query('select generic_plans::int, custom_plans::int from pg_prepared_statements')
  return { found, plans }
}

/** The first five times Postgres looks whether plans of their own would be better. */
const keptAfterFive = [{ generic_plans: rows.length - 5, custom_plans: 5 }]

test('a look-up by id keeps its plan', async () => {
  const { found, plans } = await plansOf((context, { id }) => thingById(context, id))
  expect(found).toMatchObject(rows.map(({ id }) => ({ id })))
  expect(plans).toEqual(keptAfterFive)
})

test('a look-up of all that have something in common keeps its plan', async () => {
  const { found, plans } = await plansOf(async (context, { owner }) => (await thingsOfOwner(context, owner)).length)
  expect(Math.max(...(found as number[]))).toBe(20)
  expect(plans).toEqual(keptAfterFive)
})

test('a page of them keeps its plan', async () => {
  const { found, plans } = await plansOf(async (context, { owner }) => (await pages(context, owner, page)).rows.length)
  expect(new Set(found)).toEqual(new Set([5]))
  expect(plans).toEqual(keptAfterFive)
})

test('counting them, for two keys at once, keeps its plan', async () => {
  const { found, plans } = await plansOf((context, { owner }) =>
    Promise.all([counts(context, owner), counts(context, randomUUID())]),
  )
  expect((found as number[][]).every(([some = 0, none]) => some > 0 && none === 0)).toBe(true)
  expect(plans).toEqual(keptAfterFive)
})

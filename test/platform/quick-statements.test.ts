import { and, DrizzleQueryError, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { workspaces } from '#domain/workspaces/table.ts'
import { madeQuick } from '#platform/db/quick-statements.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace } from '../support/gateway.ts'

const { db } = await createTestDatabase()

test('quick rows are the rows drizzle would have made, for the same values', async () => {
  const id = await makeWorkspace(db)
  const select = () =>
    db
      .select({
        ...getTableColumns(workspaces),
        three: sql<number>`1 + 2`,
        nothing: sql`null`,
        named: sql<string>`${sql.placeholder('word')}::text`.as('named'),
      })
      .from(workspaces)
      .where(and(eq(workspaces.id, id), lte(workspaces.createdAt, sql.placeholder('now'))))
  const values = { word: 'x', now: new Date() }
  const [ordinary] = await select().prepare('ordinary').execute(values)
  const statement = madeQuick(select().prepare('quick'))
  expect(Object.hasOwn(statement, 'execute'), 'this drizzle keeps its statements elsewhere').toBe(true)
  const [quick] = await statement.execute(values)
  expect(quick).toEqual(ordinary)
  expect(quick?.createdAt).toBeInstanceOf(Date)
})

test('a quick statement says what it lacks, and fails as drizzle does', async () => {
  const statement = madeQuick(
    db
      .select({ one: sql`1 / ${sql.placeholder('by')}::int` })
      .from(workspaces)
      .prepare('divided'),
  )
  await makeWorkspace(db)
  await expect((async () => statement.execute({}))()).rejects.toThrow('No value for placeholder "by" was provided')
  const failed = await statement.execute({ by: 0 }).catch((error) => error)
  expect(failed).toBeInstanceOf(DrizzleQueryError)
  expect(failed).toMatchObject({ params: [0], cause: { code: '22012' } })
})

test('rows that are not flat are left to drizzle', async () => {
  const statement = madeQuick(
    db
      .select({ id: workspaces.id, inner: { name: workspaces.name } })
      .from(workspaces)
      .prepare('nested'),
  )
  expect(Object.hasOwn(statement, 'execute')).toBe(false)
  expect((await statement.execute())[0]).toHaveProperty('inner.name')
})

test('lists of ids are what Postgres says they are', async () => {
  const [one, two] = ['0196a000-0000-7000-8000-000000000001', '0196a000-0000-7000-8000-000000000002']
  const lists = [[], [one], [one, two], [null], [one, null, two], [[one], [two]], null]
  for (const list of lists) {
    const written = JSON.stringify(list)?.replaceAll('"', "'")
    const value = list === null ? 'null' : list.length === 0 ? "'{}'" : `array${written}`
    const { rows } = await db.execute(sql.raw(`select ${value}::uuid[] as list`))
    expect(rows).toEqual([{ list }])
  }
})

import { eq, getTableColumns, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { workspaces } from '#domain/workspaces/table.ts'
import { withFastRows } from '#platform/db/fast-rows.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace } from '../support/gateway.ts'

const { db } = await createTestDatabase()

test('quick rows are the rows drizzle would have made', async () => {
  const id = await makeWorkspace(db)
  const select = () =>
    db
      .select({
        ...getTableColumns(workspaces),
        three: sql<number>`1 + 2`,
        nothing: sql`null`,
        named: sql<string>`'x'`.as('named'),
      })
      .from(workspaces)
      .where(eq(workspaces.id, id))
  const [ordinary] = await select().prepare('ordinary').execute()
  const statement = withFastRows(select().prepare('fast'))
  expect(statement).toHaveProperty('customResultMapper', expect.any(Function))
  const [quick] = await statement.execute()
  expect(quick).toEqual(ordinary)
  expect(quick?.createdAt).toBeInstanceOf(Date)
})

test('rows that are not flat are left to drizzle', async () => {
  const statement = withFastRows(
    db
      .select({ id: workspaces.id, inner: { name: workspaces.name } })
      .from(workspaces)
      .prepare('nested'),
  )
  expect(statement).not.toHaveProperty('customResultMapper', expect.any(Function))
  expect((await statement.execute())[0]).toHaveProperty('inner.name')
})

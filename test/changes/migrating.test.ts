/** A log that was written before there was a feed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

test('lines that were there keep their order and come before all new ones', async () => {
  const connectionString = await createEmptyDatabase()
  await migrateDatabase({ connectionString, migrationsFolder: withoutFeed() })
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const insert = `insert into changes (workspace_id, ticket_id, kind, source)
      select '00000000-0000-4000-8000-000000000001', gen_random_uuid(), 'UPDATED', 'SYNC' from generate_series(1, 3)`
    await client.query(insert)
    await migrateDatabase({ connectionString })
    await client.query(insert)
    const { rows } = await client.query(`
      select position::int, cluster_id = (pg_control_system()).system_identifier as is_here,
        transaction_id < pg_current_xact_id() as is_past
      from changes order by cluster_id, transaction_id, position`)
    expect(rows).toEqual([1, 2, 3, 4, 5, 6].map((position) => ({ position, is_here: true, is_past: true })))
  } finally {
    await client.end()
  }
})

/** The migrations of this program as they were before the one that made the feed. */
function withoutFeed(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskgraph-migrations-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  cpSync(join(import.meta.dirname, '../../drizzle'), folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] }
  const first = journal.entries.findIndex(({ tag }) =>
    readFileSync(join(folder, `${tag}.sql`), 'utf8').includes('pg_current_xact_id()'),
  )
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, first) }))
  return folder
}

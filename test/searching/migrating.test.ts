/** What the search needs of Postgres: its extension in whatever schema, or a line that says what to do. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { createEmptyDatabase } from '../support/database.ts'

/** A new database with unaccent in a schema of its own. */
async function migratedWith(searchPath: string) {
  const connectionString = await createEmptyDatabase()
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query('create schema elsewhere; create extension unaccent schema elsewhere')
    const options = encodeURIComponent(`-c search_path=${searchPath}`)
    await migrateDatabase({ connectionString: `${connectionString}&options=${options}` })
    await client.query(`set search_path = ''`)
    return (await client.query(`select public.search_words(gen_random_uuid(), now(), 'Äpfel')::text as words`)).rows
  } finally {
    await client.end()
  }
}

test('an extension in another schema will do, also where indexes are built without a search path', async () => {
  expect(await migratedWith('public,elsewhere')).toEqual([{ words: expect.stringContaining('apfel') }])
})

test('an extension where nobody looks is named, with what to do', async () => {
  await expect(migratedWith('public')).rejects.toThrow(/unaccent stands in the schema elsewhere.*\(Move it/)
})

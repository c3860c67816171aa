/**
 * The limit of writing: the rows that the sync wrote, by `COPY` into empty tables with the same constraints and
 * indexes, one table after the other, from files beside the database.
 */
import { rmSync } from 'node:fs'
import type pg from 'pg'
import type { EmbeddedPostgres } from '#platform/db/embedded.ts'
import { freshDatabase, onDatabase } from '../data/database.ts'

export type BareCopy = { seconds: number; rowsByTable: Record<string, number> }

export async function bareCopy(postgres: EmbeddedPostgres, from: string): Promise<BareCopy> {
  const files: string[] = []
  try {
    const { tables, folder } = await onDatabase(from, async (client) => {
      const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
      return { tables: await tablesInOrder(client), folder: rows[0]?.folder ?? '' }
    })
    const fileOf = (table: string) => `${folder}/bench-${table}.copy`
    const rowsByTable: Record<string, number> = {}
    await onDatabase(from, async (client) => {
      for (const table of tables) {
        files.push(fileOf(table))
        const { rowCount } = await client.query(`copy ${table} to '${fileOf(table)}'`)
        if (rowCount) rowsByTable[table] = rowCount
      }
    })
    const seconds = await onDatabase(await freshDatabase(postgres, 'bare_copy'), async (client) => {
      let sumMs = 0
      for (const table of Object.keys(rowsByTable)) {
        await client.query(`delete from ${table}`) // migrations leave a row in one
        const startedAtMs = performance.now()
        await client.query(`copy ${table} from '${fileOf(table)}'`)
        sumMs += performance.now() - startedAtMs
        // Or the foreign keys of the next tables would be checked by plans made for empty ones.
        await client.query(`analyze ${table}`)
      }
      return sumMs / 1000
    })
    return { seconds, rowsByTable }
  } finally {
    for (const file of files) rmSync(file, { force: true })
  }
}

/** Each after those that its foreign keys point at. */
async function tablesInOrder(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; targets: string[] }>(`
    select pg_class.oid::regclass::text as name,
      array(select distinct confrelid::regclass::text from pg_constraint
        where conrelid = pg_class.oid and contype = 'f' and confrelid <> conrelid) as targets
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`)
  const sorted: string[] = []
  let waiting = rows
  while (waiting.length > 0) {
    const ready = waiting.filter(({ targets }) => targets.every((target) => sorted.includes(target)))
    if (ready.length === 0) throw new Error(`the foreign keys of ${waiting.map(({ name }) => name)} form a circle`)
    sorted.push(...ready.map(({ name }) => name))
    waiting = waiting.filter(({ name }) => !sorted.includes(name))
  }
  return sorted
}

/** The databases to measure on, one for each size; made once and kept until their rows or the migrations change. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { EmbeddedPostgres } from '#platform/db/embedded.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { happeningFillings } from './happenings.ts'
import { fillings, vocabulary } from './rows.ts'
import { texts } from './texts.ts'

export type Say = (line: string) => void

const textCount = 5000
const migrationsFolder = join(import.meta.dirname, '../../drizzle')

/** @returns its connection string. */
export async function ticketDatabase(postgres: EmbeddedPostgres, ticketCount: number, say: Say): Promise<string> {
  const name = `tickets_${ticketCount}`
  const steps = [...fillings({ ticketCount, textCount }), ...happeningFillings({ ticketCount })]
  const wanted = digestOf([vocabulary, ...steps.map(({ sql }) => sql), ...migrationTexts()])
  if ((await digestStored(postgres, name)) === wanted) return postgres.connectionString(name)

  await freshDatabase(postgres, name)
  const startedAt = performance.now()
  say(`Generating ${ticketCount.toLocaleString('en')} tickets, once …`)
  await onDatabase(postgres.connectionString(name), async (client) => {
    // The rows are right by construction; checking two million foreign keys one by one takes minutes.
    await client.query(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '512MB'`,
    )
    const indexes = await dropIndexes(client)
    await client.query(`${vocabulary}; create temp table bench_texts (page int primary key, body text)`)
    await client.query(
      'insert into bench_texts select number - 1, body from unnest($1::text[]) with ordinality as made(body, number)',
      [texts(textCount)],
    )
    await client.query('analyze bench_texts')
    for (const { table, sql } of steps) {
      const { rowCount } = await client.query(sql)
      if ((rowCount ?? 0) > 100_000)
        say(`  ${table}: ${rowCount?.toLocaleString('en')} rows after ${seconds(startedAt)} s`)
      await client.query(`analyze ${table}`)
    }
    for (const definition of indexes) await client.query(definition)
    say(`  indexes after ${seconds(startedAt)} s`)
    await client.query('vacuum analyze')
    await client.query(`comment on database ${name} is '${wanted}'`)
  })
  say(`  done after ${seconds(startedAt)} s`)
  return postgres.connectionString(name)
}

/** An empty database with our tables; one of the same name is dropped before. */
export async function freshDatabase(postgres: EmbeddedPostgres, name: string): Promise<string> {
  await onDatabase(postgres.connectionString('postgres'), async (client) => {
    await client.query(`drop database if exists ${name} with (force)`)
    await client.query(`create database ${name}`)
  })
  const connectionString = postgres.connectionString(name)
  await migrateDatabase({ connectionString })
  return connectionString
}

export async function onDatabase<Result>(
  connectionString: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Those that no constraint needs; they are quicker to make at the end. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index join pg_class on pg_class.oid = indrelid
    where relnamespace = 'public'::regnamespace and not indisunique`)
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}

async function digestStored(postgres: EmbeddedPostgres, name: string): Promise<string | null> {
  return onDatabase(postgres.connectionString('postgres'), async (client) => {
    const { rows } = await client.query<{ digest: string | null }>(
      `select shobj_description(oid, 'pg_database') as digest from pg_database where datname = $1`,
      [name],
    )
    return rows[0]?.digest ?? null
  })
}

function migrationTexts(): string[] {
  const files = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'))
  return files.sort().map((name) => readFileSync(join(migrationsFolder, name), 'utf8'))
}

function digestOf(parts: string[]): string {
  return createHash('sha256').update(parts.join('\0').replace(/\s+/g, ' ')).digest('hex')
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(0)
}

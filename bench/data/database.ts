/** The databases to measure on, one for each size; made once and kept until their rows or the migrations change. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { EmbeddedPostgres } from '#platform/db/embedded.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { happeningFillings } from './happenings.ts'
import { fillings, vocabulary } from './rows.ts'
import { texts } from './texts.ts'

export type Say = (line: string) => void

const textCount = 5000
/** On disk, with its messages and all indexes. */
const bytesPerTicket = 30_000
const migrationsFolder = join(import.meta.dirname, '../../drizzle')

/** @returns its connection string. */
export async function ticketDatabase(postgres: EmbeddedPostgres, ticketCount: number, say: Say): Promise<string> {
  const name = `tickets_${ticketCount}`
  const steps = [...fillings({ ticketCount, textCount }), ...happeningFillings({ ticketCount })]
  const wanted = digestOf([vocabulary, ...steps.map(({ sql }) => sql), ...migrationTexts()])
  if ((await digestStored(postgres, name)) === wanted) return postgres.connectionString(name)

  await freshDatabase(postgres, name)
  const startedAt = performance.now()
  const gigabytes = Math.ceil((ticketCount * bytesPerTicket) / 1e9)
  say(`Generating ${ticketCount.toLocaleString('en')} tickets, once, about ${gigabytes} GB …`)
  await onDatabase(postgres.connectionString(name), async (client) => {
    // The rows are right by construction; checking two million foreign keys one by one takes minutes.
    await client.query(
      `set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '1GB';
      set max_parallel_maintenance_workers = ${availableParallelism()}`,
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
    for (const { name, definition } of indexes) {
      const indexStartedAt = performance.now()
      await client.query(definition)
      if (performance.now() - indexStartedAt > 30_000) say(`  index ${name} after ${seconds(startedAt)} s`)
    }
    say(`  all indexes after ${seconds(startedAt)} s`)
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

type Index = { name: string; definition: string }

/**
 * Those that no foreign key points at; they are quicker to make at the end. Made by two cores, four fifths of the time
 * goes into one of them: the words of all messages.
 */
async function dropIndexes(client: pg.Client): Promise<Index[]> {
  const { rows } = await client.query<Index & { dropping: string }>(`
    select index.relname as name,
      case when own.oid is null then 'drop index ' || indexrelid::regclass
        else format('alter table %s drop constraint %I', indrelid::regclass, own.conname) end as dropping,
      case when own.oid is null then pg_get_indexdef(indexrelid)
        else format('alter table %s add constraint %I %s', indrelid::regclass, own.conname,
          pg_get_constraintdef(own.oid)) end as definition
    from pg_index
    join pg_class index on index.oid = indexrelid
    left join pg_constraint own on conindid = indexrelid and contype in ('p', 'u')
    where relnamespace = 'public'::regnamespace and not indisprimary
      and not exists (select from pg_constraint where conindid = indexrelid and contype = 'f')`)
  for (const { dropping } of rows) await client.query(dropping)
  return rows
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

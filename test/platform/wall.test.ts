/** Row-level security, the second wall between workspaces: what happens when the first one, a `where`, has a hole. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ticketById } from '#domain/tickets/loaders.ts'
import type { DatabaseOptions, Db } from '#platform/db/client.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { openWalledDatabase, raiseWall, wallProblem } from '#platform/db/wall.ts'
import { defineJob, enqueue } from '#platform/jobs/queue.ts'
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts'

const { pool, connectionString } = await createTestDatabase()
const [one, other] = [randomUUID(), randomUUID()]

/** As for requests, on few connections. */
function requests(options: Omit<DatabaseOptions, 'connectionString'>) {
  const opened = openWalledDatabase({ connectionString, isWalled: true, ...options })
  closers.push(opened.close)
  return opened.dbOf
}
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})
const dbOf = requests({ poolSize: 2 })

type Table = { name: string; key: string }
const { rows: tables } = await pool.query<Table>(`
  select c.relname as name, a.attname as key from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = case c.relname when 'workspaces' then 'id' else 'workspace_id' end
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`)
const { rows: views } = await pool.query<Table>(
  `select viewname as name, 'workspace_id' as key from pg_views where schemaname = 'public'`,
)

/** A row in every table, for both workspaces: whatever is not null gets something of its type. */
beforeAll(async () => {
  const { rows: columns } = await pool.query<{ table: string; name: string; type: string }>(`
    select table_name as table, column_name as name, data_type as type from information_schema.columns
    where table_schema = 'public' and is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'`)
  // What a row may be and point at is not the point here.
  const { rows: rules } = await pool.query<{ table: string; name: string }>(
    `select conrelid::regclass as table, conname as name from pg_constraint where contype in ('c', 'f') and connamespace = 'public'::regnamespace`,
  )
  const statements = tables.flatMap(({ name, key }) =>
    [one, other].map((workspaceId) => {
      const needed = columns.filter((column) => column.table === name && column.name !== key)
      const names = [key, ...needed.map((column) => column.name)].map((column) => `"${column}"`)
      const values = [`'${workspaceId}'`, ...needed.map(({ type }) => sampleOf[type] ?? `'0'`)]
      return `insert into "${name}" (${names}) values (${values})`
    }),
  )
  const dropped = rules.map((rule) => `alter table ${rule.table} drop constraint "${rule.name}"`)
  await pool.query([...dropped, ...statements].join(';'))
})
const sampleOf: Record<string, string> = {
  uuid: 'gen_random_uuid()',
  text: 'md5(random()::text)',
  boolean: 'false',
  jsonb: `'{}'`,
  json: `'{}'`,
  ARRAY: `'{}'`,
  'timestamp with time zone': 'now()',
}

/** Runs on a workspace's database, and leaves nothing. */
async function undone<Result>(db: Db, work: (tx: Db) => Promise<Result>): Promise<Result> {
  const kept: Result[] = []
  await db
    .transaction(async (tx) => {
      kept.push(await work(tx))
      throw new Undo()
    })
    .catch((error) => {
      if (!(error instanceof Undo)) throw error
    })
  return kept[0] as Result
}
class Undo extends Error {}

const workspacesSeen = async (db: Db, { name, key }: Table) => {
  const { rows } = await db.execute<{ key: string }>(sql.raw(`select "${key}" as key from "${name}"`))
  return rows.map((row) => row.key)
}

test('every table belongs to workspaces, has the policy, and nothing else is open to requests', async () => {
  const { rows } = await pool.query(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'v', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'
      and has_table_privilege(wall_role(), c.oid, 'select, insert, update, delete, truncate')
      and not (c.relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid and polqual is not null and polwithcheck is not null))`)
  const open = rows.map(({ name }) => name)
  expect(open.sort()).toEqual(views.map(({ name }) => name).sort())
  const { rows: all } = await pool.query(
    `select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1`,
  )
  // Of the whole deployment: the key that signs addresses.
  const closed = ['installation']
  expect([...tables.map(({ name }) => name), ...closed].sort()).toEqual(all.map(({ relname }) => relname))
  const { rows: policies } = await pool.query(
    `select tablename from pg_policies where schemaname = 'public' order by 1`,
  )
  expect(policies.map(({ tablename }) => tablename)).toEqual(tables.map(({ name }) => name))
  expect(await wallProblem(connectionString)).toBeNull()
})

test('a table that came without the policy gets it with the next start, and until then its gap is told', async () => {
  await pool.query('create table later (workspace_id uuid not null, said text)')
  try {
    expect(await wallProblem(connectionString)).toContain('open at later')
    expect(await raiseWall(connectionString)).toBeNull()
    await pool.query(`insert into later values ('${one}', 'mine'), ('${other}', 'theirs')`)
    expect((await dbOf(one).execute(sql`select said from later`)).rows).toEqual([{ said: 'mine' }])
  } finally {
    await pool.query('drop table later')
  }
})

describe.each([...tables, ...views])('$name without any condition', (table) => {
  test('gives rows of the own workspace only', async () => {
    expect(await workspacesSeen(dbOf(one), table)).toEqual([one])
    expect(await workspacesSeen(dbOf(other), table)).toEqual([other])
  })
})

describe.each(tables)('$name', ({ name, key }) => {
  test('takes no change of what is another workspace’s', async () => {
    const [found, gone] = [sql.raw(`update "${name}" set "${key}" = "${key}"`), sql.raw(`delete from "${name}"`)]
    const counts = await undone(dbOf(one), async (tx) => {
      return [(await tx.execute(found)).rowCount, (await tx.execute(gone)).rowCount]
    })
    expect(counts).toEqual([1, 1])
  })

  test('takes no row for another workspace', async () => {
    const moved = undone(dbOf(one), (tx) => tx.execute(sql.raw(`update "${name}" set "${key}" = '${other}'`)))
    await expect(moved).rejects.toMatchObject({ cause: { code: '42501' } })
    const copied = undone(dbOf(one), (tx) =>
      tx.execute(
        sql.raw(
          `insert into "${name}" ${name === 'workspaces' ? '(id, key, name)' : `("${key}")`} values ('${other}'${name === 'workspaces' ? ", 'k', 'n'" : ''})`,
        ),
      ),
    )
    await expect(copied).rejects.toMatchObject({ cause: { code: expect.stringMatching(/42501|23502/) } })
  })
})

test('a loader that is told the wrong workspace finds nothing, and the same statements serve both', async () => {
  const single = requests({ poolSize: 1 })
  const idOf = async (workspaceId: string) =>
    (await pool.query(`select id from tickets where workspace_id = '${workspaceId}'`)).rows[0].id as string
  const [mine, theirs] = [await idOf(one), await idOf(other)]
  for (let round = 0; round < 3; round++) {
    expect((await ticketById({ db: single(one), workspaceId: one }, mine))?.id).toBe(mine)
    expect((await ticketById({ db: single(other), workspaceId: other }, theirs))?.id).toBe(theirs)
    expect(await ticketById({ db: single(one), workspaceId: other }, theirs)).toBeNull()
  }
})

test('two workspaces that take turns on few connections never see each other, whatever fails or is undone between', async () => {
  const seen = sql`select id from workspaces`
  const kinds: ((db: Db) => Promise<unknown>)[] = [
    async (db) => (await db.execute<{ id: string }>(seen)).rows,
    async (db) => db.transaction(async (tx) => (await tx.execute<{ id: string }>(seen)).rows),
    async (db) => undone(db, async (tx) => (await tx.execute<{ id: string }>(seen)).rows),
    async (db) => db.execute(sql`select 1 / 0`).catch(() => null),
    async (db) => db.transaction((tx) => tx.execute(sql`select 1 / 0`)).catch(() => null),
    async (db) => db.execute(sql`select pg_cancel_backend(pg_backend_pid()), pg_sleep(1)`).catch(() => null),
    // A role or workspace that a transaction takes is given back at its end.
    async (db) =>
      undone(db, (tx) => tx.execute(sql`select set_config('deskgraph.workspace', ${randomUUID()}, true)`)).then(
        () => null,
      ),
  ]
  const answers: { rows: unknown; workspaceId: string }[] = []
  const takeTurns = async (client: number) => {
    for (let turn = client; turn < 280; turn += 8) {
      const workspaceId = turn % 3 === 0 ? other : one
      const rows = await (kinds[turn % kinds.length] as (typeof kinds)[0])(dbOf(workspaceId))
      if (rows !== null) answers.push({ rows, workspaceId })
    }
  }
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(takeTurns))
  expect(answers.length).toBe(120)
  for (const { rows, workspaceId } of answers) expect(rows).toEqual([{ id: workspaceId }])
})

test('a connection that could not be set to a workspace is used for none', async () => {
  let isFailing = false
  const single = requests({
    poolSize: 1,
    onConnect: async (client) => {
      const query = client.query.bind(client) as (...given: unknown[]) => Promise<pg.QueryResult>
      client.query = ((text: unknown, ...given: unknown[]) =>
        isFailing && String(text).includes('deskgraph.workspace')
          ? query('select 1 / 0', given.at(-1))
          : query(text, ...given)) as never
    },
  })
  const seen = async (workspaceId: string) => (await single(workspaceId).execute(sql`select id from workspaces`)).rows
  expect(await seen(one)).toEqual([{ id: one }])
  isFailing = true
  await expect(seen(other)).rejects.toThrow()
  await expect(seen(one)).rejects.toThrow()
  isFailing = false
  expect(await seen(other)).toEqual([{ id: other }])
  expect(await seen(one)).toEqual([{ id: one }])
})

test('a connection that falls silent while it is set to a workspace is given to nobody else', async () => {
  const silent: pg.ClientBase[] = []
  const dbOf = requests({ poolSize: 1, patienceMs: 300, onConnect: async (client) => void silent.push(client) })
  const asWritten = (workspaceId: string) =>
    dbOf(workspaceId).transaction((tx) => tx.execute(sql`select id from workspaces`))
  await asWritten(one)
  ;(silent[0] as unknown as { connection: { stream: { pause(): void } } }).connection.stream.pause()
  await expect(asWritten(other)).rejects.toThrow()
  expect((await asWritten(other)).rows).toEqual([{ id: other }])
})

test('a connection that falls silent while it is made holds up nobody for longer than we are patient', async () => {
  let isSilent = true
  const dbOf = requests({
    ...{ poolSize: 1, patienceMs: 300 },
    onConnect: async (client) => {
      if (!isSilent) return
      ;(client as unknown as { connection: { stream: { pause(): void } } }).connection.stream.pause()
      await client.query('select 1')
    },
  })
  const seen = () => dbOf(one).execute(sql`select id from workspaces`)
  await expect(seen()).rejects.toThrow()
  isSilent = false
  expect((await seen()).rows).toEqual([{ id: one }])
})

test('a connection of requests that is set to no workspace sees nothing and may write nothing', async () => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(`select set_config('role', wall_role(), false)`)
    for (const { name } of [...tables, ...views]) {
      expect((await client.query(`select from "${name}"`)).rowCount, name).toBe(0)
    }
    await expect(
      client.query(`insert into workspaces (id, key, name) values ('${randomUUID()}', 'k', 'n')`),
    ).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('select from graphile_worker.jobs')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('alter table tickets disable row level security')).rejects.toMatchObject({
      code: '42501',
    })
  } finally {
    await client.end()
  }
})

test('a request can enqueue a job for its own workspace, and none for another', async () => {
  const job = defineJob({ name: 'walled', payload: z.object({ workspaceId: z.string() }) })
  await enqueue(dbOf(one), job, { workspaceId: one })
  await expect(enqueue(dbOf(one), job, { workspaceId: other })).rejects.toMatchObject({ cause: { code: '42501' } })
  const { rows } = await pool.query(`select payload from graphile_worker._private_jobs`)
  expect(rows).toEqual([{ payload: { workspaceId: one } }])
})

test('an owner who may not make roles is told what an administrator has to run, and then the wall stands', async () => {
  const owner = `owner_${randomUUID().slice(0, 8)}`
  const empty = await createEmptyDatabase()
  const database = new URL(empty.replace('postgres://', 'http://')).pathname.slice(1)
  await pool.query(`create role ${owner} login; alter database ${database} owner to ${owner}`)
  const owned = empty.replace('//deskgraph@', `//${owner}@`)
  await migrateDatabase({ connectionString: owned })
  const problem = await raiseWall(owned)
  const asked = /let an administrator run: (.*)$/.exec(problem ?? '')?.[1]
  expect(asked).toBe(`CREATE ROLE ${owner}_request; GRANT ${owner}_request TO ${owner};`)

  await pool.query(asked as string)
  expect(await raiseWall(owned)).toBeNull()
  const [mine, theirs] = [randomUUID(), randomUUID()]
  const { dbOf: ownedDbOf, close } = openWalledDatabase({ connectionString: owned, isWalled: true, poolSize: 1 })
  try {
    for (const id of [mine, theirs])
      await ownedDbOf(id).execute(sql`insert into workspaces (id, key, name) values (${id}, ${id}, 'Company')`)
    expect((await ownedDbOf(mine).execute(sql`select id from workspaces`)).rows).toEqual([{ id: mine }])
  } finally {
    await close()
  }
})

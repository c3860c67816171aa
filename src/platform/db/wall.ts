/**
 * The second wall between workspaces, for the day when a `where` forgets the first: row-level security. What requests ask
 * runs as a role that owns nothing, on connections that are set to the request's workspace; Postgres shows and takes no
 * other rows, and none at all on a connection that is set to none. Roles and policies: `raise_wall` of the migrations.
 */
import { DrizzleQueryError } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { borrow, type DatabaseOptions, type Db, isNotOfPostgres, openDatabase, transact } from './client.ts'
import { againWhenInTheWay } from './in-the-way.ts'
import { type Canceller, stoppableQuery } from './stopping.ts'

/** The database as one workspace sees it. */
export type DbOf = (workspaceId: string) => Db

export type WalledDatabase = { dbOf: DbOf; close(): Promise<void> }

/** A pool for requests. `isWalled: false` is for a Postgres that has no role for them: then only the first wall stands. */
export function openWalledDatabase({ isWalled, ...options }: DatabaseOptions & { isWalled: boolean }): WalledDatabase {
  if (!isWalled) {
    const { db, close } = openDatabase(options)
    return { dbOf: () => db, close }
  }
  const onConnect = async (client: pg.ClientBase) => {
    // A role of the session, which is as good as logging in with it.
    await client.query(`select set_config('role', wall_role(), false)`)
    await options.onConnect?.(client)
  }
  const { pool, close } = openDatabase({ ...options, onConnect })
  // Nobody gets the pool itself: its connections are still set to whatever their last borrower was.
  const root = drizzle({ client: { query: refuse } as unknown as pg.Pool })
  const shares = new Map<string, Db>()
  const dbOf = (workspaceId: string) => {
    const share = shares.get(workspaceId) ?? shareOf(root, { pool, canceller: options.canceller }, workspaceId)
    shares.set(workspaceId, share)
    return share
  }
  return { dbOf, close }
}

function refuse(): never {
  throw new Error('a statement of no workspace: use the database of one')
}

/**
 * Builds what is missing of the wall, at every start.
 * @returns why it does not stand, in words for an operator; null when it does.
 */
export function raiseWall(connectionString: string): Promise<string | null> {
  return againWhenInTheWay(() => said(connectionString, 'raise_wall'))
}

/** As `raiseWall`, changing nothing. */
export function wallProblem(connectionString: string): Promise<string | null> {
  return said(connectionString, 'wall_problem')
}

async function said(connectionString: string, wallFunction: string): Promise<string | null> {
  const { pool, close } = openDatabase({ connectionString, poolSize: 1, applicationName: 'deskgraph wall' })
  try {
    return (await pool.query(`select ${wallFunction}() as problem`)).rows[0].problem
  } finally {
    await close()
  }
}

const roots = new WeakMap<object, Db>()

/** What all workspaces share of a database, for keeping statements by. */
export function rootOf(db: Db): Db {
  return roots.get(db) ?? db
}

/**
 * A statement prepared at the root, to be run for a workspace. It relies on drizzle-orm 0.45's statements knowing their
 * client; a test watches that.
 */
export function onShare<Statement extends object>(db: Db, statement: Statement): Statement {
  const { $client } = db as { $client?: unknown }
  return roots.has(db) ? Object.create(statement, { client: { value: $client } }) : statement
}

/** The client of a workspace; at the root, the one given. */
export function clientOn<Client>(db: Db, client: Client): Client {
  return roots.has(db) ? ((db as { $client?: unknown }).$client as Client) : client
}

type Lending = { pool: pg.Pool; canceller: Canceller | undefined }

/** Made once for each workspace, since it takes 3 µs. */
function shareOf(root: Db, { pool, canceller }: Lending, workspaceId: string): Db {
  const set = (client: pg.PoolClient) => setTo(workspaceId, client)
  const query = (statement: pg.QueryConfig, values: unknown[]) =>
    (canceller && stoppableQuery(pool, canceller, [statement, values], set)) ??
    borrow(pool, async (client) => (await set(client)).query(statement, values), isNotOfPostgres)
  const db = drizzle({ client: { query } as unknown as pg.Pool })
  db.transaction = (work, config) =>
    transact(pool, async (client) => {
      await set(client).catch(toldAsStatement)
      return drizzle({ client }).transaction(work, config)
    })
  roots.set(db, root)
  return db
}

/** As drizzle tells of its statements, or a connection that failed here would count as sound: see `transact`. */
function toldAsStatement(cause: Error): never {
  throw new DrizzleQueryError(SET_WORKSPACE, [], cause)
}

const SET_WORKSPACE = `select set_config('deskgraph.workspace', $1, false)`

/** Which workspace a connection is set to. Most borrowers find it set to theirs; else it costs one more round trip. */
const settings = new WeakMap<pg.PoolClient, string>()

/** To be called outside a transaction, whose end could take the setting back. */
async function setTo(workspaceId: string, client: pg.PoolClient): Promise<pg.PoolClient> {
  if (settings.get(client) === workspaceId) return client
  settings.delete(client) // until it is known to be set: the statement may be cancelled
  await client.query(SET_WORKSPACE, [workspaceId])
  settings.set(client, workspaceId)
  return client
}

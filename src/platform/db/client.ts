import { availableParallelism } from 'node:os'
import { DrizzleQueryError } from 'drizzle-orm'
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { lendQuickly } from './lending.ts'
import { askNamedQuickly } from './named-statements.ts'
import { makePatient } from './patience.ts'
import { type Canceller, makeStoppable } from './stopping.ts'
import './value-parsers.ts'

/** Something that runs queries: the database itself or one transaction of it. */
export type Db = PgDatabase<NodePgQueryResultHKT, Record<string, never>>

export type Database = {
  db: NodePgDatabase<Record<string, never>>
  pool: pg.Pool
  /** Waits for queries on their way. */
  close(): Promise<void>
}

/** Milliseconds; 0 means no limit. The defaults suit a request, sync and migrations need longer ones. */
export type Timeouts = { statementMs: number; lockMs: number; idleInTransactionMs: number }

export type DatabaseOptions = {
  connectionString: string
  poolSize?: number
  applicationName?: string
  timeouts?: Partial<Timeouts>
  /** How long we ourselves wait for a connection and for an answer; by default a little longer than Postgres does. */
  patienceMs?: number
  /** Ends statements of requests that are over; without it they run to their end. */
  canceller?: Canceller
  /** Errors of connections, also of idle ones: Postgres was restarted, the network broke. The pool recovers by itself. */
  onError?: (error: Error) => void
  /** What a new connection has to do before anybody gets it. */
  onConnect?: (client: pg.ClientBase) => Promise<void>
}

const REQUEST_TIMEOUTS: Timeouts = { statementMs: 4000, lockMs: 2000, idleInTransactionMs: 5000 }
const CONNECT_TIMEOUT_MS = 1500

/** Two for each core, and at least four; each process counts its own. */
export const atOnceHere = Math.max(4, 2 * availableParallelism())

function sharesOurCores({ options }: pg.Pool): boolean {
  try {
    // It reads addresses, sockets and `PGHOST` as those do that connect.
    const { host } = new pg.Client(options)
    return host.startsWith('/') || /^(localhost|127(\.\d+){3}|::1)$/.test(host)
  } catch {
    return false // whoever connects says what is wrong with it
  }
}

/** Opens a pool; connections are made when first needed, so this succeeds even while Postgres is away. */
export function openDatabase(options: DatabaseOptions): Database {
  const { connectionString, poolSize = 10, applicationName = 'deskgraph', onError = () => {} } = options
  const timeouts = { ...REQUEST_TIMEOUTS, ...options.timeouts }
  // Ours, for a Postgres that hangs; later than the server's own, whose error is the clearer one.
  const patienceMs = options.patienceMs ?? (timeouts.statementMs === 0 ? null : timeouts.statementMs + 1000)
  const connectMs = options.patienceMs ?? CONNECT_TIMEOUT_MS
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    application_name: applicationName,
    connectionTimeoutMillis: connectMs,
    statement_timeout: timeouts.statementMs,
    lock_timeout: timeouts.lockMs,
    idle_in_transaction_session_timeout: timeouts.idleInTransactionMs,
    keepAlive: true,
    onConnect: async (client) => {
      askNamedQuickly(client)
      if (patienceMs !== null) makePatient(client, patienceMs)
      await options.onConnect?.(client)
    },
  })
  // Without both listeners a restart of Postgres ends the process (node-postgres #2439, #3202).
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  lendQuickly(pool, { patienceMs: connectMs, atOnce: sharesOurCores(pool) ? atOnceHere : Number.POSITIVE_INFINITY })
  if (options.canceller) makeStoppable(pool, options.canceller)
  const db = drizzle({ client: pool })
  db.transaction = (work, config) => transact(pool, (client) => drizzle({ client }).transaction(work, config))
  return { db, pool, close: () => pool.end() }
}

/**
 * In place of drizzle-orm 0.45's own transaction(), which never gives the connection back when BEGIN fails, and gives
 * it back half-open after a time-out (node-postgres #3399): a hung Postgres would use up the pool for good.
 */
export function transact<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  // What the work itself throws says nothing against the connection.
  return borrow(pool, work, (error) => error instanceof DrizzleQueryError && isNotOfPostgres(error.cause))
}

/** Lends a connection for some work. Afterwards the next one gets it, unless it was spoilt. */
export async function borrow<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
  spoils: (error: unknown) => boolean,
): Promise<Result> {
  const client = await pool.connect()
  let isSpoilt = false
  try {
    return await work(client)
  } catch (error) {
    isSpoilt = spoils(error)
    throw error
  } finally {
    client.release(isSpoilt || client.getTransactionStatus() !== 'I')
  }
}

/** A time-out of ours, or a broken connection: nobody knows what the connection is doing. */
export function isNotOfPostgres(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError)
}

import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'

/** Drizzle says of a failed statement with which values it ran: rows, and so what people wrote. Here is the text alone. */
export function withoutParameters(error: Error): string {
  return error instanceof DrizzleQueryError ? `Failed query: ${error.query}` : error.message
}

/** Where it failed. A statement can be 10 kB long: it is in the message, and not once more in here. */
export function stackWithoutStatement(error: Error): string {
  const { stack = '' } = error
  return error instanceof DrizzleQueryError ? stack.replace(error.message, () => 'Failed query') : stack
}

/** The same in the error itself, for who keeps its words. */
export function forgetParameters(error: unknown): void {
  if (!(error instanceof DrizzleQueryError)) return
  error.stack = stackWithoutStatement(error)
  error.message = withoutParameters(error)
  error.params = []
}

/** SQLSTATEs that mean "not now": connection, resources, shutdown, read-only (a full disk), conflicts, time-outs, internal. */
const passingStates = /^(08|53|57P0|25P0|25006|40|55P03|58|XX)/
/** What pg, its pool and our patience say, in words only, of a connection that failed or did not come. Source: pg 8.23. */
const failedConnections =
  /^(No connection for |timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|Postgres has not answered|Client (was closed|has encountered))/

/** Whether it is worth trying again: it was the store's state, not what was asked. */
export function isPassing(error: unknown): boolean {
  const state = databaseStateOf(error)
  return state === '' || (state !== null && passingStates.test(state))
}

/** The SQLSTATE of a failed query; '' when the connection failed before Postgres could say; null for anything else. */
export function databaseStateOf(error: unknown): string | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof pg.DatabaseError) return cause.code ?? null
  if (!(cause instanceof Error)) return null
  const code = 'code' in cause ? String(cause.code) : ''
  return /^(ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code) || failedConnections.test(cause.message) ? '' : null
}

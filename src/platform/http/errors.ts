/** What clients may read of a failure: our own words stay, everything else is masked and goes to the log with the request's id. */
import { DrizzleQueryError } from 'drizzle-orm'
import { GraphQLError, type GraphQLErrorOptions } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import pg from 'pg'
import type { Log } from '#platform/log.ts'

/** SQLSTATEs that mean "not now": connection, resources, shutdown, read-only (a full disk), conflicts, time-outs, internal. */
const passingStates = /^(08|53|57P0|25P0|25006|40|55P03|58|XX)/
/** What pg and its pool say, in words only, of a connection that failed or did not come. Source: pg 8.23. */
const failedConnections =
  /^(timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|Client (was closed|has encountered))/
/** Text that Postgres cannot hold: the client's input, not our fault. */
const inputStates = /^(22021|22P05)/

/** Postgres ended the statement: it took too long. */
const endedState = '57014'

export const retryAfterSeconds = 2

export function maskedError(error: unknown, requestId: string, log: Log): Error {
  if (error instanceof GraphQLError && (!error.originalError || error.originalError instanceof GraphQLError))
    return inOurWords(withoutCause(error))
  const original = error instanceof GraphQLError ? error.originalError : error
  const place =
    error instanceof GraphQLError
      ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path }
      : {}
  const state = databaseStateOf(original)
  if (state !== null && inputStates.test(state)) {
    return new GraphQLError('A text holds characters that cannot be stored or searched, such as NUL.', {
      ...place,
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  log.error({ err: original, requestId, path: place.path }, 'a resolver failed')
  if (state === endedState) {
    return new GraphQLError('This took too long and was stopped: ask for less at once.', {
      ...place,
      extensions: { code: 'TIMEOUT', requestId, http: { status: 504 } },
    })
  }
  if (isPassing(state)) return unavailable(requestId, place)
  return new GraphQLError('Unexpected error.', { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })
}

export function unavailable(requestId: string, place: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(UNAVAILABLE, {
    ...place,
    extensions: {
      code: 'UNAVAILABLE',
      requestId,
      retryAfterSeconds,
      http: { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } },
    },
  })
}

export const UNAVAILABLE = 'The store does not answer at the moment; try again.'

/** What graphql and yoga find wrong with a document has codes of theirs, or none: one word for all of it. */
export const saidInOurWords: Plugin = {
  onExecutionResult({ result }) {
    if (result && 'errors' in result) for (const error of result.errors ?? []) inOurWords(error as GraphQLError)
  },
}

function inOurWords(error: GraphQLError): GraphQLError {
  const { code } = error.extensions
  if (code === undefined || /^(GRAPHQL_|BAD_REQUEST$)/.test(String(code))) error.extensions.code = 'BAD_USER_INPUT'
  return error
}

/** Yoga shows the parser's own words on broken JSON, even to strangers. */
function withoutCause(error: GraphQLError): GraphQLError {
  if (!('originalError' in error.extensions)) return error
  const { originalError: _cause, ...extensions } = error.extensions
  // Without the cause yoga would answer 200 to plain JSON clients, as it does for a document that does not parse.
  return new GraphQLError(error.message, { extensions: { ...extensions, http: { status: 400 } } })
}

/** Whether it is the store's fault, and over some time. */
export function isStoreAway(error: unknown): boolean {
  return isPassing(databaseStateOf(error))
}

function isPassing(state: string | null): boolean {
  return state === '' || (state !== null && passingStates.test(state))
}

/** The SQLSTATE of a failed query; '' when the connection failed before Postgres could say; null for anything else. */
function databaseStateOf(error: unknown): string | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof pg.DatabaseError) return cause.code ?? null
  if (!(cause instanceof Error)) return null
  const code = 'code' in cause ? String(cause.code) : ''
  return /^(ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code) || failedConnections.test(cause.message) ? '' : null
}

/** What clients may read of a failure: our own words stay, everything else is masked and goes to the log with the request's id. */
import { DrizzleQueryError } from 'drizzle-orm'
import { GraphQLError } from 'graphql'
import pg from 'pg'
import type { Log } from '#platform/log.ts'

/** Classes of SQLSTATE that mean "not now": connection, resources, shutdown, conflicts, time-outs, internal. */
const passingStates = /^(08|53|57|25P0|40|55P03|58|XX)/
/** Text that Postgres cannot hold: the client's input, not our fault. */
const inputStates = /^(22021|22P05)/

const retryAfterSeconds = 2

export function maskedError(error: unknown, requestId: string, log: Log): Error {
  if (error instanceof GraphQLError && (!error.originalError || error.originalError instanceof GraphQLError))
    return withoutCause(error)
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
  if (state === '' || (state !== null && passingStates.test(state))) {
    return new GraphQLError('The store does not answer at the moment; try again.', {
      ...place,
      extensions: {
        code: 'UNAVAILABLE',
        requestId,
        retryAfterSeconds,
        http: { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } },
      },
    })
  }
  return new GraphQLError('Unexpected error.', { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })
}

/** Yoga shows the parser's own words on broken JSON, even to strangers. */
function withoutCause(error: GraphQLError): GraphQLError {
  if (!('originalError' in error.extensions)) return error
  const { originalError: _cause, ...extensions } = error.extensions
  // Without the cause yoga would answer 200 to plain JSON clients, as it does for a document that does not parse.
  return new GraphQLError(error.message, { extensions: { ...extensions, http: { status: 400 } } })
}

/** The SQLSTATE of a failed query; '' when the connection failed before Postgres could say; null for anything else. */
function databaseStateOf(error: unknown): string | null {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  if (cause instanceof pg.DatabaseError) return cause.code ?? null
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const isConnection =
    /^(ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code) ||
    (cause instanceof Error && /timeout|terminated|Connection/i.test(cause.message))
  return isConnection && (error instanceof DrizzleQueryError || code !== '') ? '' : null
}

/** What clients may read of a failure: our own words stay, everything else is masked and goes to the log with the request's id. */
import {
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLErrorOptions,
  type GraphQLFormattedError,
} from 'graphql'
import { databaseStateOf, isPassing } from '#platform/db/failed-query.ts'
import type { Log } from '#platform/log.ts'

/** Text that Postgres cannot hold: the client's input, not our fault. */
const inputStates = /^(22021|22P05)/

/** Postgres ended the statement: it took too long. */
const endedState = '57014'

export const retryAfterSeconds = 2

export function maskedError(error: unknown, requestId: string, log: Log): GraphQLError {
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
  if (isPassing(original)) return unavailable(requestId, place)
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
export function inOurWords(error: GraphQLError): GraphQLError {
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

/** As it is sent where HTTP has no say: what extensions tell of it is left out. */
export function formatted({ errors, data, extensions }: ExecutionResult): FormattedExecutionResult {
  return {
    ...(errors && { errors: errors.map(formattedError) }),
    ...(data !== undefined && { data }),
    ...(extensions && { extensions }),
  }
}

export function formattedError(error: GraphQLError): GraphQLFormattedError {
  const { extensions = {}, ...said } = inOurWords(error).toJSON()
  const { http: _http, ...shown } = extensions
  return { ...said, extensions: shown }
}

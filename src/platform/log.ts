import pg from 'pg'
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino'
import { concealing, textWithoutSecrets } from '#secrets.ts'
import { stackWithoutStatement, withoutParameters } from './db/failed-query.ts'
import { requestIdNow } from './http/request.ts'

export type Log = Logger

const SECRET_KEYS = ['authorization', 'Authorization', 'token', 'accessToken', 'password', 'secret', 'apiKey', 'cookie']

/** Top level and two levels down: `{ token }`, `{ headers: { authorization } }`, `{ request: { headers: { … } } }`. */
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** `secrets`: values that must not be seen, whatever line they get into. `to`: instead of stderr. */
type LogOptions = { level: LevelWithSilent; secrets?: readonly string[]; to?: DestinationStream }

/**
 * One JSON object per line on stderr (stdout belongs to what a command prints). Values under secret keys are cut out, as is
 * whatever looks like a credential; of failed statements only the text is shown, never what they were to write.
 */
export function openLog({ level, secrets = [], to }: LogOptions): Log {
  const stream = to ?? pino.destination({ fd: 2, sync: true }) // sync: the last lines before a crash must come out
  const conceal = concealing(secrets)
  const options = {
    level,
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    serializers: { err: failureShown, error: failureShown },
    hooks: { streamWrite: (line: string) => conceal(textWithoutSecrets(line)) },
    mixin: requestIdNow,
  }
  return pino(options, stream)
}

type Shown = Record<string, unknown>

/** The fields of a failure that tell what went wrong. Others may hold rows: `params`, `detail`, `where`, `internalQuery`. */
function failureShown(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error
  const { name, cause } = error
  const { code, provider, retryAfterMs, errors, originalError } = error as unknown as Shown
  // GraphQL's wrapping of a failure repeats its words.
  if (originalError instanceof Error) return failureShown(originalError, depth)
  const isOfDatabase = error instanceof pg.DatabaseError
  const place = isOfDatabase && { table: error.table, column: error.column, constraint: error.constraint }
  return {
    ...{ type: name, message: withoutParameters(error), code, provider, retryAfterMs, ...place },
    stack: stackWithoutStatement(error),
    ...(cause !== undefined && depth < 4 && { cause: failureShown(cause, depth + 1) }),
    ...(Array.isArray(errors) && depth < 4 && { errors: errors.map((each) => failureShown(each, depth + 1)) }),
  }
}

import { type LevelWithSilent, type Logger, pino } from 'pino'

export type Log = Logger

const SECRET_KEYS = ['authorization', 'Authorization', 'token', 'accessToken', 'password', 'secret', 'apiKey', 'cookie']

/** Top level and two levels down: `{ token }`, `{ headers: { authorization } }`, `{ request: { headers: { … } } }`. */
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** One JSON object per line on stderr (stdout belongs to what a command prints). Values under secret keys are cut out. */
export function openLog({ level }: { level: LevelWithSilent }): Log {
  const stderr = pino.destination({ fd: 2, sync: true }) // sync: the last lines before a crash must come out
  return pino({ level, redact: { paths: SECRET_PATHS, censor: '[redacted]' } }, stderr)
}

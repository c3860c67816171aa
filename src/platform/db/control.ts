/**
 * Connections of their own to Postgres, for what must not wait behind requests: ending the statement of a request that is
 * over (`pg_cancel_backend` in the same pool waits for the very statements it should end), and whether Postgres answers.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from './client.ts'
import type { Canceller } from './stopping.ts'

export type Control = Canceller & {
  /** Whether Postgres answered last time; it is asked twice a second. */
  isUp(): boolean
  /** Calls back at the moment Postgres stops answering. */
  onDown(listener: () => void): void
  close(): Promise<void>
}

export type ControlOptions = {
  connectionString: string
  onError?: (error: Error) => void
  /** Told at every change. */
  onChange?: (isUp: boolean) => void
}

const PROBE_EVERY_MS = 500
const PROBE_AGAIN_MS = 100
/** A busy event loop sees an answer late: only the second silence in a row counts. */
const SILENCES = 2
/** A server whose disk or memory is full still answers; ours is to tell a hanging one within two seconds. */
const PATIENCE_MS = 750

export function openControl({ connectionString, onError, onChange = () => {} }: ControlOptions): Control {
  const { pool, close } = openDatabase({
    ...{ connectionString, poolSize: 2, applicationName: 'deskgraph control', onError },
    timeouts: { statementMs: PATIENCE_MS },
    patienceMs: PATIENCE_MS,
  })
  const listeners: (() => void)[] = []
  const ending = new AbortController()
  let silences = 0
  let isUp = true

  async function watch() {
    while (!ending.signal.aborted) {
      const answer = await pool.query('select').catch((error: Error) => error)
      silences = answer instanceof Error ? silences + 1 : 0
      const isUpNow = silences < SILENCES
      if (isUpNow !== isUp) {
        isUp = isUpNow
        onChange(isUp)
        if (!isUp) for (const listener of listeners) listener()
      }
      const waitMs = silences > 0 ? PROBE_AGAIN_MS : PROBE_EVERY_MS
      await sleep(waitMs, null, { ref: false, signal: ending.signal }).catch(() => {})
    }
  }
  const watching = watch()

  return {
    isUp: () => isUp,
    onDown(listener) {
      listeners.push(listener)
    },
    async cancel(processId) {
      await pool.query('select pg_cancel_backend($1)', [processId])
    },
    async close() {
      ending.abort()
      await watching
      await close()
    },
  }
}

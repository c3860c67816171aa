import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, type Runner, run, type Task } from 'graphile-worker'
import type { Pool } from 'pg'
import { forgetParameters } from '#platform/db/failed-query.ts'
import type { Log } from '#platform/log.ts'
import { type Liveness, stayAlive } from './liveness.ts'
import type { Handler } from './queue.ts'

export type JobRunnerOptions<Context> = {
  /** Needs `concurrency` + 2 connections, and those that the handlers use. */
  pool: Pool
  handlers: Handler<Context>[]
  context: Context
  concurrency: number
  log: Log
  pollIntervalMs?: number
  /** See `stayAlive`. */
  sweepIntervalMs?: number
  /** How long `stop()` waits for jobs that are running. */
  stopPatienceMs?: number
}

type StartedRunner = { runner: Runner; liveness: Liveness }

const STOP_PATIENCE_MS = 7000
const ABORT_BEFORE_END_MS = 3000
const UNLOCK_PATIENCE_MS = 800
const RESTART_DELAY_MS = 1000

/** Works on jobs until stopped, through restarts of Postgres. Jobs that fail are tried again with growing waits. */
export function startJobRunner<Context>(options: JobRunnerOptions<Context>): { stop(): Promise<void> } {
  const { log, stopPatienceMs = STOP_PATIENCE_MS } = options
  const stopRequest = Promise.withResolvers<void>()
  let isStopping = false

  // graphile-worker gives up when it cannot note the end of a job, as while Postgres restarts: it is started again.
  async function supervise() {
    let current: StartedRunner | null = null
    while (!isStopping) {
      try {
        current = await startOnce(options)
        await Promise.race([current.runner.promise, stopRequest.promise])
      } catch (error) {
        log.warn({ err: error }, 'the job runner stopped, starting it again')
      }
      if (isStopping && current) await stopRunner(current, stopPatienceMs, log)
      if (isStopping) return
      await current?.liveness.end()
      current = null
      await Promise.race([sleep(RESTART_DELAY_MS, null, { ref: false }), stopRequest.promise])
    }
  }
  const supervising = supervise()

  return {
    async stop() {
      isStopping = true
      stopRequest.resolve()
      await supervising
    },
  }
}

async function startOnce<Context>(options: JobRunnerOptions<Context>): Promise<StartedRunner> {
  const { pool, handlers, context, concurrency, log, pollIntervalMs = 250 } = options
  const { sweepIntervalMs, stopPatienceMs = STOP_PATIENCE_MS } = options
  const events = new EventEmitter()
  let workerPoolId = ''
  events.once('pool:create', ({ workerPool }) => {
    workerPoolId = workerPool.id
  })
  const runner = await run({
    pgPool: pool,
    events,
    taskList: Object.fromEntries(handlers.map((handler) => [handler.name, taskOf(handler, context)])),
    parsedCronItems: [], // or it looks for a crontab file in the working directory
    concurrency,
    pollInterval: pollIntervalMs, // also the pause between two jobs of one named queue
    gracefulShutdownAbortTimeout: Math.max(0, stopPatienceMs - ABORT_BEFORE_END_MS),
    noHandleSignals: true,
    // Batches, because unbatched a note that fails (Postgres is away) becomes an unhandled rejection, which ends the
    // process, and leaves the job locked; batched it ends the runner, which `supervise` starts again.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger: loggerOf(log),
  })
  runner.promise.catch(() => {}) // awaited by the supervisor, but only after the next line
  return { runner, liveness: stayAlive({ pool, workerPoolId, log, sweepIntervalMs }) }
}

function taskOf<Context>(handler: Handler<Context>, context: Context): Task {
  return async (payload, { job, abortSignal }) => {
    const signal = abortSignal ?? new AbortController().signal
    const attempt = { number: job.attempts, isLast: job.attempts >= job.max_attempts, signal }
    await handler.run(payload, context, attempt).catch((error: unknown) => {
      forgetParameters(error) // the queue keeps its words with the job
      throw error
    })
  }
}

async function stopRunner({ runner, liveness }: StartedRunner, patienceMs: number, log: Log) {
  // Not runner.kill(): once stop() was called it does nothing.
  const stopped = runner.stop().catch((error) => log.warn({ err: error }, 'the job runner did not stop cleanly'))
  await Promise.race([stopped, sleep(patienceMs, null, { ref: false })])
  await Promise.race([liveness.end(), sleep(UNLOCK_PATIENCE_MS, null, { ref: false })])
}

/** Every finished job is news only for debugging; a failed attempt is a warning, since it is tried again. */
function loggerOf(log: Log): Logger {
  const levels = { error: 'warn', warning: 'warn', info: 'debug', debug: 'trace' } as const
  return new Logger(() => (level, message, meta) => {
    log[levels[level]]({ err: meta?.error }, message)
  })
}

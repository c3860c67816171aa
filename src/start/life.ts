import { setTimeout as sleep } from 'node:timers/promises'
import { isRunByNpm } from '#config.ts'
import type { Log } from '#platform/log.ts'

/** What a command opens and has to close again, whatever happens. */
export type Life = {
  /**
   * Waits for something that is being opened. It is closed at the end, the last one first, also when the end comes while
   * it is still being opened; then this never returns.
   */
  hold<Thing>(name: string, opening: Promise<Thing>, close: (thing: Thing) => unknown): Promise<Thing>
  /** Fires when the end comes. */
  signal: AbortSignal
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Ten seconds are promised; Node itself needs a moment to exit. */
const STOP_DEADLINE_MS = 9500
/** Ctrl-C reaches us twice under npm, which passes it on. */
const SAME_SIGNAL_MS = 1000
const PARENT_WATCH_MS = 250

/** Runs a command that goes on until a signal; never returns. Everything is closed and the exit code is 0. */
export async function liveUntilStopped(log: Log, work: (life: Life) => Promise<void>): Promise<never> {
  return live(log, async (life) => {
    await work(life)
    await new Promise(() => {})
  }) as Promise<never>
}

/** Runs a command that ends by itself. Everything it holds is closed, also when it throws or a signal comes. */
export async function live<Result>(log: Log, work: (life: Life) => Promise<Result>): Promise<Result> {
  const stopRequest = new AbortController()
  const closers: { name: string; close: () => Promise<unknown> }[] = []
  let closing: Promise<void> | null = null

  async function closeAll() {
    stopRequest.abort()
    for (const { name, close } of closers.reverse()) {
      await close().catch((error: unknown) => log.warn({ err: error }, `${name} did not close cleanly`))
    }
  }

  const life: Life = {
    signal: stopRequest.signal,
    async hold(name, opening, close) {
      closers.push({ name, close: async () => opening.then(close, () => {}) })
      const thing = await opening
      if (closing) await new Promise(() => {})
      return thing
    },
  }

  let signalledAt = 0
  function onSignal(signal: NodeJS.Signals) {
    if (closing) {
      if (Date.now() - signalledAt < SAME_SIGNAL_MS) return
      log.warn(`${signal} again: ending at once`)
      process.exit(1)
    }
    signalledAt = Date.now()
    log.info(`${signal}: stopping`)
    closing = closeAll()
    const deadline = sleep(STOP_DEADLINE_MS).then(() => log.warn('not everything ended in time, leaving all the same'))
    void Promise.race([closing, deadline]).finally(() => process.exit(0))
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a rejection nobody handled'))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an error nobody foresaw, ending')
    process.exit(1) // the sandboxes and Postgres end with this process
  })
  const parentWatch = isRunByNpm() ? onceParentIsGone(() => onSignal('SIGTERM')) : undefined

  try {
    return await work(life)
  } finally {
    if (closing) await new Promise(() => {}) // the signal's handler ends the process
    closing = closeAll()
    await Promise.race([closing, sleep(STOP_DEADLINE_MS, null, { ref: false })])
    for (const signal of SIGNALS) process.off(signal, onSignal)
    clearInterval(parentWatch)
  }
}

/** npm, or the shell between it and us, does not pass on every end of its own, and would leave us behind. */
function onceParentIsGone(then: () => void): NodeJS.Timeout {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    then()
  }, PARENT_WATCH_MS)
  return watch.unref()
}

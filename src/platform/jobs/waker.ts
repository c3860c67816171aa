/** Loops that look for work by the clock, and at once when somebody says there is some. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Ends a wait early. */
export type Waker = {
  wake(): void
  /** Resolves after the time, or when woken. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function openWaker(): Waker {
  let waiting = new AbortController()
  let isWoken = false
  return {
    wake() {
      isWoken = true
      waiting.abort()
    },
    async wait(ms, signal) {
      if (!isWoken) {
        waiting = new AbortController()
        await sleep(ms, null, { ref: false, signal: AbortSignal.any([waiting.signal, signal]) }).catch(() => {})
      }
      isWoken = false
    },
  }
}

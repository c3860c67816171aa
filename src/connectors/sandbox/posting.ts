/** Posts a sandbox's webhooks: a few at once, in the order of the changes, with a few more attempts after a failure. */
import { setTimeout as sleep } from 'node:timers/promises'

export type Post = { url: string; headers: Record<string, string>; body: string }

export type Posting = {
  /** `make` is called for each attempt: a signature names its time. */
  send(make: () => Post): void
  /** What was not sent by now never is. */
  close(): void
}

const MOST_AT_ONCE = 8
/** More than so many waiting means that nobody listens: the oldest are dropped. */
const MOST_WAITING = 10_000
const TIMEOUT_MS = 5000
const WAITS_BEFORE_MS = [0, 300, 1000, 3000]

export function openPosting(): Posting {
  const closing = new AbortController()
  const waiting: (() => Post)[] = []
  let busy = 0

  async function work() {
    busy += 1
    for (let make = waiting.shift(); make && !closing.signal.aborted; make = waiting.shift()) await deliver(make)
    busy -= 1
  }

  async function deliver(make: () => Post) {
    for (const waitMs of WAITS_BEFORE_MS) {
      if (waitMs > 0) await sleep(waitMs, null, { ref: false, signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted || (await isTaken(make()))) return
    }
  }

  /** A refusal is final; no answer, 429 and 5xx are not. */
  async function isTaken({ url, headers, body }: Post): Promise<boolean> {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)])
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
      await answer.body?.cancel()
      return answer.status !== 429 && answer.status < 500
    } catch {
      return false
    }
  }

  return {
    send(make) {
      if (closing.signal.aborted) return
      waiting.push(make)
      if (waiting.length > MOST_WAITING) waiting.shift()
      if (busy < MOST_AT_ONCE) void work()
    },
    close: () => closing.abort(),
  }
}

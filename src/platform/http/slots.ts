/**
 * How many requests are worked on at once. Past that a request waits a moment, the newest first: those who have waited
 * long are given up by their clients soon, and serving in turn would make everybody late. Who gets no slot is told to
 * come back. So overload costs some requests their answer, and the others no time.
 */

export type Slots = {
  /** Takes a slot; null when there was none in time. Give it back once, however the request ends. */
  take(): Promise<GiveBack | null> | GiveBack
  close(): void
}
export type GiveBack = () => void

export type SlotOptions = {
  count: number
  /** How long a request waits for a slot. */
  patienceMs?: number
  /** How many wait at most. */
  mostWaiting?: number
}

const PATIENCE_MS = 200
const MOST_WAITING = 1000
const LOOK_EVERY_MS = 100
/** Node answers nobody meanwhile; a full load of slots keeps it busy for a tenth of that. */
const STALL_MS = 500

type Waiting = { start(): void; timer: NodeJS.Timeout }

export function openSlots({ count, patienceMs = PATIENCE_MS, mostWaiting = MOST_WAITING }: SlotOptions): Slots {
  const waiting: Waiting[] = []
  let taken = 0
  const loop = watchLoop()
  /** A busy event loop gets a quarter of the work: it has something else to do. */
  const room = () => (loop.isStalled() ? Math.ceil(count / 4) : count)

  function taking(): GiveBack {
    taken += 1
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      taken -= 1
      if (taken < room()) waiting.pop()?.start()
    }
  }

  return {
    take() {
      if (taken < room()) return taking()
      if (waiting.length >= mostWaiting) return Promise.resolve(null)
      return new Promise((resolve) => {
        const entry: Waiting = {
          start() {
            clearTimeout(entry.timer)
            resolve(taking())
          },
          timer: setTimeout(() => {
            waiting.splice(waiting.indexOf(entry), 1)
            resolve(null)
          }, patienceMs),
        }
        waiting.push(entry)
      })
    },
    close: () => loop.stop(),
  }
}

/** Whether the event loop came late to its last appointment. */
function watchLoop() {
  let lateMs = 0
  let expectedAtMs = performance.now() + LOOK_EVERY_MS
  const timer = setInterval(() => {
    const nowMs = performance.now()
    lateMs = nowMs - expectedAtMs
    expectedAtMs = nowMs + LOOK_EVERY_MS
  }, LOOK_EVERY_MS)
  timer.unref()
  return { isStalled: () => lateMs > STALL_MS, stop: () => clearInterval(timer) }
}

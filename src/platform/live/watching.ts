/**
 * Streams of what is not in the log of changes. A hint says that something happened; what it is, is read. Nothing of it
 * has to be caught up: who comes anew gets it as it is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isPassing } from '#platform/db/failed-query.ts'
import { type Streamed, streamed } from './iterators.ts'
import type { Live } from './live.ts'
import { openQueue } from './queue.ts'

export type WatchOptions<Value extends object> = {
  workspaceId: string
  /** What the triggers `tell_of` and `tell_of_row` call it. */
  topic: string
  /** Names the value and all that decides it, also who may see it: those of one key share what is read. */
  key: string
  read(): Promise<Value>
  /** Whether a hint may be about it; by default all are. */
  concerns?: (detail: string) => boolean
  /** Read also without a hint, for hints that were lost. */
  everyMs?: number
  /** What has to be another for the value to be told again; by default any of it. */
  news?(value: Value): unknown
  /** In how long it changes by itself, where it does. */
  changesInMs?(value: Value): number
  /** Whether it is the last one: then the stream ends. */
  isLast?(value: Value): boolean
  /** How long to leave hints be after something was read; by default not at all. */
  restMs?(): number
}

const EVERY_MS = 5_000
const TRY_AGAIN_MS = 250
/** Where a clock runs ahead of the database's. */
const LEAST_MS = 100

type Watched = {
  value: object | null
  text: string
  readers: Set<{ latest: object | null; wake(): void; error: unknown }>
  look(): void
  stop(): void
}
const watchedOf = new WeakMap<Live, Map<string, Watched>>()

/** The value as it is, and again whenever it is another; who reads slowly gets the latest. */
export function watch<Value extends object>(live: Live, options: WatchOptions<Value>): Streamed<Value> {
  const all = watchedOf.get(live) ?? new Map<string, Watched>()
  watchedOf.set(live, all)
  const name = `${options.workspaceId} ${options.topic} ${options.key}`
  const watched = all.get(name) ?? openWatched(live, options)
  all.set(name, watched)
  const waiting = openQueue<true>(1)
  const reader = { latest: watched.value, wake: () => void waiting.push(true), error: null as unknown }
  let isOver = live.ending.aborted
  const close = () => {
    isOver = true
    waiting.poke()
    live.ending.removeEventListener('abort', close)
    if (!watched.readers.delete(reader) || watched.readers.size > 0) return
    watched.stop()
    all.delete(name)
  }
  live.ending.addEventListener('abort', close)
  watched.readers.add(reader)
  if (reader.latest) reader.wake()
  else watched.look()
  return streamed({
    async next() {
      while (!isOver) {
        await waiting.filled()
        waiting.take()
        if (reader.error) {
          close()
          throw reader.error
        }
        const latest = reader.latest as Value | null
        reader.latest = null
        if (latest && options.isLast?.(latest)) close()
        if (latest) return latest
      }
      return undefined
    },
    close,
  })
}

function openWatched<Value extends object>(live: Live, options: WatchOptions<Value>): Watched {
  const { workspaceId, topic, read, concerns = () => true, everyMs = EVERY_MS } = options
  const { news = (value) => value, changesInMs = () => everyMs, restMs = () => 0 } = options
  let isLooking = false
  let isWanted = false
  const forget = live.on(workspaceId, topic, (detail) => {
    if (detail === null || concerns(detail)) watched.look()
  })
  let timer: NodeJS.Timeout | undefined

  async function lookOn() {
    isLooking = true
    clearTimeout(timer)
    let againMs = everyMs
    while (isWanted && watched.readers.size > 0) {
      isWanted = false
      const value = await read().catch((error: Error) => error)
      if (value instanceof Error && isPassing(value)) {
        isWanted = true
        await sleep(TRY_AGAIN_MS)
        continue
      }
      if (value instanceof Error) {
        for (const reader of watched.readers) Object.assign(reader, { error: value }).wake()
      } else {
        againMs = Math.min(everyMs, Math.max(LEAST_MS, changesInMs(value)))
        tell(value)
      }
      if (restMs() > 0) await sleep(restMs())
    }
    isLooking = false
    if (watched.readers.size > 0) timer = setTimeout(watched.look, againMs).unref()
  }

  function tell(value: Value) {
    const text = JSON.stringify(news(value))
    // The latest is kept also where it is no news, for those who come.
    const isNews = text !== watched.text
    Object.assign(watched, { value, text })
    if (isNews) for (const reader of watched.readers) Object.assign(reader, { latest: value }).wake()
  }

  const watched: Watched = {
    ...{ value: null, text: '', readers: new Set() },
    look() {
      isWanted = true
      if (!isLooking) void lookOn()
    },
    stop() {
      forget()
      clearTimeout(timer)
    },
  }
  return watched
}

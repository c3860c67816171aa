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
  /** What `tell`, or the trigger `tell_of`, calls it. */
  topic: string
  /** Names the value and all that decides it, also who may see it: those of one key share what is read. */
  key: string
  read(): Promise<Value>
  /** Whether a hint may be about it; by default all are. */
  concerns?: (detail: string) => boolean
  /** Read also without a hint, for what changes by itself and for hints that were lost. */
  everyMs?: number
}

const EVERY_MS = 5_000
const TRY_AGAIN_MS = 250

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
        const { latest } = reader
        reader.latest = null
        if (latest) return latest as Value
      }
      return undefined
    },
    close,
  })
}

function openWatched<Value extends object>(live: Live, options: WatchOptions<Value>): Watched {
  const { workspaceId, topic, read, concerns = () => true, everyMs = EVERY_MS } = options
  let isLooking = false
  let isWanted = false
  const forget = live.on(workspaceId, topic, (detail) => {
    if (detail === null || concerns(detail)) watched.look()
  })
  const timer = setInterval(() => watched.look(), everyMs).unref()

  async function lookOn() {
    isLooking = true
    while (isWanted && watched.readers.size > 0) {
      isWanted = false
      const value = await read().catch((error: Error) => error)
      if (value instanceof Error && isPassing(value)) {
        isWanted = true
        await sleep(TRY_AGAIN_MS)
        continue
      }
      const text = value instanceof Error ? '' : JSON.stringify(value)
      if (text === watched.text) continue
      if (!(value instanceof Error)) Object.assign(watched, { value, text })
      for (const reader of watched.readers) {
        if (value instanceof Error) reader.error = value
        else reader.latest = value
        reader.wake()
      }
    }
    isLooking = false
  }

  const watched: Watched = {
    ...{ value: null, text: '', readers: new Set() },
    look() {
      isWanted = true
      if (!isLooking) void lookOn()
    },
    stop() {
      forget()
      clearInterval(timer)
    },
  }
  return watched
}

const MOST_WAITING = 256

type HearOptions<Event> = {
  workspaceId: string
  topic: string
  /** What a hint says; null for nothing. */
  eventOf(detail: string): Event | null
}

/** An event for each hint. One that is not heard, or finds no room, is gone. */
export function hear<Event>(live: Live, { workspaceId, topic, eventOf }: HearOptions<Event>): Streamed<Event> {
  const queue = openQueue<Event>(MOST_WAITING)
  let isOver = live.ending.aborted
  const forget = live.on(workspaceId, topic, (detail) => {
    const event = detail === null ? null : eventOf(detail)
    if (event !== null) queue.push(event)
  })
  const close = () => {
    isOver = true
    forget()
    queue.poke()
    live.ending.removeEventListener('abort', close)
  }
  live.ending.addEventListener('abort', close)
  return streamed({
    async next() {
      await queue.filled()
      return isOver ? undefined : queue.take()
    },
    close,
  })
}

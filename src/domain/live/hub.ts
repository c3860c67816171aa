/**
 * Streams of one workspace on one gateway. Every reader has a place in the log of changes. Those who are behind read on
 * by themselves, page by page, as they take what was read. Those who have come to its end are brought along together:
 * what is new is read once for all of them, and each selection judges it once. So there is no seam: wherever they come
 * from, all get what lies behind their place, once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isBefore, placeOf } from '#domain/changes/event-cursor.ts'
import { isPassing } from '#platform/db/failed-query.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { type Streamed, streamed } from '#platform/live/iterators.ts'
import type { Live } from '#platform/live/live.ts'
import { ofOneMoment } from '#platform/live/moments.ts'
import { openQueue, type Queue } from '#platform/live/queue.ts'
import { oneAtATime, openTurns } from '#platform/live/turns.ts'
import { eventsIn, type LineEvent, type StreamEvent, swept, tooSlow } from './events.ts'
import { type Batch, type LogOf, readBatch, readEnd } from './reading.ts'
import type { Selection } from './selection.ts'

/** Ends when the gateway does, or by `return`. */
export type Stream = Streamed<StreamEvent> & {
  /** Up to where it has got, once everything that waits is taken. */
  place(): EventPlace
}

/** How many events wait for a reader. */
const MOST_WAITING = 256
/**
 * What finds no room is read from the log later. But one that took nothing for so long, while more than so many passed by,
 * is too slow: it gets a gap.
 */
const STALLED_MS = 2_000
const MOST_MISSED = 1_000
const LINES_OF_A_PAGE = 200
const LINES_OF_A_LOOK = 500
/** Hints may be lost. */
const LOOK_EVERY_MS = 1_000
/** Between two looks, so that what comes thick and fast is read together. */
const REST_MS = 5
/** While a transaction that is still open holds back what others have written. */
const LOOK_AGAIN_MS = [5, 10, 20, 50, 100]
const TRY_AGAIN_MS = 200
/** Statements at once, so that streams leave connections to requests. */
const MOST_AT_ONCE = 4

type Reader = {
  selection: Selection
  queue: Queue<StreamEvent>
  place: EventPlace
  isBehind: boolean
  /** Events that had no room, and the place of the last one that had. */
  missed: number
  missedFrom: EventPlace
  tookAtMs: number
  isStalled: boolean
  isOver: boolean
  error: unknown
}

const hubs = new WeakMap<Live, Map<string, Hub>>()

/** Everything that happens in a selection: behind a place, or from now on. Who comes back goes on from what they saw last. */
export async function follow(
  { live, db, workspaceId, lastEventId }: Pick<GraphContext, 'live' | 'db' | 'workspaceId' | 'lastEventId'>,
  { selection, after }: { selection: Selection; after: EventPlace | null },
): Promise<Stream> {
  const ofLive = hubs.get(live) ?? new Map<string, Hub>()
  hubs.set(live, ofLive)
  const hub = ofLive.get(workspaceId) ?? openHub(live, { db, workspaceId }, () => ofLive.delete(workspaceId))
  ofLive.set(workspaceId, hub)
  return hub.follow(selection, lastEventId ? placeOf(lastEventId) : after)
}

type Hub = { follow(selection: Selection, after: EventPlace | null): Promise<Stream> }

function openHub(live: Live, log: LogOf, onEmpty: () => void): Hub {
  const readers = new Set<Reader>()
  const turns = openTurns(MOST_AT_ONCE)
  const endOfLog = oneAtATime(() => readEnd(log))
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isWanted = false
  let timesHeld = 0

  const forget = live.on(log.workspaceId, 'changes', look)
  live.ending.addEventListener('abort', endAll)

  function endAll() {
    for (const reader of readers) end(reader)
  }

  function end(reader: Reader, error: unknown = null) {
    reader.isOver = true
    reader.error ??= error
    reader.queue.poke()
    if (!readers.delete(reader) || readers.size > 0) return
    clearTimeout(timer)
    forget()
    live.ending.removeEventListener('abort', endAll)
    onEmpty()
  }

  // ---------------------------------------------------------------- those who are at the end of the log

  function look() {
    isWanted = true
    if (!isLooking) void lookOn()
  }

  async function lookOn() {
    isLooking = true
    clearTimeout(timer)
    let waitMs = LOOK_EVERY_MS
    while (isWanted && readers.size > 0) {
      isWanted = false
      const batch = await bringAlong().catch((error: Error) => error)
      if (batch instanceof Error) live.log.warn({ err: batch }, 'streams could not be brought up to date')
      else if (batch?.hasMore || batch?.gap) isWanted = true
      timesHeld = !(batch instanceof Error) && batch?.isHeld ? timesHeld + 1 : 0
      if (batch instanceof Error) waitMs = TRY_AGAIN_MS
      else if (timesHeld > 0) waitMs = LOOK_AGAIN_MS[Math.min(timesHeld, LOOK_AGAIN_MS.length) - 1] as number
      else waitMs = LOOK_EVERY_MS
      await sleep(REST_MS)
    }
    isLooking = false
    if (readers.size > 0) timer = setTimeout(look, waitMs).unref()
  }

  async function bringAlong(): Promise<Batch | null> {
    const near = [...readers].filter(({ isBehind }) => !isBehind)
    if (near.length === 0) return null
    const from = near.map(({ place }) => place).reduce((one, other) => (isBefore(other, one) ? other : one))
    const batch = await turns.take(() => readBatch(log, from, LINES_OF_A_LOOK))
    if (batch.gap) {
      for (const reader of near) if (!isBefore(from, reader.place)) skip(reader, batch.next)
      return batch
    }
    const bySelection = [...Map.groupBy(near, ({ selection }) => selection.key).values()]
    await Promise.all(bySelection.map((group) => bringGroup(group, batch, from)))
    return batch
  }

  async function bringGroup(group: Reader[], batch: Batch, from: EventPlace) {
    const [{ selection }] = group as [Reader]
    try {
      const events = batch.lines.length === 0 ? [] : await turns.take(() => eventsOf(selection, batch))
      for (const reader of group) {
        // One that has fallen behind meanwhile goes on from where that was.
        if (!reader.isBehind && !isBefore(reader.place, from)) bring(reader, events, batch.next)
      }
    } catch (error) {
      // They go on by themselves, so that nobody waits for them.
      for (const reader of group) {
        reader.isBehind = true
        if (!isPassing(error)) end(reader, error)
        else reader.queue.poke()
      }
    }
  }

  async function eventsOf(selection: Selection, { lines }: Batch): Promise<LineEvent[]> {
    const events = await eventsIn(log, selection, lines)
    ofOneMoment(lines, events)
    return events
  }

  function bring(reader: Reader, events: readonly LineEvent[], next: EventPlace) {
    for (const event of events) {
      if (!isBefore(reader.place, event.place)) continue
      if (reader.missed === 0 && reader.queue.push(event)) reader.missedFrom = event.place
      else reader.missed += 1
    }
    if (isBefore(reader.place, next)) reader.place = next
    if (reader.missed === 0) reader.missedFrom = reader.place
  }

  /** The log does not reach back. */
  function skip(reader: Reader, end: EventPlace) {
    reader.missed = 0
    reader.place = end
    reader.missedFrom = end
    if (reader.queue.push(swept(end))) return
    reader.queue.clear()
    reader.queue.push(swept(end))
  }

  // ---------------------------------------------------------------- those who are behind

  /** Reads on for a reader that has taken everything; again and again while the store does not answer. */
  async function readOn(reader: Reader): Promise<void> {
    try {
      const batch = await turns.take(() => readBatch(log, reader.place, LINES_OF_A_PAGE))
      if (batch.gap) skip(reader, batch.next)
      else bring(reader, await turns.take(() => eventsOf(reader.selection, batch)), batch.next)
      if (batch.hasMore) return
      reader.isBehind = false
      look()
    } catch (error) {
      if (!isPassing(error)) return end(reader, error)
      await sleep(TRY_AGAIN_MS)
    }
  }

  async function nextOf(reader: Reader): Promise<StreamEvent | undefined> {
    if (reader.missed > 0 && performance.now() - reader.tookAtMs > STALLED_MS) reader.isStalled = true
    const event = await nextFor(reader)
    reader.tookAtMs = performance.now()
    return event
  }

  async function nextFor(reader: Reader): Promise<StreamEvent | undefined> {
    for (;;) {
      const event = reader.queue.take()
      if (event) return event
      if (reader.error) throw reader.error
      if (reader.isOver) return undefined
      const { missed, isStalled } = reader
      Object.assign(reader, { missed: 0, isStalled: false })
      if (isStalled && missed > MOST_MISSED) return tooSlow(reader.place, missed)
      if (missed > 0) {
        reader.place = reader.missedFrom
        reader.isBehind = true
      }
      if (reader.isBehind) await readOn(reader)
      else await reader.queue.filled()
    }
  }

  function streamOf(reader: Reader): Stream {
    const close = () => {
      reader.queue.clear()
      end(reader)
    }
    return Object.assign(streamed({ next: () => nextOf(reader), close }), { place: () => reader.place })
  }

  return {
    async follow(selection, after) {
      const reader: Reader = {
        ...{ selection, isBehind: true, queue: openQueue<StreamEvent>(MOST_WAITING), missed: 0 },
        ...{ place: NOWHERE, missedFrom: NOWHERE, isOver: live.ending.aborted, error: null },
        ...{ tookAtMs: performance.now(), isStalled: false },
      }
      if (!reader.isOver) readers.add(reader)
      try {
        reader.place = after ?? (await endOfLog())
      } catch (error) {
        end(reader)
        throw error
      }
      reader.missedFrom = reader.place
      reader.isBehind = after !== null
      look()
      return streamOf(reader)
    },
  }
}

const NOWHERE: EventPlace = { clusterId: '0', transactionId: '0', position: '0' }

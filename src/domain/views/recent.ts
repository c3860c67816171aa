/**
 * Since when the ids of a view's unread tickets are gathered, so that there are enough for its list and not many more.
 * What a view had the last time is a guess for the next; whether it was enough is seen from the answer.
 */
import type { Db } from '#platform/db/client.ts'
import { perDb } from '#platform/db/kept.ts'
import { always, type Count, never, type Recent } from './count-statement.ts'

/** How many ids there are at most. */
export const maxIds = 100
/** How many are gathered: some may be read before the next time. */
const aim = 120
/** A few hundred bytes each. */
const mostKept = 10_000

const sinces = perDb(() => new Map<string, number>())

/** In seconds of the epoch; `key` stands for a view, a viewer and what is counted. */
export const sinceFor = (db: Db, key: string): number | undefined => sinces(db).get(key)

/** Whether the first ids are among those gathered. */
export const isEnough = ({ count, recent }: Count) => (recent?.length ?? 0) >= Math.min(maxIds, count)

/** Latest first; those of the same moment by their ids, as lists have them. */
export function latestFirst(recent: Recent): Recent {
  return recent.sort(([time, id], [otherTime, other]) => otherTime - time || (id < other ? 1 : -1))
}

/** @param recent latest first. */
export function learn(db: Db, key: string, since: number, { count, recent }: Count): void {
  const kept = sinces(db)
  if (kept.size >= mostKept) kept.clear()
  kept.set(key, nextSince(since, count, recent ?? []))
}

function nextSince(since: number, count: number, recent: Recent): number {
  if (count <= 2 * maxIds) return always
  const timeAt = (place: number) => recent.at(place)?.[0] ?? never
  const [newest, last] = [timeAt(0), timeAt(Math.min(aim, recent.length - 1))]
  if (recent.length > 2 * aim) return last
  // Nearly used up: twice as far back.
  if (recent.length < (maxIds + aim) / 2) return 2 * last - newest
  return since
}

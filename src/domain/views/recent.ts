/**
 * Since when the ids of a view's unread tickets are gathered, so that there are enough for its list and not many more.
 * What a view had the last time is a guess for the next; whether it was enough is seen from the answer.
 */
import type { Db } from '#platform/db/client.ts'
import { perDb } from '#platform/db/loader.ts'
import { always, type Count, type Recent } from './count-statement.ts'

/** How many ids there are at most. */
export const maxIds = 100
/** How many are gathered: some may be read before the next time. */
const aim = 150
/** A few hundred bytes each. */
const mostKept = 10_000

const sinces = perDb(() => new Map<string, string>())

/** As text for Postgres; `key` stands for a view, a viewer and what is counted. */
export const sinceFor = (db: Db, key: string): string | undefined => sinces(db).get(key)

/** Whether the first ids are among those gathered. */
export const isEnough = ({ count, recent }: Count) => (recent?.length ?? 0) >= Math.min(maxIds, count)

/** Latest first; those of the same moment by their ids, as lists have them. */
export function latestFirst(recent: Recent): Recent {
  return recent.sort(([time, id], [otherTime, other]) => otherTime - time || (id < other ? 1 : -1))
}

/** @param recent latest first. */
export function learn(db: Db, key: string, since: string, { count, recent }: Count): void {
  const kept = sinces(db)
  if (kept.size >= mostKept) kept.clear()
  kept.set(key, nextSince(since, count, recent ?? []))
}

function nextSince(since: string, count: number, recent: Recent): string {
  if (count <= 2 * aim) return always
  const [newest = [0]] = recent
  const [last] = recent[aim] ?? recent.at(-1) ?? [0]
  if (recent.length > 2 * aim) return new Date(last * 1000).toISOString()
  // Nearly used up: twice as far back.
  if (recent.length < (maxIds + aim) / 2) return new Date((2 * last - newest[0]) * 1000).toISOString()
  return since
}

/** The stretch of time that charts show, cut into buckets by the calendar of a time zone. */
import { sql } from 'drizzle-orm'
import type { LoadContext } from '#platform/db/loader.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { storable } from '#platform/graphql/date-range.ts'

export const timeBuckets = {
  HOUR: 'An hour.',
  DAY: 'A day from midnight to midnight; of 23 or 25 hours when the clocks change.',
  WEEK: 'A week from Monday on.',
  MONTH: 'A month of the calendar.',
} as const
export type TimeBucket = keyof typeof timeBuckets

const hourMs = 3_600_000
/** The shortest ones: a day may have 23 hours, February 28 days. */
const shortestMs: Record<TimeBucket, number> = {
  HOUR: hourMs,
  DAY: 23 * hourMs,
  WEEK: 167 * hourMs,
  MONTH: 671 * hourMs,
}
const mostPoints = 1000
const daysByDefault = 30

/** `from` null: from the start of the first bucket on. `to` is exclusive. */
export type Stretch = { from: Date | null; since: Date; to: Date; bucket: TimeBucket; timeZone: string }

type StretchInput = { from?: Date | null; to?: Date | null; bucket: TimeBucket; timeZone: string }

/** @throws GraphQLError when nothing can be drawn for it. */
export function stretchOf({ from = null, to, bucket, timeZone }: StretchInput, now: Date): Stretch {
  const end = to ?? now
  const since = from ?? new Date(end.getTime() - daysByDefault * 24 * hourMs)
  if (since >= end) throw badInput('to', 'expected a moment after `from`')
  if ((end.getTime() - since.getTime()) / shortestMs[bucket] > mostPoints)
    throw badInput('bucket', `expected at most ${mostPoints} points: choose a bigger bucket or a shorter time`)
  if (!isTimeZone(timeZone))
    throw badInput(
      'timeZone',
      `expected an IANA time zone such as "Europe/Berlin", got ${JSON.stringify(timeZone.slice(0, 80))}`,
    )
  return { from, since, to: end, bucket, timeZone }
}

/** Names of places only: Postgres and JavaScript do not mean the same by "CET" or "+02:00". */
function isTimeZone(name: string): boolean {
  if (name === 'UTC') return true
  if (!/^[A-Za-z]+\/[\w+/-]+$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

/** When each bucket begins, as Postgres writes it. */
export async function bucketStarts({ db }: LoadContext, { since, to, bucket, timeZone }: Stretch): Promise<string[]> {
  const [first, last] = [sql`${storable(since.getTime())}::timestamptz`, sql`${storable(to.getTime())}::timestamptz`]
  const step = sql.raw(bucket.toLowerCase())
  const end = sql`${last} - interval '1 microsecond'`
  // Hours are counted as they pass: the clock shows one of them twice in autumn.
  const starts =
    bucket === 'HOUR'
      ? sql`generate_series(date_trunc('hour', ${first}, ${timeZone}), ${end}, interval '1 hour')`
      : sql`generate_series(date_trunc('${step}', ${first} at time zone ${timeZone}), (${end}) at time zone ${timeZone}, interval '1 ${step}')`
  const moment = bucket === 'HOUR' ? sql`start` : sql`start at time zone ${timeZone}`
  const { rows } = await db.execute<{ at: string }>(
    sql`select distinct (${moment})::timestamptz as at from ${starts} as series(start) order by at`,
  )
  return rows.map(({ at }) => at)
}

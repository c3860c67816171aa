/** The points of charts: all metrics in one statement. */
import { type SQL, sql } from 'drizzle-orm'
import type { Filter } from '#platform/db/filter.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { storable } from '#platform/graphql/date-range.ts'
import { chosenTickets, durations, hasMessages, hasWaits, measured, type TicketMetric, waits } from './metrics.ts'
import { bucketStarts, type Stretch } from './time.ts'

/** `value` null: nothing was measured, which is not the same as no time at all. */
export type Point = { at: string; value: number | null; p50: number | null; p90: number | null; count: number }
export type Series = { metric: TicketMetric; points: Point[] }

/** `place` counts buckets from 1; 0 is what was before. */
type Measured = { metric: TicketMetric; place: number; count: number; delta: number } & Record<
  'mean' | 'p50' | 'p90',
  number | null
>

export async function seriesOf(
  context: LoadContext,
  { metrics, stretch, filter }: { metrics: readonly TicketMetric[]; stretch: Stretch; filter: Filter },
): Promise<Series[]> {
  const starts = await bucketStarts(context, stretch)
  if (hasMessages(metrics)) await refuseTooMany(context, stretch)
  const rows = metrics.length === 0 ? [] : await measure(context, { metrics, stretch, filter, starts })
  return metrics.map((metric) => {
    const own = new Map(rows.filter((row) => row.metric === metric).map((row) => [row.place, row]))
    return { metric, points: pointsOf(metric, starts, own) }
  })
}

/** A store of 80,000 messages a month shows ten weeks; a small one whole years. */
export const mostMessages = 200_000

/** @throws GraphQLError saying what can be asked for, when there are too many messages to read in the time of a request. */
export async function refuseTooMany(
  { db, workspaceId }: LoadContext,
  { since, to }: Stretch,
  most = mostMessages,
): Promise<void> {
  const { rows } = await db.execute<{ at: string }>(sql`
    select at from messages
    where workspace_id = ${workspaceId} and at >= ${storable(since.getTime())} and at < ${storable(to.getTime())}
    order by at desc offset ${most} limit 1`)
  if (rows[0])
    throw badInput(
      'from',
      `expected at most ${most} messages in this time: ask for what happened after ${new Date(rows[0].at).toISOString()}, or for metrics of tickets alone`,
    )
}

function pointsOf(metric: TicketMetric, starts: string[], rows: Map<number, Measured>): Point[] {
  let backlog = rows.get(0)?.delta ?? 0
  return starts.map((at, index) => {
    const { count = 0, delta = 0, mean = null, p50 = null, p90 = null } = rows.get(index + 1) ?? {}
    backlog += delta
    if (metric === 'BACKLOG') return { at, value: backlog, p50: null, p90: null, count: backlog }
    return durations.has(metric)
      ? { at, value: mean, p50, p90, count }
      : { at, value: count, p50: null, p90: null, count }
  })
}

async function measure(
  { db, workspaceId }: LoadContext,
  options: { metrics: readonly TicketMetric[]; stretch: Stretch; filter: Filter; starts: string[] },
): Promise<Measured[]> {
  const { metrics, stretch, filter, starts } = options
  const parts = metrics.map(
    (metric) => sql`select ${sql.raw(`'${metric}'`)} as metric, x.* from (${measured[metric]}) x (at, seconds, delta)`,
  )
  const counted = sql`(
    with chosen as (${chosenTickets(filter.where() ?? sql`true`)})${hasWaits(metrics) ? sql`, ${waits}` : sql``}
    select metric, width_bucket(at, ${sql.placeholder('starts')}::timestamptz[]) as place, count(*) as count,
      sum(delta) as delta, avg(seconds) as mean, percentile_cont(0.5) within group (order by seconds) as p50,
      percentile_cont(0.9) within group (order by seconds) as p90
    from (${sql.join(parts, sql` union all `)}) as points
    where at < ${sql.placeholder('to')}::timestamptz
      and (at >= ${sql.placeholder('since')}::timestamptz or metric = 'BACKLOG')
    group by 1, 2
  ) as counted`
  const number = (column: SQL) => column.mapWith(Number)
  const rows = await db
    .select({
      metric: sql<TicketMetric>`metric`,
      place: number(sql`place`),
      count: number(sql`count`),
      delta: number(sql`delta`),
      ...{ mean: number(sql`mean`), p50: number(sql`p50`), p90: number(sql`p90`) },
    })
    .from(counted)
    .prepare('')
    .execute({
      ...{ workspaceId, starts, to: storable(stretch.to.getTime()), ...filter.values },
      since: stretch.from ? storable(stretch.from.getTime()) : starts[0],
    })
  return rows as Measured[]
}

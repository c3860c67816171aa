import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { FilterCollector } from '#platform/db/filter.ts'
import { builder } from './builder.ts'

export const DateTimeRange = builder.inputType('DateTimeRange', {
  description: 'A stretch of time. All given fields must match.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    to: t.field({ type: 'DateTime', description: 'Before this moment.' }),
    within: t.field({ type: 'Duration', description: 'P7D: within the last seven days.' }),
    isNull: t.boolean({ description: 'True: only where there is no such time. False: only where there is one.' }),
  }),
})
export type DateTimeRangeInput = typeof DateTimeRange.$inferInput

/** Adds the conditions of a range on a column. */
export function dateRangeCondition(
  name: string,
  column: PgColumn | SQL,
  range: DateTimeRangeInput,
  { add, value }: Pick<FilterCollector, 'add' | 'value'>,
  now: Date,
): void {
  const since = (moment: Date) => sql`${value(moment.toISOString())}::timestamptz`
  if (range.from) add(`${name}>=`, sql`${column} >= ${since(range.from)}`)
  if (range.to) add(`${name}<`, sql`${column} < ${since(range.to)}`)
  if (range.within != null) add(`${name}>=`, sql`${column} >= ${since(new Date(now.getTime() - range.within))}`)
  if (range.isNull != null)
    add(`${name} ${range.isNull}`, range.isNull ? sql`${column} is null` : sql`${column} is not null`)
}

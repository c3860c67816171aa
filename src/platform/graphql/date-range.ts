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
  const since = (moment: number) => sql`${value(storable(moment))}::timestamptz`
  if (range.from) add(`${name}>=`, sql`${column} >= ${since(range.from.getTime())}`)
  if (range.to) add(`${name}<`, sql`${column} < ${since(range.to.getTime())}`)
  if (range.within != null) add(`${name}>=`, sql`${column} >= ${since(now.getTime() - range.within)}`)
  if (range.isNull != null)
    add(`${name} ${range.isNull}`, range.isNull ? sql`${column} is null` : sql`${column} is not null`)
}

const [earliest, latest] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

/** Years beyond four digits are written differently by JavaScript and Postgres, and nothing happened in them. */
export function storable(milliseconds: number): string {
  return new Date(Math.min(Math.max(milliseconds, earliest), latest)).toISOString()
}

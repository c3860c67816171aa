import { getTableColumns } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

/** Columns of a table that were kept as JSON, where times lie as text, as rows have them. */
export function revived<Table extends PgTable>(
  table: Table,
  values: Record<string, unknown>,
): Partial<Table['$inferSelect']> {
  const columns = getTableColumns(table) as Record<string, { dataType: string } | undefined>
  const isTime = (name: string) => columns[name]?.dataType === 'date'
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isTime(name) && typeof value === 'string' ? new Date(value) : value,
    ]),
  ) as Partial<Table['$inferSelect']>
}

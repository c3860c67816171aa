/** The audit log, newest first. */
import { getTableColumns, sql } from 'drizzle-orm'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import { type LoadContext, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { type PageRequest, pageOf } from '#platform/db/page.ts'
import { totalOf } from '#platform/db/total.ts'
import type { Connection } from '#platform/graphql/connections.ts'
import { storable } from '#platform/graphql/date-range.ts'
import { auditEntries } from './table.ts'

const { workspaceId: _workspace, ...columns } = getTableColumns(auditEntries)
export type AuditRow = RowOf<typeof columns>

export const auditEntryById = oneBy(auditEntries, auditEntries.id, columns)

export const newestFirst: NamedOrder = {
  name: 'audit log',
  steps: [
    { by: auditEntries.at, type: 'timestamptz', direction: 'DESC' },
    { by: auditEntries.id, type: 'uuid', direction: 'DESC' },
  ],
}
const source = { name: 'audit_entries', table: auditEntries, columns, order: newestFirst }

/** `nodeId`: any of the things it was about. `from` on, before `to`. */
export type AuditFilter = { actorId: string | null; nodeId: string | null; from: Date | null; to: Date | null }

export async function auditLog(
  context: LoadContext,
  request: PageRequest,
  asked: AuditFilter,
): Promise<Connection<AuditRow>> {
  const filter = filterOf(asked)
  const page = await pageOf(context, source, request, filter)
  return { page, order: newestFirst.name, count: () => totalOf(context, source, filter) }
}

function filterOf({ actorId, nodeId, from, to }: AuditFilter): Filter {
  const { add, value, done } = collectFilter()
  const moment = (date: Date) => sql`${value(storable(date.getTime()))}::timestamptz`
  if (actorId !== null) add('actor', sql`${auditEntries.actorId} = ${value(actorId)}::uuid`)
  if (nodeId !== null) add('target', sql`${auditEntries.targets} @> array[${value(nodeId)}::text]`)
  if (from) add('from', sql`${auditEntries.at} >= ${moment(from)}`)
  if (to) add('to', sql`${auditEntries.at} < ${moment(to)}`)
  return done()
}

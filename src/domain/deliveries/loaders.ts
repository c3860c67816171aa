import { getTableColumns, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import { type LoadContext, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { pageOf } from '#platform/db/page.ts'
import { totalOf } from '#platform/db/total.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { type DeliveryState, deliveries } from './table.ts'

const {
  lanes: _lanes,
  before: _before,
  leaseOwner: _owner,
  leaseUntil: _until,
  ...deliveryColumns
} = getTableColumns(deliveries)
export type DeliveryRow = RowOf<typeof deliveryColumns>

export const deliveryById = oneBy(deliveries, deliveries.id, deliveryColumns)

const newestFirst: NamedOrder = {
  name: 'deliveries, newest first',
  steps: [{ by: deliveries.position, type: 'bigint', direction: 'DESC' }],
}
const source = { name: 'deliveries', table: deliveries, columns: deliveryColumns, order: newestFirst }

/** Our ids; left out: all. */
export type DeliveryFilter = {
  states?: readonly DeliveryState[] | null
  backendIds?: readonly string[] | null
  ticketIds?: readonly string[] | null
  operations?: readonly string[] | null
  isNone?: boolean
}

export async function deliveryConnection(
  context: LoadContext,
  args: PageArguments,
  wanted: DeliveryFilter,
): Promise<Connection<DeliveryRow>> {
  const filter = filterOf(wanted)
  const page = await pageOf(context, source, pageRequestOf(args, newestFirst), filter)
  return { page, order: newestFirst.name, count: () => totalOf(context, source, filter) }
}

function filterOf({ states, backendIds, ticketIds, operations, isNone }: DeliveryFilter): Filter {
  const collector = collectFilter('deliveries')
  const anyOf = (name: string, column: PgColumn, values: readonly string[] | null | undefined) => {
    if (values) collector.add(name, sql`${column} = any(${collector.value(values)})`)
  }
  anyOf('states', deliveries.state, states)
  anyOf('backends', deliveries.backendId, backendIds)
  anyOf('tickets', deliveries.ticketId, ticketIds)
  anyOf('operations', deliveries.operation, operations)
  if (isNone) collector.add('none', sql`false`)
  return collector.done()
}

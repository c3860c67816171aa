/** Messages and events of a ticket in one order, read page by page: a page of a long thread costs what a short one costs. */
import { sql } from 'drizzle-orm'
import { type PgColumn, QueryBuilder } from 'drizzle-orm/pg-core'
import { type MessageRow, messageById } from '#domain/messages/loaders.ts'
import { isSeen, messages } from '#domain/messages/table.ts'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { publicActivityOf } from '#domain/tickets/public-facts.ts'
import { ticketEvents } from '#domain/tickets/table.ts'
import type { EventRow } from '#domain/tickets/timeline-item.ts'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import type { RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countBy, pageBy } from '#platform/db/page.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import type { TimelineItemType } from '#vocabulary.ts'

type ItemRow = MessageRow | EventRow
export type Timeline = Connection<ItemRow> & { updatedAt: () => Date | Promise<Date> }
type Wanted = { types: readonly TimelineItemType[] | null; since: Date | null }

/** The timeline of a ticket as the viewer may see it. */
export async function timelineOf(
  context: GraphContext,
  ticket: Pick<TicketRow, 'id' | 'updatedAt'>,
  args: PageArguments,
  wanted: Wanted,
): Promise<Timeline> {
  const filter = filterOf(wanted, context)
  const page = await pages(context, ticket.id, pageRequestOf(args, inTime), { filter })
  // Their places are those in the page: a message that is read after it may lie elsewhere by now.
  const placed = new Map<ItemRow, Item>()
  const rows = await Promise.all(page.rows.map((row) => itemOf(context, row)))
  for (const [index, row] of rows.entries()) if (row) placed.set(row, page.rows[index] as Item)
  return {
    page: {
      ...page,
      // One that is gone by now is left out.
      rows: [...placed.keys()],
      positionOf: (row) => page.positionOf(placed.get(row) as Item),
    },
    order: inTime.name,
    count: () => counts(context, ticket.id, filter),
    updatedAt: () => (context.viewer.role === 'CONTACT' ? publicActivityOf(context, ticket.id) : ticket.updatedAt),
  }
}

/** Events are whole already. */
async function itemOf(context: GraphContext, row: Item): Promise<ItemRow | null> {
  return row.type === 'MESSAGE' ? messageById(context, row.id) : (row as EventRow)
}

function filterOf({ types, since }: Wanted, { viewer }: GraphContext): Filter {
  const { add, value, done } = collectFilter('item')
  const sight = sightOf(viewer)
  if (sight !== 'ALL') add(`seen ${sight}`, sql`${sight === 'PUBLIC' ? isPublic : isNoNote}`)
  if (types) add('types', sql`${items.type} = any(${value(types)})`)
  if (since) add('since', sql`${items.at} >= ${value(since.toISOString())}::timestamptz`)
  return done()
}

// ------------------------------------------------------------------ both tables as one

const select = new QueryBuilder()
/**
 * Postgres takes each half from its own index and merges them, so that a page reads no more rows than it has. It only does
 * so while the halves have no conditions of their own: those are columns, asked for outside.
 */
const items = select
  .select({
    ...{ workspaceId: messages.workspaceId, ticketId: messages.ticketId, id: messages.id },
    ...{ at: messages.at, sequence: messages.sequence },
    type: sql<TimelineItemType>`'MESSAGE'`.as('item_type'),
    isInThread: sql<boolean>`(${messages.type} <> 'SUGGESTED_REPLY')`.as('is_in_thread'),
    isForContacts: sql<boolean>`${isSeen.PUBLIC}`.as('is_for_contacts'),
    isNoNote: sql<boolean>`${isSeen.WITHOUT_NOTES}`.as('is_no_note'),
    backendId: messages.backendId,
    externalId: messages.externalId,
    kind: sql<string>`''`.as('kind'),
    actorId: messages.senderId,
    label: sql<string>`''`.as('label'),
    change: sql<EventRow['change']>`null::jsonb`.as('change'),
    detail: sql<unknown>`null::json`.as('detail'),
  })
  .from(messages)
  .unionAll(
    select
      .select({
        ...{ workspaceId: ticketEvents.workspaceId, ticketId: ticketEvents.ticketId, id: ticketEvents.id },
        ...{ at: ticketEvents.at, sequence: ticketEvents.sequence },
        type: sql<TimelineItemType>`${ticketEvents.type}`.as('item_type'),
        isInThread: sql<boolean>`true`.as('is_in_thread'),
        // What only has the help desk's words may say anything.
        isForContacts:
          sql<boolean>`(${ticketEvents.type} = 'STATUS_CHANGED' and ${ticketEvents.change} is not null)`.as(
            'is_for_contacts',
          ),
        isNoNote: sql<boolean>`true`.as('is_no_note'),
        backendId: ticketEvents.backendId,
        externalId: ticketEvents.externalId,
        kind: sql<string>`${ticketEvents.kind}`.as('kind'),
        actorId: ticketEvents.actorId,
        label: sql<string>`${ticketEvents.label}`.as('label'),
        change: sql<EventRow['change']>`${ticketEvents.change}`.as('change'),
        detail: sql<unknown>`${ticketEvents.detail}`.as('detail'),
      })
      .from(ticketEvents),
  )
  .as('items')
const {
  workspaceId: _workspace,
  isInThread,
  isForContacts: isPublic,
  isNoNote,
  ...itemColumns
} = items._.selectedFields
type Item = RowOf<typeof itemColumns>

const inTime: NamedOrder = {
  name: 'timeline',
  steps: [
    { by: items.at, type: 'timestamptz', direction: 'ASC' },
    { by: items.sequence, type: 'bigint', direction: 'ASC' },
    { by: items.id, type: 'uuid', direction: 'ASC' },
  ],
}
const source = { name: 'timeline', table: items, columns: itemColumns, order: inTime, where: sql`${isInThread}` }
const pages = pageBy(items.ticketId as PgColumn, source)
const counts = countBy(items.ticketId as PgColumn, source)

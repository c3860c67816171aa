import { asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { mentionsConcerning } from '#domain/tickets/filter.ts'
import { bothFilters, collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countOf, pageOf } from '#platform/db/page.ts'
import { totalOf } from '#platform/db/total.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { mentions } from './table.ts'

const { contentHash: _hash, notedIn: _in, position: _position, ...mentionColumns } = getTableColumns(mentions)
export type MentionRow = RowOf<typeof mentionColumns>
const oldestFirst = { orderBy: [asc(mentions.createdAt), asc(mentions.id)] }
export const mentionById = oneBy(mentions, mentions.id, mentionColumns)
export const mentionsOfTicket = manyBy(mentions, mentions.ticketId, mentionColumns, oldestFirst)
export const mentionsOfMessage = manyBy(mentions, mentions.messageId, mentionColumns, oldestFirst)

const newestFirst: NamedOrder = {
  name: 'mentions, newest first',
  steps: [
    { by: mentions.createdAt, type: 'timestamptz', direction: 'DESC' },
    { by: mentions.id, type: 'uuid', direction: 'DESC' },
  ],
}
const source = { name: 'mentions', table: mentions, columns: mentionColumns, order: newestFirst }

/** A page of mentions; `unreadCount` counts all pages, and only when it is asked for. */
export type MentionsShape = Connection<MentionRow> & { unreadCount: () => Promise<number> }

/** The mentions that concern a viewer. */
export async function mentionsOfViewer(
  context: LoadContext,
  viewer: Viewer,
  { unreadOnly, ...args }: PageArguments & { unreadOnly: boolean },
): Promise<MentionsShape> {
  const all = concerning(viewer)
  const filter = unreadOnly ? bothFilters(all, unread) : all
  const page = await pageOf(context, source, pageRequestOf(args, newestFirst), filter)
  return {
    page,
    order: newestFirst.name,
    count: () => totalOf(context, source, filter),
    unreadCount: () => unreadMentionCount(context, viewer),
  }
}

export function unreadMentionCount(context: LoadContext, viewer: Viewer): Promise<number> {
  return countOf(context, source, bothFilters(concerning(viewer), unread))
}

const unread: Filter = { shape: 'unread', isNested: false, where: () => sql`not ${mentions.isRead}`, values: {} }

/** As a condition on the mentions themselves. */
function concerning(viewer: Viewer): Filter {
  const whose = mentionsConcerning(viewer)
  if (whose === 'ALL') return noFilter
  const collector = collectFilter('whose')
  if (whose === 'OWN') collector.add('own', eq(mentions.agentId, collector.value(viewer.actorId)))
  else collector.add('none', sql`false`)
  return collector.done()
}

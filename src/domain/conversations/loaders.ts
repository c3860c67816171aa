import { getTableColumns, sql } from 'drizzle-orm'
import { collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { countBy, type NamedOrder, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { conversations } from './table.ts'

const { raw, contentHash: _hash, ...conversationColumns } = getTableColumns(conversations)
export type ConversationRow = RowOf<typeof conversationColumns>

export const conversationById = oneBy(conversations, conversations.id, conversationColumns)
export const conversationRawById = oneBy(conversations, conversations.id, { raw }, { name: 'conversation_raw' })
export const conversationsByExternalId = manyBy(conversations, conversations.externalId, conversationColumns)
export const conversationByUuid = oneBy(conversations, conversations.uuid, conversationColumns)

const byCreation: NamedOrder = {
  name: 'conversations by creation',
  steps: [
    { by: conversations.createdAt, type: 'timestamptz', direction: 'ASC' },
    { by: conversations.id, type: 'uuid', direction: 'ASC' },
  ],
}
const source = {
  name: 'conversations_of_ticket',
  table: conversations,
  columns: conversationColumns,
  order: byCreation,
}
const pages = pageBy(conversations.ticketId, source)
const count = countBy(conversations.ticketId, source)

/**
 * Of a ticket the viewer may see: to customers, a thread of nothing but notes is not there. Messages are not known here
 * yet: it is their `isForContacts`.
 */
export const conversationsVisibleTo = ({ role }: Viewer): Filter =>
  role === 'CONTACT' ? withPublicMessages() : noFilter
function withPublicMessages(): Filter {
  const { add, done } = collectFilter()
  add(
    'for contacts',
    sql`exists (
      select from messages m where m.workspace_id = ${conversations.workspaceId} and m.conversation_id = ${conversations.id}
        and m.type in ('REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PUBLIC') and m.direction <> 'SYSTEM'
        and not m.is_internal and m.show_in_correspondence)`,
  )
  return done()
}

/** The conversations of a ticket, oldest first. */
export async function conversationsOfTicket(
  context: LoadContext,
  ticketId: string,
  args: PageArguments,
  filter: Filter,
): Promise<Connection<ConversationRow>> {
  const page = await pages(context, ticketId, pageRequestOf(args, byCreation, 20), { filter })
  return { page, order: byCreation.name, count: () => count(context, ticketId, filter) }
}

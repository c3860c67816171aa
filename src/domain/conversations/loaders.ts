import { getTableColumns } from 'drizzle-orm'
import { type LoadContext, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { countBy, type NamedOrder, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
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

/** The conversations of a ticket, oldest first. */
export async function conversationsOfTicket(
  context: LoadContext,
  ticketId: string,
  args: PageArguments,
): Promise<Connection<ConversationRow>> {
  const page = await pages(context, ticketId, pageRequestOf(args, byCreation, 20))
  return { page, order: byCreation.name, count: () => count(context, ticketId) }
}

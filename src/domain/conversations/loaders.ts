import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import { isReadable } from '#domain/tickets/public-facts.ts'
import { collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, loaderPerRequest, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countBy, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { type Sight, sightOf, type Viewer } from '#platform/graphql/viewer.ts'
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

/** Of a ticket the viewer may see: a thread of nothing but what they may not read is not there. */
export const conversationsVisibleTo = (viewer: Viewer): Filter => visible[sightOf(viewer)]

const visible: Record<Sight, Filter> = {
  PUBLIC: withSaid('PUBLIC'),
  WITHOUT_NOTES: withSaid('WITHOUT_NOTES'),
  ALL: noFilter,
}
function withSaid(sight: Exclude<Sight, 'ALL'>): Filter {
  const { add, done } = collectFilter()
  const isEmpty = sight === 'PUBLIC' ? sql`false` : sql`${conversations.messageCount} = 0`
  add(
    `seen ${sight}`,
    sql`(${isEmpty} or exists (
      select from messages m where m.workspace_id = ${conversations.workspaceId} and m.conversation_id = ${conversations.id}
        and ${isReadable[sight]}))`,
  )
  return done()
}

/** Whether a thread of a ticket the viewer may see is there for them. */
export async function isConversationSeen(context: LoadContext, viewer: Viewer, id: string): Promise<boolean> {
  const sight = sightOf(viewer)
  return sight === 'ALL' || (await seenLoaders[sight](context).load(id))
}
const seenLoaders = { PUBLIC: seenLoader('PUBLIC'), WITHOUT_NOTES: seenLoader('WITHOUT_NOTES') }
function seenLoader(sight: Exclude<Sight, 'ALL'>) {
  return loaderPerRequest<string, boolean>(async ({ db, workspaceId }, ids) => {
    const rows = await db
      .select({ id: conversations.id })
      .from(conversations)
      .where(
        and(
          eq(conversations.workspaceId, workspaceId),
          sql`${conversations.id} = any(${sql.param(ids)}::uuid[])`,
          visible[sight].where(),
        ),
      )
    const seen = new Set(rows.map(({ id }) => id))
    return ids.map((id) => seen.has(id))
  })
}

/** The conversations of a ticket, oldest first. */
export function conversationsOfTicket(
  context: LoadContext,
  ticketId: string,
  args: PageArguments,
  filter: Filter,
): Promise<Connection<ConversationRow>> {
  return pages(context, ticketId, pageRequestOf(args, byCreation, 20), { filter }).then((page) => ({
    ...{ page, order: byCreation.name },
    count: () => count(context, ticketId, filter),
  }))
}

/** When something last happened in a thread that a customer may read. */
const publicActivities = loaderPerRequest<string, Date>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<{ id: string; at: string }>(sql`
    select id, greatest(created_at, (
      select max(m.at) from messages m where m.workspace_id = conversations.workspace_id
        and m.conversation_id = conversations.id and ${isReadable.PUBLIC} and not m.is_deleted)) as at
    from conversations where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[])`)
  const moments = new Map(rows.map(({ id, at }) => [id, new Date(at)]))
  return ids.map((id) => moments.get(id) as Date)
})
export const publicActivityOfConversation = (context: LoadContext, id: string) => publicActivities(context).load(id)

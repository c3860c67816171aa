import { asc, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { isSeen } from '#domain/messages/table.ts'
import { bothFilters, collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, loaderPerRequest, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countBy, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import type { Sight } from '#platform/graphql/viewer.ts'
import { attachments } from './table.ts'

const { contentHash: _hash, ...attachmentColumns } = getTableColumns(attachments)
export type AttachmentRow = RowOf<typeof attachmentColumns>
export const attachmentById = oneBy(attachments, attachments.id, attachmentColumns)
export const attachmentsOfMessage = manyBy(attachments, attachments.messageId, attachmentColumns, {
  orderBy: [asc(attachments.id)],
})
export const attachmentsOfDraft = manyBy(attachments, attachments.draftId, attachmentColumns, {
  orderBy: [asc(attachments.id)],
})

const inOrder: NamedOrder = { name: 'attachments', steps: [{ by: attachments.id, type: 'uuid', direction: 'ASC' }] }
const source = {
  name: 'attachments_of_ticket',
  table: attachments,
  columns: attachmentColumns,
  order: inOrder,
  where: sql`${attachments.messageId} is not null`,
}
const pages = pageBy(attachments.ticketId, source)
const count = countBy(attachments.ticketId, source)

const isOfSeen = (sight: Sight) => sql`exists (
  select from messages where messages.workspace_id = ${attachments.workspaceId} and messages.id = ${attachments.messageId}
    and ${isSeen[sight]})`
const filesOnly = named('no inline', sql`not ${attachments.isInline}`)
const ofSeenMessages: Record<Sight, Filter> = {
  PUBLIC: named('seen PUBLIC', isOfSeen('PUBLIC')),
  WITHOUT_NOTES: named('seen WITHOUT_NOTES', isOfSeen('WITHOUT_NOTES')),
  ALL: noFilter,
}
function named(name: string, condition: SQL): Filter {
  const collector = collectFilter()
  collector.add(name, condition)
  return collector.done()
}

/** A page of files; `totalSizeBytes` is of all pages, and added up only when it is asked for. */
export type AttachmentsShape = Connection<AttachmentRow> & { totalSizeBytes: () => Promise<number> }

/** The files on the messages of a ticket, in the order they were seen. */
export async function attachmentsOfTicket(
  context: LoadContext,
  ticketId: string,
  args: PageArguments,
  { includeInline, sight }: { includeInline: boolean; sight: Sight },
): Promise<AttachmentsShape> {
  const filter = bothFilters(ofSeenMessages[sight], includeInline ? noFilter : filesOnly)
  const page = await pages(context, ticketId, pageRequestOf(args, inOrder, 50), { filter })
  return {
    ...{ page, order: inOrder.name, count: () => count(context, ticketId, filter) },
    totalSizeBytes: async () => {
      const { all, inline } = await sizes[sight](context).load(ticketId)
      return includeInline ? all : all - inline
    },
  }
}

/** How many of its files a viewer may see. */
export const seenAttachmentCount = (context: LoadContext, ticketId: string, sight: Sight) =>
  count(context, ticketId, ofSeenMessages[sight])

type Sizes = { ticketId: string; all: number; inline: number }
const sizes = {
  PUBLIC: loaderPerRequest(sizesWhere(isOfSeen('PUBLIC'))),
  WITHOUT_NOTES: loaderPerRequest(sizesWhere(isOfSeen('WITHOUT_NOTES'))),
  ALL: loaderPerRequest(sizesWhere(sql`true`)),
}
function sizesWhere(isCounted: SQL) {
  return async ({ db, workspaceId }: LoadContext, ids: readonly string[]): Promise<Sizes[]> => {
    const { rows } = await db.execute<Sizes>(sql`
    select ticket_id as "ticketId", coalesce(sum(size_bytes), 0)::float8 as all,
      coalesce(sum(size_bytes) filter (where is_inline), 0)::float8 as inline
    from attachments
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)}::uuid[]) and message_id is not null
      and ${isCounted}
    group by ticket_id`)
    const byTicket = new Map(rows.map((row) => [row.ticketId, row]))
    return ids.map((ticketId) => byTicket.get(ticketId) ?? { ticketId, all: 0, inline: 0 })
  }
}

import { asc, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { isForContacts } from '#domain/messages/table.ts'
import { bothFilters, collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, loaderPerRequest, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { countBy, type NamedOrder, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
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

const isOfPublicMessage = sql`exists (
  select from messages where messages.workspace_id = ${attachments.workspaceId} and messages.id = ${attachments.messageId}
    and ${isForContacts})`
const filesOnly = named('no inline', sql`not ${attachments.isInline}`)
const ofPublicMessages = named('for contacts', isOfPublicMessage)
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
  { includeInline, role }: { includeInline: boolean; role: Viewer['role'] },
): Promise<AttachmentsShape> {
  const filter = bothFilters(role === 'CONTACT' ? ofPublicMessages : noFilter, includeInline ? noFilter : filesOnly)
  const page = await pages(context, ticketId, pageRequestOf(args, inOrder, 50), { filter })
  return {
    ...{ page, order: inOrder.name, count: () => count(context, ticketId, filter) },
    totalSizeBytes: async () => {
      const { all, inline } = await (role === 'CONTACT' ? sizesForContacts : sizesForAgents)(context).load(ticketId)
      return includeInline ? all : all - inline
    },
  }
}

/** How many of its files a customer may see. */
export const countForContacts = (context: LoadContext, ticketId: string) => count(context, ticketId, ofPublicMessages)

type Sizes = { ticketId: string; all: number; inline: number }
const sizesForAgents = loaderPerRequest(sizesWhere(sql`true`))
const sizesForContacts = loaderPerRequest(sizesWhere(isOfPublicMessage))
function sizesWhere(isSeen: SQL) {
  return async ({ db, workspaceId }: LoadContext, ids: readonly string[]): Promise<Sizes[]> => {
    const { rows } = await db.execute<Sizes>(sql`
    select ticket_id as "ticketId", coalesce(sum(size_bytes), 0)::float8 as all,
      coalesce(sum(size_bytes) filter (where is_inline), 0)::float8 as inline
    from attachments
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)}::uuid[]) and message_id is not null
      and ${isSeen}
    group by ticket_id`)
    const byTicket = new Map(rows.map((row) => [row.ticketId, row]))
    return ids.map((ticketId) => byTicket.get(ticketId) ?? { ticketId, all: 0, inline: 0 })
  }
}

import { asc, getTableColumns, sql } from 'drizzle-orm'
import { collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, loaderPerRequest, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { countBy, type NamedOrder, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
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

function withoutInline(): Filter {
  const collector = collectFilter()
  collector.add('no inline', sql`not ${attachments.isInline}`)
  return collector.done()
}
const filesOnly = withoutInline()

/** A page of files; `totalSizeBytes` is of all pages, and added up only when it is asked for. */
export type AttachmentsShape = Connection<AttachmentRow> & { totalSizeBytes: () => Promise<number> }

/** The files on the messages of a ticket, in the order they were seen. */
export async function attachmentsOfTicket(
  context: LoadContext,
  ticketId: string,
  args: PageArguments,
  includeInline: boolean,
): Promise<AttachmentsShape> {
  const filter = includeInline ? noFilter : filesOnly
  const page = await pages(context, ticketId, pageRequestOf(args, inOrder, 50), { filter })
  return {
    ...{ page, order: inOrder.name, count: () => count(context, ticketId, filter) },
    totalSizeBytes: async () => {
      const { all, inline } = await sizes(context).load(ticketId)
      return includeInline ? all : all - inline
    },
  }
}

type Sizes = { ticketId: string; all: number; inline: number }
const sizes = loaderPerRequest<string, Sizes>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<Sizes>(sql`
    select ticket_id as "ticketId", coalesce(sum(size_bytes), 0)::float8 as all,
      coalesce(sum(size_bytes) filter (where is_inline), 0)::float8 as inline
    from attachments
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)}::uuid[]) and message_id is not null
    group by ticket_id`)
  const byTicket = new Map(rows.map((row) => [row.ticketId, row]))
  return ids.map((ticketId) => byTicket.get(ticketId) ?? { ticketId, all: 0, inline: 0 })
})

/**
 * What of a ticket a customer may know where the ticket itself says more: a note moves its activity, and what was passed on
 * may be its newest message. Messages are not known here yet, since their table points at tickets: these conditions are
 * their `isSeen`, on a row `m`.
 */
import { type SQL, sql } from 'drizzle-orm'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import type { Sight } from '#platform/graphql/viewer.ts'
import { tickets } from './table.ts'

export const isReadable: Record<Exclude<Sight, 'ALL'>, SQL> = {
  PUBLIC: sql`(m.type in ('REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PUBLIC') and m.direction <> 'SYSTEM'
    and not m.is_internal and m.show_in_correspondence)`,
  WITHOUT_NOTES: sql`((not m.is_internal and m.type <> 'NOTE_PRIVATE') or m.type = 'SUGGESTED_REPLY' or m.direction = 'SYSTEM')`,
}

/** The last moment a customer can tell that something happened. */
export const publicActivity = sql`greatest(${tickets.createdAt}, ${tickets.lastStatusChangedAt}, (
  select max(m.at) from messages m where m.workspace_id = ${tickets.workspaceId} and m.ticket_id = ${tickets.id}
    and ${isReadable.PUBLIC} and not m.is_deleted))`

/** Whether a message a customer may read has a file. */
export const hasPublicAttachment = sql`exists (
  select from messages m where m.workspace_id = ${tickets.workspaceId} and m.ticket_id = ${tickets.id}
    and m.attachment_count > 0 and ${isReadable.PUBLIC})`

type PublicFacts = { id: string; preview: string | null; activeAt: string }
const factsByTicket = loaderPerRequest<string, PublicFacts>(async ({ db, workspaceId }: LoadContext, ids) => {
  const { rows } = await db.execute<PublicFacts>(sql`
    select id, ${publicActivity} as "activeAt", (
      select m.preview from messages m where m.workspace_id = tickets.workspace_id and m.ticket_id = tickets.id
        and ${isReadable.PUBLIC} and not m.is_deleted order by m.at desc, m.sequence desc, m.id desc limit 1) as preview
    from tickets where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[])`)
  const facts = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => facts.get(id) as PublicFacts)
})
export const publicPreview = async (context: LoadContext, id: string) => (await factsByTicket(context).load(id)).preview
export const publicActivityOf = async (context: LoadContext, id: string) =>
  new Date((await factsByTicket(context).load(id)).activeAt)

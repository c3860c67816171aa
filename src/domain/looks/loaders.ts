import { sql } from 'drizzle-orm'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { ticketLooks } from './table.ts'

type Asking = LoadContext & { viewer: Viewer }
type Read = Pick<TicketRow, 'id' | 'isReadByAgent' | 'isReadByContact' | 'unreadMessageCount'>

export async function isUnread(context: Asking, ticket: Read): Promise<boolean> {
  if (context.viewer.role === 'CONTACT') return !ticket.isReadByContact
  const own = await ownUnreadCount(context, ticket.id)
  return own === null ? !ticket.isReadByAgent : own > 0
}

export async function unreadMessageCountOf(context: Asking, ticket: Read): Promise<number> {
  if (context.viewer.role === 'CONTACT') return ticket.isReadByContact ? 0 : unseenByContact(context).load(ticket.id)
  return (await ownUnreadCount(context, ticket.id)) ?? ticket.unreadMessageCount
}

/** Null when the viewer has no look of their own at it. */
async function ownUnreadCount(context: Asking, ticketId: string): Promise<number | null> {
  const actorId = looksOf(context.viewer)
  return actorId === null ? null : ownCounts(context).load({ actorId, ticketId })
}

const selectLooks = preparedPerDb((db) =>
  db
    .select({ ticketId: ticketLooks.ticketId, unreadMessageCount: ticketLooks.unreadMessageCount })
    .from(ticketLooks)
    .where(
      sql`${ticketLooks.workspaceId} = ${sql.placeholder('workspaceId')}
        and ${ticketLooks.actorId} = ${sql.placeholder('actorId')}
        and ${ticketLooks.ticketId} = any(${sql.placeholder('ids')})`,
    )
    .prepare('own_looks'),
)
type Own = { actorId: string; ticketId: string }
const ownCounts = loaderPerRequest<Own, number | null, string>(
  async ({ db, workspaceId }, keys) => {
    const [{ actorId }] = keys as [Own]
    const rows = await selectLooks(db).execute({ workspaceId, actorId, ids: keys.map(({ ticketId }) => ticketId) })
    const counts = new Map(rows.map((row) => [row.ticketId, row.unreadMessageCount]))
    return keys.map(({ ticketId }) => counts.get(ticketId) ?? null)
  },
  { cacheKeyFn: ({ ticketId }) => ticketId },
)

/** Answers that came after the contact last looked or wrote. Of a ticket that is unread for them there is at least one. */
const unseenByContact = loaderPerRequest<string, number>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<{ id: string; count: number }>(sql`
    select ticket.id, greatest(1, count(message.id))::int as count
    from unnest(${sql.param(ids)}::uuid[]) as ticket(id)
    cross join lateral (
      select max(at) as at from messages
      where workspace_id = ${workspaceId} and ticket_id = ticket.id and direction = 'INBOUND' and not is_deleted
    ) spoken
    left join messages message on message.workspace_id = ${workspaceId} and message.ticket_id = ticket.id
      and message.direction = 'OUTBOUND' and message.type <> 'SUGGESTED_REPLY'
      and not message.is_internal and not message.is_deleted
      and message.at > greatest(spoken.at, (
        select contact_last_seen_at from conversations
        where workspace_id = ${workspaceId} and id = message.conversation_id), '-infinity')
    group by ticket.id`)
  const counts = new Map(rows.map((row) => [row.id, row.count]))
  return ids.map((id) => counts.get(id) ?? 1)
})

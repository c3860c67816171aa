/** Everybody on a ticket: `participants`. */
import { sql } from 'drizzle-orm'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { builder } from '#platform/graphql/builder.ts'
import { type Sight, sightOf } from '#platform/graphql/viewer.ts'
import { isSeen } from './table.ts'

builder.objectField(Ticket, 'participants', (t) =>
  t.field({
    type: [Actor],
    description:
      'Everybody on it, each once: who asks, who has it, and whoever wrote on it, by their first message. To a contact, those who asks and who wrote in public.',
    resolve: async ({ id, requesterId, assigneeId }, _args, context) => {
      const sight = sightOf(context.viewer)
      const senders = await sendersOf(context).load(id)
      const ids = [
        requesterId,
        sight === 'PUBLIC' ? null : assigneeId,
        ...senders.filter(({ seenBy }) => seenBy[sight]).map(({ senderId }) => senderId),
      ]
      const rows = await Promise.all(ids.map((actorId) => actorOf(context, actorId)))
      // Two of them may have become one person.
      return [...new Map(rows.flatMap((row) => (row ? [[row.id, row]] : []))).values()]
    },
  }),
)

type Sender = { ticketId: string; senderId: string; seenBy: Record<Sight, boolean> }

const sendersOf = loaderPerRequest<string, Sender[]>(async ({ db, workspaceId }: LoadContext, ids) => {
  const { rows } = await db.execute<Sender>(sql`
    select ticket_id as "ticketId", sender_id as "senderId", json_build_object('ALL', true,
      'WITHOUT_NOTES', bool_or(${isSeen.WITHOUT_NOTES}), 'PUBLIC', bool_or(${isSeen.PUBLIC})) as "seenBy"
    from messages
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)}::uuid[]) and sender_id is not null
      and type <> 'SUGGESTED_REPLY' and direction <> 'SYSTEM' and not is_deleted
    group by ticket_id, sender_id order by min(at), sender_id`)
  return ids.map((id) => rows.filter(({ ticketId }) => ticketId === id))
})

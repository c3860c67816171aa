/** What agents have read and where they are named: each of twenty has looked at a tenth of the tickets. */
import { type Filling, messagesPerTicket, workspaceId } from './rows.ts'

export function readerFillings({ ticketCount }: { ticketCount: number }): Filling[] {
  const ws = `'${workspaceId}'::uuid`
  return [
    {
      table: 'ticket_looks',
      sql: `
        insert into ticket_looks (workspace_id, actor_id, ticket_id, seen_up_to, unread_message_count)
        select ${ws}, pg_temp.id_of('agent', agent), id, last_activity_at,
          case when pg_temp.drawn(external_id::int8, 100 + agent, 12) = 0 then 1 else 0 end
        from tickets, generate_series(0, 19) as agents(agent)
        where pg_temp.drawn(external_id::int8, 200 + agent, 10) = 0`,
    },
    {
      table: 'mentions',
      sql: `
        insert into mentions (workspace_id, id, backend_id, ticket_id, message_id, external_id, agent_id, is_read,
          created_at, content_hash)
        select ${ws}, pg_temp.id_of('mention', n), pg_temp.id_of('backend', n % 5), pg_temp.id_of('ticket', n),
          pg_temp.id_of('message', n * ${messagesPerTicket}), n,
          pg_temp.id_of('agent', n % 5 + 5 * pg_temp.drawn(n, 31, 40)), pg_temp.drawn(n, 32, 10) < 8,
          '2026-10-31'::timestamptz - (${ticketCount} - n) * interval '2 years' / ${ticketCount}, md5(n::text)
        from generate_series(0, ${ticketCount - 1}) as series(n) where pg_temp.drawn(n, 33, 20) = 0`,
    },
  ]
}

/** What happened around the tickets: each of twenty agents has looked at a tenth of them, and there is a log. */
import { type Filling, messagesPerTicket, workspaceId } from './rows.ts'

export function happeningFillings({ ticketCount }: { ticketCount: number }): Filling[] {
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
    {
      table: 'ticket_events',
      sql: `
        insert into ticket_events (workspace_id, id, backend_id, ticket_id, external_id, kind, type, at, actor_id, label)
        select workspace_id, pg_temp.id_of('event', external_id::int8 * 4 + place), backend_id, id,
          external_id::int8 * 4 + place, 'log', type, created_at + place * (updated_at - created_at) / 4, assignee_id, type
        from tickets,
        unnest(array['ASSIGNMENT_CHANGED', 'TAGS_CHANGED', 'STATUS_CHANGED']) with ordinality as happened(type, place)`,
    },
    {
      table: 'changes',
      sql: `
        insert into changes (workspace_id, ticket_id, kind, changed_fields, version, source, at)
        select workspace_id, id, 'UPDATED', '{status,lastActivityAt}', 2, 'SYNC', updated_at
        from tickets order by updated_at`,
    },
  ]
}

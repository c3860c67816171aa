/** What charts can show, and where each of them is read from. */
import { type SQL, sql } from 'drizzle-orm'

export const ticketMetrics = {
  TICKETS_CREATED: 'How many tickets were opened.',
  TICKETS_RESOLVED:
    'How many tickets were resolved, each counted once, when it was last resolved. Where the help desk does not say when, the last change of the state counts, else the last activity.',
  TICKETS_REOPENED: 'How many tickets were opened again, each counted once, when it last was.',
  MESSAGES_INBOUND: 'How many public messages came in.',
  MESSAGES_OUTBOUND: 'How many public messages went out, those of bots too.',
  FIRST_RESPONSE_SECONDS:
    'How long it took from the first question of a ticket to the first answer of a person, at the time of the answer.',
  RESPONSE_SECONDS:
    'How long it took from the first question that was open to the answer of a person, for each answer, at its time.',
  RESOLUTION_SECONDS:
    'How long it took to resolve a ticket, as the help desk counts it, else from its opening on; at the time it was resolved.',
  BACKLOG: 'How many tickets were open or waiting at the end.',
} as const
export type TicketMetric = keyof typeof ticketMetrics

/** Whose value is the mean of what was measured; of the others it is a number of tickets or messages. */
export const durations = new Set<TicketMetric>(['FIRST_RESPONSE_SECONDS', 'RESPONSE_SECONDS', 'RESOLUTION_SECONDS'])

const ofWaits: readonly TicketMetric[] = ['FIRST_RESPONSE_SECONDS', 'RESPONSE_SECONDS']
export const hasWaits = (metrics: readonly TicketMetric[]) => metrics.some((metric) => ofWaits.includes(metric))
/** Whether they are read from messages, of which there are ten times as many as tickets. */
export const hasMessages = (metrics: readonly TicketMetric[]) =>
  hasWaits(metrics) || metrics.includes('MESSAGES_INBOUND') || metrics.includes('MESSAGES_OUTBOUND')

const workspace = sql.placeholder('workspaceId')
const since = sql`${sql.placeholder('since')}::timestamptz`
const to = sql`${sql.placeholder('to')}::timestamptz`

const isPublic = sql`m.workspace_id = ${workspace} and m.type <> 'SUGGESTED_REPLY' and not m.is_deleted and not m.is_internal`
const isInTime = sql`m.at >= ${since} and m.at < ${to}`

/** The tickets of the filter: `resolved_at` as far as it is known, `unresolved_at` when that ended. */
export function chosenTickets(where: SQL): SQL {
  return sql`
    select id, created_at, reopened_at, resolved_at as known_resolved_at, resolution_time_seconds,
      case when moment is not null then greatest(created_at, moment) end as resolved_at,
      case when status <> 'RESOLVED' then greatest(resolved_at, coalesce(reopened_at, last_status_changed_at)) end as unresolved_at
    from tickets
    cross join lateral (
      select coalesce(resolved_at, case when status = 'RESOLVED' then coalesce(last_status_changed_at, last_activity_at) end) as moment
    ) resolved
    where workspace_id = ${workspace} and ${where}`
}

/** Rows of (at, seconds, delta) for each thing that counts. They may lie outside of the time that is asked for. */
export const measured: Record<TicketMetric, SQL> = {
  TICKETS_CREATED: sql`select created_at as at, null::float8 as seconds, 1 as delta from chosen`,
  TICKETS_RESOLVED: sql`select resolved_at, null::float8, 1 from chosen where resolved_at is not null`,
  TICKETS_REOPENED: sql`select reopened_at, null::float8, 1 from chosen where reopened_at is not null`,
  MESSAGES_INBOUND: messagesGoing('INBOUND'),
  MESSAGES_OUTBOUND: messagesGoing('OUTBOUND'),
  FIRST_RESPONSE_SECONDS: sql`select at, seconds, 1 from waits where is_first`,
  RESPONSE_SECONDS: sql`select at, seconds, 1 from waits`,
  RESOLUTION_SECONDS: sql`
    select coalesce(known_resolved_at, created_at + make_interval(secs => resolution_time_seconds)),
      coalesce(resolution_time_seconds, extract(epoch from known_resolved_at - created_at))::float8, 1
    from chosen where coalesce(known_resolved_at, created_at + make_interval(secs => resolution_time_seconds)) is not null`,
  BACKLOG: sql`
    select created_at, null::float8, 1 from chosen
    union all select resolved_at, null::float8, -1 from chosen where resolved_at is not null
    union all select unresolved_at, null::float8, 1 from chosen where resolved_at is not null and unresolved_at is not null`,
}

function messagesGoing(direction: 'INBOUND' | 'OUTBOUND'): SQL {
  return sql`select m.at, null::float8, 1 from messages m join chosen on chosen.id = m.ticket_id
    where ${isPublic} and ${isInTime} and m.direction = ${sql.raw(`'${direction}'`)}`
}

/** How long each answer was waited for: of every ticket that was answered in the time, its thread by its own index. */
export const waits = sql`
  answered as (
    select distinct m.ticket_id from messages m join chosen on chosen.id = m.ticket_id
    where ${isPublic} and ${isInTime} and m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'
  ),
  waits as (
    select wait.* from answered cross join lateral (
      -- 2. from the first question of each turn to its answer
      select max(at) filter (where is_answer) as at,
        extract(epoch from max(at) filter (where is_answer) - min(at) filter (where not is_answer))::float8 as seconds,
        row_number() over (order by turn) = 1 as is_first
      from (
        -- 1. what was said in public; a turn ends with an answer
        select m.at, m.direction = 'OUTBOUND' as is_answer,
          count(*) filter (where m.direction = 'OUTBOUND') over (
            order by m.at, m.sequence, m.id rows between unbounded preceding and 1 preceding) as turn
        from messages m
        left join actors sender on sender.workspace_id = ${workspace} and sender.id = m.sender_id
        where ${isPublic} and m.ticket_id = answered.ticket_id and m.at < ${to}
          and (m.direction = 'INBOUND' or (m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'
            and coalesce(sender.type, 'AGENT') not in ('CHATBOT', 'SYSTEM', 'OUTREACH_CAMPAIGN')))
      ) turns
      group by turn having bool_or(is_answer) and not bool_and(is_answer)
    ) wait
  )`

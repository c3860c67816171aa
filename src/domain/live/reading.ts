/** The next lines of the log, each with what its ticket was before its transaction and after it. */
import { sql } from 'drizzle-orm'
import { endOfLog, isBefore } from '#domain/changes/event-cursor.ts'
import { type Line, lastScanned, lineParts, nextLines } from '#domain/changes/feed.ts'
import { isSeen } from '#domain/messages/table.ts'
import type { Db } from '#platform/db/client.ts'
import { preparedPerDb } from '#platform/db/loader.ts'
import type { EventPlace } from '#platform/graphql/builder.ts'

/** A ticket's columns as `judged_part` of the migrations names them; null where there is no ticket. */
export type TicketState = Record<string, unknown> | null

export type LiveLine = Line & {
  /** The first line of its ticket in its transaction: the ticket changed here, and not by those that follow. */
  isFirst: boolean
  /** Of a message: whether it is for customers, and whether it is for those who read no notes. */
  isPublic: boolean
  isNoNote: boolean
  before: TicketState
  after: TicketState
}

export type Batch = {
  lines: LiveLine[]
  /** Behind the lines, or behind everything that could be given. */
  next: EventPlace
  hasMore: boolean
  /** Lines were written that cannot be given out yet: an older transaction is still open. */
  isHeld: boolean
  /** The log does not reach back; then there are no lines, and `next` is its end. */
  gap: boolean
}

export type LogOf = { db: Db; workspaceId: string }

export async function readBatch({ db, workspaceId }: LogOf, after: EventPlace, size: number): Promise<Batch> {
  const [row] = await selectBatch(db).execute({ workspaceId, scanned: size, ...after })
  const { lines, states, end, last, gap, isHeld } = (row as { answer: Answer }).answer
  if (gap) return { lines: [], next: end, hasMore: false, isHeld, gap }
  const stateOf = new Map(states.map((state) => [`${state.ticketId} ${state.transactionId}`, state]))
  const withStates = lines.map((line) => {
    const { before = null, after = null } = stateOf.get(`${line.ticketId} ${line.place.transactionId}`) ?? {}
    return { ...line, before: line.isFirst ? before : after, after }
  })
  const next = last ?? (isBefore(after, end) ? end : after)
  return { lines: withStates, next, hasMore: last !== null, isHeld, gap }
}

export async function readEnd({ db }: LogOf): Promise<EventPlace> {
  const [row] = await selectEnd(db).execute()
  return (row as { end: EventPlace }).end
}

const selectEnd = preparedPerDb((db) =>
  db.select({ end: endOfLog }).from(sql`(values (1)) as one(row)`).prepare('end_of_log'),
)

type Answer = {
  lines: Omit<LiveLine, 'before' | 'after'>[]
  states: { ticketId: string; transactionId: string; before: TicketState; after: TicketState }[]
  end: EventPlace
  last: EventPlace | null
  gap: boolean
  isHeld: boolean
}

/**
 * What a ticket was at a place of the log: as it is now, with what transactions behind that place changed taken back, the
 * oldest value of each column. Those transactions have the higher numbers, though they may have changed it earlier than
 * one with a lower number that had to wait. So a ticket is after one line what it is before the next, whoever reads when.
 */
const selectBatch = preparedPerDb((db) =>
  db
    .select({ answer: sql<Answer>`answer` })
    .from(sql`(
      with ${nextLines}
      -- 3. who was changed by which transaction
      , moved as (
        select distinct cluster_id, transaction_id, ticket_id from scanned
      ), states as (
        select moved.ticket_id, moved.transaction_id::text,
          case when born.at_once or kept.whole is null and now_is.whole is null then null
            else coalesce(now_is.whole, '{}') || coalesce(kept.whole, '{}') end as before,
          case when born.later or kept.later is null and now_is.whole is null then null
            else coalesce(now_is.whole, '{}') || coalesce(kept.later, '{}') end as after
        from moved
        left join lateral (
          select judged_part(t) as whole from tickets t
          where t.workspace_id = ${sql.placeholder('workspaceId')} and t.id = moved.ticket_id
        ) now_is on true
        -- of keys that come twice the last one counts
        cross join lateral (
          select jsonb_object_agg(part.key, part.value order by position desc) as whole,
            jsonb_object_agg(part.key, part.value order by position desc)
              filter (where transaction_id > moved.transaction_id) as later
          from ticket_befores, jsonb_each(before) part
          where workspace_id = ${sql.placeholder('workspaceId')} and ticket_id = moved.ticket_id
            and cluster_id = moved.cluster_id and transaction_id >= moved.transaction_id
        ) kept
        cross join lateral (
          select bool_or(true) as at_once, coalesce(bool_or(transaction_id > moved.transaction_id), false) as later
          from changes
          where workspace_id = ${sql.placeholder('workspaceId')} and ticket_id = moved.ticket_id
            and kind = 'CREATED' and message_id is null
            and cluster_id = moved.cluster_id and transaction_id >= moved.transaction_id
        ) born
      )
      select json_build_object(
        'end', ${endOfLog}, 'gap', (select gap from reach), 'last', ${lastScanned},
        'isHeld', exists (
          select from changes where workspace_id = ${sql.placeholder('workspaceId')}
            and cluster_id = (select cluster_id from here) and transaction_id >= (select horizon from here)),
        'states', coalesce((
          select json_agg(json_build_object('ticketId', ticket_id, 'transactionId', transaction_id,
            'before', before, 'after', after)) from states), '[]'),
        'lines', coalesce((
          select json_agg(json_build_object(${lineParts},
            'isFirst', line.message_id is null and line.number = 1
              and not (line.transaction_id = ${sql.placeholder('transactionId')}::text::xid8 and exists (
                select from changes earlier where earlier.workspace_id = line.workspace_id
                  and earlier.ticket_id = line.ticket_id and earlier.position < line.position
                  and earlier.cluster_id = line.cluster_id and earlier.transaction_id = line.transaction_id
                  and earlier.message_id is null)),
            'isPublic', exists (select from messages where messages.workspace_id = line.workspace_id
              and messages.id = line.message_id and ${isSeen.PUBLIC}),
            'isNoNote', exists (select from messages where messages.workspace_id = line.workspace_id
              and messages.id = line.message_id and ${isSeen.WITHOUT_NOTES}))
            order by line.transaction_id, line.position)
          from (
            select *, row_number() over (partition by transaction_id, ticket_id, message_id is null
              order by position) as number
            from scanned
          ) line), '[]')) as answer
    ) as batch`)
    .prepare('next_of_log'),
)

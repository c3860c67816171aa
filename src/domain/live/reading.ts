/** The next lines of the log, each with what its ticket was before its transaction and after it. */
import { sql } from 'drizzle-orm'
import { endOfLog, isBefore } from '#domain/changes/event-cursor.ts'
import { type Line, lastScanned, lineParts, nextLines } from '#domain/changes/feed.ts'
import { isSeen } from '#domain/messages/table.ts'
import type { Db } from '#platform/db/client.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
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
  const pastOf = new Map(states.map((past) => [past.ticketId, past]))
  const transactions = Map.groupBy(lines, ({ ticketId, place }) => `${ticketId} ${place.transactionId}`)
  const told = new Map<object, LiveLine>()
  // Backwards: what a ticket was is taken back step by step.
  for (const ofOne of [...transactions.values()].reverse()) {
    const [{ ticketId, place }] = ofOne as [Answer['lines'][0]]
    const { before, after } = statesAround(pastOf.get(ticketId), place.transactionId)
    for (const line of ofOne) told.set(line, { ...line, before: line.isFirst ? before : after, after })
  }
  const withStates = lines.map((line) => told.get(line) as LiveLine)
  const next = last ?? (isBefore(after, end) ? end : after)
  return { lines: withStates, next, hasMore: last !== null, isHeld, gap }
}

/** Takes steps off the past: asks for transactions from the newest to the oldest. */
function statesAround(
  past: TicketPast | undefined,
  transactionId: string,
): { before: TicketState; after: TicketState } {
  if (!past) return { before: null, after: null }
  const { now, bornBy, steps } = past
  const id = BigInt(transactionId)
  const takeBack = (isDue: (step: bigint) => boolean) => {
    while (steps[0] && isDue(BigInt(steps[0].transactionId))) {
      const { position, before } = steps.shift() as TicketPast['steps'][0]
      for (const [name, value] of Object.entries(before)) {
        const known = past.later.find((part) => part.name === name)
        if (!known) past.later.push({ name, position, value })
        else if (position < known.position) Object.assign(known, { position, value })
      }
    }
    const kept = Object.fromEntries(past.later.map(({ name, value }) => [name, value]))
    return now === null && past.later.length === 0 ? null : { ...now, ...kept }
  }
  const born = bornBy === null ? -1n : BigInt(bornBy)
  const after = takeBack((step) => step > id)
  const before = takeBack((step) => step >= id)
  return { before: born >= id ? null : before, after: born > id ? null : after }
}

export async function readEnd({ db }: LogOf): Promise<EventPlace> {
  const [row] = await selectEnd(db).execute()
  return (row as { end: EventPlace }).end
}

const selectEnd = preparedPerDb((db) =>
  db.select({ end: endOfLog }).from(sql`(values (1)) as one(row)`).prepare('end_of_log'),
)

/** What was kept of a ticket: by the transactions of this page, the newest first, and the oldest of each column behind it. */
type TicketPast = {
  ticketId: string
  now: TicketState
  steps: { transactionId: string; position: number; before: Record<string, unknown> }[]
  later: { name: string; position: number; value: unknown }[]
  /** The last transaction that made it. */
  bornBy: string | null
}

type Answer = {
  lines: Omit<LiveLine, 'before' | 'after'>[]
  states: TicketPast[]
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
      -- 3. who was changed, and by which transactions: one look for each ticket, not for each of its lines
      , moved as (
        select ticket_id, cluster_id, min(transaction_id) as first_id, max(transaction_id) as last_id
        from scanned group by ticket_id, cluster_id
      ), states as (
        select moved.ticket_id, now_is.whole as now, kept.steps, later.parts as later, born.last_id::text as born_by
        from moved
        left join lateral (
          select judged_part(t) as whole from tickets t
          where t.workspace_id = ${sql.placeholder('workspaceId')} and t.id = moved.ticket_id
        ) now_is on true
        cross join lateral (
          select coalesce(jsonb_agg(jsonb_build_object('transactionId', transaction_id::text, 'position', position,
            'before', before) order by transaction_id desc), '[]') as steps
          from ticket_befores
          where workspace_id = ${sql.placeholder('workspaceId')} and ticket_id = moved.ticket_id
            and cluster_id = moved.cluster_id and transaction_id between moved.first_id and moved.last_id
        ) kept
        cross join lateral (
          select coalesce(jsonb_agg(jsonb_build_object('name', key, 'position', position, 'value', value)), '[]') as parts
          from (
            select distinct on (part.key) part.key, part.value, position
            from ticket_befores, jsonb_each(before) part
            where workspace_id = ${sql.placeholder('workspaceId')} and ticket_id = moved.ticket_id
              and cluster_id = moved.cluster_id and transaction_id > moved.last_id
            order by part.key, position
          ) oldest
        ) later
        cross join lateral (
          select max(transaction_id) as last_id
          from changes
          where workspace_id = ${sql.placeholder('workspaceId')} and ticket_id = moved.ticket_id
            and kind = 'CREATED' and message_id is null
            and cluster_id = moved.cluster_id and transaction_id >= moved.first_id
        ) born
      )
      select json_build_object(
        'end', ${endOfLog}, 'gap', (select gap from reach), 'last', ${lastScanned},
        'isHeld', exists (
          select from changes where workspace_id = ${sql.placeholder('workspaceId')}
            and cluster_id = (select cluster_id from here) and transaction_id >= (select horizon from here)),
        'states', coalesce((
          select json_agg(json_build_object('ticketId', ticket_id, 'now', now, 'steps', steps, 'later', later,
            'bornBy', born_by)) from states), '[]'),
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

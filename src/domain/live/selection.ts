/** What a stream is about: which tickets, and what its reader may know of them. */
import { type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { type KnownOfTicket, type TicketFilterInput, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { isMerged, tickets } from '#domain/tickets/table.ts'
import { isUnreadFor } from '#domain/tickets/unread.ts'
import { isVisibleTo } from '#domain/tickets/visible.ts'
import { filterOfView, type ViewRow } from '#domain/views/loaders.ts'
import { columnsIn } from '#platform/db/columns-in.ts'
import { bothFilters, type Filter } from '#platform/db/filter.ts'
import { type Sight, sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import type { LiveLine, LogOf, TicketState } from './reading.ts'

export type Selection = {
  /** Of equal keys are equal selections: they are judged once, and their readers get the same events. */
  key: string
  sight: Sight
  /** Whether a line is of its kind at all. */
  concerns(line: LiveLine): boolean
  /** Which of these tickets it holds; null stands for no ticket. */
  holding(log: LogOf, states: readonly TicketState[]): Promise<boolean[]> | boolean[]
  /** Whether it may have held a ticket that it does not hold, for reasons that are kept nowhere. */
  mayHaveHeld(line: LiveLine): boolean
}

type Listed = { viewer: Viewer; view: ViewRow | null; filter: TicketFilterInput | null | undefined }

/** As the list of tickets: those of a filter, of a view, or of both. @throws GraphQLError for what cannot be used here. */
export function selectionOfTickets({ viewer, view, filter }: Listed): Selection {
  const filterAt = (now: Date): Filter => {
    if (view) return filterOfView(view, { context: { viewer, now }, more: filter, known: knownFor(viewer) })
    const known = knownFor(viewer)
    return bothFilters(ticketsVisibleTo(viewer), ticketFilter(filter ?? {}, now, { viewer, known }))
  }
  const { text, key, statement, columns } = judgement(filterAt(new Date(0)), viewer)
  const sight = sightOf(viewer)
  const asksElsewhere = otherTables.test(text)
  return {
    key: `${sight} ${key}`,
    sight,
    concerns: ({ messageId }) => messageId === null,
    async holding({ db, workspaceId }, states) {
      const there = [...new Set(states.filter((state) => state !== null))]
      if (there.length === 0) return states.map(() => false)
      const values = { ...filterAt(new Date()).values, workspaceId, viewer: viewer.actorId }
      const rows = await db
        .select({ number: sql<number>`number::int` })
        .from(sql`(${statement}) as held`)
        .prepare('')
        .execute({ ...values, states: JSON.stringify(there.map((state) => pick(state, columns))) })
      const held = new Set(rows.map(({ number }) => there[number - 1]))
      return states.map((state) => state !== null && held.has(state))
    },
    mayHaveHeld: ({ before, changedFields }) =>
      asksElsewhere && changedFields.some((field) => keptElsewhere.has(field)) && isSeenBy(viewer, before),
  }
}

/** One ticket with its messages. */
export function selectionOfTicket(viewer: Viewer, ticketId: string): Selection {
  const sight = sightOf(viewer)
  return {
    key: `${sight} ${ticketId} ${viewer.role === 'CONTACT' ? viewer.actorId : ''}`,
    sight,
    concerns: (line) => line.ticketId === ticketId,
    holding: (_log, states) => states.map((state) => isSeenBy(viewer, state)),
    mayHaveHeld: () => false,
  }
}

function isSeenBy(viewer: Viewer, state: TicketState): boolean {
  return state !== null && isVisibleTo(viewer, { requesterId: state.requester_id as string | null })
}

// ------------------------------------------------------------------ the statement of a filter

/** Said by columns of the ticket itself, so that it can be judged as it was. */
function knownFor(viewer: Viewer): KnownOfTicket {
  const { isRecycled, isSpam, vanishedAt } = tickets
  return {
    isShown: sql`(not ${isRecycled} and not ${isSpam} and ${vanishedAt} is null and not ${isMerged})`,
    isUnread: isUnreadFor(viewer, sql`${sql.placeholder('viewer')}`),
  }
}

/**
 * What is answered by rows beside the ticket's own, which are judged as they are now: who read it, follows it or is named
 * in it, its drafts, files and messages.
 */
const otherTables =
  /\b(from|join) (ticket_looks|mentions|ticket_followers|drafts|searchable_\w+|messages|attachments)\b/
const keptElsewhere = new Set([
  ...['isUnread', 'unreadMessageCount', 'mentions', 'isFollowedByViewer', 'draft', 'hasDraft', 'messages'],
  ...['attachments', 'attachmentCount', 'messageCount', 'subject', 'isReadByContact', 'lastActivityAt'],
])

const dialect = new PgDialect()

/** Nothing but what is asked for travels to Postgres. */
function pick(state: NonNullable<TicketState>, columns: readonly string[]): TicketState {
  return Object.fromEntries(columns.map((name) => [name, state[name]]))
}

type Judgement = { text: string; key: string; statement: SQL; columns: string[] }

function judgement(filter: Filter, viewer: Viewer): Judgement {
  const condition = filter.where() ?? sql`true`
  const { sql: text, params } = dialect.sqlToQuery(condition)
  const values: Record<string, unknown> = { ...filter.values, viewer: viewer.actorId }
  const given = params.map((param) => values[(param as { name?: string } | null)?.name ?? ''] ?? param)
  const columns = [...columnsIn([condition], tickets).add(tickets.id)]
  const row = sql.raw(columns.map((column) => `"${column.name}" ${column.getSQLType()}`).join(', '))
  const statement = sql`select ordinality as number from rows from (
    json_to_recordset(${sql.placeholder('states')}) as (${row})) with ordinality as tickets where ${condition}`
  return { text, key: JSON.stringify([text, given]), statement, columns: columns.map(({ name }) => name) }
}

/** Which tickets a command on many is about. */
import { not, sql } from 'drizzle-orm'
import { type TicketFilterInput, TicketFilterRef, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { ticketOrder } from '#domain/tickets/order.ts'
import { tickets } from '#domain/tickets/table.ts'
import { filterOfView, orderOfView, viewById } from '#domain/views/loaders.ts'
import { bothFilters, collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { pageOf } from '#platform/db/page.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import { type CommandError, invalid, missing, type Path, usable } from './problem.ts'

const MOST_SELECTED = 10_000
const LEAST_QUERY_CHARS = 2

export const TicketSelector = builder.inputType('TicketSelector', {
  description: `Which tickets, said in exactly one way; at most ${MOST_SELECTED}. What a list leaves out by default, as the recycle bin, is left out here too, unless it is named by its id.`,
  isOneOf: true,
  fields: (t) => ({
    ids: t.idList({ description: 'These, in this order.' }),
    viewId: t.id({ description: 'All of this view, in its order.' }),
    filter: t.field({ type: TicketFilterRef, description: 'All that match.' }),
    query: t.string({ description: 'All with these words in the subject or in a message, or with this number.' }),
  }),
})

export type Selection = {
  selector: typeof TicketSelector.$inferInput
  excludeIds?: readonly string[] | null | undefined
  expectedCount?: number | null | undefined
}

/** Our ids of the tickets selected, in a stable order. @throws CommandError */
export async function selectTickets(
  command: Command,
  { selector, excludeIds, expectedCount }: Selection,
): Promise<string[]> {
  if (expectedCount != null && expectedCount < 0)
    throw invalid(['input', 'expectedCount'], `Expected a count, got ${expectedCount}.`, 'min=0')
  const excluded = new Set(await ticketIdsOf(excludeIds ?? [], ['input', 'excludeIds']))
  const found = selector.ids
    ? (await namedBy(selector.ids)).filter((id) => !excluded.has(id))
    : await listed(command, selector, [...excluded])
  if (expectedCount != null && found.length > expectedCount) throw grown(expectedCount, found.length)
  if (found.length > MOST_SELECTED) {
    const message = `Expected at most ${MOST_SELECTED} tickets, got more: select fewer at a time.`
    throw invalid(['input', 'selector'], message, `maxItems=${MOST_SELECTED}`, 'LIMIT_EXCEEDED')
  }
  return found
}

function grown(expected: number, found: number): CommandError {
  const count = found > MOST_SELECTED ? `more than ${MOST_SELECTED}` : found
  const message = `The selection grew: expected at most ${expected} tickets, found ${count}. Nothing was changed.`
  const error = invalid(['input', 'expectedCount'], message, `maxItems=${expected}`, 'CONFLICT')
  if (found <= MOST_SELECTED) error.afterwards = async () => ({ matchedCount: found })
  return error
}

async function namedBy(nodeIds: readonly string[]): Promise<string[]> {
  const path = ['input', 'selector', 'ids']
  return ticketIdsOf(plausible.listOf(nodeIds, path, MOST_SELECTED), path)
}

/** That one is no ticket's id at all is a mistake of the whole command; that there is no such ticket is that ticket's. */
async function ticketIdsOf(nodeIds: readonly string[], path: Path): Promise<string[]> {
  if (nodeIds.length > MOST_SELECTED) plausible.listOf(nodeIds, path, MOST_SELECTED)
  const ids = await plausible.each(nodeIds, async (nodeId, index) => {
    const id = idFrom(nodeId, 'Ticket')
    if (!id) throw missing('ticket', nodeId, [...path, index])
    return id
  })
  return [...new Set(ids)]
}

/** One more than may be selected, where there are as many. */
async function listed(
  command: Command,
  { viewId, filter, query }: Selection['selector'],
  excluded: string[],
): Promise<string[]> {
  const { tx, workspaceId, viewer } = command
  const { order, condition } =
    viewId == null
      ? { order: ticketOrder(null), condition: filterOf(command, filter, query) }
      : await ofView(command, viewId)
  const visible = bothFilters(ticketsVisibleTo(viewer), bothFilters(condition, notAmong(excluded)))
  const source = { name: 'ticket_ids', table: tickets, columns: { id: tickets.id }, order }
  const request = { size: MOST_SELECTED + 1, fromEnd: false, after: null, before: null }
  const { rows } = await pageOf({ db: tx, workspaceId }, source, request, visible)
  return rows.map(({ id }) => id)
}

function filterOf({ now, viewer }: Command, filter: unknown, query: string | null | undefined): Filter {
  if (query == null)
    return usable(['input', 'selector', 'filter'], () =>
      ticketFilter(filter as TicketFilterInput, now, { viewer, isWhole: true }),
    )
  const path = ['input', 'selector', 'query']
  const keywords = plausible.line(query, path, { least: LEAST_QUERY_CHARS })
  return usable(path, () => ticketFilter({ keywords }, now, { viewer, isWhole: true }))
}

async function ofView(command: Command, nodeId: string): Promise<{ order: NamedOrder; condition: Filter }> {
  const { tx, workspaceId, viewer } = command
  const path = ['input', 'selector', 'viewId']
  const id = idFrom(nodeId, 'View')
  const view = id && (await viewById({ db: tx, workspaceId, viewer }, id))
  if (!view) throw missing('view', nodeId, path)
  const condition = usable(path, () => filterOfView(view, { context: command, isWhole: true }))
  return { order: orderOfView(view) ?? ticketOrder(null), condition }
}

function notAmong(ids: string[]): Filter {
  if (ids.length === 0) return noFilter
  const collector = collectFilter('excluded')
  collector.add('not excluded', not(sql`${tickets.id} = any(${collector.value(ids)}::uuid[])`))
  return collector.done()
}

/**
 * From the log of changes to deliveries: each webhook has a place in the log, and moves on from it in the transaction that
 * writes what it is to be told. So nothing is skipped and nothing is written twice, wherever a worker is killed.
 */
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { type Line, type LineKinds, linesAfter } from '#domain/changes/feed.ts'
import { type TicketFilterInput, ticketFilter } from '#domain/tickets/filter.ts'
import { ticketOrder } from '#domain/tickets/order.ts'
import { tickets } from '#domain/tickets/table.ts'
import { readStored } from '#domain/views/stored-input.ts'
import { eventsOf } from '#domain/webhooks/events.ts'
import { saverOf, type WholeWebhook } from '#domain/webhooks/saver.ts'
import { webhookDeliveries, webhooks } from '#domain/webhooks/table.ts'
import type { Db } from '#platform/db/client.ts'
import { bothFilters, collectFilter } from '#platform/db/filter.ts'
import { pageOf } from '#platform/db/page.ts'
import type { EventPlace } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Due } from './behind.ts'
import { type Calling, stopWebhook } from './calling.ts'

/** Lines of one transaction of ours. */
export const LINES_AT_ONCE = 200

/** Writes down the next of what one webhook is to be told. True: there may be more. */
export async function planNext(calling: Calling, { workspaceId, id }: Due): Promise<boolean> {
  return calling.db.transaction(async (tx) => {
    const isMeant = and(eq(webhooks.workspaceId, workspaceId), eq(webhooks.id, id), eq(webhooks.isEnabled, true))
    // Another worker is at it.
    const [webhook] = await tx.select().from(webhooks).where(isMeant).for('no key update', { skipLocked: true })
    if (!webhook) return false
    const listening = await listeningOf(calling, tx, webhook)
    if (!listening) return false
    const feed = await linesAfter({ db: tx, workspaceId, viewer: listening.viewer }, placeOf(webhook), {
      ...{ size: LINES_AT_ONCE, kinds: kindsOf(webhook) },
    })
    const gap = feed.gap ? { problem: 'GAP' as const, problemAt: new Date() } : {}
    await tx
      .update(webhooks)
      .set({ ...feed.next, ...gap })
      .where(isMeant)
    if (feed.gap) await writeDeliveries(tx, [gapAt(webhook, feed.next)])
    else await writeDeliveries(tx, await deliveriesFor(tx, listening, feed.lines))
    return feed.hasMore
  })
}

const placeOf = ({ clusterId, transactionId, position }: EventPlace): EventPlace => ({
  ...{ clusterId, transactionId, position },
})

export function kindsOf({ events }: WholeWebhook): LineKinds {
  const some = (pattern: RegExp) => events.some((event) => pattern.test(event))
  return { tickets: some(/^(TICKET|MENTION)_/), messages: some(/^MESSAGE_/) }
}

// ------------------------------------------------------------------ who listens to what

/** A webhook, who it is told for, and of which tickets; null for all. */
export type Listening = { webhook: WholeWebhook; viewer: Viewer; filter: TicketFilterInput | null }

/** Null: it cannot go on as it is, and was stopped. */
export async function listeningOf(calling: Calling, tx: Db, webhook: WholeWebhook): Promise<Listening | null> {
  const viewer = await saverOf(tx, webhook, calling.rightsOf)
  if (!viewer) return stopped('SAVER_GONE')
  if (webhook.filter === null) return { webhook, viewer, filter: null }
  await calling.schemaOf() // knows how filters are read
  const { value, problem } = readStored('filter', webhook.filter)
  return problem === null ? { webhook, viewer, filter: value as TicketFilterInput } : stopped('FILTER_INVALID')

  async function stopped(why: 'SAVER_GONE' | 'FILTER_INVALID'): Promise<null> {
    await stopWebhook(tx, webhook, why)
    return null
  }
}

// ------------------------------------------------------------------ what it is told

type NewDelivery = typeof webhookDeliveries.$inferInsert

/** All that the webhook listens to, in the order of the lines. */
export async function deliveriesFor(tx: Db, listening: Listening, lines: readonly Line[]): Promise<NewDelivery[]> {
  const fitting = await fittingLines(tx, listening, lines)
  const { webhook } = listening
  const { workspaceId, id: webhookId, events, savedBy } = webhook
  const told = fitting.flatMap((line) =>
    eventsOf(line)
      .filter((event) => events.includes(event))
      .map((event) => ({
        ...{ workspaceId, webhookId, event, ...inLog(line.place), at: new Date(line.at) },
        ...{ subjectId: line.messageId ?? line.ticketId, ticketId: line.ticketId, messageId: line.messageId },
        ...{ changeType: line.kind, changedFields: line.changedFields },
        // What others call their mutations is theirs.
        clientMutationId: line.tokenName === savedBy ? line.clientMutationId : null,
      })),
  )
  return events.includes('MENTION_CREATED') ? [...told, ...(await mentionsOf(tx, webhook, fitting))] : told
}

const inLog = ({ position: logPosition, ...place }: EventPlace) => ({ ...place, logPosition })

/** Made in the transaction of a line of their ticket; they stand at its start, where each is found once. */
async function mentionsOf(tx: Db, webhook: WholeWebhook, lines: readonly Line[]): Promise<NewDelivery[]> {
  const { workspaceId, id: webhookId } = webhook
  const byPlace = new Map(
    lines.flatMap((line) =>
      line.messageId === null ? [[`${line.ticketId} ${line.place.transactionId}`, line] as const] : [],
    ),
  )
  const of = [...byPlace.values()]
  const { rows } = await tx.execute<{ id: string; ticketId: string; messageId: string; notedIn: string }>(sql`
    select id, ticket_id as "ticketId", message_id as "messageId", noted_in::text as "notedIn" from mentions
    where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(of.map(({ ticketId }) => ticketId))}::uuid[])
      and noted_in = any(${sql.param(of.map(({ place }) => place.transactionId))}::xid8[])
    order by created_at, id`)
  return rows.flatMap(({ id: subjectId, ticketId, messageId, notedIn }) => {
    const line = byPlace.get(`${ticketId} ${notedIn}`)
    const about = { event: 'MENTION_CREATED', subjectId, ticketId, messageId, changeType: 'CREATED' } as const
    return line
      ? [{ workspaceId, webhookId, ...about, ...inLog({ ...line.place, position: '0' }), at: new Date(line.at) }]
      : []
  })
}

/** Of tickets that match. One that is gone matches nothing any more, and that it is gone is told to all. */
async function fittingLines(tx: Db, { webhook, viewer, filter }: Listening, lines: readonly Line[]): Promise<Line[]> {
  if (filter === null || lines.length === 0) return [...lines]
  const ids = [...new Set(lines.map(({ ticketId }) => ticketId))]
  const among = collectFilter('among')
  among.add('among', sql`${tickets.id} = any(${among.value(ids)}::uuid[])`)
  const matching = await ticketIds(bothFilters(among.done(), ticketFilter(alsoHidden(filter), new Date(), { viewer })))
  const there = await ticketIds(among.done())
  return lines.filter(({ ticketId }) => matching.has(ticketId) || !there.has(ticketId))

  async function ticketIds(condition: Parameters<typeof bothFilters>[0]): Promise<Set<string>> {
    const source = { name: 'told_tickets', table: tickets, columns: { id: tickets.id }, order: ticketOrder(null) }
    const request = { size: ids.length, fromEnd: false, after: null, before: null }
    const { rows } = await pageOf({ db: tx, workspaceId: webhook.workspaceId }, source, request, condition)
    return new Set(rows.map(({ id }) => id))
  }
}

/** Lists leave out what is merged or recycled unless a filter speaks of it; here that it became so is what is told. */
function alsoHidden(filter: TicketFilterInput): TicketFilterInput {
  const anyway = [{ isRecycled: true }, { isRecycled: false }, { isMerged: true }, { isVanished: true }]
  return { and: [filter, { or: anyway }] }
}

function gapAt({ workspaceId, id }: WholeWebhook, place: EventPlace): NewDelivery {
  return { workspaceId, webhookId: id, event: 'GAP', ...inLog(place), subjectId: id }
}

/** Each once. `again`: what was written before is sent once more. */
export async function writeDeliveries(tx: Db, rows: readonly NewDelivery[], again?: SQL): Promise<void> {
  if (rows.length === 0) return
  const insert = tx.insert(webhookDeliveries).values([...rows])
  if (!again) return void (await insert.onConflictDoNothing())
  await tx.execute(sql`${insert.getSQL()} on conflict on constraint webhook_deliveries_once do update set ${again}`)
}

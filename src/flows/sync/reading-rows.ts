/** What the store holds of a page's things already. */
import { and, asc, eq, or, sql } from 'drizzle-orm'
import { conversations } from '#domain/conversations/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import { anyOf } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import { conversationKeyOf } from './gather.ts'
import type { ConversationRow, TicketRow } from './ticket-rows.ts'

type Backend = { workspaceId: string; id: string }

export type KnownMessage = {
  id: string
  externalId: string
  ticketId: string
  conversationId: string
  contentHash: string
  updatedAt: Date
}

/** By external id. */
export async function knownMessages(
  db: Db,
  backend: Backend,
  externalIds: string[],
): Promise<Map<string, KnownMessage>> {
  if (externalIds.length === 0) return new Map()
  const { id, externalId, ticketId, conversationId, contentHash, updatedAt } = messages
  const rows = await db
    .select({ id, externalId, ticketId, conversationId, contentHash, updatedAt })
    .from(messages)
    .where(
      and(
        eq(messages.workspaceId, backend.workspaceId),
        eq(messages.backendId, backend.id),
        anyOf(externalId, externalIds),
      ),
    )
  return new Map(rows.map((row) => [row.externalId, row]))
}

/** What changed messages keep where their record says nothing, by id. */
export async function keptOfMessages(tx: Db, { workspaceId }: Backend, ids: string[]) {
  if (ids.length === 0) return new Map<string, never>()
  const { id, clientMessageId, deliveryId, delivery, isRead, isSpam, showInlineImages, showInCorrespondence } = messages
  const { translations, attachmentCount, bodyText, bodyMarkdown, sentiment, metadata, updatedAt } = messages
  const rows = await tx
    .select({
      ...{ id, clientMessageId, deliveryId, delivery, isRead, isSpam, showInlineImages, showInCorrespondence },
      ...{ translations, attachmentCount, bodyText, bodyMarkdown, sentiment, metadata, updatedAt },
    })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), anyOf(id, ids)))
  return new Map(rows.map((row) => [row.id, row]))
}

export type KnownTicket = Pick<
  TicketRow,
  | 'id'
  | 'externalId'
  | 'contentHash'
  | 'vendorUpdatedAt'
  | 'fetchedAt'
  | 'vanishedAt'
  | 'status'
  | 'statusDetail'
  | 'isThreadMoved'
>

/**
 * By external id. With `lock` until the end of the transaction, always in the same order: nobody else changes what is
 * about to be written.
 */
export async function knownTickets(
  tx: Db,
  backend: Backend,
  externalIds: string[],
  { lock }: { lock: boolean },
): Promise<Map<string, KnownTicket>> {
  if (externalIds.length === 0) return new Map()
  const { id, externalId, contentHash, vendorUpdatedAt, fetchedAt, vanishedAt, status, statusDetail } = tickets
  const query = tx
    .select({
      ...{ id, externalId, contentHash, vendorUpdatedAt, fetchedAt, vanishedAt, status, statusDetail },
      isThreadMoved: tickets.isThreadMoved,
    })
    .from(tickets)
    .where(
      and(
        eq(tickets.workspaceId, backend.workspaceId),
        eq(tickets.backendId, backend.id),
        anyOf(externalId, externalIds),
      ),
    )
    .orderBy(asc(id))
  const rows = await (lock ? query.for('update') : query)
  return new Map(rows.map((row) => [row.externalId, row]))
}

/** Whole rows by id; locked too, since some are not of the page (their messages moved away). */
export async function wholeTickets(tx: Db, { workspaceId }: Backend, ids: string[]): Promise<Map<string, TicketRow>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(tickets)
    .where(and(eq(tickets.workspaceId, workspaceId), anyOf(tickets.id, ids)))
    .orderBy(asc(tickets.id))
    .for('update')
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Where the threads of tickets that were merged through us are shown: the ticket at the end of the chain, by the id of
 * each merged one.
 */
export async function threadOwners(
  tx: Db,
  { workspaceId }: Backend,
  movedIds: readonly string[],
): Promise<Map<string, string>> {
  if (movedIds.length === 0) return new Map()
  const { rows } = await tx.execute<{ id: string; owner: string }>(sql`
    with recursive chain as (
      select id as start, id, merged_into_id as next, is_thread_moved, 1 as depth from tickets
      where workspace_id = ${workspaceId} and id = any(${sql.param(movedIds)}::uuid[])
      union all
      select chain.start, ticket.id, ticket.merged_into_id, ticket.is_thread_moved, depth + 1
      from chain join tickets ticket on ticket.workspace_id = ${workspaceId} and ticket.id = chain.next
      where chain.is_thread_moved and depth < 100
    )
    select distinct on (start) start as id, id as owner from chain order by start, depth desc`)
  return new Map(rows.map(({ id, owner }) => [id, owner]))
}

export type KnownConversation = Pick<
  ConversationRow,
  'id' | 'externalId' | 'ticketId' | 'originTicketId' | 'contentHash'
>

/** All that belong to these tickets at their help desk, by `conversationKeyOf`. */
export async function knownConversations(
  tx: Db,
  { workspaceId }: Backend,
  ofTickets: Pick<KnownTicket, 'id' | 'externalId' | 'isThreadMoved'>[],
): Promise<Map<string, KnownConversation>> {
  if (ofTickets.length === 0) return new Map()
  const { id, externalId, ticketId, originTicketId, contentHash } = conversations
  const owners = new Map(ofTickets.map((ticket) => [ticket.id, ticket.externalId]))
  const moved = ofTickets.filter(({ isThreadMoved }) => isThreadMoved).map((ticket) => ticket.id)
  const ofThem = anyOf(ticketId, [...owners.keys()])
  const rows = await tx
    .select({ id, externalId, ticketId, originTicketId, contentHash })
    .from(conversations)
    .where(
      and(
        eq(conversations.workspaceId, workspaceId),
        moved.length > 0 ? or(ofThem, anyOf(originTicketId, moved)) : ofThem,
      ),
    )
  return new Map(
    rows.flatMap((row) => {
      const owner = owners.get(row.originTicketId ?? row.ticketId)
      return owner === undefined ? [] : [[conversationKeyOf(owner, row.externalId), row] as const]
    }),
  )
}

/** By id. */
export async function wholeConversations(
  tx: Db,
  { workspaceId }: Backend,
  ids: string[],
): Promise<Map<string, ConversationRow>> {
  if (ids.length === 0) return new Map()
  const rows = await tx
    .select()
    .from(conversations)
    .where(and(eq(conversations.workspaceId, workspaceId), anyOf(conversations.id, ids)))
  return new Map(rows.map((row) => [row.id, row]))
}

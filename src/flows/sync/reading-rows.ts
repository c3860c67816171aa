/** What the store holds of a page's things already. */
import { and, asc, eq, sql } from 'drizzle-orm'
import { conversations } from '#domain/conversations/table.ts'
import { messages } from '#domain/messages/table.ts'
import { tickets } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { conversationKeyOf } from './gather.ts'
import { anyOf } from './references.ts'
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
  const { id, clientMessageId, isRead, isSpam, showInlineImages, showInCorrespondence } = messages
  const { translations, attachmentCount, bodyText, bodyMarkdown, sentiment, metadata, updatedAt } = messages
  const rows = await tx
    .select({
      ...{ id, clientMessageId, isRead, isSpam, showInlineImages, showInCorrespondence },
      ...{ translations, attachmentCount, bodyText, bodyMarkdown, sentiment, metadata, updatedAt },
    })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), anyOf(id, ids)))
  return new Map(rows.map((row) => [row.id, row]))
}

export type KnownTicket = Pick<
  TicketRow,
  'id' | 'externalId' | 'contentHash' | 'vendorUpdatedAt' | 'fetchedAt' | 'vanishedAt' | 'status' | 'statusDetail'
> & { hasPendingWrite: boolean }

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
      // Spelled out, since drizzle leaves the table's name away and the inner table would be meant.
      hasPendingWrite: sql<boolean>`exists (
        select from deliveries delivery
        where delivery.workspace_id = tickets.workspace_id and delivery.ticket_id = tickets.id
          and delivery.state in ('QUEUED', 'SENDING'))`,
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

export type KnownConversation = Pick<ConversationRow, 'id' | 'externalId' | 'ticketId' | 'contentHash'>

/** All of these tickets, by `conversationKeyOf`. */
export async function knownConversations(
  tx: Db,
  { workspaceId }: Backend,
  ofTickets: Pick<KnownTicket, 'id' | 'externalId'>[],
): Promise<Map<string, KnownConversation>> {
  if (ofTickets.length === 0) return new Map()
  const { id, externalId, ticketId, contentHash } = conversations
  const owners = new Map(ofTickets.map((ticket) => [ticket.id, ticket.externalId]))
  const rows = await tx
    .select({ id, externalId, ticketId, contentHash })
    .from(conversations)
    .where(and(eq(conversations.workspaceId, workspaceId), anyOf(ticketId, [...owners.keys()])))
  return new Map(rows.map((row) => [conversationKeyOf(owners.get(row.ticketId) as string, row.externalId), row]))
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

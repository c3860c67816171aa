/** Numbers and the preview of tickets and conversations, as their messages make them. */
import { sql } from 'drizzle-orm'
import type { ConversationRecord, TicketRecord } from '#connectors/contract.ts'
import type { WholeConversation } from '#domain/conversations/table.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import type { ConversationType, MessageDirection } from '#vocabulary.ts'

/** Of the messages that are part of the thread: neither suggested replies nor deleted ones. */
export type TicketCounts = {
  messageCount: number
  attachmentCount: number
  responseCount: number
  /** Public messages that came in after the last public one that went out. */
  unansweredCount: number
  lastMessageAt: Date | null
  /** Of the newest message that is public and no system's. */
  preview: string | null
  newestDirection: MessageDirection | null
}

export type ConversationCounts = {
  messageCount: number
  lastMessageAt: Date | null
  firstType: ConversationType | null
}

/** What of a message counts. */
export type Counted = {
  id: string
  type: ConversationType
  direction: MessageDirection
  isInternal: boolean
  isDeleted: boolean
  at: Date
  sequence: number
  attachmentCount: number
  preview: string
}

/** For a ticket that nobody has messages of yet but this page. */
export function countsOf(messages: readonly Counted[]): TicketCounts {
  const thread = messages.filter(isInThread)
  const open = thread.filter(isPublic).sort(inThreadOrder)
  const newest = open.at(-1)
  const lastOutbound = open.findLastIndex((message) => message.direction === 'OUTBOUND')
  return {
    messageCount: thread.length,
    attachmentCount: thread.reduce((sum, message) => sum + message.attachmentCount, 0),
    responseCount: thread.filter(isReply).length,
    unansweredCount: open.length - 1 - lastOutbound,
    lastMessageAt: newestOf(thread),
    preview: newest?.preview ?? null,
    newestDirection: newest?.direction ?? null,
  }
}

export function conversationCountsOf(messages: readonly Counted[]): ConversationCounts {
  const thread = messages.filter(isInThread).sort(inThreadOrder)
  return { messageCount: thread.length, lastMessageAt: newestOf(thread), firstType: thread[0]?.type ?? null }
}

function isInThread({ type, isDeleted }: Counted): boolean {
  return type !== 'SUGGESTED_REPLY' && !isDeleted
}

function isPublic({ direction, isInternal }: Counted): boolean {
  return !isInternal && (direction === 'INBOUND' || direction === 'OUTBOUND')
}

function isReply({ type, direction }: Counted): boolean {
  return type === 'REPLY_OUTBOUND' && direction === 'OUTBOUND'
}

function inThreadOrder(a: Counted, b: Counted): number {
  return a.at.getTime() - b.at.getTime() || a.sequence - b.sequence || (a.id < b.id ? -1 : 1)
}

function newestOf(messages: Counted[]): Date | null {
  return messages.reduce<Date | null>((newest, { at }) => (newest && newest >= at ? newest : at), null)
}

/** The same from Postgres, by ticket id. */
export async function readTicketCounts(
  tx: Db,
  workspaceId: string,
  ticketIds: string[],
): Promise<Map<string, TicketCounts>> {
  if (ticketIds.length === 0) return new Map()
  const { rows } = await tx.execute<TicketCounts & { id: string }>(sql`
    select ticket.id, thread.*, newest.preview, newest.direction as "newestDirection", unanswered.*
    from unnest(${sql.param(ticketIds)}::uuid[]) as ticket(id)
    -- 1. everything that is part of the thread
    cross join lateral (
      select count(*)::int as "messageCount", coalesce(sum(attachment_count), 0)::int as "attachmentCount",
        max(at) as "lastMessageAt",
        count(*) filter (where type = 'REPLY_OUTBOUND' and direction = 'OUTBOUND')::int as "responseCount"
      from messages
      where workspace_id = ${workspaceId} and ticket_id = ticket.id and type <> 'SUGGESTED_REPLY' and not is_deleted
    ) thread
    -- 2. its newest public message
    left join lateral (
      select preview, direction from messages
      where workspace_id = ${workspaceId} and ticket_id = ticket.id and type <> 'SUGGESTED_REPLY' and not is_deleted
        and not is_internal and direction in ('INBOUND', 'OUTBOUND')
      order by at desc, sequence desc, id desc limit 1
    ) newest on true
    -- 3. what came in after the last answer
    left join lateral (
      select at, sequence, id from messages
      where workspace_id = ${workspaceId} and ticket_id = ticket.id and type <> 'SUGGESTED_REPLY' and not is_deleted
        and not is_internal and direction = 'OUTBOUND'
      order by at desc, sequence desc, id desc limit 1
    ) answer on true
    cross join lateral (
      select count(*)::int as "unansweredCount" from messages
      where workspace_id = ${workspaceId} and ticket_id = ticket.id and type <> 'SUGGESTED_REPLY' and not is_deleted
        and not is_internal and direction = 'INBOUND'
        and (answer.id is null or (at, sequence, messages.id) > (answer.at, answer.sequence, answer.id))
    ) unanswered`)
  return new Map(rows.map((row) => [row.id, { ...row, lastMessageAt: dateOf(row.lastMessageAt) }]))
}

export async function readConversationCounts(
  tx: Db,
  workspaceId: string,
  conversationIds: string[],
): Promise<Map<string, ConversationCounts>> {
  if (conversationIds.length === 0) return new Map()
  const { rows } = await tx.execute<ConversationCounts & { id: string }>(sql`
    select conversation.id, thread.*, first.type as "firstType"
    from unnest(${sql.param(conversationIds)}::uuid[]) as conversation(id)
    cross join lateral (
      select count(*)::int as "messageCount", max(at) as "lastMessageAt"
      from messages
      where workspace_id = ${workspaceId} and conversation_id = conversation.id and type <> 'SUGGESTED_REPLY' and not is_deleted
    ) thread
    left join lateral (
      select type from messages
      where workspace_id = ${workspaceId} and conversation_id = conversation.id and type <> 'SUGGESTED_REPLY' and not is_deleted
      order by at, sequence, id limit 1
    ) first on true`)
  return new Map(rows.map((row) => [row.id, { ...row, lastMessageAt: dateOf(row.lastMessageAt) }]))
}

/** drizzle hands raw statements their timestamps as text. */
function dateOf(value: Date | string | null): Date | null {
  return typeof value === 'string' ? new Date(value) : value
}

/** What of a ticket's new messages bears on whether it was read. */
export type News = { hasInbound: boolean; hasOutbound: boolean; hasAgentsAnswer: boolean }

/** What the vendor says itself wins. `record` null: an older answer, which says nothing about these. */
export function withCounts(
  row: WholeTicket,
  counts: TicketCounts,
  { record, isNew, news }: { record: TicketRecord | null; isNew: boolean; news: News | undefined },
): WholeTicket {
  const isReadByAgent = row.readStateSource === 'VENDOR' ? row.isReadByAgent : isRead(row, counts, isNew, news)
  const ownCount = isReadByAgent ? 0 : counts.unansweredCount
  const unread = record?.unreadMessageCount == null ? ownCount : row.unreadMessageCount
  return {
    ...row,
    messageCount: counts.messageCount,
    attachmentCount: counts.attachmentCount,
    preview: counts.preview,
    responseCount: record?.responseCount == null && record ? counts.responseCount : row.responseCount,
    lastActivityAt: record && !record.lastActivityAt ? (counts.lastMessageAt ?? row.createdAt) : row.lastActivityAt,
    isReadByAgent,
    isReadByContact: record?.isReadByContact == null ? isReadBySpeaker(row, counts, news) : row.isReadByContact,
    unreadMessageCount: isReadByAgent ? unread : Math.max(1, unread),
  }
}

/** Our own read state: an agent sets it here; a new message to us clears it, an agent's answer at the vendor sets it. */
function isRead(row: WholeTicket, { newestDirection }: TicketCounts, isNew: boolean, news: News | undefined): boolean {
  const isWaitingForReader = newestDirection === 'INBOUND' && row.status !== 'RESOLVED'
  if (isNew) return !isWaitingForReader
  if (news?.hasInbound && isWaitingForReader) return false
  return row.isReadByAgent || (news?.hasAgentsAnswer === true && newestDirection === 'OUTBOUND')
}

/** Where the help desk does not say: an answer waits for the contact until they look or write. */
function isReadBySpeaker(row: WholeTicket, { newestDirection }: TicketCounts, news: News | undefined): boolean {
  if (news?.hasOutbound && newestDirection === 'OUTBOUND') return false
  return row.isReadByContact || (news?.hasInbound === true && newestDirection === 'INBOUND')
}

export function withConversationCounts(
  row: WholeConversation,
  counts: ConversationCounts,
  record: ConversationRecord | null,
): WholeConversation {
  return {
    ...row,
    messageCount: counts.messageCount,
    type: record?.type ?? counts.firstType ?? row.type,
    lastActivityAt: record && !record.lastActivityAt ? (counts.lastMessageAt ?? row.createdAt) : row.lastActivityAt,
  }
}

/** Tickets and conversations as rows. What a record leaves out stays as it is; null clears. */
import type { ActorRef, ConversationRecord, Misfit, SlaRecord, TicketRecord } from '#connectors/contract.ts'
import type { WholeConversation } from '#domain/conversations/table.ts'
import type { Sla, WholeTicket } from '#domain/tickets/table.ts'
import type { References } from './references.ts'
import { int4, short } from './tame.ts'

export type TicketRow = WholeTicket
export type ConversationRow = WholeConversation

export type RowContext = {
  workspaceId: string
  backendId: string
  references: References
  fetchedAt: Date
  misfits: Misfit[]
}

/** Counters and the preview are those of `before`: see `counters.ts`. */
export function ticketRow(
  record: TicketRecord,
  before: TicketRow | null,
  id: string,
  { workspaceId, backendId, references, fetchedAt, misfits }: RowContext,
): TicketRow {
  const count = <Value extends number | null | undefined>(value: Value, field: string) => int4(value, field, misfits)
  const actor = (ref: ActorRef | null | undefined, kept: string | null) =>
    ref === undefined ? kept : ref === null ? null : references.actorId(ref)
  const channel = (key: string | null | undefined, kept: string | null) =>
    key === undefined ? kept : key === null ? null : references.channelId(key)
  const account = (key: string | null | undefined, kept: string | null) =>
    key === undefined ? kept : key === null ? null : references.accountId(key)
  const kept = before ?? emptyTicket
  const createdAt = record.createdAt ?? before?.createdAt ?? record.updatedAt ?? fetchedAt
  const isReadByAgent = record.isReadByAgent ?? kept.isReadByAgent
  const { departmentExternalId: department, sla } = record
  return {
    ...kept,
    ...{ workspaceId, backendId, id, externalId: record.externalId, number: short(record.number, 500) },
    url: given(record.url, kept.url),
    subject: record.subject === undefined ? kept.subject : (record.subject ?? ''),
    status: record.status,
    statusDetail: record.statusDetail,
    priority: given(record.priority, kept.priority),
    priorityDetail: given(record.priorityDetail, kept.priorityDetail),
    category: given(record.category, kept.category),
    snoozedUntil: given(record.snoozedUntil, kept.snoozedUntil),

    requesterId: actor(record.requester, kept.requesterId),
    assigneeId: actor(record.assignee, kept.assigneeId),
    departmentId: department === undefined ? kept.departmentId : department && references.departmentId(department),
    createdById: actor(record.createdBy, kept.createdById),
    tagIds: before?.tagIds ?? tagIdsIn(record, references),
    lastRepliedById: actor(record.lastRepliedBy, kept.lastRepliedById),
    resolvedById: actor(record.resolvedBy, kept.resolvedById),

    channelId: channel(record.channelExternalId, kept.channelId),
    channelAccountId: account(record.channelAccountExternalId, kept.channelAccountId),
    lastMessageChannelId: channel(record.lastMessageChannelExternalId, kept.lastMessageChannelId),
    lastMessageChannelAccountId: account(record.lastMessageChannelAccountExternalId, kept.lastMessageChannelAccountId),
    originalConversationId: short(given(record.originalConversationId, kept.originalConversationId), 500),

    readStateSource: record.isReadByAgent == null ? kept.readStateSource : 'VENDOR',
    isReadByAgent,
    isReadByContact: record.isReadByContact ?? kept.isReadByContact,
    unreadMessageCount: Math.max(0, count(record.unreadMessageCount, 'unreadMessageCount') ?? kept.unreadMessageCount),
    // By its rows, not by the vendor's flag: see `draft-parts.ts`.
    hasDraft: record.drafts ? record.drafts.length > 0 : kept.hasDraft,
    isRecycled: given(record.isRecycled, kept.isRecycled),
    recycledAt: given(record.recycledAt, kept.recycledAt),
    isSpam: given(record.isSpam, kept.isSpam),
    mergedIntoExternalId: given(record.mergedIntoExternalId, kept.mergedIntoExternalId),
    // Found out later, when the target is known to be there.
    mergedIntoId: isSame(record.mergedIntoExternalId, kept.mergedIntoExternalId) ? kept.mergedIntoId : null,

    customFields: record.customFields ?? kept.customFields,
    contactLanguage: given(record.contactLanguage, kept.contactLanguage),
    agentLanguage: given(record.agentLanguage, kept.agentLanguage),
    isAutoTranslationOn: given(record.isAutoTranslationOn, kept.isAutoTranslationOn),
    replyingAgentMode: given(record.replyingAgentMode, kept.replyingAgentMode),

    responseCount: Math.max(0, count(record.responseCount, 'responseCount') ?? kept.responseCount),
    responseTimeSeconds: count(given(record.responseTimeSeconds, kept.responseTimeSeconds), 'responseTimeSeconds'),
    firstResponseTimeSeconds: count(
      given(record.firstResponseTimeSeconds, kept.firstResponseTimeSeconds),
      'firstResponseTimeSeconds',
    ),
    resolutionTimeSeconds: count(
      given(record.resolutionTimeSeconds, kept.resolutionTimeSeconds),
      'resolutionTimeSeconds',
    ),
    slaState: sla === undefined ? kept.slaState : (sla?.state ?? 'NONE'),
    sla: sla === undefined ? kept.sla : slaOf(sla),

    createdAt,
    updatedAt: latest(record.updatedAt ?? before?.updatedAt ?? record.lastActivityAt ?? createdAt, before?.updatedAt),
    lastActivityAt: record.lastActivityAt ?? before?.lastActivityAt ?? createdAt,
    lastRepliedAt: given(record.lastRepliedAt, kept.lastRepliedAt),
    lastStatusChangedAt: given(record.lastStatusChangedAt, kept.lastStatusChangedAt),
    firstRepliedAt: given(record.firstRepliedAt, kept.firstRepliedAt),
    waitingSince: given(record.waitingSince, kept.waitingSince),
    resolvedAt: given(record.resolvedAt, kept.resolvedAt),
    reopenedAt: given(record.reopenedAt, kept.reopenedAt),

    vendorUpdatedAt: record.updatedAt ?? kept.vendorUpdatedAt,
    fetchedAt,
    vanishedAt: null,
    raw: record.raw,
  }
}

/** `type`, counters and, when the vendor is silent, the last activity are those of `before`: see `counters.ts`. */
export function conversationRow(
  record: ConversationRecord,
  before: ConversationRow | null,
  {
    id,
    ticketId,
    originTicketId,
    ticket,
  }: {
    id: string
    ticketId: string
    originTicketId: string | null
    ticket: Pick<TicketRow, 'status' | 'statusDetail'>
  },
  { workspaceId, backendId, references, fetchedAt, misfits }: RowContext,
): ConversationRow {
  const kept = before ?? emptyConversation
  const { contact, assignee, channelExternalId: channel, channelAccountExternalId: account } = record
  const createdAt = record.createdAt ?? before?.createdAt ?? record.updatedAt ?? fetchedAt
  return {
    ...kept,
    ...{ workspaceId, backendId, id, ticketId, originTicketId, externalId: record.externalId },
    uuid: short(given(record.uuid, kept.uuid), 500),
    type: record.type ?? kept.type,
    status: record.status ?? ticket.status,
    statusDetail: record.statusDetail ?? ticket.statusDetail,
    channelId: channel === undefined ? kept.channelId : channel && references.channelId(channel),
    channelAccountId: account === undefined ? kept.channelAccountId : account && references.accountId(account),
    contactId: contact === undefined ? kept.contactId : contact && references.actorId(contact),
    assigneeId: assignee === undefined ? kept.assigneeId : assignee && references.actorId(assignee),
    canReply: record.canReply ?? kept.canReply,
    isMuted: record.isMuted ?? kept.isMuted,
    isIdentityVerified: given(record.isIdentityVerified, kept.isIdentityVerified),
    snoozedUntil: given(record.snoozedUntil, kept.snoozedUntil),
    priority: given(record.priority, kept.priority),
    unreadCount: int4(record.unreadCount, 'unreadCount', misfits) ?? kept.unreadCount,
    agentLastSeenAt: given(record.agentLastSeenAt, kept.agentLastSeenAt),
    assigneeLastSeenAt: given(record.assigneeLastSeenAt, kept.assigneeLastSeenAt),
    contactLastSeenAt: given(record.contactLastSeenAt, kept.contactLastSeenAt),
    firstRepliedAt: given(record.firstRepliedAt, kept.firstRepliedAt),
    waitingSince: given(record.waitingSince, kept.waitingSince),
    lastActivityAt: record.lastActivityAt ?? before?.lastActivityAt ?? createdAt,
    customFields: record.customFields ?? kept.customFields,
    additionalAttributes: given(record.additionalAttributes, kept.additionalAttributes),
    sla: record.sla === undefined ? kept.sla : slaOf(record.sla),
    createdAt,
    updatedAt: record.updatedAt ?? before?.updatedAt ?? createdAt,
    raw: record.raw ?? null,
  }
}

/** As the table of tags will have them, in order. */
export function tagIdsIn({ tags }: TicketRecord, references: References): string[] {
  const ids = tags?.map(({ externalId }) => references.tagId(externalId)).filter((id) => id != null)
  return [...new Set(ids)].sort()
}

function given<Value>(value: Value | undefined, kept: Value): Value {
  return value === undefined ? kept : value
}

/** A change that is kept here only is later than anything the vendor says of: time never goes back. */
function latest(time: Date, known: Date | undefined): Date {
  return known && known > time ? known : time
}

function isSame(said: string | null | undefined, kept: string | null): boolean {
  return said === undefined || said === kept
}

function slaOf(sla: SlaRecord | null): Sla | null {
  return sla && (JSON.parse(JSON.stringify(sla)) as Sla)
}

const nothing = {
  ...{ id: '', workspaceId: '', backendId: '', externalId: '', contentHash: '', raw: null, createdAt: new Date(0) },
  ...{ channelId: null, channelAccountId: null, assigneeId: null, snoozedUntil: null, priority: null, messageCount: 0 },
  ...{ firstRepliedAt: null, waitingSince: null, customFields: [], sla: null, statusDetail: { raw: '', label: '' } },
  ...{ updatedAt: new Date(0), lastActivityAt: new Date(0) },
}

const emptyTicket: TicketRow = {
  ...nothing,
  ...{ number: '', url: null, subject: '', version: 1, status: 'UNKNOWN', priorityDetail: null, category: null },
  ...{ requesterId: null, departmentId: null, createdById: null, lastRepliedById: null, resolvedById: null },
  ...{ lastMessageChannelId: null, lastMessageChannelAccountId: null, originalConversationId: null },
  ...{ readStateSource: 'GATEWAY', isReadByAgent: true, isReadByContact: true, unreadMessageCount: 0, hasDraft: false },
  ...{ isRecycled: false, recycledAt: null, isSpam: false, mergedIntoExternalId: null, mergedIntoId: null },
  ...{ isThreadMoved: false, tagIds: [] },
  ...{ contactLanguage: null, agentLanguage: null, isAutoTranslationOn: false, replyingAgentMode: null },
  ...{ attachmentCount: 0, preview: null, responseCount: 0, responseTimeSeconds: null, firstResponseTimeSeconds: null },
  ...{
    resolutionTimeSeconds: null,
    slaState: 'NONE',
    lastRepliedAt: null,
    lastStatusChangedAt: null,
    resolvedAt: null,
  },
  ...{ reopenedAt: null, vendorUpdatedAt: null, fetchedAt: new Date(0), seenInRound: 0, vanishedAt: null },
}

const emptyConversation: ConversationRow = {
  ...nothing,
  ...{ ticketId: '', uuid: null, type: 'UNKNOWN', status: 'UNKNOWN', contactId: null, canReply: true, isMuted: false },
  ...{ isIdentityVerified: null, unreadCount: 0, agentLastSeenAt: null, assigneeLastSeenAt: null },
  ...{ contactLastSeenAt: null, additionalAttributes: null, originTicketId: null },
}

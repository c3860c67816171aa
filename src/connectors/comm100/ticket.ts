/** One ticket with its thread → records. Source: vendor's reference, Ticket (SEEN) unless marked. */
import type { Json, Records, TagRecord, TicketRecord } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import {
  boolOf,
  guidOf,
  idOf,
  intOf,
  listOf,
  mapEach,
  need,
  objectOf,
  takeNotes,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { ActorType, ReplyingAgentMode, TicketPriority, TicketStatus } from '#vocabulary.ts'
import { rawOf, secretKeys } from './body.ts'
import { type ChannelBook, channelIdOf } from './channels.ts'
import { draftFrom } from './draft.ts'
import { peopleFrom, peopleKeys } from './embedded.ts'
import { eventsFrom, labelOf } from './events.ts'
import { isTicketMarker } from './marker.ts'
import { mentionsFrom, type ThreadContext } from './message.ts'
import { actorFrom, customFieldsFrom } from './people.ts'
import { conversationsFrom, entriesFrom, type Thread } from './thread.ts'
import type { WireTicket } from './types.ts'

export type TicketContext = {
  book: ChannelBook
  statusMap: Record<string, TicketStatus>
  spanUnit: 'seconds' | 'milliseconds' | 'minutes'
  noteFormat: 'text' | 'auto'
  /** Names of tags by id, for tickets that give ids only. */
  tagNames: ReadonlyMap<string, string>
  fieldLabels: Record<string, string>
  /** When the answer came: stands in where nothing else tells a time. */
  fetchedAt: Date
}

/** `closed` is v2's word. Source: vendor's reference (SEEN). */
export const statuses: Record<string, TicketStatus> = {
  new: 'NEW',
  pendingInternal: 'PENDING_INTERNAL',
  pendingExternal: 'PENDING_EXTERNAL',
  onHold: 'ON_HOLD',
  resolved: 'RESOLVED',
  closed: 'RESOLVED',
}
export const priorities: Record<string, TicketPriority> = {
  urgent: 'URGENT',
  high: 'HIGH',
  normal: 'NORMAL',
  low: 'LOW',
}
const replyingAgents: Record<string, ReplyingAgentMode> = {
  noReply: 'NO_REPLY',
  agentOnly: 'AGENT_ONLY',
  botOnly: 'BOT_ONLY',
  agentAndBot: 'AGENT_AND_BOT',
}
const secondsPer = { seconds: 1, milliseconds: 1 / 1000, minutes: 60 }

/** The ticket, and whoever and whatever it brought along. What did not fit is among the misfits; a broken ticket too. */
export function ticketRecords(item: Json, thread: Thread, context: TicketContext): Records {
  const notes = takeNotes()
  const found = records({ misfits: notes.misfits })
  mapEach([item], { subject: 'ticket', notes, secretKeys }, (wire) => {
    const ticket: WireTicket = need(objectOf(wire), 'a ticket', wire)
    const externalId = need(idOf(ticket.id), 'a ticket with an id', ticket.id)
    const ownTime = timeOf(ticket.createdTime)
    const createdAt = need(
      ownTime ?? firstTime(thread) ?? timeOf(ticket.lastUpdatedTime) ?? context.fetchedAt,
      'a ticket with createdTime',
      ticket.createdTime,
    )
    if (!ownTime) notes.unmapped('ticket', externalId, 'createdAt', ticket.createdTime)
    found.tickets.push(ticketFrom({ ticket, externalId, createdAt, thread, context, notes, found }))
    return null
  })
  return found
}

type Parts = {
  ticket: WireTicket
  externalId: string
  createdAt: Date
  thread: Thread
  context: TicketContext
  notes: ReturnType<typeof takeNotes>
  found: Records
}

function ticketFrom({ ticket, externalId, createdAt, thread, context, notes, found }: Parts): TicketRecord {
  const actor = (id: unknown, type: unknown, field: string, otherwise: ActorType | null = null, known = {}) =>
    actorFrom(id, type, { subject: 'ticket', id: externalId, field, notes }, otherwise, known)
  const people = peopleFrom(ticket, { found, notes })
  const requester = actor(
    ticket.contactOrVisitorId,
    ticket.contactOrVisitorType,
    'contactOrVisitorType',
    'CONTACT',
    people.requester,
  )
  const contactLanguage = textOf(ticket.contactLanguage)
  const agentLanguage = textOf(ticket.agentLanguage)
  const threadContext: ThreadContext = {
    notes,
    ticketTime: createdAt,
    agentLanguage,
    contactLanguage,
    noteFormat: context.noteFormat,
  }
  const entries = entriesFrom(thread, threadContext)
  const channelExternalId = channelIdOf(ticket.channelId)
  const channelAccountExternalId = guidOf(ticket.channelAccountId)
  const lastMessageChannelExternalId = channelIdOf(ticket.lastMessageChannelId)
  const lastMessageChannelAccountExternalId = guidOf(ticket.lastMessageChannelAccountId)
  const originalConversationId = textOf(ticket.originalConversationId)
  const { book } = context
  const conversations = conversationsFrom(entries, {
    ticketId: externalId,
    originalConversationId,
    channelExternalId,
    channelAccountExternalId,
    contact: requester,
    createdAt,
    book,
  })
  const lastMessageId = guidOf(ticket.lastMessageId)
  book.learn(
    lastMessageChannelExternalId,
    entries.find(({ record }) => record.externalId === lastMessageId)?.record.channelExternalId ?? null,
  )
  book.see(lastMessageChannelExternalId, lastMessageChannelAccountExternalId)

  const status = wordOf(context.statusMap, ticket.status) ?? wordOf(statuses, ticket.status)
  const statusWord = textOf(ticket.status) ?? ''
  if (status === undefined) notes.unmapped('ticket', externalId, 'status', ticket.status)
  const priorityWord = textOf(ticket.priority)
  const priority = wordOf(priorities, ticket.priority)
  if (priority === undefined && priorityWord !== null && priorityWord !== 'none')
    notes.unmapped('ticket', externalId, 'priority', ticket.priority)
  const modeWord = textOf(ticket.replyingAgent)
  const replyingAgentMode = wordOf(replyingAgents, modeWord)
  if (replyingAgentMode === undefined && modeWord !== null && modeWord !== 'none')
    notes.unmapped('ticket', externalId, 'replyingAgent', modeWord)

  const isReadByAgent = boolOf(ticket.isReadByAgent)
  const span = (value: unknown) => {
    const units = intOf(value)
    return units === null ? null : Math.round(units * secondsPer[context.spanUnit])
  }
  const draft = draftFrom(ticket.draft, { externalId, notes, otherwise: timeOf(ticket.lastUpdatedTime) ?? createdAt })
  const isMerged = !['0', null].includes(idOf(ticket.mergedToTargetId))
  const mentions = new Map(
    [
      ...thread.notes.flatMap((note) => mentionsFrom(objectOf(note)?.noteMentions, notes)),
      ...mentionsFrom(ticket.noteMentions, notes),
    ].map((mention) => [mention.externalId, mention]),
  )
  const events = eventsFrom(ticket, externalId, notes)

  return {
    externalId,
    number: externalId,
    subject: textOf(ticket.subject),
    status: status ?? 'UNKNOWN',
    statusDetail: { raw: statusWord, label: labelOf(statusWord) },
    priority: priority ?? null,
    priorityDetail: priorityWord === null ? null : { raw: priorityWord, label: labelOf(priorityWord) },
    requester,
    assignee: actor(ticket.assigneeId, ticket.assigneeType, 'assigneeType', 'AGENT', people.assignee),
    departmentExternalId: guidOf(ticket.departmentAssigneeId),
    createdBy: actor(ticket.createdById, ticket.createdByType, 'createdByType', null, people.createdBy),
    lastRepliedBy: actor(
      ticket.lastRepliedById,
      ticket.lastRepliedByType,
      'lastRepliedByType',
      null,
      people.lastRepliedBy,
    ),
    resolvedBy: actor(ticket.resolvedById, ticket.resolvedByType, 'resolvedByType'),
    channelExternalId,
    channelAccountExternalId,
    lastMessageChannelExternalId,
    lastMessageChannelAccountExternalId,
    originalConversationId: isTicketMarker(ticket.originalConversationId) ? null : originalConversationId,
    isReadByAgent,
    isReadByContact: boolOf(ticket.isReadByContact),
    ...unreadFrom(
      isReadByAgent,
      entries.map(({ record }) => record),
    ),
    isRecycled: boolOf(ticket.isInRecycleBin) === true,
    mergedIntoExternalId: isMerged ? idOf(ticket.mergedToTargetId) : null,
    hasDraft: boolOf(ticket.ifHasDraft) ?? draft !== null,
    ...tagsFrom(ticket, context),
    ...(ticket.customFields == null
      ? {}
      : { customFields: customFieldsFrom(ticket.customFields, context.fieldLabels) }),
    contactLanguage,
    agentLanguage,
    isAutoTranslationOn: boolOf(ticket.autoTranslationStatus) === true,
    replyingAgentMode: replyingAgentMode ?? null,
    responseCount: intOf(ticket.responseCount),
    responseTimeSeconds: span(ticket.responseTimeSpan),
    firstResponseTimeSeconds: span(ticket.firstResponseTimeSpan),
    resolutionTimeSeconds: span(ticket.resolvedTimeSpan),
    createdAt,
    updatedAt: timeOf(ticket.lastUpdatedTime),
    lastRepliedAt: timeOf(ticket.lastRepliedTime),
    lastStatusChangedAt: timeOf(ticket.lastStatusChangedTime),
    resolvedAt: timeOf(ticket.resolvedTime),
    reopenedAt: timeOf(ticket.reopenedTime),
    conversations,
    mentions: [...mentions.values()],
    // Says it has a draft but gives none: nothing is known about it.
    ...(draft === null && boolOf(ticket.ifHasDraft) === true ? {} : { drafts: draft ? [draft] : [] }),
    ...(events ? { events } : {}),
    // The thread and the people have raw forms of their own.
    raw: rawOf(ticket, ['messages', 'lastMessage', ...peopleKeys]),
  }
}

/** `tags` (with names, when included) and `tagIds` may differ: both count. Left out when the answer says nothing of tags. */
function tagsFrom(ticket: WireTicket, { tagNames }: TicketContext): { tags?: TagRecord[] } {
  if (!Array.isArray(ticket.tags) && !Array.isArray(ticket.tagIds)) return {}
  const tags = new Map<string, TagRecord>()
  for (const item of listOf(ticket.tags)) {
    const id = guidOf(objectOf(item)?.id)
    if (id) tags.set(id, { externalId: id, name: textOf(objectOf(item)?.name) ?? tagNames.get(id) ?? id })
  }
  for (const item of listOf(ticket.tagIds)) {
    const id = guidOf(item)
    if (id && !tags.has(id)) tags.set(id, { externalId: id, name: tagNames.get(id) ?? id })
  }
  return { tags: [...tags.values()] }
}

/** The vendor counts no unread messages: read by an agent means none, else those that came in and are not read. */
function unreadFrom(
  isReadByAgent: boolean | null,
  messages: { direction: string; isRead?: boolean | null }[],
): { unreadMessageCount?: number } {
  if (isReadByAgent === null) return {}
  return {
    unreadMessageCount: isReadByAgent
      ? 0
      : messages.filter(({ direction, isRead }) => direction === 'INBOUND' && isRead === false).length,
  }
}

function firstTime(thread: Thread): Date | null {
  const said = thread.messages.map((message) => timeOf(objectOf(message)?.time))
  const noted = thread.notes.map((note) => timeOf(objectOf(note)?.createdTime))
  const times = (said.some(Boolean) ? said : noted).flatMap((time) => time?.getTime() ?? [])
  return times.length > 0 ? new Date(times.reduce((least, time) => Math.min(least, time))) : null
}

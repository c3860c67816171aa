/**
 * A Chatwoot conversation → one ticket with one conversation of the same external id, `{account}:{display id}`; the
 * display id is what people quote. Pure and total; throws only when there is no id.
 */
import type {
  ActorRef,
  ConversationRecord,
  Json,
  JsonObject,
  Label,
  MentionRecord,
  MessageRecord,
  TicketRecord,
} from '#connectors/contract.ts'
import {
  boolOf,
  idOf,
  intOf,
  listOf,
  mapEach,
  type Notes,
  need,
  objectOf,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'
import { mentionsIn, messageFrom, type ThreadContext } from './map-message.ts'
import { agentFrom, contactFrom, customFieldsFrom, type People, refOfAgent, refOfContact } from './map-people.ts'
import { slaFrom } from './map-sla.ts'
import { cleaned, secretKeys } from './raw.ts'
import { distinct, timesOf } from './thread.ts'
import type { WireConversation, WireMeta } from './types.ts'
import { channelTypeOf, kindOf, markerKey, priorityOf, statusOf } from './words.ts'

export type MapContext = {
  accountId: string
  baseUrl: string
  statusMap: Record<string, TicketStatus>
  notes: Notes
  people: People
  /** When the answer came: stands in where nothing else tells a time. */
  fetchedAt: Date
}

/** `thread`: the messages read from `/messages`, or what the conversation itself holds when they could not be read. */
export function ticketFrom(value: Json, thread: readonly Json[], context: MapContext): TicketRecord {
  const { accountId, baseUrl, notes, people, fetchedAt } = context
  const object = need(objectOf(value), 'a conversation', value)
  const wire = object as WireConversation
  const number = need(idOf(wire.id), 'a conversation with an id', wire.id)
  const externalId = `${accountId}:${number}`
  const meta = (objectOf(wire.meta) ?? {}) as WireMeta
  const lastActivityAt = timeOf(wire.last_activity_at) ?? timeOf(wire.timestamp)
  const isVerified = boolOf(meta.hmac_verified) ?? boolOf(objectOf(wire.contact_inbox)?.hmac_verified)
  const requester = requesterFrom(wire, meta, isVerified, context)
  const agentLastSeenAt = timeOf(wire.agent_last_seen_at)
  const rows = rowsOf(wire, thread)
  const updatedAt = timeOf(wire.updated_at)
  const ownTime = timeOf(wire.created_at)
  if (!ownTime) notes.unmapped('ticket', externalId, 'createdAt', wire.created_at)
  const createdAt = ownTime ?? earliest(timesOf(rows)) ?? lastActivityAt ?? updatedAt ?? fetchedAt
  const messages = messagesFrom(rows, createdAt, {
    accountId,
    notes,
    people,
    requester,
    agentLastSeenAt: wire.agent_last_seen_at === undefined ? undefined : agentLastSeenAt,
  })
  const { status, statusDetail } = statusFrom(wire, externalId, context)
  const { priority, priorityDetail } = priorityFrom(wire, externalId, notes)
  const additional = objectOf(wire.additional_attributes) ?? {}
  const channel = textOf(meta.channel) ?? textOf(wire.channel)
  if (channel && !channelTypeOf[channel]) notes.unmapped('ticket', externalId, 'channel', channel)
  const unread = intOf(wire.unread_count)
  const assignee = assigneeFrom(meta, context)
  const sla = slaFrom(wire, { status, createdAt })

  const shared = {
    status,
    statusDetail,
    channelExternalId: channel,
    channelAccountExternalId: idOf(wire.inbox_id),
    assignee,
    priority,
    snoozedUntil: timeOf(wire.snoozed_until),
    firstRepliedAt: timeOf(wire.first_reply_created_at),
    waitingSince: timeOf(wire.waiting_since),
    customFields: customFieldsFrom(wire.custom_attributes),
    sla,
    lastActivityAt,
    createdAt,
    updatedAt,
  }
  const opening = messages.find((message) => message.direction !== 'SYSTEM')
  const canReply = boolOf(wire.can_reply)
  const isMuted = boolOf(wire.muted)
  const conversation: ConversationRecord = {
    ...shared,
    externalId,
    uuid: textOf(wire.uuid),
    ...(opening ? { type: opening.type } : {}),
    contact: requester,
    ...(canReply === null ? {} : { canReply }),
    ...(isMuted === null ? {} : { isMuted }),
    isIdentityVerified: isVerified,
    unreadCount: unread,
    agentLastSeenAt,
    assigneeLastSeenAt: timeOf(wire.assignee_last_seen_at),
    contactLastSeenAt: timeOf(wire.contact_last_seen_at),
    additionalAttributes: cleaned(withoutMarker(additional)),
    messages,
  }
  return {
    ...shared,
    externalId,
    number,
    // The agent's screen. Source: links in the vendor's own mails (INFERRED).
    url: `${baseUrl.replace(/\/$/, '')}/app/accounts/${accountId}/conversations/${number}`,
    subject: textOf(additional.mail_subject),
    priorityDetail,
    requester,
    departmentExternalId: idOf(objectOf(meta.team)?.id) ?? idOf(object.team_id),
    lastMessageChannelExternalId: shared.channelExternalId,
    lastMessageChannelAccountExternalId: shared.channelAccountExternalId,
    isReadByAgent: unread === null ? null : unread === 0,
    isReadByContact: isReadByContact(wire, messages),
    unreadMessageCount: unread,
    tags: listOf(wire.labels).flatMap((label) => {
      const name = textOf(label)
      return name ? [{ externalId: name, name }] : []
    }),
    contactLanguage: textOf(additional.conversation_language),
    conversations: [conversation],
    mentions: mentionsFrom(messages, meta, timeOf(wire.assignee_last_seen_at)),
    raw: rawFrom(object),
  }
}

/** `42` of `1:42`; null when the id is another account's or none of ours. */
export function displayIdOf(externalId: string, accountId: string): string | null {
  const [account, displayId, ...rest] = externalId.split(':')
  return account === accountId && displayId && /^\d+$/.test(displayId) && rest.length === 0 ? displayId : null
}

/**
 * Rows of `/messages` are thinner than the copies embedded in the conversation (no `updated_at`, no
 * `processed_message_content`), so both are laid over each other; an embedded one without a row is a row itself.
 */
function rowsOf(wire: WireConversation, thread: readonly Json[]): Json[] {
  const embedded = new Map<string, JsonObject>()
  for (const item of [wire.last_non_activity_message ?? null, ...listOf(wire.messages)]) {
    const object = objectOf(item)
    const id = idOf(object?.id)
    if (object && id !== null) embedded.set(id, object)
  }
  const rows = distinct(thread)
  const groups = Map.groupBy(rows, rowIdOf)
  const laid = rows.map((item) => {
    const row = objectOf(item)
    const id = rowIdOf(item)
    const copy = embedded.get(id ?? '')
    // Of several messages with one id, the conversation holds one.
    const isMeant = groups.get(id)?.length === 1 || gistOf(copy) === gistOf(row)
    return row && copy && copy !== row && isMeant ? { ...copy, ...row } : item
  })
  return [...embedded].reduce((all, [id, copy]) => (groups.has(id) ? all : inserted(copy, all)), laid)
}

function rowIdOf(row: Json): string | null {
  return idOf(objectOf(row)?.id)
}

/** What stays the same of a message, wherever it is written. */
function gistOf(message: JsonObject | null | undefined): string {
  const files = listOf(message?.attachments).map(rowIdOf)
  const direction = wordOf(kindOf, message?.message_type)?.direction
  return JSON.stringify([timeOf(message?.created_at), message?.content ?? null, direction, files])
}

function inserted(row: JsonObject, rows: Json[]): Json[] {
  const at = timeOf(row.created_at)
  const times = timesOf(rows)
  const next = at ? times.findIndex((time) => time !== null && time > at) : -1
  return next < 0 ? [...rows, row] : rows.toSpliced(next, 0, row)
}

function messagesFrom(rows: readonly Json[], createdAt: Date, context: ThreadContext): MessageRecord[] {
  const times = timesOf(rows)
  const copies = new Map<string | null, number>()
  return mapEach(rows, { subject: 'message', notes: context.notes, secretKeys }, (row, place) => {
    const copy = (copies.get(rowIdOf(row)) ?? 0) + 1
    copies.set(rowIdOf(row), copy)
    return messageFrom(row, { place, copy, near: times[place] ?? createdAt }, context)
  })
}

function earliest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((first, at) => (at && (!first || at < first) ? at : first), null)
}

function requesterFrom(
  wire: WireConversation,
  meta: WireMeta,
  isVerified: boolean | null,
  context: MapContext,
): ActorRef | null {
  const sender = objectOf(meta.sender)
  if (sender && idOf(sender.id) !== null) {
    const contact = contactFrom(sender, isVerified)
    context.people.contacts.set(contact.externalId, contact)
    return refOfContact(contact)
  }
  const id = idOf(objectOf(wire.contact_inbox)?.contact_id)
  return id === null ? null : { type: 'CONTACT', externalId: id }
}

function assigneeFrom(meta: WireMeta, { accountId, people }: MapContext): ActorRef | null {
  const wire = objectOf(meta.assignee)
  if (!wire || idOf(wire.id) === null) return null
  const agent = agentFrom(wire, accountId, textOf(meta.assignee_type))
  people.agents.set(agent.externalId, agent)
  return refOfAgent(agent)
}

function statusFrom(
  wire: WireConversation,
  externalId: string,
  { statusMap, notes }: MapContext,
): { status: TicketStatus; statusDetail: Label } {
  const raw = idOf(wire.status) ?? ''
  const status = wordOf(statusMap, raw) ?? wordOf(statusOf, raw)
  if (!status) notes.unmapped('ticket', externalId, 'status', wire.status)
  return { status: status ?? 'UNKNOWN', statusDetail: labelFrom(raw) }
}

function priorityFrom(
  wire: WireConversation,
  externalId: string,
  notes: Notes,
): { priority: TicketPriority | null; priorityDetail: Label | null } {
  const raw = idOf(wire.priority)
  if (raw === null) return { priority: null, priorityDetail: null }
  const priority = wordOf(priorityOf, raw)
  if (!priority) notes.unmapped('ticket', externalId, 'priority', wire.priority)
  return { priority: priority ?? null, priorityDetail: labelFrom(raw) }
}

function labelFrom(raw: string): Label {
  return { raw, label: raw.charAt(0).toUpperCase() + raw.slice(1) }
}

/** The contact was there at or after our last answer; null when there was none or nobody knows. */
function isReadByContact(wire: WireConversation, messages: MessageRecord[]): boolean | null {
  const last = messages.findLast((message) => message.direction === 'OUTBOUND' && !message.isInternal)
  if (!last || wire.contact_last_seen_at === undefined) return null
  const seenAt = timeOf(wire.contact_last_seen_at)
  return last.delivery?.status === 'READ' || (seenAt !== null && seenAt >= last.at)
}

/** Chatwoot keeps no read mark per mention: only the assignee's own last look tells something. */
function mentionsFrom(messages: MessageRecord[], meta: WireMeta, assigneeSeenAt: Date | null): MentionRecord[] {
  const assigneeId = idOf(objectOf(meta.assignee)?.id)
  return messages
    .filter((message) => message.direction === 'INTERNAL')
    .flatMap((message) =>
      mentionsIn(objectOf(message.raw)?.content).map(({ id, name }) => ({
        externalId: `${message.externalId}:${id}`,
        messageExternalId: message.externalId,
        agent: { type: 'AGENT', externalId: id, ...(name ? { name } : {}) } as const,
        mentionedBy: message.sender ?? null,
        isRead: id === assigneeId && assigneeSeenAt !== null && assigneeSeenAt >= message.at,
        createdAt: message.at,
      })),
    )
}

function withoutMarker({ [markerKey]: _marker, ...attributes }: JsonObject): JsonObject {
  return attributes
}

/** Without the messages, which have their own. */
function rawFrom(object: JsonObject): Json {
  const { messages: _messages, last_non_activity_message: _last, ...rest } = object
  return cleaned(rest)
}

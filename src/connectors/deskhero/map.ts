/** A `DTO_ticket_complete` → one TicketRecord. Pure and total: what does not fit is noted. */
import type {
  ActorRef,
  ChannelRecord,
  ConversationRecord,
  Json,
  JsonObject,
  TagRecord,
  TicketRecord,
} from '#connectors/contract.ts'
import { idOf, listOf, mapEach, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { conversationFrom, fileSecrets, type Reading, type TicketFrame } from './entry.ts'
import { rawOf } from './raw.ts'
import { draftsIn, suggestedIn } from './unsent.ts'
import { labelOf, priorityOf, referenceOf, statusOf } from './words.ts'

/** DeskHero names no channels: an entry with mail addresses came by mail (INFERRED), of the others nothing is known. */
export const channels: ChannelRecord[] = [
  { externalId: 'email', type: 'EMAIL', name: 'E-mail', accounts: [] },
  { externalId: 'portal', type: 'PORTAL', name: 'Portal', accounts: [] },
  { externalId: 'other', type: 'OTHER', name: 'Other', accounts: [] },
]

/**
 * The names of a ticket's own fields were cut off in every page seen: several likely ones are read (ASSUMED). What the
 * ticket does not say is taken from its thread. `ticket` may be a row of the list when the whole could not be had; then
 * `complete` is null and nothing is said about drafts. Throws when there is no id, or no time at all and no `fetchedAt`.
 */
export function ticketFrom(ticket: JsonObject, complete: JsonObject | null, reading: Reading): TicketRecord {
  const { settings, words, notes, people } = reading
  const { ticketFields: names } = settings
  const field = (...candidates: string[]) => firstOf(ticket, candidates)
  const externalId = need(idOf(field('id', 'ticket_id')), 'a ticket with an id', ticket.id)
  const time = (...candidates: string[]) => timeOf(field(...candidates), settings.zone)
  const entries = entriesIn(complete, externalId, reading)

  const requesterValue = field(names.requester, 'requester', 'contact', 'customer') ?? firstWith(entries, 'requester')
  const requester = people.contact(requesterValue, `ticket:${externalId}`) ?? writerOf(entries, externalId, reading)
  const written = entries.map((entry) => timeOf(objectOf(entry)?.created, settings.zone)).filter((at) => at !== null)
  const changed = entries
    .map((entry) => timeOf(objectOf(entry)?.last_updated, settings.zone))
    .filter((at) => at !== null)
  const knownTime =
    time('created', 'created_at', 'created_time') ??
    earliest(written) ??
    time(settings.sortKeys.changed, 'last_updated', 'updated', 'updated_at') ??
    earliest(changed)
  const createdAt = need(knownTime ?? reading.fetchedAt, 'a ticket with a time in `created`', field('created'))
  if (!knownTime) notes.unmapped('ticket', externalId, 'createdAt', field('created', 'created_at', 'created_time'))
  const channelExternalId = channelOf(field('channel', 'sys_channel', 'source'), entries, settings.labelLanguage)
  const frame: TicketFrame = { externalId, requester, channelExternalId, createdAt }

  const conversations = mapEach(entries, { subject: 'message', notes, secretKeys: fileSecrets }, (entry, place) =>
    conversationFrom(entry, place, frame, reading),
  )
  const suggested = suggestedIn(complete, frame, conversations, reading)
  if (suggested) conversations.push(suggested)

  const reference = field(names.status, 'sys_status', 'status') ?? newestStatus(entries, settings.zone)
  const statusDetail = referenceOf(reference, words.statuses, settings.labelLanguage)
  const status = statusOf(statusDetail, settings)
  if (status === 'UNKNOWN')
    notes.unmapped('ticket', externalId, 'status', statusDetail && { id: statusDetail.raw, label: statusDetail.label })
  const priorityDetail = referenceOf(
    field(names.priority, 'sys_priority', 'priority'),
    words.priorities,
    settings.labelLanguage,
  )
  const thread = conversations.filter(({ type }) => type !== 'SUGGESTED_REPLY')
  const replies = thread.filter(({ type }) => type === 'REPLY_INBOUND' || type === 'REPLY_OUTBOUND')
  const last = newest(thread)
  const updatedAt = latest([
    time(settings.sortKeys.changed, 'last_updated', 'updated', 'updated_at'),
    ...thread.map((entry) => entry.updatedAt ?? entry.createdAt),
  ])
  const type = field(names.category, 'sys_type', 'sys_ticket_type', 'category')
  const group = field(names.department, 'assigned_group', 'group', 'sys_group', 'team')

  return {
    externalId,
    number: textOf(field('number', 'ticket_number', 'sys_number')) ?? externalId,
    url: settings.ticketUrl?.replace('{id}', encodeURIComponent(externalId)) ?? null,
    subject: labelOf(field(names.subject, 'subject', 'title', 'label', 'name'), settings.labelLanguage),
    status,
    statusDetail: statusDetail ?? { raw: '', label: '' },
    priority: priorityOf(priorityDetail, settings, notes, externalId),
    priorityDetail,
    category: labelOf(objectOf(type)?.label ?? type, settings.labelLanguage),
    requester,
    assignee: people.user(
      one(field(names.assignee, 'assigned_to', 'assignee', 'sys_assigned_to', 'sys_assignee', 'owner')),
      null,
    ),
    departmentExternalId: people.group(one(group)),
    createdBy: people.user(field('created_by'), requester),
    lastRepliedBy: newest(replies)?.messages[0]?.sender ?? null,
    channelExternalId,
    lastMessageChannelExternalId: last?.channelExternalId ?? null,
    // Left out when the ticket does not speak of it: then what a merge of ours left behind stays.
    ...(mergeNames.some((name) => ticket[name] !== undefined) && { mergedIntoExternalId: mergedInto(ticket) }),
    tags: tagsOf(ticket, reading),
    createdAt,
    updatedAt,
    lastActivityAt: last?.createdAt ?? null,
    lastRepliedAt: newest(replies)?.createdAt ?? null,
    firstRepliedAt: earliest(replies.filter(({ type }) => type === 'REPLY_OUTBOUND').map((reply) => reply.createdAt)),
    resolvedAt: time('resolved', 'resolved_at', 'closed', 'closed_at'),
    conversations,
    ...draftsIn(complete, frame, updatedAt, reading),
    raw: rawOf(ticket),
  }
}

type Naming = Pick<Reading, 'settings' | 'notes'>

/** The tags a ticket has. */
export function tagsOf(ticket: JsonObject, naming: Naming): TagRecord[] {
  return tagsFrom(listOf(firstOf(ticket, [naming.settings.ticketFields.tags, 'sys_tags', 'tags'])), naming)
}

/** References of a list or a ticket → tags; one that is only a word has the word as its id. */
export function tagsFrom(values: readonly Json[], { settings, notes }: Naming): TagRecord[] {
  return mapEach(values, { subject: 'tag', notes }, (value) => {
    const tag = need(referenceOf(value, new Map(), settings.labelLanguage), 'a tag with an id or a label', value)
    return { externalId: tag.raw, name: tag.label, ...(tag.backgroundColor && { color: tag.backgroundColor }) }
  })
}

/** The name of the field in the merge call (SEEN there, ASSUMED here). */
const mergeNames = ['merged_to_ticket_id', 'merged_to']

/** The ticket that this one went into; null when it says it stands alone, or nothing. */
export function mergedInto(ticket: JsonObject): string | null {
  const value = firstOf(ticket, mergeNames)
  const id = idOf(value) ?? idOf(objectOf(value)?.id)
  return id === '0' ? null : id
}

/** The ticket inside a `DTO_ticket_complete`; null when the thread comes without its ticket. */
export function ticketIn(complete: JsonObject): JsonObject | null {
  const inside = objectOf(complete.ticket)
  return inside && Object.keys(inside).length > 0
    ? inside
    : complete.id === undefined
      ? null
      : { ...complete, conversations: null }
}

function entriesIn(complete: JsonObject | null, externalId: string, { notes }: Reading): Json[] {
  if (!complete) return []
  if (Array.isArray(complete.conversations)) return complete.conversations
  const problem = 'expected the list of conversations, so the ticket comes without its thread'
  notes.misfits.push({
    kind: 'parked',
    subject: 'thread',
    externalId,
    field: 'conversations',
    problem,
    raw: rawOf(complete.conversations),
  })
  return []
}

/** Who wrote the first mail that came in, for tickets that do not say whose they are. */
function writerOf(entries: readonly Json[], externalId: string, { people }: Reading): ActorRef | null {
  for (const entry of entries) {
    for (const value of listOf(objectOf(entry)?.email_addresses)) {
      const address = objectOf(value)
      const isInbound = ['1', 'REPLY_INBOUND'].includes(String(objectOf(entry)?.type).toUpperCase())
      if (isInbound && ['1', 'FROM'].includes(String(address?.direction).toUpperCase())) {
        return people.contact({ email: address?.email, name: address?.name }, `ticket:${externalId}`)
      }
    }
  }
  return null
}

/** A ticket that says its channel in a word we know, else mail when an entry has addresses. */
function channelOf(value: Json | undefined, entries: readonly Json[], language: string): string {
  const word = (labelOf(objectOf(value)?.label ?? value, language) ?? '').toLowerCase()
  if (/e-?mail/.test(word)) return 'email'
  if (/portal|form|web/.test(word)) return 'portal'
  return entries.some((entry) => listOf(objectOf(entry)?.email_addresses).length > 0) ? 'email' : 'other'
}

function newestStatus(entries: readonly Json[], zone: string): Json | undefined {
  let found: { at: number; status: Json } | null = null
  for (const entry of entries) {
    const { sys_status: status, created } = objectOf(entry) ?? {}
    const at = timeOf(created, zone)?.getTime() ?? 0
    if (status != null && (!found || at >= found.at)) found = { at, status }
  }
  return found?.status
}

function firstOf(object: JsonObject, names: readonly string[]): Json | undefined {
  for (const name of names)
    if (object[name] !== null && object[name] !== undefined && object[name] !== '') return object[name]
  return undefined
}

function firstWith(entries: readonly Json[], name: string): Json | undefined {
  return entries.map((entry) => objectOf(entry)?.[name]).find((value) => value !== null && value !== undefined)
}

/** A field that may hold several people: the first. */
function one(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? value[0] : value
}

function newest(conversations: readonly ConversationRecord[]): ConversationRecord | null {
  return conversations.reduce<ConversationRecord | null>(
    (last, next) => (last && last.createdAt > next.createdAt ? last : next),
    null,
  )
}

function latest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((last, next) => (next && (!last || next > last) ? next : last), null)
}

function earliest(times: readonly Date[]): Date | null {
  return times.reduce<Date | null>((first, next) => (!first || next < first ? next : first), null)
}

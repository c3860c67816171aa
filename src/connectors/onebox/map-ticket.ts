/** A ticket with its thread in our words. */
import type {
  ActorRef,
  ContactRecord,
  ConversationRecord,
  JsonObject,
  Label,
  MessageRecord,
  Records,
  TicketRecord,
} from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { boolOf, idOf, intOf, mapEach, type Notes, need, redact, textOf, timeOf, wordOf } from '#connectors/reading.ts'
import { attachmentsFrom } from './attachments.ts'
import { messageFrom, timeOfMessage, userOf } from './map-message.ts'
import type { Names } from './names.ts'
import { assigneesOf, channelOf, contactFrom, contactOfChannel } from './people.ts'
import type { Settings } from './settings.ts'
import { attachmentCountOf, type KeyedMessage } from './thread.ts'
import type { Contact, Message, Ticket, TicketRow } from './types.ts'
import { priorityOfName, secretKeys, statusOfCode, statusOfName } from './words.ts'

/** Everything OneBox said about one ticket. */
export type WholeTicket = {
  /** Codes and ids; empty when it could not be read. */
  ticket: Ticket
  /** Names; null when it could not be found. */
  row: TicketRow | null
  messages: KeyedMessage[]
  /** Messages read singly for their files, by `Id`. */
  details: Map<string, Message>
  contact: Contact | null
  /** The contact was read for this ticket, not in a list that brought its record already. */
  isContactNew: boolean
}

export function ticketFrom(
  whole: WholeTicket,
  {
    settings,
    names,
    notes,
    fetchedAt,
  }: {
    settings: Settings
    names: Names
    notes: Notes
    /** When the answer came: stands in where nothing else tells a time. */
    fetchedAt: Date
  },
): Records {
  const { ticket, row, contact } = whole
  const externalId = need(idOf(ticket.Id) ?? idOf(row?.Id), 'a ticket with an Id', ticket.Id)
  const time = (value: Ticket[keyof Ticket]) => timeOf(value, settings.zone)
  const found = names.of(ticket, row)

  const times = whole.messages.map(({ message }) => timeOfMessage(message, settings.zone))
  const ownTime = time(ticket.CreateDate) ?? time(row?.CreateDate) ?? time(ticket.OpenDate)
  const updatedAt = time(ticket.ModifyDate) ?? time(row?.ModifyDate)
  const createdAt = need(
    ownTime ?? earliest(times) ?? updatedAt ?? time(ticket.CommentDate) ?? fetchedAt,
    'a date of creation',
    ticket.CreateDate,
  )
  if (!ownTime) notes.unmapped('ticket', externalId, 'createdAt', ticket.CreateDate ?? row?.CreateDate)

  const attachments = attachmentsOf(whole, settings, notes)
  const place = new Map(whole.messages.map((keyed, index) => [keyed, index]))
  const messages = mapMessages(
    whole.messages,
    (keyed) => {
      const index = place.get(keyed) ?? 0
      const near = nearest(times, index) ?? createdAt
      return messageFrom(keyed, { settings, notes, contact, attachments, place: index, near })
    },
    notes,
  )
  const requester = requesterOf(whole, messages)
  const channelExternalId = idOf(ticket.MediaId) ?? messages[0]?.channelExternalId ?? null
  const last = messages.at(-1)
  const agents = assigneesOf(ticket)
  const [assignee] = agents
  const tags = tagsOf(row)

  const record: TicketRecord = {
    externalId,
    number: externalId,
    subject: textOf(ticket.Subject) ?? textOf(row?.Subject),
    ...statusOf(externalId, idOf(ticket.StatusId), found.status, settings, notes),
    ...priorityOf(externalId, idOf(ticket.PriorityId), found.priority, notes),
    category: found.category ?? idOf(ticket.CategoryId),
    requester,
    assignee: assignee ? { type: 'AGENT', externalId: assignee.externalId, name: assignee.displayName } : null,
    createdBy: userOf(ticket.Creator),
    resolvedBy: userOf(ticket.SolveUser) ?? userOf(ticket.CloseUser),
    channelExternalId,
    channelAccountExternalId: messages[0]?.channelAccountExternalId ?? null,
    lastMessageChannelExternalId: last?.channelExternalId ?? null,
    lastMessageChannelAccountExternalId: last?.channelAccountExternalId ?? null,
    ...(tags ? { tags } : {}),
    // `UnseenComment` (INFERRED: 0 = read by agents) stays in raw: OneBox cannot be told what was read, so our store
    // keeps that.
    customFields: customFieldsOf(ticket, row),
    // Seconds. INFERRED: ResolutionTime of the reference's sample is exactly CloseDate − CreateDate in seconds.
    responseTimeSeconds: intOf(ticket.ResponseTime),
    resolutionTimeSeconds: intOf(ticket.ResolutionTime),
    createdAt,
    updatedAt,
    lastActivityAt: last?.at ?? time(ticket.CommentDate) ?? time(ticket.ModifyDate),
    lastRepliedAt: messages.findLast(({ direction }) => direction === 'OUTBOUND')?.at ?? null,
    lastStatusChangedAt: time(ticket.StatusDate),
    resolvedAt: time(ticket.SolveDate) ?? time(ticket.CloseDate),
    reopenedAt: time(ticket.ReOpenDate),
    conversations: conversationsOf(externalId, messages, requester, whole.messages),
    // The row's names fill the gaps; where both have a field (Requestor, Assignee) the id stays.
    raw: redact({ ...(row as JsonObject | null), ...(ticket as JsonObject) }, secretKeys),
  }

  const mediaIds = new Set(
    [channelExternalId, ...messages.map((message) => message.channelExternalId)].filter((id) => typeof id === 'string'),
  )
  return records({
    tickets: [record],
    agents,
    contacts: contactsOf(whole, requester, messages),
    channels: [...mediaIds].map((mediaId) => channelOf(mediaId, settings, notes)),
    tags: tags ?? [],
  })
}

function earliest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((first, at) => (at && (!first || at < first) ? at : first), null)
}

/** The time of the nearest message before one that says none, else of the next after it. */
function nearest(times: readonly (Date | null)[], place: number): Date | null {
  return times.slice(0, place + 1).findLast((at) => at !== null) ?? times.slice(place).find((at) => at !== null) ?? null
}

function mapMessages(
  keyed: KeyedMessage[],
  map: (keyed: KeyedMessage) => MessageRecord,
  notes: Notes,
): MessageRecord[] {
  const byMessage = new Map(keyed.map((item) => [item.message as JsonObject, item]))
  const messages = mapEach([...byMessage.keys()], { subject: 'message', notes, secretKeys }, (message) =>
    map(byMessage.get(message) as KeyedMessage),
  )
  return messages.sort((one, other) => one.at.getTime() - other.at.getTime() || one.sequence - other.sequence)
}

function attachmentsOf({ details }: WholeTicket, { zone }: Settings, notes: Notes) {
  return ({ message, copy, externalId }: KeyedMessage) => {
    const count = attachmentCountOf(message)
    if (count === 0) return []
    const detail = details.get(idOf(message.Id) as string)
    // Of two messages with one Id, the answer is about one.
    const isMeant =
      detail && (boolOf(detail.Incoming) === null ? copy === 0 : boolOf(detail.Incoming) === boolOf(message.Incoming))
    const files = isMeant ? attachmentsFrom(detail, externalId, { zone, notes }) : []
    if (files.length === 0) notes.unmapped('message', externalId, 'attachments', count)
    return files
  }
}

// ------------------------------------------------------------------ words

function statusOf(
  id: string,
  code: string | null,
  name: string | null,
  { statusMap }: Settings,
  notes: Notes,
): Pick<TicketRecord, 'status' | 'statusDetail'> {
  const status =
    wordOf(statusMap, code) ?? wordOf(statusMap, name) ?? wordOf(statusOfCode, code) ?? wordOf(statusOfName, name)
  if (!status) notes.unmapped('ticket', id, 'status', code ?? name)
  return { status: status ?? 'UNKNOWN', statusDetail: labelOf(code, name) ?? { raw: '', label: '' } }
}

function priorityOf(
  id: string,
  code: string | null,
  name: string | null,
  notes: Notes,
): Pick<TicketRecord, 'priority' | 'priorityDetail'> {
  const priority = wordOf(priorityOfName, name) ?? wordOf(priorityOfName, code)
  if (!priority && (name ?? code) !== null) notes.unmapped('ticket', id, 'priority', name ?? code)
  return { priority: priority ?? null, priorityDetail: labelOf(code, name) }
}

function labelOf(code: string | null, name: string | null): Label | null {
  const raw = code ?? name
  return raw === null ? null : { raw, label: name ?? raw }
}

/** Names separated by commas (ASSUMED); only list rows have them. */
function tagsOf(row: TicketRow | null): TicketRecord['tags'] {
  if (row?.Tags === undefined) return undefined
  const names = (textOf(row.Tags) ?? '').split(',').map((name) => name.trim())
  return [...new Set(names)].filter(Boolean).map((name) => ({ externalId: name, name }))
}

function customFieldsOf(ticket: Ticket, row: TicketRow | null): NonNullable<TicketRecord['customFields']> {
  const fields = {
    Product: row?.Product,
    Region: row?.Region,
    Description: ticket.Description,
    Solution: ticket.Solution,
    Remarks: ticket.Remarks,
    DueDate: ticket.DueDate,
  }
  return Object.entries(fields).flatMap(([key, value]) => {
    const text = textOf(value)
    return text === null ? [] : [{ key, label: key, type: 'text', value: text, isEditable: false }]
  })
}

// ------------------------------------------------------------------ people and threads

/** ContactId; `Requestor` is the same id in a single ticket (SEEN), a name in a list row. Else whoever wrote first. */
function requesterOf({ ticket, row, contact }: WholeTicket, messages: MessageRecord[]): ActorRef | null {
  const id = contactIdOf(ticket)
  if (id === null) return messages.find(({ direction }) => direction === 'INBOUND')?.sender ?? null
  return {
    type: 'CONTACT',
    externalId: id,
    name: textOf(contact?.Name) ?? textOf(row?.Requestor),
    email: textOf(contact?.Email),
  }
}

export function contactIdOf(ticket: Ticket): string | null {
  const id = idOf(ticket.ContactId) ?? idOf(ticket.Requestor)
  return id === '0' ? null : id
}

function contactsOf(
  { row, ticket, contact, isContactNew }: WholeTicket,
  requester: ActorRef | null,
  messages: MessageRecord[],
): ContactRecord[] {
  const contacts: ContactRecord[] = []
  const id = contactIdOf(ticket)
  if (contact && isContactNew) contacts.push(contactFrom(contact))
  else if (!contact && id && requester?.name)
    contacts.push({
      type: 'CONTACT',
      externalId: id,
      displayName: requester.name,
      raw: { Requestor: row?.Requestor ?? null },
    })
  const seen = new Set(id ? [id] : [])
  for (const { sender, metadata, channelExternalId } of messages) {
    if (!sender || seen.has(sender.externalId)) continue
    seen.add(sender.externalId)
    const from = textOf((metadata as JsonObject).From)
    if (from !== null) contacts.push(contactOfChannel(channelExternalId ?? null, from, sender.name ?? null).contact)
  }
  return contacts
}

/** ConversationId groups messages; those without one (SEEN on WhatsApp) belong together. */
function conversationsOf(
  ticketId: string,
  messages: MessageRecord[],
  contact: ActorRef | null,
  keyed: KeyedMessage[],
): ConversationRecord[] {
  const conversationIds = new Map(keyed.map(({ externalId, message }) => [externalId, idOf(message.ConversationId)]))
  const groups = Map.groupBy(messages, ({ externalId }) => conversationIds.get(externalId) ?? `ticket:${ticketId}`)
  return [...groups].map(([externalId, group]) => {
    const last = group.at(-1) as MessageRecord
    return {
      externalId,
      channelExternalId: last.channelExternalId ?? null,
      channelAccountExternalId: last.channelAccountExternalId ?? null,
      contact,
      createdAt: (group[0] as MessageRecord).at,
      lastActivityAt: last.at,
      messages: group,
    }
  })
}

/** 2. The mapping: pure and total. Wire in, records out; what does not fit becomes a note, never an exception. */
import type { ContactRecord, Json, JsonObject, MessageRecord, TicketRecord } from '#connectors/contract.ts'
import {
  idOf,
  listOf,
  mapEach,
  type Notes,
  need,
  objectOf,
  redact,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { TicketStatus } from '#vocabulary.ts'
import type { WireCase } from './types.ts'

/** A table the reader can check against the vendor's page at a glance. */
const statuses: Record<string, TicketStatus> = {
  open: 'PENDING_INTERNAL',
  waiting: 'PENDING_EXTERNAL',
  closed: 'RESOLVED',
}

/** Live secrets that come with every answer and must never reach Postgres. */
const secretKeys = new Set(['session_token'])

export type MappedCase = { ticket: TicketRecord; contact: ContactRecord | null }

/** Throws, with what was expected and what came, when there is too little for a ticket: the caller parks it. */
export function caseFrom(item: Json, statusMap: Record<string, TicketStatus>, notes: Notes): MappedCase {
  const wire: WireCase = need(objectOf(item), 'an object', item)
  const externalId = need(idOf(wire.id), 'an id', wire.id)
  const createdAt = need(timeOf(wire.opened), 'a time in opened', wire.opened)
  const raw = textOf(wire.state) ?? ''
  const status = wordOf(statusMap, raw) ?? wordOf(statuses, raw)
  if (!status) notes.unmapped('ticket', externalId, 'status', wire.state)
  const contact = contactFrom(objectOf(wire.customer))
  const messages = mapEach(listOf(wire.entries), { subject: 'message', notes, secretKeys }, (entry, index) =>
    messageFrom(entry, index, contact),
  )
  const { entries: _inMessages, ...own } = wire
  return {
    contact,
    ticket: {
      externalId,
      number: externalId,
      subject: textOf(wire.title),
      status: status ?? 'UNKNOWN',
      statusDetail: { raw, label: raw },
      requester: contact,
      createdAt,
      updatedAt: timeOf(wire.changed),
      conversations: [{ externalId, contact, createdAt, messages }],
      raw: redact(own as JsonObject, secretKeys),
    },
  }
}

function contactFrom(customer: JsonObject | null): ContactRecord | null {
  const externalId = idOf(customer?.mail)
  if (externalId === null) return null
  return {
    type: 'CONTACT',
    externalId,
    displayName: textOf(customer?.name),
    email: externalId,
    raw: redact(customer, secretKeys),
  }
}

function messageFrom(item: Json, index: number, contact: ContactRecord | null): MessageRecord {
  const entry = need(objectOf(item), 'an object', item)
  const at = need(timeOf(entry.at), 'a time in at', entry.at)
  const isInbound = entry.by === 'customer'
  return {
    externalId: need(idOf(entry.id), 'an id', entry.id),
    sequence: index,
    type: isInbound ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND',
    direction: isInbound ? 'INBOUND' : 'OUTBOUND',
    contentType: 'TEXT',
    // Exactly as it came: the store never trims, and neither do we.
    body: { text: typeof entry.text === 'string' ? entry.text : '' },
    sender: isInbound ? contact : null,
    isInternal: false,
    at,
    createdAt: at,
    raw: redact(entry, secretKeys),
  }
}

/** Whether a ticket that may or may not have been made is there. */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateTicket } from '#connectors/operations.ts'
import { guidOf, idOf, listOf, objectOf, timeOf } from '#connectors/reading.ts'
import { TryAgainError } from '#errors.ts'
import { decodedText } from './body.ts'
import { allRows } from './fetch-thread.ts'
import { isTicketMarker, ticketMarker } from './marker.ts'
import { findContact } from './people-writes.ts'
import type { Writer } from './writer.ts'

/** Clocks differ: a ticket that seems this much older may still be the one. */
const clockSkewMs = 120_000

/** By our word where the vendor keeps it, else by subject, requester, time and first message. */
export async function findTicket(writer: Writer, order: CreateTicket, since: Date): Promise<string | null> {
  const { settings } = writer
  const requester = await knownRequester(writer, order)
  if (requester === 'nobody') return null
  const from = new Date(since.getTime() - clockSkewMs)
  const rows = await ticketsOf(writer, { requester, subject: order.fields.subject, since: from })
  const marked = order.originalConversationId === null && settings.leavesMarkers
  const ours =
    marked && rows.find(({ originalConversationId }) => originalConversationId === ticketMarker(order.marker))
  if (ours) return idOf(ours.id)
  const alike = rows.filter(
    (ticket) =>
      ticket.subject === order.fields.subject &&
      (timeOf(ticket.createdTime) ?? from) >= from &&
      // One that carries somebody's word is somebody else's.
      !(marked && isTicketMarker(ticket.originalConversationId)),
  )
  const [first] = order.messages
  if (!first) return idOf(alike[0]?.id) ?? null
  const bodies = [first.body.text, first.body.html].filter((body) => body !== null)
  const unread: JsonObject[] = []
  for (const ticket of alike) {
    const said = listOf(ticket.messages).map((message) => decodedText(objectOf(message)?.body) ?? '')
    if (said.some((body) => bodies.includes(body))) return idOf(ticket.id)
    if (said.length === 0) unread.push(ticket)
  }
  return idOf(unread[0]?.id) ?? null
}

/** `nobody`: there is no such contact, and so no ticket of theirs; null: nothing tells who it is. */
async function knownRequester(writer: Writer, order: CreateTicket): Promise<string | null> {
  const { externalId, email, phone } = order.fields.requester
  if (externalId !== null) return externalId
  return email || phone ? ((await findContact(writer, { email, phone })) ?? 'nobody') : null
}

type Search = { requester: string | null; subject: string; since: Date }

/**
 * What changed since, of one requester or else by its subject, with its messages; the answer is checked, in case the list
 * does not narrow.
 */
async function ticketsOf({ client }: Writer, { requester, subject, since }: Search): Promise<JsonObject[]> {
  const narrowing: Record<string, string> = requester === null ? { keywords: subject } : { contactOrVisitor: requester }
  const query = { time: since.toISOString(), include: 'ticketingMessage', ...narrowing }
  const park = (problem: string): never => {
    throw new TryAgainError(`the newest tickets cannot be listed: ${problem}`)
  }
  const rows = await allRows(client, { first: await client.get('ticketing/tickets', query), keys: ['tickets'], park })
  return rows
    .map(objectOf)
    .filter((ticket) => ticket !== null)
    .filter((ticket) => requester === null || guidOf(ticket.contactOrVisitorId) === requester)
}

/** Wire → records, pure and total. Field by field after ListTickets, GetTicket and ListTicketNotes of 2021-06-10 (SEEN). */

import type {
  ActorRef,
  AgentRecord,
  ChannelRecord,
  ContactRecord,
  Json,
  JsonObject,
  MessageRecord,
  TicketRecord,
} from '#connectors/contract.ts'
import { idOf, intOf, listOf, type Notes, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { sha256 } from '#sha256.ts'
import { messagesFrom, openingFrom, timeOfNote, withoutSignatures } from './map-note.ts'
import type { Settings } from './settings.ts'
import { priorityFrom, statusFrom, statusWord } from './statuses.ts'

/** What is known of one ticket; a part that could not be fetched is null. */
export type WireParts = {
  /** GetTicket, or the thin row of ListTickets when that failed. */
  ticket: Json
  thread: Json
}
export type Mapped = { ticket: TicketRecord; agents: AgentRecord[]; contacts: ContactRecord[] }

/** The vendor has no channels: tickets are filed in its console or by its interface, and it does not say which. */
export function channelFrom({ uid, endpoint }: Pick<Settings, 'uid' | 'endpoint'>): ChannelRecord {
  const account = { externalId: uid ?? 'account', name: uid ?? new URL(endpoint).host }
  return { externalId: channelId, type: 'OTHER', name: 'Alibaba Cloud tickets', accounts: [account] }
}
const channelId = 'workorder'

/**
 * A ticket with its thread: one conversation. Throws when it has no id, or no time at all and no `fetchedAt`.
 * The vendor keeps no time of change, so `updatedAt` is null and the newest message is the last activity. Its messages say
 * whether they are read, but nothing marks them: the ticket's read state is ours and left out, as are assignee and tags.
 */
export function ticketFrom(
  { ticket, thread }: WireParts,
  {
    settings,
    notes,
    fetchedAt,
  }: {
    settings: Pick<Settings, 'uid' | 'statusMap'>
    notes: Notes
    /** When the answer came: stands in where nothing else tells a time. */
    fetchedAt: Date
  },
): Mapped {
  const wire = need(objectOf(ticket), 'a ticket', ticket)
  const ticketId = need(idOf(wire.TicketId), 'a TicketId', wire)
  const creatorId = idOf(wire.CreatorId) ?? settings.uid ?? null
  const ourName = nameInRole(thread, 3)
  const requester: ActorRef | null = creatorId ? { type: 'CONTACT', externalId: creatorId, name: ourName } : null

  const entries = threadOf(thread, { ticketId, notes })
  const ownTime = timeOf(wire.CreateTime)
  const createdAt = need(
    ownTime ?? earliest(entries.map(timeOfNote)) ?? fetchedAt,
    'a CreateTime in epoch milliseconds',
    wire.CreateTime,
  )
  if (!ownTime) notes.unmapped('ticket', ticketId, 'createdAt', wire.CreateTime)
  const owner = { ticketId, requester, notes, createdAt }
  const said = messagesFrom(entries, owner)
  const opening = openingFrom(wire.Description, { ...owner, messages: said })
  const messages = opening ? [opening, ...said] : said
  const newest = said.at(-1) ?? opening
  const lastReply = messages.findLast(({ isInternal }) => !isInternal)

  return {
    ticket: {
      externalId: ticketId,
      number: ticketId,
      subject: textOf(wire.Title),
      ...statusFrom(wire.Status, { ticketId, statusMap: settings.statusMap, notes }),
      ...priorityFrom(wire.Severity, { ticketId, notes }),
      category: idOf(wire.CategoryId),
      requester,
      createdBy: requester,
      lastRepliedBy: lastReply?.sender ?? null,
      channelExternalId: channelId,
      createdAt,
      updatedAt: null,
      lastActivityAt: newest?.at ?? createdAt,
      lastRepliedAt: lastReply?.at ?? null,
      conversations: [
        {
          externalId: ticketId,
          channelExternalId: channelId,
          contact: requester,
          createdAt,
          lastActivityAt: newest?.at ?? createdAt,
          messages,
        },
      ],
      raw: withoutDescription(wire, opening),
    },
    agents: agentsIn(said),
    contacts: requester && ourName ? [contactFrom(requester, ourName)] : [],
  }
}

/**
 * What tells whether a ticket has changed, short: its status, then which entries its thread has in which read state. The
 * vendor has no time of change to go by.
 */
export function fingerprintOf(status: unknown, thread: Json | 'unreadable'): string {
  const entries = listOf(thread).map((entry) => {
    const note = objectOf(entry)
    return `${idOf(note?.DialogId)}:${idOf(note?.Status)}`
  })
  const state = [thread === 'unreadable', ...entries.sort()].join(' ')
  return `${statusMark(status)}${sha256(state, 'base64url').slice(0, 8)}`
}

/** The part of a fingerprint that a row of ListTickets already tells. */
export function statusMark(status: unknown): string {
  return `${statusWord(status) ?? ''}:`
}

function threadOf(thread: Json, { ticketId, notes }: { ticketId: string; notes: Notes }): Json[] {
  if (thread === null || Array.isArray(thread)) return listOf(thread)
  const problem = `expected a list as the thread, got ${JSON.stringify(thread).slice(0, 120)}`
  const raw = withoutSignatures(thread)
  notes.misfits.push({ kind: 'parked', subject: 'thread', externalId: ticketId, field: null, problem, raw })
  return []
}

function earliest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((first, at) => (at && (!first || at < first) ? at : first), null)
}

function agentsIn(messages: readonly MessageRecord[]): AgentRecord[] {
  const named = messages.flatMap(({ sender }) => (sender?.type === 'AGENT' && sender.name ? [sender] : []))
  return named.map(({ externalId, name }) => {
    return { type: 'AGENT', externalId, displayName: name ?? '', raw: { Role: 2, Name: name ?? null } }
  })
}

function contactFrom({ externalId }: ActorRef, displayName: string): ContactRecord {
  return { type: 'CONTACT', externalId, displayName, raw: { CreatorId: externalId, Role: 3, Name: displayName } }
}

function nameInRole(thread: Json, role: number): string | null {
  for (const entry of listOf(thread)) {
    const user = objectOf(objectOf(entry)?.User)
    const name = textOf(user?.Name)
    if (name && name !== 'null' && intOf(user?.Role) === role) return name
  }
  return null
}

/** A description that became a message is in that message's raw. */
function withoutDescription(wire: JsonObject, opening: MessageRecord | null): Json {
  const { Description: description, ...rest } = wire
  return withoutSignatures(opening || description === undefined ? rest : { ...rest, Description: description })
}

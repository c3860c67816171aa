/** The desk in DeskHero's shapes: numbers for enums, times without zone and with seven digits, shortened previews. */

import type { Desk, DeskAgent, DeskAttachment, DeskContact, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import { sha256 } from '#sha256.ts'
import type { ConversationType, EmailAddressDirection, TicketPriority, TicketStatus } from '#vocabulary.ts'
import type {
  WireAttachment,
  WireColorReference,
  WireContact,
  WireEmailAddress,
  WireEntry,
  WireLabel,
  WireList,
  WireReference,
  WireRichText,
  WireTicket,
  WireTicketComplete,
  WireUser,
  WireUserReference,
} from './types.ts'
import { attachmentStatusNames, directionNames, typeNames } from './words.ts'

type Named = { id: number; label: WireLabel; bg_color: string; text_color: string }

/** A tenant's own list; "With partner" is a word nobody can foresee. */
export const statuses: Record<TicketStatus, Named> = {
  NEW: { id: 1, label: 'New', bg_color: '#e3f2fd', text_color: '#0d47a1' },
  PENDING_INTERNAL: { id: 2, label: { sv: 'Öppen', en: 'Open' }, bg_color: '#fff3e0', text_color: '#e65100' },
  PENDING_EXTERNAL: { id: 3, label: 'Waiting for customer', bg_color: '#f3e5f5', text_color: '#4a148c' },
  ON_HOLD: { id: 4, label: 'On hold', bg_color: '#eceff1', text_color: '#263238' },
  RESOLVED: { id: 5, label: 'Resolved', bg_color: '#e8f5e9', text_color: '#1b5e20' },
  UNKNOWN: { id: 6, label: 'With partner', bg_color: '#fce4ec', text_color: '#880e4f' },
}
export const priorities: Record<TicketPriority, Named> = {
  URGENT: { id: 11, label: 'Urgent', bg_color: '#b71c1c', text_color: '#ffffff' },
  HIGH: { id: 12, label: 'High', bg_color: '#f57c00', text_color: '#ffffff' },
  NORMAL: { id: 13, label: 'Normal', bg_color: '#1976d2', text_color: '#ffffff' },
  LOW: { id: 14, label: 'Low', bg_color: '#607d8b', text_color: '#ffffff' },
}

export const tenantId = 1
const previewLength = 200

export type Wire = {
  ticket(ticket: DeskTicket): WireTicket
  complete(ticket: DeskTicket): WireTicketComplete
  entry(message: DeskMessage, ticket: DeskTicket): WireEntry
  user(agent: DeskAgent): WireUser
  tag(tag: { id: number; name: string; color: string }): WireColorReference
}

export function openWire(desk: Desk, fileUrl: (attachment: DeskAttachment, ticketId: number) => string): Wire {
  const agentById = byId(() => [...desk.agents, ...desk.bots])
  const departmentById = byId(() => desk.departments)
  const tagById = byId(() => desk.tags)
  const channelById = byId(() => desk.channels)

  const group = (id: number | null): WireReference | null => {
    const department = id === null ? undefined : departmentById(id)
    return department ? { id: department.id, label: department.name } : null
  }
  const userOf = (id: number | null): WireUserReference | null => {
    const agent = id === null ? undefined : agentById(id)
    return agent ? { id: agent.id, label: agent.name, email: agent.email, profile_pic: pictureOf(agent) } : null
  }

  /** Somebody who only wrote a mail has no user: `user_id` is 0. Every fourth contact is such a one. */
  const contact = (id: number): WireContact | null => {
    const found = desk.contacts.get(id)
    if (!found) return null
    return {
      user_id: hasUser(found) ? found.id : 0,
      email: found.email,
      name: found.name,
      profile_pic: found.avatarUrl,
    }
  }

  const author = ({ author: { id, name } }: DeskMessage, requester: WireContact | null): WireUserReference | null => {
    const user = userOf(id)
    if (user) return user
    if (requester && id !== null && desk.contacts.has(id)) {
      return {
        id: Number(requester.user_id),
        label: requester.name ?? '',
        email: requester.email,
        profile_pic: requester.profile_pic,
      }
    }
    return name === null ? null : { id: 0, label: name, email: null, profile_pic: null }
  }

  const file = (attachment: DeskAttachment, ticketId: number): WireAttachment => ({
    id: attachment.id,
    label: attachment.name,
    size_kb: Math.ceil(attachment.sizeBytes / 1024),
    status: attachmentStatusNames.indexOf(attachment.status),
    status_message: attachment.statusMessage,
    download_url: attachment.status === 'OK' || attachment.status === 'WARNING' ? fileUrl(attachment, ticketId) : null,
  })

  const addresses = (message: DeskMessage, ticket: DeskTicket): WireEmailAddress[] => {
    const given = message.addresses.map(({ email, name, direction }) => address(email, name, direction))
    const channel = channelById(ticket.channelId)
    const isMail = channel?.type === 'EMAIL' && (message.type === 'REPLY_INBOUND' || message.type === 'REPLY_OUTBOUND')
    const person = desk.contacts.get(ticket.requesterId)
    if (given.length > 0 || !isMail || !channel?.account.address || !person?.email) return given
    // A mail always has both ends, also where the desk did not say them.
    const [theirs, own] = message.type === 'REPLY_INBOUND' ? (['FROM', 'TO'] as const) : (['TO', 'FROM'] as const)
    return [address(person.email, person.name, theirs), address(channel.account.address, channel.account.name, own)]
  }

  const entry = (message: DeskMessage, ticket: DeskTicket, known?: WireContact | null): WireEntry => {
    const isTheirs = message.type === 'REPLY_INBOUND' && message.author.id !== ticket.requesterId
    const writer = isTheirs && message.author.id !== null ? contact(message.author.id) : null
    return entryOf(message, ticket, writer ?? known ?? contact(ticket.requesterId))
  }

  const entryOf = (message: DeskMessage, ticket: DeskTicket, requester: WireContact | null): WireEntry => ({
    sys_status: statuses[ticket.status],
    created_by: author(message, requester),
    last_updated_by: author(message, requester),
    requester,
    last_message_extracted: extractedBy(message) ?? message.text.split(/\n\s*(?:>|On .{5,80} wrote:)/, 1)[0] ?? null,
    sys_attachments: message.attachments.map((attachment) => file(attachment, ticket.id)),
    id: message.id,
    ticket_id: ticket.id,
    created: timeText(message.at),
    last_updated: timeText(message.updatedAt),
    type: typeNames.indexOf(message.type),
    email_addresses: addresses(message, ticket),
    sys_content_rich: richText(message.text, message.html, message.editorjs),
  })

  const ticket = (own: DeskTicket): WireTicket => ({
    id: own.id,
    label: own.subject,
    sys_status: statuses[own.status],
    sys_priority: own.priority === null ? null : priorities[own.priority],
    sys_type: own.category === null ? null : typeNamed(own.category),
    sys_tags: own.tagIds.flatMap((id) => {
      const tag = tagById(id)
      return tag ? [tagOf(tag)] : []
    }),
    requester: contact(own.requesterId),
    assigned_to: userOf(own.assigneeId),
    assigned_group: group(own.departmentId),
    created: timeText(own.createdAt),
    last_updated: timeText(own.updatedAt),
    merged_to_ticket_id: own.mergedIntoId,
  })

  return {
    ticket,
    entry: (message, ticket) => entry(message, ticket),
    tag: tagOf,
    complete(own) {
      const requester = contact(own.requesterId)
      const conversations = own.messages
        .filter((message) => !message.isSystemLine && !message.isDeleted)
        .map((message) => entry(message, own, requester))
      const suggestion = typeNames.indexOf('SUGGESTED_REPLY' satisfies ConversationType)
      return {
        ticket: ticket(own),
        conversations,
        suggested_reply: conversations.findLast(({ type }) => type === suggestion) ?? null,
        auto_saved_reply: own.draft && {
          sys_content_rich: richText(own.draft.text, own.draft.html, null),
          email_addresses: own.draft.cc.map((email) => address(email, null, 'CC')),
          last_updated: timeText(own.draft.updatedAt),
          last_updated_by: userOf(own.draft.authorId),
        },
        more_like_this: [],
        quick_actions: null,
        more_from_requester: null,
      }
    },
    user: (agent) => ({
      id: agent.id,
      email: agent.email,
      given_name: agent.name.split(' ')[0] ?? agent.name,
      family_name: agent.name.split(' ').slice(1).join(' '),
      full_name: agent.name,
      profile_pic: pictureOf(agent),
      created: '2024-01-01T08:00:00',
      last_updated: '2024-01-01T08:00:00',
      language: 'en',
      tenant_user: {
        id: agent.id,
        tenant_id: tenantId,
        user_id: agent.id,
        role: agent.role === 'administrator' ? 3 : 2,
        status: 1,
        last_seen: null,
        groups: [group(agent.departmentId)].filter((found) => found !== null),
      },
    }),
  }
}

export function hasUser({ id, type, email }: DeskContact): boolean {
  return email === null || (type === 'CONTACT' && id % 4 !== 0)
}

/** A list has no entries inside: they are asked for by its id. */
export function listOfSystem(
  id: number,
  type: number,
  uniqueKey: string,
  name: string,
  entriesCount: number,
): WireList {
  return {
    id,
    type,
    name,
    unique_key: uniqueKey,
    description: null,
    entries_count: entriesCount,
    list_fields: [],
    group_access: [],
    sys_tags: [],
  }
}

/** As .NET writes a DateTime without a kind: UTC, no zone, seven digits. */
function timeText(at: Date): string {
  return at.toISOString().replace('Z', '0000')
}

/** What the desk has as plain text has its whole text in the preview; a preview made of HTML is shortened. */
function richText(text: string, html: string | null, editorjs: DeskMessage['editorjs']): WireRichText {
  return {
    plain_preview: html === null ? text : shortened(text),
    html: html ?? htmlOf(text),
    editorjs,
    read_minutes: Math.max(1, Math.round(text.length / 1200)),
  }
}

function shortened(text: string): string {
  return text.length <= previewLength ? text : `${text.slice(0, previewLength)}…`
}

function htmlOf(text: string): string {
  if (text === '') return ''
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
  return `<p>${escaped.replaceAll('\n', '<br>')}</p>`
}

function address(email: string, name: string | null, direction: EmailAddressDirection): WireEmailAddress {
  return { email, name, direction: directionNames.indexOf(direction) }
}

function tagOf(tag: { id: number; name: string; color: string }): WireColorReference {
  return { id: tag.id, label: tag.name, bg_color: tag.color, text_color: '#ffffff' }
}

function pictureOf(agent: DeskAgent): string {
  return `https://pictures.deskhero.example/${agent.id}.png?sig=${sha256(`picture:${agent.id}`).slice(0, 16)}`
}

/** What a client wrote there, else the text above what it quotes. */
function extractedBy({ clientData }: DeskMessage): string | null {
  const written = clientData?.last_message_extracted
  return typeof written === 'string' ? written : null
}

/** The tenant's types: the usual ones and whatever its tickets have. */
export function typesOf(desk: Desk): { id: number; label: string }[] {
  const used = [...desk.tickets.values()].flatMap(({ category }) => category ?? [])
  return [...new Set(['Question', 'Incident', 'Problem', 'Task', ...used])].map(typeNamed)
}

function typeNamed(label: string): { id: number; label: string } {
  return { id: numberFor(label), label }
}

function numberFor(word: string): number {
  return Number.parseInt(sha256(word).slice(0, 6), 16)
}

/** Finds by id; the index is made anew when the list has grown. */
function byId<Item extends { id: number }>(items: () => Item[]): (id: number) => Item | undefined {
  let index = new Map<number, Item>()
  return (id) => {
    const found = index.get(id)
    if (found) return found
    const all = items()
    if (all.length !== index.size) index = new Map(all.map((item) => [item.id, item]))
    return index.get(id)
  }
}

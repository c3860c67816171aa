/** New entries of a thread, as the sandbox takes them. */
import { addMessage, type NewMessage } from '#connectors/sandbox/build.ts'
import { changeTicket } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskAttachment, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import { type Faults, faultsIn } from './sandbox-answers.ts'
import { checkContact, contactOf, wordWith } from './sandbox-fields.ts'
import type { EntryGiven } from './sandbox-shapes.ts'
import { statuses } from './sandbox-wire.ts'

/** Files that were handed over, by id. */
export type Uploads = Map<number, Partial<DeskAttachment>>

/** What is wrong with them, by place in the body; null when nothing is. */
export function checkEntries(desk: Desk, ticket: DeskTicket, given: EntryGiven[], uploads: Uploads): Faults | null {
  return faultsIn(given, (entry) => {
    const lost = (entry.sys_attachments ?? []).filter(({ id }) => !fileWith(desk, uploads, id))
    const isElsewhere = entry.ticket_id !== undefined && entry.ticket_id !== ticket.id
    const isUnknownStatus = entry.sys_status && wordWith(statuses, entry.sys_status.id) === null
    return [
      ...(isElsewhere ? [['ticket_id', `The value '${entry.ticket_id}' is not the ticket of the path.`] as const] : []),
      ...(isUnknownStatus ? [['sys_status.id', `The value '${entry.sys_status?.id}' is not valid.`] as const] : []),
      ...checkContact(desk, entry.requester),
      ...lost.map(({ id }) => ['sys_attachments', `The attachment '${id}' was not found.`] as const),
    ]
  })
}

/** The writer is the token's user, or the requester of what came in. A status moves the ticket (ASSUMED). */
export function addEntries(desk: Desk, ticket: DeskTicket, given: EntryGiven[], uploads: Uploads): DeskMessage[] {
  return given.map((entry) => {
    const { requester, sys_content_rich: rich, sys_status: status } = entry
    const isTheirs = entry.type === 'REPLY_INBOUND'
    const writer = isTheirs ? (requester ? contactOf(desk, requester).id : ticket.requesterId) : desk.agents[0]?.id
    const html = rich?.html || null
    const message = addMessage(desk, {
      ticketId: ticket.id,
      type: entry.type,
      author: { id: writer ?? null },
      text: html === null ? '' : textOf(html),
      html,
      editorjs: (rich?.editorjs ?? null) as NewMessage['editorjs'] & object,
      addresses: (entry.email_addresses ?? []).map(({ email, name, direction }) => ({
        email,
        name: name ?? null,
        direction,
      })),
      attachments: (entry.sys_attachments ?? []).map(
        ({ id }) => fileWith(desk, uploads, id) as Partial<DeskAttachment>,
      ),
      clientData: { last_message_extracted: entry.last_message_extracted },
    })
    const word = wordWith(statuses, status?.id)
    if (word) changeTicket(desk, ticket.id, { status: word })
    return message
  })
}

/** A file just handed over, or one of a thread, which then is in both. */
function fileWith(desk: Desk, uploads: Uploads, id: number): Partial<DeskAttachment> | undefined {
  const uploaded = uploads.get(id)
  if (uploaded) return uploaded
  for (const { messages } of desk.tickets.values())
    for (const { attachments } of messages) {
      const found = attachments.find((file) => file.id === id)
      if (found) return found
    }
  return undefined
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#13': '\r',
  '#39': "'",
  nbsp: '\u00a0',
}

/** The text of HTML, for previews. */
function textOf(html: string): string {
  return html
    .replace(/<br\s*\/?>|<\/(?:p|div|li|blockquote)>(?=.)/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(#?\w+);/g, (entity, name) => entities[name] ?? entity)
}

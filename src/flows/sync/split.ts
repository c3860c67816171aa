/** A page in pieces, so that one bad record costs only itself. */
import { type Json, type Misfit, type Records, records } from '#connectors/contract.ts'

export type Part = {
  records: Records
  /** What it becomes when it cannot be stored. */
  parkedAs(reason: string): Misfit
  /** Tried when it cannot be stored as a whole; then only those are parked that fail again. */
  pieces?: (Part & { isBase?: boolean })[]
}

/** What others point at comes first. */
export function partsOf(page: Records): Part[] {
  return [
    ...page.channels.map((item) => leaf('channel', item, records({ channels: [item] }))),
    ...page.agents.map((item) => leaf('agent', item, records({ agents: [item] }))),
    ...page.contacts.map((item) => leaf('contact', item, records({ contacts: [item] }))),
    ...page.departments.map((item) => leaf('department', item, records({ departments: [item] }))),
    ...page.tags.map((item) => leaf('tag', item, records({ tags: [item] }))),
    ...page.views.map((item) => leaf('view', item, records({ views: [item] }))),
    ...page.tickets.map(ticketPart),
  ]
}

function leaf(subject: string, item: { externalId: string; raw?: Json }, content: Records): Part {
  return { records: content, parkedAs: (reason) => parked(subject, item, reason) }
}

/** Without its messages first (`isBase`: when that fails the rest would too), then each message, then the rest. */
function ticketPart(ticket: Records['tickets'][number]): Part {
  const conversations = ticket.conversations ?? []
  const { mentions: _mentions, drafts: _drafts, events: _events, ...own } = ticket
  const bare = { ...own, conversations: conversations.map((conversation) => ({ ...conversation, messages: [] })) }
  const messages = conversations.flatMap((conversation) =>
    conversation.messages.map((message) => {
      const only = { ...own, conversations: [{ ...conversation, messages: [message] }] }
      return leaf('message', message, records({ tickets: [only] }))
    }),
  )
  const rest = leaf('ticket', ticket, records({ tickets: [{ ...ticket, conversations: [] }] }))
  return {
    ...leaf('ticket', ticket, records({ tickets: [ticket] })),
    pieces: [{ ...leaf('ticket', ticket, records({ tickets: [bare] })), isBase: true }, ...messages, rest],
  }
}

function parked(subject: string, item: { externalId: string; raw?: Json }, reason: string): Misfit {
  const externalId = String(item.externalId).slice(0, 500)
  return { kind: 'parked', subject, externalId, field: null, problem: reason, raw: item.raw ?? (item as Json) }
}

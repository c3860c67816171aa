/** What is shown of a hit: the thing itself, and where the words stand in it. */
import { sql } from 'drizzle-orm'
import { type ActorRow, actorById } from '#domain/actors/loaders.ts'
import { type MessageRow, messageById } from '#domain/messages/loaders.ts'
import { messages } from '#domain/messages/table.ts'
import { type TicketRow, ticketById } from '#domain/tickets/loaders.ts'
import { type LoadContext, oneBy } from '#platform/db/loader.ts'
import { highlighted } from '#platform/search/highlight.ts'
import type { Word } from '#platform/search/words.ts'
import type { Candidate, Kind } from './candidates.ts'

export type Node =
  | { kind: 'TICKET'; row: TicketRow }
  | { kind: 'MESSAGE'; row: MessageRow }
  | { kind: 'CONTACT'; row: ActorRow }
export type Hit = Candidate & { words: Word[]; node: Node }
export type Highlight = { field: string; snippet: string }

const find: Record<Kind, (context: LoadContext, id: string) => Promise<object | null>> = {
  TICKET: ticketById,
  MESSAGE: messageById,
  CONTACT: actorById,
}

/** With its row; null when it went away meanwhile. */
export async function hitOf<Found extends Candidate>(
  context: LoadContext,
  found: Found,
): Promise<(Found & { node: Node }) | null> {
  const row = await find[found.kind](context, found.id)
  return row && { ...found, node: { kind: found.kind, row } as Node }
}

/** No more of a body than the index has the words of. */
const body = sql<string>`left(${messages.bodyText}, 20000)`.as('body')
const textById = oneBy(messages, messages.id, { subject: messages.subject, body }, { name: 'message_search_text' })

/** Only of fields where a word stands. */
export async function highlightsOf(context: LoadContext, { node, words }: Hit): Promise<Highlight[]> {
  return Object.entries(await textsOf(context, node)).flatMap(([field, text]) => {
    const snippet = text && highlighted(text, words)
    return snippet ? [{ field, snippet }] : []
  })
}

async function textsOf(context: LoadContext, node: Node): Promise<Record<string, string | null>> {
  if (node.kind === 'TICKET') return { number: node.row.number, subject: node.row.subject }
  if (node.kind === 'MESSAGE') {
    const text = await textById(context, node.row.id)
    return { subject: text?.subject ?? null, body: text?.body ?? null }
  }
  const { displayName, email, phone, identifier, identities } = node.row
  const others = identities.map(({ value }) => value).filter((value) => value !== email && value !== phone)
  return { displayName, email, phone, identifier, identities: others.join(' ') }
}

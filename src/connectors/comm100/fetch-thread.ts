/** Gets what belongs to a ticket and did not come with it: missing messages, notes, a draft. */
import type { Json, JsonObject, Misfit } from '#connectors/contract.ts'
import { boolOf, guidOf, idOf, intOf, listOf, objectOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import { type Client, nextLink, rowsOf } from './client.ts'
import type { Thread } from './thread.ts'

type WholeTicket = {
  /** The ticket as it came, with its draft when that had to be asked for. */
  ticket: JsonObject
  thread: Thread
  /** Lists that could not be had; the ticket goes on without them. */
  misfits: Misfit[]
}

/** Lists of one ticket longer than this many pages are cut off and reported. */
const mostPages = 200

export async function wholeTicket(
  client: Client,
  ticket: JsonObject,
  { fetchNotes }: { fetchNotes: boolean },
): Promise<WholeTicket> {
  const misfits: Misfit[] = []
  const id = idOf(ticket.id)
  const embedded = Array.isArray(ticket.messages) ? ticket.messages : null
  if (id === null) return { ticket, thread: { messages: listOf(embedded), notes: [] }, misfits }
  const [messages, notes, draft] = await Promise.all([
    embedded && isComplete(ticket, embedded)
      ? embedded
      : listOfTicket(client, { id, what: 'messages', fallback: embedded ?? [], misfits }),
    fetchNotes ? listOfTicket(client, { id, what: 'notes', fallback: [], misfits }) : [],
    boolOf(ticket.ifHasDraft) === true && objectOf(ticket.draft) === null ? draftOf(client, id) : null,
  ])
  return { ticket: draft ? { ...ticket, draft } : ticket, thread: { messages, notes }, misfits }
}

/**
 * Messages that came with the ticket are trusted unless the ticket counts more replies or names a last message that is not
 * among them. `totalReplies` leaves out what the system wrote, so more messages than that are fine.
 */
function isComplete(ticket: JsonObject, messages: Json[]): boolean {
  if (messages.length < (intOf(ticket.totalReplies) ?? 0)) return false
  const lastId = guidOf(ticket.lastMessageId)
  return lastId === null || messages.some((message) => guidOf(objectOf(message)?.id) === lastId)
}

type ListOptions = { id: string; what: 'messages' | 'notes'; fallback: Json[]; misfits: Misfit[] }

/** The envelope was not seen: a bare array, or one under the collection's name, with `nextPage` (ASSUMED). */
async function listOfTicket(client: Client, { id, what, fallback, misfits }: ListOptions): Promise<Json[]> {
  const park = (problem: string, raw: Json = null) => {
    misfits.push({ kind: 'parked', subject: `${what} of ticket`, externalId: id, field: null, problem, raw })
    return fallback
  }
  try {
    return await allRows(client, { first: await client[what](id), keys: [what, 'data', 'items'], park })
  } catch (error) {
    if (error instanceof GoneError || error instanceof RefusedError) return park(error.message)
    throw error
  }
}

type RowsOptions = { first: Json; keys: readonly string[]; park: (problem: string, raw?: Json) => Json[] }

/** Every row of a list, following its links; ends at a link that repeats, leads elsewhere, or brings nothing. */
export async function allRows(client: Client, { first, keys, park }: RowsOptions): Promise<Json[]> {
  const rows: Json[] = []
  const visited = new Set<string>()
  for (let answer = first; ; ) {
    const page = rowsOf(answer, keys)
    if (page === null) {
      const fallback = park('expected a list, got something else', describe(answer))
      return rows.length > 0 ? rows : fallback
    }
    rows.push(...page.rows)
    const next = nextLink(page.nextPage, client.base)
    if (next.kind === 'none' || page.rows.length === 0) return rows
    if (next.kind === 'foreign' || visited.has(next.link) || visited.size >= mostPages) {
      park(
        next.kind === 'foreign'
          ? `nextPage leads to ${next.host}; it was not followed`
          : 'nextPage repeats; the list ends here',
      )
      return rows
    }
    visited.add(next.link)
    answer = await client.page(next.link)
  }
}

async function draftOf(client: Client, id: string): Promise<JsonObject | null> {
  try {
    return objectOf(await client.draft(id))
  } catch (error) {
    if (error instanceof GoneError || error instanceof RefusedError) return null
    throw error
  }
}

/** Enough of an unexpected answer to recognise it. */
function describe(answer: Json): Json {
  const text = JSON.stringify(answer) ?? 'nothing'
  return text.length > 500 ? `${text.slice(0, 500)}…` : answer
}

/** From the answer of `GET /api/ticket/conversations/{id}` to a flat list of messages, each with a key of its own. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { boolOf, idOf, type Notes, need, objectOf, redact, textOf } from '#connectors/reading.ts'
import { rowsIn } from './client.ts'
import type { Message } from './types.ts'
import { secretKeys } from './words.ts'

const deepestGroup = 5

/** A message and the key it gets. `copy` counts the messages before it that have the same `Id`. */
export type KeyedMessage = { externalId: string; copy: number; message: Message }

/** What is no message is parked; so is a message that says it belongs to another ticket, since that ticket has it. */
export function messagesIn(thread: Json, ticketId: string, notes: Notes): KeyedMessage[] {
  const answer = objectOf(thread)
  const rows = rowsIn(Array.isArray(thread) ? thread : (answer?.data ?? null))
  if (!rows) {
    park(notes, ticketId, 'expected a list of messages in data', answer?.data ?? null)
    return []
  }
  return keyed(flattened(rows, { type: answer?.type, ticketId, notes, depth: 0 }))
}

/**
 * A group `{type, ticketId, data: [message]}` may stand among the messages (SEEN, one level deep). Only groups of type
 * `message` are known.
 */
function flattened(
  rows: Json[],
  place: { type: Json | undefined; ticketId: string; notes: Notes; depth: number },
): Message[] {
  const { type, ticketId, notes, depth } = place
  const word = textOf(type)
  if (word !== null && word !== 'message') {
    park(notes, ticketId, `expected entries of type message, got ${word}`, rows)
    return []
  }
  return rows.flatMap((row) => {
    try {
      const object = need(objectOf(row), 'a message', row)
      const group = idOf(object.Id) === null && object.data !== undefined ? rowsIn(object.data) : null
      if (group) {
        if (depth >= deepestGroup) throw new Error(`expected groups at most ${deepestGroup} deep`)
        return flattened(group, { type: object.type, ticketId, notes, depth: depth + 1 })
      }
      need(idOf(object.Id), 'a message with an Id', object.Id)
      const owner = idOf(object.ObjectId)
      const isOfTicket = (textOf(object.ObjectName) ?? '').toLowerCase() === 'ticket'
      if (isOfTicket && owner !== null && owner !== ticketId)
        throw new Error(`expected a message of ticket ${ticketId}, got one of ticket ${owner}`)
      return [object as Message]
    } catch (error) {
      park(notes, idOf(objectOf(row)?.Id), error instanceof Error ? error.message : String(error), row)
      return []
    }
  })
}

/**
 * The `Id`, unless a thread has it twice on different messages (SEEN: a question and its answer). Then the one that
 * came in keeps it and the one that went out gets `:out`, in whatever order they stand.
 */
function keyed(messages: Message[]): KeyedMessage[] {
  const groups = Map.groupBy(messages, (message) => idOf(message.Id) as string)
  return [...groups].flatMap(([id, group]) => {
    if (group.length === 1) return group.map((message) => ({ externalId: id, copy: 0, message }))
    const used = new Set<string>()
    return distinct(group).map((message, copy) => {
      const base = copy === 0 ? id : `${id}:${boolOf(message.Incoming) ? 'in' : 'out'}`
      let externalId = base
      for (let again = 2; used.has(externalId); again += 1) externalId = `${base}:${again}`
      used.add(externalId)
      return { externalId, copy, message }
    })
  })
}

function distinct(group: Message[]): Message[] {
  const byContent = new Map<string, Message>()
  for (const message of group) {
    const print = `${boolOf(message.Incoming) ? 0 : 1} ${textOf(message.Date)} ${JSON.stringify(message.Content ?? message.Contents)}`
    byContent.set(print, message)
  }
  return [...byContent].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, message]) => message)
}

function park(notes: Notes, externalId: string | null, problem: string, raw: Json): void {
  notes.misfits.push({
    kind: 'parked',
    subject: 'message',
    externalId,
    field: null,
    problem,
    raw: redact(raw, secretKeys),
  })
}

/**
 * How many files a message says it has. Source: `Attachment` is a count or a flag as text (SEEN "0"; others INFERRED).
 */
export function attachmentCountOf(message: Message | JsonObject): number {
  const count = Number(idOf(message.Attachment) ?? 0)
  return Number.isFinite(count) ? count : boolOf(message.Attachment) ? 1 : 0
}

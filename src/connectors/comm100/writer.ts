/** What all operations share, and how their answers are read. */
import type { Host, JsonObject } from '#connectors/contract.ts'
import type { HttpAnswer } from '#connectors/http.ts'
import { boolOf, guidOf, idOf, objectOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Comm100Settings } from './settings.ts'

export type Writer = {
  client: Client
  settings: Comm100Settings
  host: Host
  /** Names of channels learned while reading, GUID in lower case → name. */
  learned: Record<string, string>
  /** The agent of the sign-in address, once it was looked up. */
  ownAgentId?: string | null
}

/** A ticket's path; numbers only, anything else would be another path. */
export function ticketPath(ticketId: string): string {
  if (!/^\d+$/.test(ticketId)) throw new GoneError(`Comm100 has no ticket ${JSON.stringify(ticketId)}`)
  return `ticketing/tickets/${ticketId}`
}

/** The ticket as it is now, with nothing that belongs to others unless included. */
export async function currentTicket({ client }: Writer, ticketId: string, include?: string): Promise<JsonObject> {
  const ticket = objectOf(await client.get(ticketPath(ticketId), { include: include ?? null }))
  if (ticket === null || idOf(ticket.id) !== ticketId)
    throw new RefusedError(`expected ticket ${ticketId}, got something else`)
  return ticket
}

/** Where the ticket went, null when it was never merged: 0 means "not" (SEEN in webhooks). */
export function mergedInto(ticket: JsonObject): string | null {
  const target = idOf(ticket.mergedToTargetId)
  return target === '0' ? null : target
}

export const isRecycled = (ticket: JsonObject) => boolOf(ticket.isInRecycleBin) === true

/** The object a write answered. It was carried out, so one that cannot be read leaves it open what was made. */
export function madeBy(answer: HttpAnswer, what: string): JsonObject {
  const made = objectOf(answer.json())
  if (made === null || idOf(made.id) === null)
    throw new TryAgainError(`expected ${what} with an id, got ${answer.text.slice(0, 80)}`, {
      httpStatus: answer.status,
    })
  return made
}

/** The GUID of what a write made. */
export function guidMadeBy(answer: HttpAnswer, what: string): string {
  return guidOf(madeBy(answer, what).id) ?? ''
}

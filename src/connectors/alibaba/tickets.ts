/** One ticket from its two calls. What cannot be had for one ticket is noted, and the ticket goes on with what is there. */
import { type Json, type Records, records } from '#connectors/contract.ts'
import { idOf, listOf, type Notes, objectOf, takeNotes, timeOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Client } from './client.ts'
import { fingerprintOf, ticketFrom, type WireParts } from './map.ts'
import { withoutSignatures } from './map-note.ts'
import type { Settings } from './settings.ts'

/** GetTicket laid over the ticket's row; the row alone when the call is refused; null when there is neither. */
export async function fetchTicket(
  client: Client,
  { id, row, notes }: { id: string; row: Json; notes: Notes },
): Promise<Json> {
  const noted = (problem: string, raw: Json = null) => {
    notes.misfits.push({ kind: 'parked', subject: 'ticket', externalId: id, field: null, problem, raw })
    return row
  }
  try {
    const ticket = await client.getTicket(id)
    if (ticket === null) return row === null ? null : noted('it is listed, but GetTicket has no such ticket')
    const whole = objectOf(ticket)
    return whole ? { TicketId: id, ...objectOf(row), ...whole } : noted('expected an object from GetTicket', ticket)
  } catch (error) {
    if (error instanceof RefusedError) return noted(error.message)
    throw error
  }
}

export type Thread = {
  /** ListTicketNotes as it came; null when it could not be had. */
  entries: Json
  fingerprint: string
  /** Epoch milliseconds of the newest entry; 0 when there is none. */
  newestAt: number
}

export async function fetchThread(
  client: Client,
  { id, status, notes }: { id: string; status: Json; notes: Notes },
): Promise<Thread> {
  try {
    const entries = await client.listTicketNotes(id)
    const times = listOf(entries).map((entry) => timeOf(objectOf(entry)?.CreateTime)?.getTime() ?? 0)
    return { entries, fingerprint: fingerprintOf(status, entries), newestAt: Math.max(0, ...times) }
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof GoneError)) throw error
    const problem = `the thread could not be read: ${error.message}`
    notes.misfits.push({ kind: 'parked', subject: 'thread', externalId: id, field: null, problem, raw: null })
    return { entries: null, fingerprint: fingerprintOf(status, 'unreadable'), newestAt: 0 }
  }
}

/** Gathers what one page brings; people come once. */
export type Catch = { notes: Notes; take(parts: WireParts): void; records(): Records }

export function openCatch(settings: Settings, fetchedAt: Date): Catch {
  const notes = takeNotes()
  const tickets: Records['tickets'] = []
  const agents = new Map<string, Records['agents'][number]>()
  const contacts = new Map<string, Records['contacts'][number]>()
  return {
    notes,
    take(parts) {
      try {
        const mapped = ticketFrom(parts, { settings, notes, fetchedAt })
        tickets.push(mapped.ticket)
        for (const agent of mapped.agents) agents.set(agent.externalId, agent)
        for (const contact of mapped.contacts) contacts.set(contact.externalId, contact)
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        const raw = withoutSignatures(parts.ticket)
        const externalId = idOf(objectOf(parts.ticket)?.TicketId)
        notes.misfits.push({ kind: 'parked', subject: 'ticket', externalId, field: null, problem, raw })
      }
    },
    records: () =>
      records({ tickets, agents: [...agents.values()], contacts: [...contacts.values()], misfits: notes.misfits }),
  }
}

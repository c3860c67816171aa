/** Fetches tickets whole and maps them. One whose thread cannot be had still comes, with what its row in the list says. */
import type { Host, Json, JsonObject, Records } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, mapEach, objectOf, takeNotes } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Reading } from './entry.ts'
import { tagsFrom, ticketFrom, ticketIn } from './map.ts'
import { takePeople } from './people.ts'
import { rawOf, secretKeys } from './raw.ts'
import type { Settings } from './settings.ts'
import type { WireColorReference } from './types.ts'
import { noWords, type Words } from './words.ts'

export type Fetching = {
  /** The tickets of these rows of a list, whole. */
  tickets(rows: readonly Json[]): Promise<Records>
  /** One ticket, whole. Throws GoneError or RefusedError. */
  ticket(id: string): Promise<Records>
  /** The tags; also forgets the lists of statuses and priorities, so that the next need reads them anew. */
  reference(): Promise<Pick<Records, 'tags' | 'misfits'>>
}

export function openFetching(client: Client, settings: Settings, { now }: Pick<Host, 'now'>): Fetching {
  let words: Promise<Words> | null = null

  /** The lists are only read when a reference came as a bare id: others carry their label. */
  async function wordsFor(tickets: readonly JsonObject[]): Promise<Words> {
    if (
      !tickets.some(
        (ticket) => isBare(ticket.sys_status ?? ticket.status) || isBare(ticket.sys_priority ?? ticket.priority),
      )
    )
      return noWords
    words ??= readWords(client, settings).catch((error) => {
      words = null
      throw error
    })
    return words
  }

  async function read(
    found: readonly { ticket: JsonObject; complete: JsonObject | null }[],
    notes = takeNotes(),
  ): Promise<Records> {
    const people = takePeople(settings.labelLanguage)
    const fetchedAt = now()
    const words = await wordsFor(found.map(({ ticket }) => ticket))
    const reading: Reading = { settings, words, notes, people, fetchedAt }
    const tickets = found.flatMap(({ ticket, complete }) =>
      mapEach([ticket], { subject: 'ticket', notes, secretKeys }, () => ticketFrom(ticket, complete, reading)),
    )
    return records({
      departments: [...people.departments.values()],
      agents: [...people.agents.values()],
      contacts: [...people.contacts.values()],
      tickets,
      misfits: notes.misfits,
    })
  }

  return {
    async tickets(rows) {
      const notes = takeNotes()
      const known = mapEach(rows, { subject: 'ticket', notes, secretKeys }, (row) => {
        const ticket = objectOf(row)
        const id = idOf(ticket?.id ?? ticket?.ticket_id)
        if (!ticket || id === null)
          throw new Error(`expected a ticket with an id, got ${JSON.stringify(row).slice(0, 80)}`)
        return { id, ticket }
      })
      const found = await inParallel(known, settings.parallelCalls, async ({ id, ticket }) => {
        try {
          const complete = await client.ticket(id)
          return { ticket: ticketIn(complete) ?? ticket, complete }
        } catch (error) {
          if (!(error instanceof GoneError || error instanceof RefusedError)) throw error
          const problem = `the ticket's thread could not be read: ${error.message}`
          notes.misfits.push({
            kind: 'parked',
            subject: 'thread',
            externalId: id,
            field: null,
            problem,
            raw: rawOf(ticket),
          })
          return { ticket, complete: null }
        }
      })
      return read(found, notes)
    },

    async ticket(id) {
      const complete = await client.ticket(id)
      return read([{ ticket: ticketIn(complete) ?? { id }, complete }])
    },

    async reference() {
      words = null
      const notes = takeNotes()
      const tags = tagsFrom(await client.listEntries(settings.listKeys.tags), { settings, notes })
      return { tags, misfits: notes.misfits }
    },
  }
}

async function readWords(client: Client, { listKeys }: Settings): Promise<Words> {
  const [statuses, priorities] = await Promise.all([
    client.listEntries(listKeys.statuses),
    client.listEntries(listKeys.priorities),
  ])
  return { statuses: byId(statuses), priorities: byId(priorities) }
}

function byId(entries: readonly Json[]): ReadonlyMap<string, WireColorReference> {
  return new Map(
    entries.flatMap((entry) => {
      const reference = objectOf(entry)
      const id = idOf(reference?.id)
      return reference && id !== null ? [[id, reference as WireColorReference] as const] : []
    }),
  )
}

function isBare(value: Json | undefined): boolean {
  if (idOf(value) !== null) return true
  const reference = objectOf(value)
  return reference !== null && idOf(reference.id) !== null && (reference.label ?? reference.name ?? null) === null
}

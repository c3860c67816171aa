/** Finds a ticket that was ordered when the answer to the order was lost. DeskHero keeps no word of ours with a ticket. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { CreateTicket } from '#connectors/operations.ts'
import { idOf, listOf, objectOf, textOf, timeOf, wordOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { hasAllOf } from './body.ts'
import type { Client } from './client.ts'
import type { Looking } from './looking.ts'
import { ticketIn } from './map.ts'
import { idIn } from './pages.ts'
import type { Settings } from './settings.ts'
import { labelOf, typeOf } from './words.ts'

/** More new tickets than these pages hold are not looked through: then it cannot be told. */
const mostPages = 20

/**
 * Looks through the tickets made since, newest first, for this subject and requester. With messages ordered, the first one
 * must be in the thread. Throws RefusedError when it cannot be told: several tickets fit an order without messages, or the
 * only one that fits was left without its messages because the second of the two calls failed.
 */
export async function findTicket(
  { client, looking, settings }: { client: Client; looking: Looking; settings: Settings },
  order: CreateTicket,
  since: Date,
): Promise<string | null> {
  const rows = await newestSince(client, settings, since.getTime() - settings.overlapMs)
  const alike: { id: string; complete: JsonObject }[] = []
  for (const [id, row] of rows) {
    if (!isAlike(row, order, settings)) continue
    const complete = await looking.unlessGone(() => client.ticket(id))
    if (complete && isAlike(ticketIn(complete) ?? {}, order, settings)) alike.push({ id, complete })
  }
  const first = order.messages[0]
  if (!first) {
    if (alike.length > 1)
      throw new RefusedError(`tickets ${alike.map(({ id }) => id).join(', ')} all fit: which one it is cannot be told`)
    return alike[0]?.id ?? null
  }
  // Rows come newest first; the oldest that fits is the one that was made for this order.
  const found = alike.findLast(({ complete }) =>
    listOf(complete.conversations)
      .map(objectOf)
      .some((entry) => wordOf(typeOf, entry?.type) === first.type && hasAllOf(entry?.sys_content_rich, first.body)),
  )
  if (found) return found.id
  const bare = alike.find(({ complete }) => listOf(complete.conversations).length === 0)
  if (bare) throw new RefusedError(`ticket ${bare.id} was made, but its first entries are not there`)
  return null
}

/** Rows of the tickets that were made since, newest first, by id; one that says no time is among them. */
async function newestSince(client: Client, settings: Settings, sinceMs: number): Promise<Map<string, JsonObject>> {
  const { sortKeys, pageSize: take, firstPage, zone } = settings
  const madeMs = (row: Json) => timeOf(objectOf(row)?.created ?? objectOf(row)?.created_at, zone)?.getTime() ?? null
  const found = new Map<string, JsonObject>()
  for (let page = firstPage; page < firstPage + mostPages; page += 1) {
    const { rows } = await client.tickets({ page, take, sortBy: sortKeys.created, order: 'DESC' })
    for (const row of rows) {
      const id = idIn(row)
      if (id !== null && (madeMs(row) ?? sinceMs) >= sinceMs) found.set(id, objectOf(row) ?? {})
    }
    const times = rows.map(madeMs)
    if (rows.length === 0 || times.some((at) => at !== null && at < sinceMs)) return found
  }
  throw new RefusedError(`more than ${mostPages} pages of tickets are newer: whether it was made cannot be told`)
}

/** What the ticket does not say counts as alike, so that nothing is left out without a sound. */
function isAlike(ticket: JsonObject, { fields }: CreateTicket, { ticketFields, labelLanguage }: Settings): boolean {
  const subject = labelOf(ticket[ticketFields.subject] ?? ticket.subject ?? ticket.label, labelLanguage)
  if (subject !== null && subject.trim() !== fields.subject.trim()) return false
  const requester = objectOf(ticket[ticketFields.requester])
  const [id, email] = [idOf(requester?.user_id), textOf(requester?.email)?.trim().toLowerCase()]
  const { externalId, name } = fields.requester
  const wantedMail = (fields.requester.email ?? externalId?.replace(/^mail:/, ''))?.trim().toLowerCase()
  if (id !== null && id !== '0' && id === externalId) return true
  if (email && wantedMail?.includes('@')) return email === wantedMail
  if (id !== null && id !== '0' && externalId !== null && /^\d+$/.test(externalId)) return false
  return name === null || textOf(requester?.name) === null || textOf(requester?.name) === name
}

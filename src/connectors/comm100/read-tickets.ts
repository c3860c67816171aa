/** Tickets as they came → records: fetches what is missing, maps, and keeps what is learned on the way. */
import { type Host, type Json, type JsonObject, type Misfit, type Records, records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { guidOf, listOf, objectOf } from '#connectors/reading.ts'
import { openChannelBook } from './channels.ts'
import type { Client } from './client.ts'
import { wholeTicket } from './fetch-thread.ts'
import { fieldLabelsFrom, tagNamesFrom } from './reference.ts'
import type { Comm100Settings } from './settings.ts'
import { type TicketContext, ticketRecords } from './ticket.ts'

export type TicketReader = {
  /** Names of channels learned so far, GUID → name; belongs into the cursor. */
  learned: Record<string, string>
  rememberTags(tags: Records['tags']): void
  read(
    rows: readonly Json[],
  ): Promise<{ records: Records /** Tickets of which a part could not be had. */; incomplete: Set<Json> }>
}

const threadsAtOnce = 8

export function openTicketReader(client: Client, settings: Comm100Settings, { now }: Pick<Host, 'now'>): TicketReader {
  const learned: Record<string, string> = {}
  let tagNames: Promise<Map<string, string>> | null = null
  let fieldLabels: Promise<Record<string, string>> | null = null

  async function contextFor(rows: readonly Json[]): Promise<TicketContext> {
    const objects = rows.map(objectOf)
    if (objects.some(hasUnnamedTag)) tagNames ??= tagNamesFrom(client)
    if (objects.some((ticket) => ticket?.customFields != null)) fieldLabels ??= fieldLabelsFrom(client)
    return {
      book: openChannelBook({ configured: settings.channelNames, accounts: settings.channelAccountNames, learned }),
      statusMap: settings.statusMap,
      spanUnit: settings.spanUnit,
      noteFormat: settings.noteFormat,
      tagNames: (await tagNames) ?? new Map(),
      fieldLabels: (await fieldLabels) ?? {},
      fetchedAt: now(),
    }
  }

  return {
    learned,
    rememberTags(tags) {
      if (tags.length > 0) tagNames = Promise.resolve(new Map(tags.map(({ externalId, name }) => [externalId, name])))
    },
    async read(rows) {
      const context = await contextFor(rows).catch((error: unknown) => {
        // A failed look-up is tried again next time.
        tagNames = null
        fieldLabels = null
        throw error
      })
      const incomplete = new Set<Json>()
      const read = await inParallel(rows, threadsAtOnce, async (row) => {
        const ticket = objectOf(row)
        const whole = ticket
          ? await wholeTicket(client, ticket, settings)
          : { ticket: row, thread: { messages: [], notes: [] }, misfits: [] as Misfit[] }
        if (whole.misfits.length > 0) incomplete.add(row)
        const found = ticketRecords(whole.ticket, whole.thread, context)
        found.misfits.push(...whole.misfits)
        return found
      })
      const joined = joinRecords(read)
      joined.channels = context.book.records()
      return { records: joined, incomplete }
    },
  }
}

function hasUnnamedTag(ticket: JsonObject | null): boolean {
  const ids = listOf(ticket?.tagIds)
  if (ids.length === 0) return false
  const named = new Set(listOf(ticket?.tags).map((tag) => guidOf(objectOf(tag)?.id)))
  return ids.some((id) => !named.has(guidOf(id)))
}

/** One set of records; whoever appears several times is there once, as last seen. */
export function joinRecords(parts: readonly Records[]): Records {
  // What a later mention leaves out stays as the earlier one said.
  const unique = <Item extends object>(items: Item[], keyOf: (item: Item) => string): Item[] => {
    const found = new Map<string, Item>()
    for (const item of items) found.set(keyOf(item), { ...found.get(keyOf(item)), ...item })
    return [...found.values()]
  }
  const byId = (item: { externalId: string }) => item.externalId
  const byActor = (item: { type: string; externalId: string }) => `${item.type} ${item.externalId}`
  return records({
    channels: unique(
      parts.flatMap((part) => part.channels),
      byId,
    ),
    departments: unique(
      parts.flatMap((part) => part.departments),
      byId,
    ),
    agents: unique(
      parts.flatMap((part) => part.agents),
      byActor,
    ),
    contacts: unique(
      parts.flatMap((part) => part.contacts),
      byActor,
    ),
    tags: unique(
      parts.flatMap((part) => part.tags),
      byId,
    ),
    views: unique(
      parts.flatMap((part) => part.views),
      byId,
    ),
    tickets: unique(
      parts.flatMap((part) => part.tickets),
      byId,
    ),
    misfits: parts.flatMap((part) => part.misfits),
  })
}

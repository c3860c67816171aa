/** Tickets: new ones, their fields, their end, and several made one. */
import type { JsonObject } from '#connectors/contract.ts'
import type {
  CreateTicket,
  MergeTickets,
  OnTicket,
  OutgoingTag,
  Receipt,
  TicketChanges,
  UpdateTicket,
} from '#connectors/operations.ts'
import { idOf, objectOf, takeNotes } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { openChoices, type Reference } from './choices.ts'
import type { Client } from './client.ts'
import type { Looking } from './looking.ts'
import { mergedInto, tagsOf, ticketIn } from './map.ts'
import type { MessageOperations } from './operations-messages.ts'
import { contactFrom } from './outgoing.ts'
import type { Settings } from './settings.ts'
import { numberOf } from './words.ts'
import { manyIn } from './wrapper.ts'

export function ticketOperations(client: Client, looking: Looking, settings: Settings, messages: MessageOperations) {
  const { paths, ticketFields, wrapperKeys } = settings
  const choices = openChoices(client, settings)

  return { createTicket, updateTicket, deleteTicket, mergeTickets }

  /**
   * Two calls, since no field of a ticket holds its first entries: the ticket, then the entries. When the second one is
   * refused the ticket stays, and the error says so. `POST tickets` with a list is ASSUMED after `PUT tickets`.
   */
  async function createTicket(order: CreateTicket): Promise<Receipt> {
    const none = async () => {
      throw new RefusedError('a new ticket has no message to pass on')
    }
    const { tags } = order.fields
    const fields = {
      ...(await propertiesFrom(order.fields)),
      ...(tags && tags.all.length > 0 && { [ticketFields.tags]: await Promise.all(tags.all.map(choices.tag)) }),
    }
    const enclosed = await messages.enclose(order.messages, none)
    const answer = await client.write({ method: 'POST', path: paths.tickets, body: [fields] })
    const made = objectOf(manyIn(answer, wrapperKeys)?.[0])
    const ticketExternalId = idOf(made?.id ?? made?.ticket_id)
    if (ticketExternalId === null)
      throw new TryAgainError(`POST ${paths.tickets}: expected the new ticket with its id, got none`)
    if (order.messages.length === 0) return { ticketExternalId, messages: [] }
    return halfDone(`ticket ${ticketExternalId} was made, but its first entries were refused`, () =>
      messages.postEntries(ticketExternalId, order.messages, enclosed),
    )
  }

  /** `PUT tickets?properties=…` with a list (SEEN). What `properties` does not name stays (INFERRED). */
  async function updateTicket({ ticketExternalId, changes }: UpdateTicket): Promise<Receipt> {
    const fields = { ...(await propertiesFrom(changes)), ...(await tagsAfter(ticketExternalId, changes.tags)) }
    const names = Object.keys(fields)
    if (names.length === 0) return { ticketExternalId }
    const query = new URLSearchParams(names.map((name) => ['properties', name]))
    const body = [{ id: numberOf(ticketExternalId), ...fields }]
    await looking.changing(ticketExternalId, () =>
      client.write({ method: 'PUT', path: `${paths.tickets}?${query}`, body }),
    )
    return { ticketExternalId }
  }

  /** The call is ASSUMED: one ticket in the path, not a list in the query that a wrong name would leave empty. */
  async function deleteTicket({ ticketExternalId }: OnTicket): Promise<Receipt> {
    const path = paths.deleteTicket.replace('{id}', encodeURIComponent(ticketExternalId))
    const isThere = await looking.unlessGone(() => client.ticket(ticketExternalId))
    if (!isThere) return { ticketExternalId }
    try {
      await looking.changing(ticketExternalId, () => client.write({ method: 'DELETE', path }))
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof GoneError)) throw error
    }
    return { ticketExternalId }
  }

  /**
   * `POST tickets/merge` (SEEN). Tickets merged into the target already are left out; one that is gone can only have been
   * merged or removed, so it is left out too.
   */
  async function mergeTickets({ targetExternalId, sourceExternalIds }: MergeTickets): Promise<Receipt> {
    await looking.ticket(targetExternalId)
    const sources: string[] = []
    for (const id of sourceExternalIds) {
      const complete = await looking.unlessGone(() => client.ticket(id))
      const into = complete ? mergedInto(ticketIn(complete) ?? {}) : targetExternalId
      if (into === targetExternalId) continue
      if (into) throw new RefusedError(`ticket ${id} was merged into ticket ${into} before`)
      sources.push(id)
    }
    if (sources.length > 0) {
      const body = {
        merge_to_ticket_id: numberOf(targetExternalId),
        merge_from_ticket_ids: sources.map(numberOf),
      }
      await looking.changing(targetExternalId, () => client.write({ method: 'POST', path: paths.merge, body }))
    }
    return { ticketExternalId: targetExternalId }
  }

  /** By the names of the settings; what DeskHero has no property for is not among them. */
  async function propertiesFrom(changes: TicketChanges): Promise<JsonObject> {
    const { subject, status, rawStatus, priority, category, assignee, departmentExternalId, requester } = changes
    const named: [string, JsonObject | Reference | string | null | undefined][] = [
      [ticketFields.subject, subject],
      [ticketFields.status, await statusFrom(status, rawStatus)],
      [ticketFields.priority, priority && (await choices.priority(priority))],
      [ticketFields.category, category && (await choices.category(category))],
      [ticketFields.assignee, assignee && referenceTo(assignee.externalId, 'user')],
      [ticketFields.department, departmentExternalId && referenceTo(departmentExternalId, 'group')],
      [ticketFields.requester, requester && contactFrom(requester)],
    ]
    return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as JsonObject
  }

  /** The property is the whole set, so what others tagged meanwhile is read first. Nothing when it is as wanted. */
  async function tagsAfter(ticketExternalId: string, changed: TicketChanges['tags']): Promise<JsonObject> {
    if (!changed || changed.added.length + changed.removed.length === 0) return {}
    const complete = await looking.ticket(ticketExternalId)
    const current = tagsOf(ticketIn(complete) ?? {}, { settings, notes: takeNotes() })
    const isSame = (a: OutgoingTag) => (b: OutgoingTag) =>
      a.externalId === b.externalId || a.name.toLowerCase() === b.name.toLowerCase()
    const kept = current.filter((tag) => !changed.removed.some(isSame(tag)))
    const missing = changed.added.filter((tag) => !kept.some(isSame(tag)))
    if (missing.length === 0 && kept.length === current.length) return {}
    return { [ticketFields.tags]: await Promise.all([...kept, ...missing].map(choices.tag)) }
  }

  async function statusFrom(status: TicketChanges['status'], rawStatus: string | undefined) {
    if (rawStatus !== undefined) return choices.rawStatus(rawStatus)
    return status === undefined ? undefined : choices.status(status)
  }
}

/** The second of two calls: when it is refused, the error says that the first one was carried out. */
async function halfDone<Done>(text: string, second: () => Promise<Done>): Promise<Done> {
  try {
    return await second()
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof GoneError)) throw error
    throw new RefusedError(`${text}: ${error.message}`, { ...error.provider, cause: error })
  }
}

/** People known by their mail address only, and the help desk itself, have no id. */
function referenceTo(externalId: string, what: string): Reference {
  if (/^\d+$/.test(externalId)) return { id: numberOf(externalId) }
  throw new RefusedError(`DeskHero refers to a ${what} by its number, ${externalId} is none`)
}

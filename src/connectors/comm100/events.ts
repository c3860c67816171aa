import type { JsonObject, TicketEventRecord } from '#connectors/contract.ts'
import { guidOf, mapEach, type Notes, need, objectOf, textOf, timeOf, wordOf } from '#connectors/reading.ts'
import type { TicketEventType } from '#vocabulary.ts'
import { rawOf, secretKeys } from './body.ts'
import { actorFrom } from './people.ts'
import type { WireTicket } from './types.ts'

const eventLists = ['ticketingEventLog', 'ticketingEventLogs', 'eventLogs', 'eventLog', 'events']

/** The words of the log are not documented either (ASSUMED); whatever is not here stays in the vendor's words. */
const types: Record<string, TicketEventType> = {
  ticketStatusChanged: 'STATUS_CHANGED',
  ticketResolved: 'STATUS_CHANGED',
  ticketReopened: 'STATUS_CHANGED',
  ticketPriorityChanged: 'PRIORITY_CHANGED',
  ticketAssigned: 'ASSIGNMENT_CHANGED',
  ticketDepartmentChanged: 'ASSIGNMENT_CHANGED',
  ticketTagsChanged: 'TAGS_CHANGED',
  ticketSubjectChanged: 'SUBJECT_CHANGED',
  ticketMerged: 'MERGED',
  ticketRecycled: 'RECYCLED',
  ticketRestored: 'RESTORED',
}

/** The shape of the event log is not documented: whatever has a time becomes an event, with everything kept as its detail. */
export function eventsFrom(ticket: WireTicket, ticketId: string, notes: Notes): TicketEventRecord[] | null {
  const list = eventLists.map((name) => (ticket as JsonObject)[name]).find((value) => Array.isArray(value))
  if (!Array.isArray(list)) return null
  return mapEach(list, { subject: 'event', notes, secretKeys }, (item, index) => {
    const wire = need(objectOf(item), 'an event', item)
    const at = need(
      timeOf(wire.time) ?? timeOf(wire.createdTime) ?? timeOf(wire.createTime),
      'an event with a time',
      wire.time,
    )
    const kind = textOf(wire.type) ?? textOf(wire.eventType) ?? textOf(wire.name) ?? textOf(wire.event) ?? 'event'
    const byId = wire.createdById ?? wire.operatorId ?? wire.byId ?? wire.agentId
    const byType = wire.createdByType ?? wire.operatorType ?? wire.byType
    const id = guidOf(wire.id) ?? `${ticketId}:${at.toISOString()}:${kind}:${index}`
    return {
      externalId: id,
      kind,
      type: wordOf(types, kind) ?? 'OTHER',
      at,
      actor: byId == null ? null : actorFrom(byId, byType, { subject: 'event', id, field: 'byType', notes }, 'AGENT'),
      label: textOf(wire.description) ?? textOf(wire.name) ?? labelOf(kind),
      detail: rawOf(wire),
    }
  })
}

/** `pendingInternal` → `Pending internal`. */
export function labelOf(word: string): string {
  const spaced = word.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  )
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

/**
 * The log of a ticket. That there is one is SEEN, as something to `include`; everything in it is ASSUMED: an entry for each
 * thing that changed, with a word, a time, and nobody's name.
 */
import { type Desk, type DeskTicket, guidOf } from '#connectors/sandbox/desk.ts'
import { observe } from '#connectors/sandbox/observing.ts'
import { time } from './sandbox-words.ts'

const words: Partial<Record<keyof DeskTicket, string>> = {
  status: 'ticketStatusChanged',
  priority: 'ticketPriorityChanged',
  assigneeId: 'ticketAssigned',
  departmentId: 'ticketDepartmentChanged',
  tagIds: 'ticketTagsChanged',
  subject: 'ticketSubjectChanged',
  mergedIntoId: 'ticketMerged',
}

type Entry = { word: string; at: Date }
const logs = new WeakMap<DeskTicket, Entry[]>()

/** From now on what changes is written down. */
export function keepEventLogs(desk: Desk): void {
  observe(desk, (change) => {
    const ticket = desk.tickets.get(change.ticketId)
    if (!ticket || change.kind !== 'ticketChanged') return
    const bin = ticket.isRecycled ? 'ticketRecycled' : 'ticketRestored'
    const changed = change.fields.flatMap((field) => (field === 'isRecycled' ? bin : (words[field] ?? [])))
    if (changed.length === 0) return
    logs.set(ticket, [...(logs.get(ticket) ?? []), ...changed.map((word) => ({ word, at: ticket.updatedAt }))])
  })
}

/** Of what was before, only the beginning and the last status are known. */
export function eventsWire(ticket: DeskTicket) {
  const log = logs.get(ticket) ?? []
  const before = [{ word: 'ticketCreated', at: ticket.createdAt }]
  const isStatusLogged = log.some(({ word }) => word === words.status)
  if (!isStatusLogged && ticket.statusChangedAt > ticket.createdAt)
    before.push({ word: 'ticketStatusChanged', at: ticket.statusChangedAt })
  const wire = (kind: string) => (entry: Entry, index: number) => ({
    ...{ id: guidOf(`${kind}:${ticket.id}`, index), ticketId: String(ticket.id) },
    ...{ type: entry.word, time: time(entry.at) },
  })
  return [...before.map(wire('past event')), ...log.map(wire('event'))]
}

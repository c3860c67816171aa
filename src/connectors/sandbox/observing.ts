/** What happens at a desk, told to whoever asked. A desk that nobody observes, as while it is filled, tells nothing. */
import type { TicketStatus } from '#vocabulary.ts'
import type { Desk, DeskTicket } from './desk.ts'

export type DeskChange = { ticketId: number } & (
  | { kind: 'ticketOpened' }
  /** `fields`: names of `DeskTicket`. */
  | { kind: 'ticketChanged'; fields: (keyof DeskTicket)[]; statusBefore: TicketStatus }
  | { kind: 'messageAdded' | 'messageChanged'; messageId: number }
)
type Observer = (change: DeskChange) => void

const observers = new WeakMap<Desk, Set<Observer>>()

/** Calls the observer right after each change; returns how to end it. */
export function observe(desk: Desk, observer: Observer): () => void {
  const known = observers.get(desk) ?? new Set()
  observers.set(desk, known.add(observer))
  return () => known.delete(observer)
}

export function tell(desk: Desk, change: DeskChange): void {
  for (const observer of observers.get(desk) ?? []) observer(change)
}

/** Carries out a change of one ticket and tells which of its fields are others since. */
export function tellingOf<Result>(desk: Desk, ticket: DeskTicket, work: () => Result): Result {
  if (!observers.get(desk)?.size) return work()
  const before = { ...ticket }
  const result = work()
  const fields = (Object.keys(ticket) as (keyof DeskTicket)[]).filter(
    (name) => name !== 'updatedAt' && name !== 'messages' && ticket[name] !== before[name],
  )
  if (fields.length > 0) tell(desk, { kind: 'ticketChanged', ticketId: ticket.id, fields, statusBefore: before.status })
  return result
}

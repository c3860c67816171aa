/**
 * Ticket statuses. Source: ListTickets and GetTicket, 2021-06-10 (SEEN): a number written as text, with a name whose
 * spelling drifts between pages (`wait-feedback`, "handling" for dealing) and, in samples, only a label ("Completed").
 */
import type { Label, TicketRecord } from '#connectors/contract.ts'
import { idOf, type Notes, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'

type Name = 'assigned' | 'dealing' | 'wait_feedback' | 'feedback' | 'wait_confirm' | 'confirmed'

/** We are the customer: what waits for feedback or confirmation waits for us. */
const ourWord: Record<Name, TicketStatus> = {
  assigned: 'NEW',
  dealing: 'PENDING_EXTERNAL',
  wait_feedback: 'PENDING_INTERNAL',
  feedback: 'PENDING_EXTERNAL',
  wait_confirm: 'PENDING_INTERNAL',
  confirmed: 'RESOLVED',
}

const numbers: Record<Name, string> = {
  assigned: '1',
  dealing: '2',
  wait_feedback: '3',
  feedback: '4',
  wait_confirm: '5',
  confirmed: '6',
}

/** Other spellings and labels, and two names of the older interface. */
const aliases: Record<string, Name> = {
  handling: 'dealing',
  in_progress: 'dealing',
  completed: 'confirmed',
}

const names = Object.keys(numbers) as Name[]
const nameByNumber: Record<string, Name> = Object.fromEntries(names.map((name) => [numbers[name], name]))

/** Everything but the final status, as ListTickets wants it asked for. */
export function unfinishedStatuses(filter: 'names' | 'numbers'): string[] {
  const unfinished = names.filter((name) => name !== 'confirmed')
  return filter === 'names' ? unfinished : unfinished.map((name) => numbers[name])
}

/** The status in one word, whichever way it is written; null when there is none. */
export function statusWord(status: unknown): string | null {
  const { raw, label } = labelled(status)
  return nameOf(raw) ?? (raw === null ? nameOf(label) : null) ?? raw ?? label
}

/** Nothing is left to do, in the vendor's own terms, whatever a backend's `statusMap` says. */
export function isFinal(status: unknown): boolean {
  return statusWord(status) === 'confirmed'
}

export function statusFrom(
  status: unknown,
  { ticketId, statusMap, notes }: { ticketId: string; statusMap: Record<string, TicketStatus>; notes: Notes },
): Pick<TicketRecord, 'status' | 'statusDetail'> {
  const { raw, label } = labelled(status)
  const name = statusWord(status)
  const ours = overridden(statusMap, [raw, name, label]) ?? wordOf(ourWord, name)
  if (!ours) notes.unmapped('ticket', ticketId, 'status', status)
  return {
    status: ours ?? 'UNKNOWN',
    statusDetail: { raw: raw ?? label ?? '', label: label ?? name ?? '' },
  }
}

const ourPriority: Record<string, TicketPriority> = { 1: 'NORMAL', 2: 'URGENT' }

/** Severity: 1 normal, 2 urgent. Source: CreateTicket (SEEN). */
export function priorityFrom(
  severity: unknown,
  { ticketId, notes }: { ticketId: string; notes: Notes },
): { priority: TicketPriority | null; priorityDetail: Label | null } {
  const { raw, label } = labelled(severity)
  if (raw === null && label === null) return { priority: null, priorityDetail: null }
  const priority = wordOf(ourPriority, raw) ?? null
  if (!priority) notes.unmapped('ticket', ticketId, 'priority', severity)
  return { priority, priorityDetail: { raw: raw ?? label ?? '', label: label ?? raw ?? '' } }
}

/** The vendor has two severities: what is more than normal is urgent, what is less is normal. */
export function severityFor(priority: TicketPriority | null | undefined): '1' | '2' {
  return priority === 'URGENT' || priority === 'HIGH' ? '2' : '1'
}

/** `{Label, Value}`, or the bare value. */
function labelled(value: unknown): { raw: string | null; label: string | null } {
  const object = objectOf(value)
  return object ? { raw: idOf(object.Value), label: textOf(object.Label) } : { raw: idOf(value), label: null }
}

function nameOf(value: string | null): Name | null {
  if (value === null) return null
  const word = value
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  return nameByNumber[word] ?? aliases[word] ?? names.find((name) => name === word) ?? null
}

/** A backend may name a status by number, name or label; the name stands for its number and the other way round. */
function overridden(statusMap: Record<string, TicketStatus>, words: (string | null)[]): TicketStatus | undefined {
  const candidates = words.flatMap((word) => (word && word in numbers ? [word, numbers[word as Name]] : [word]))
  return candidates.map((word) => wordOf(statusMap, word)).find((found) => found !== undefined)
}

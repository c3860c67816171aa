/** Service levels (Enterprise servers only). Source: applied_sla and sla_events of the conversation view (SEEN). */
import type { Json, SlaRecord } from '#connectors/contract.ts'
import { boolOf, idOf, intOf, listOf, objectOf, textOf, timeOf, wordOf } from '#connectors/reading.ts'
import type { TicketStatus } from '#vocabulary.ts'
import { cleaned } from './raw.ts'
import type { WireConversation } from './types.ts'
import { slaEventNameOf, slaStateOf } from './words.ts'

/** Null when no policy applies. Each event is a missed promise. */
export function slaFrom(
  wire: WireConversation,
  { status, createdAt }: { status: TicketStatus; createdAt: Date },
): SlaRecord | null {
  const applied = objectOf(wire.applied_sla) ?? {}
  const policyId = idOf(wire.sla_policy_id) ?? idOf(applied.sla_id)
  const isApplied = (policyId !== null && policyId !== '0') || applied.sla_status !== undefined
  if (!isApplied) return null
  const events = listOf(wire.sla_events).flatMap((item) => eventFrom(item))
  const missed = events.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0]
  return {
    state: wordOf(slaStateOf, applied.sla_status) ?? (missed ? 'BREACHED' : 'OK'),
    policyName: textOf(applied.sla_name) ?? (policyId ? `Policy ${policyId}` : null),
    dueAt: dueAtFrom(wire, applied, { status, createdAt }),
    breachedAt: missed?.at ?? null,
    events,
  }
}

function eventFrom(item: Json): SlaRecord['events'] {
  const wire = objectOf(item)
  const at = timeOf(wire?.created_at)
  const word = textOf(wire?.event_type)
  return wire && at && word ? [{ name: slaEventNameOf[word] ?? word, at, detail: cleaned(wire) }] : []
}

/**
 * The next open promise: thresholds are seconds from the start, or from when the contact began to wait (INFERRED). Null
 * when only business hours count, which are not on the wire.
 */
function dueAtFrom(
  wire: WireConversation,
  applied: { [key: string]: Json },
  ticket: { status: TicketStatus; createdAt: Date },
): Date | null {
  if (boolOf(applied.sla_only_during_business_hours) || ticket.status === 'RESOLVED') return null
  const startedAt = timeOf(applied.created_at) ?? ticket.createdAt
  const hasReplied = timeOf(wire.first_reply_created_at) !== null
  const promises: [Date | null, Json | undefined][] = [
    [hasReplied ? null : startedAt, applied.sla_first_response_time_threshold],
    [hasReplied ? timeOf(wire.waiting_since) : null, applied.sla_next_response_time_threshold],
    [startedAt, applied.sla_resolution_time_threshold],
  ]
  const due = promises.flatMap(([from, threshold]) => {
    const seconds = intOf(threshold)
    return from && seconds ? [from.getTime() + seconds * 1000] : []
  })
  return due.length > 0 ? new Date(Math.min(...due)) : null
}

/** Our words → Chatwoot's. */
import type { TicketChanges } from '#connectors/operations.ts'
import { wordOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'
import { statusOf } from './words.ts'

export const priorityWord: Record<TicketPriority, string> = {
  LOW: 'low',
  NORMAL: 'medium',
  HIGH: 'high',
  URGENT: 'urgent',
}

const statusWords = ['open', 'resolved', 'pending', 'snoozed'] as const

/**
 * The status that is asked for, in Chatwoot's word; undefined when none is. The words are fixed: an unknown one would
 * end in an internal error there.
 */
export function statusWordIn(
  { status, rawStatus, snoozedUntil }: TicketChanges,
  statusMap: Record<string, TicketStatus>,
): string | undefined {
  const word =
    rawStatus !== undefined ? knownWord(rawStatus) : status !== undefined ? wordFor(status, statusMap) : undefined
  if (snoozedUntil && word !== undefined && word !== 'snoozed')
    throw new RefusedError(`Chatwoot wakes snoozed conversations only, and this one is to be ${word}`)
  return word ?? (snoozedUntil ? 'snoozed' : undefined)
}

function knownWord(raw: string): string {
  const word = statusWords.find((known, index) => known === raw.toLowerCase() || String(index) === raw)
  if (!word) throw new RefusedError(`Chatwoot has no status ${raw}, only ${statusWords.join(', ')}`)
  return word
}

/** Settings may read a word as another status; then it is written so too. */
function wordFor(status: TicketStatus, statusMap: Record<string, TicketStatus>): string {
  const meaning = (word: string) => wordOf(statusMap, word) ?? statusOf[word]
  const fitting = statusWords.filter((word) => meaning(word) === status)
  const word = fitting.find((candidate) => statusOf[candidate] === status) ?? fitting[0]
  if (!word) throw new RefusedError(`Chatwoot has no status for ${status}`)
  return word
}

import type { MessageRecord } from '#connectors/contract.ts'
import { contentHash } from './hash.ts'

/**
 * The hash a message's row has once the record is stored over it; equal to `before` when there is nothing to store. Some
 * vendors give the time of change and the Markdown of a message only while it is the last of its thread (source: Chatwoot's
 * `/messages`), so what a record leaves out keeps its part of the hash: being said no more is no change.
 */
export function messageHash(record: MessageRecord, place: unknown[], before: string | undefined): string {
  const { updatedAt, body, raw, ...own } = record
  const { markdown, ...said } = body
  const rest = contentHash(own, said, place)
  const [time, source, form] = [partOf(updatedAt ?? undefined), partOf(markdown), partOf(raw)]
  const [knownRest, knownTime = '', knownSource = ''] = before?.split('.') ?? []
  if (!before || knownRest !== rest) return [rest, time, source, form].join('.')
  const merged = [rest, time || knownTime, source || knownSource]
  const saysLess = (knownTime !== '' && !time) || (knownSource !== '' && !source)
  // Then its raw form is the poorer one too.
  if (saysLess && before.startsWith(`${merged.join('.')}.`)) return before
  return [...merged, form].join('.')
}

/** Empty for what is left out. 48 bits are plenty to tell two forms of one message apart, and every row carries them. */
function partOf(value: unknown): string {
  return value === undefined ? '' : contentHash(value).slice(0, 12)
}

/**
 * Looks for a ticket whose creation got no answer. The vendor keeps no word of ours with it, so it is known by what it
 * says: the subject in the list, the text in the ticket itself.
 */

import type { CreateTicket } from '#connectors/operations.ts'
import { idOf, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import { gistOf } from './map-note.ts'
import type { Settings } from './settings.ts'

type Source = { client: Client; settings: Settings; now(): Date }
/** Epoch milliseconds; 0 where the vendor does not say. */
type Candidate = { id: string; createdAt: number; says: boolean; isTheirs: boolean }

const mostPages = 100

/**
 * The ticket with the same subject and text; null when none has both.
 * @throws TryAgainError when another text stands under the same subject since then: it may have been changed on the way.
 */
export async function findTicket(source: Source, order: CreateTicket, since: Date): Promise<string | null> {
  try {
    return await lookFor(source, order, since)
  } catch (error) {
    // That it may not be looked up says nothing about whether it is there.
    if (error instanceof RefusedError) throw new TryAgainError(error.message, { ...error.provider, cause: error })
    throw error
  }
}

async function lookFor(
  source: Source,
  { fields, messages: [first] }: CreateTicket,
  since: Date,
): Promise<string | null> {
  const said = gistOf(first?.body.text ?? '')
  const ids = await idsWithSubject(source, fields.subject, since)
  const candidates: Candidate[] = []
  for (const id of ids) {
    const wire = objectOf(await source.client.getTicket(id))
    if (!wire) continue
    const creator = idOf(wire.CreatorId)
    candidates.push({
      id,
      createdAt: timeOf(wire.CreateTime)?.getTime() ?? 0,
      says: gistOf(textOf(wire.Description) ?? '') === said,
      isTheirs: creator === null || fields.requester.externalId === null || creator === fields.requester.externalId,
    })
  }
  const sameText = candidates.filter(({ says }) => says)
  if (sameText.length > 0) return nearest(sameText, since).id
  const doubtful = candidates.find(({ createdAt, isTheirs }) => isTheirs && createdAt >= since.getTime())
  if (!doubtful) return null
  throw new TryAgainError(`${doubtful.id} has the subject but not the text of a new ticket: it may or may not be it`)
}

async function idsWithSubject({ client, settings, now }: Source, subject: string, since: Date): Promise<string[]> {
  const { pageSize, overlapMinutes } = settings
  // The vendor's clock and ours may differ.
  const slackMs = overlapMinutes * 60_000
  const [createdFrom, createdTo] = [since.getTime() - slackMs, now().getTime() + slackMs]
  const found = new Set<string>()
  let rowsSeen = 0
  for (let page = 1; page <= mostPages; page += 1) {
    const { rows, total } = await client.listTickets({ page, pageSize, createdFrom, createdTo })
    for (const row of rows) {
      const wire = objectOf(row)
      const id = idOf(wire?.TicketId)
      // A ticket filed without a title gets one of the vendor's making.
      const isAlike = subject.trim() === '' || textOf(wire?.Title)?.trim() === subject.trim()
      if (id && isAlike) found.add(id)
    }
    rowsSeen += rows.length
    if (rows.length === 0 || (total !== null && rowsSeen >= total)) break
  }
  return [...found]
}

/** Their own before others', then the first one made since, then the last one made before. */
function nearest(candidates: Candidate[], since: Date): Candidate {
  const from = since.getTime()
  const rank = ({ createdAt, isTheirs }: Candidate) => [
    isTheirs ? 0 : 1,
    createdAt >= from ? 0 : 1,
    Math.abs(createdAt - from),
  ]
  const [best] = [...candidates].sort((a, b) => {
    const [ranksA, ranksB] = [rank(a), rank(b)]
    return ranksA.map((value, index) => value - (ranksB[index] ?? 0)).find((difference) => difference !== 0) ?? 0
  })
  return best as Candidate
}

/** One ranked list of tickets, messages and contacts. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type TicketFilterInput, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { ticketOrder } from '#domain/tickets/order.ts'
import { tickets } from '#domain/tickets/table.ts'
import { bothFilters } from '#platform/db/filter.ts'
import { type Page, pageOf } from '#platform/db/page.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { type Mode, templateOf } from '#platform/search/query.ts'
import { isTooShort, patternsOf, runsOf, type SearchText, searchTextOf, type Word } from '#platform/search/words.ts'
import { sha256 } from '#sha256.ts'
import { type Candidate, type Candidates, candidatesOf, type Kind, kinds, type Wanted } from './candidates.ts'
import { correctionOf } from './spelling.ts'

export type SearchInput = {
  query: string
  kinds: Kind[]
  filter: TicketFilterInput | null
  size: number
  after: Candidate | null
}

export type Found = {
  page: Page<Candidate & { words: Word[] }>
  counts: Record<Kind, number>
  isCapped: boolean
  didYouMean: string | null
}

/** A filter that lets through so few tickets is asked first, and only their messages are looked at. */
const fewTickets = 100

/** How words are looked for, and how much a find is worth then. */
type Manner = { words: Word[]; mode: Mode; weight: number }
/** Each has so many ways to be left out, and a person who types so many is content with fewer. */
const mostWordsToLeaveOut = 8

export async function search(context: GraphContext, input: SearchInput): Promise<Found> {
  const text = searchTextOf('query', input.query)
  if (isTooShort(text)) throw badInput('query', 'expected at least 2 characters, or one Chinese one')
  const base = await baseOf(context, text, input)
  const found: Looked = new Map()
  const look = async (wanted: Kind[], { words, mode, weight }: Manner, into: Looked): Promise<void> => {
    const template = words.length > 0 ? templateOf(words, mode) : ''
    const lookAt = async (kind: Kind) => {
      const answer = await candidatesOf(context, kind, { ...base, template, weight })
      take(into, kind, { ...answer, words })
    }
    await Promise.all(wanted.map(lookAt))
  }
  const missing = () => input.kinds.filter((kind) => !found.get(kind)?.count)
  const isNothing = () => missing().length === input.kinds.length
  const without = (words: Word[]) => (text.phrases.length === 0 ? mannersWithout(words) : [])

  // 1. as typed; 2. where nothing is: as it was probably meant; 3. when nothing is anywhere: without some of the words
  const asTyped = look(input.kinds, { words: text.words, mode: 'all', weight: 1 }, found)
  const [correction, ahead] = await Promise.all([
    // Some kind nearly always has nothing, so what was meant is asked for at once.
    correctionOf(context, text),
    // What takes long and has found nothing yet will hardly find anything.
    whenLate(asTyped, () => {
      const [manner] = isNothing() ? without(text.words) : []
      const begun: Looked = new Map()
      return manner && { manner, begun, end: look(input.kinds, manner, begun) }
    }),
    asTyped,
  ])
  const isUnknown = isNothing()
  if (correction && missing().length > 0)
    await look(missing(), { words: correction.words, mode: 'all', weight: 0.5 }, found)
  const didYouMean = isUnknown && correction && !isNothing() ? correction.text : null
  for (const manner of without((correction ?? text).words)) {
    if (!isNothing()) break
    if (ahead?.manner.mode === manner.mode && !correction) {
      await ahead.end
      for (const [kind, answer] of ahead.begun) take(found, kind, answer)
    } else await look(input.kinds, manner, found)
  }
  return { ...merged(found, input), didYouMean }
}

type Answer = Candidates & { words: Word[] }
type Looked = Map<Kind, Answer>

function take(found: Looked, kind: Kind, answer: Answer): void {
  found.set(kind, { ...answer, isCapped: answer.isCapped || (found.get(kind)?.isCapped ?? false) })
}

function mannersWithout(words: Word[]): Manner[] {
  const most: Manner = { words, mode: 'most', weight: 0.35 }
  const any: Manner = { words, mode: 'any', weight: 0.25 }
  return [
    ...(words.length > 2 && words.length <= mostWordsToLeaveOut ? [most] : []),
    ...(words.length > 1 ? [any] : []),
  ]
}

/** Most searches are done by then. */
const patienceMs = 8

/** Begins something else when a work is late. Nobody may need it, so its failure counts where it is waited for. */
async function whenLate<Begun extends { end: Promise<void> }>(
  work: Promise<void>,
  begin: () => Begun | undefined,
): Promise<Begun | undefined> {
  const isDone = await Promise.race([work.then(() => true), sleep(patienceMs, false)])
  const begun = isDone ? undefined : begin()
  begun?.end.catch(() => {})
  return begun
}

/** How many there are of kinds that are not listed. */
export const countsBeside = (context: GraphContext, input: SearchInput, others: Kind[]) =>
  search(context, { ...input, kinds: others, size: 0, after: null })

async function baseOf(
  context: GraphContext,
  text: SearchText,
  { filter, size, after }: SearchInput,
): Promise<Omit<Wanted, 'template' | 'weight'>> {
  const { viewer, now } = context
  const wanted = bothFilters(ticketsVisibleTo(viewer), ticketFilter(filter ?? {}, now, { viewer }))
  const isNarrowed = Object.values(filter ?? {}).some((given) => given != null)
  const among = isNarrowed || viewer.role === 'CONTACT' ? await fewAmong(context, wanted) : null
  return {
    ...{ whole: text.whole, tickets: wanted, isNarrowed, among, size, after },
    phrases: patternsOf(text),
  }
}

/** The ids of the tickets, if they are few. */
async function fewAmong(context: GraphContext, wanted: Wanted['tickets']): Promise<string[] | null> {
  const source = { name: 'search_tickets', table: tickets, columns: { id: tickets.id }, order: ticketOrder(null) }
  const request = { size: fewTickets, fromEnd: false, after: null, before: null }
  const { rows, hasNextPage } = await pageOf(context, source, request, wanted)
  return hasNextPage ? null : rows.map(({ id }) => id)
}

function merged(found: Looked, { size, after }: SearchInput): Omit<Found, 'didYouMean'> {
  const place = (kind: Kind) => kinds.indexOf(kind)
  const all = [...found.values()]
    .flatMap(({ rows, words }) => rows.map((row) => ({ ...row, words })))
    .sort(
      (one, other) => other.score - one.score || place(one.kind) - place(other.kind) || (one.id < other.id ? 1 : -1),
    )
  const positionOf = ({ score, kind, id }: Candidate) => [String(score), kind, id]
  return {
    page: { rows: all.slice(0, size), positionOf, hasNextPage: all.length > size, hasPreviousPage: after !== null },
    counts: Object.fromEntries(kinds.map((kind) => [kind, found.get(kind)?.count ?? 0])) as Record<Kind, number>,
    isCapped: [...found.values()].some(({ isCapped }) => isCapped),
  }
}

/** Names a search, so that a cursor of another one is refused. */
export function nameOfSearch({ query, kinds: wanted, filter }: SearchInput): string {
  const said = JSON.stringify([runsOf(query), query.trim(), wanted, filter])
  return `search ${sha256(said, 'base64url').slice(0, 12)}`
}

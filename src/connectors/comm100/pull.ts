/**
 * The round over an account, as steps over a cursor. A full round: reference lists, contacts, all tickets, then the numbers
 * the list left out. An incremental round: tickets changed since the watermark, then more of the missing numbers.
 */
import { createHash } from 'node:crypto'
import { type Cursor, type Host, type Json, type Page, type Records, records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, intOf, objectOf, timeOf } from '#connectors/reading.ts'
import { GoneError, TryAgainError } from '#errors.ts'
import { rawOf } from './body.ts'
import { type Client, nextLink, rowsOf } from './client.ts'
import { peopleKeys } from './embedded.ts'
import { gapsIn, mostRanges, type Range, takeNewest, withNumber } from './gaps.ts'
import { joinRecords, type TicketReader } from './read-tickets.ts'
import { contactRecords, isTolerable, referenceRecords } from './reference.ts'
import type { Comm100Settings } from './settings.ts'

type Phase = 'reference' | 'contacts' | 'tickets' | 'gaps' | 'idle'

/** Kept as plain JSON. Times are ISO text, stamps epoch milliseconds. */
type State = {
  version: 1
  round: 'full' | 'incremental'
  phase: Phase
  /** The page to ask for next; null: the first of its list. */
  link: string | null
  /** What `time` asks for in this round. */
  since: string
  startedAt: string
  /** The newest `lastUpdatedTime` seen so far, also in earlier rounds. */
  newest: string | null
  /** Tickets near the watermark as last copied: id → [stamp, fingerprint]. What did not change is not fetched again. */
  recent: Record<string, [number, string]>
  done: number
  total: number | null
  /** Fingerprints of the pages of this list, the latest ones. */
  visited: string[]
  emptyPages: number
  /** The list ended before its end: the watermark stays. */
  isCut: boolean
  /** Ticket numbers seen; null: too scattered to keep. */
  seen: Range[] | null
  /** Numbers still to look up. */
  gaps: Range[]
  probesLeft: number
  referenceAt: string
  channelNames: Record<string, string>
}

type PullOptions = { client: Client; reader: TicketReader; settings: Comm100Settings; host: Host }
type Step = { found: Records; state: State }

/** Pages remembered to notice a list that goes in circles. */
const mostVisited = 500
const mostEmptyPages = 3
const probesPerPage = 50
const probesPerIncrementalRound = 50
/** How far beyond the lowest and the highest number seen a full round looks. */
const edge = 2

export async function pullPage(options: PullOptions, cursor: Cursor | null): Promise<Page> {
  const before = begin(options, stateFrom(cursor))
  Object.assign(options.reader.learned, before.channelNames)
  const { found, state } = await steps[before.phase](options, before)
  const next: State = { ...state, channelNames: { ...options.reader.learned } }
  return {
    records: found,
    cursor: next,
    hasMore: next.phase !== 'idle',
    progress: { done: next.done, total: next.total === null ? null : Math.max(next.total, next.done) },
  }
}

const steps: Record<Phase, (options: PullOptions, state: State) => Promise<Step>> = {
  reference: readReference,
  contacts: readContacts,
  tickets: readTickets,
  gaps: readGaps,
  idle: async (_options, state) => ({ found: records(), state }),
}

/** A cursor of another make starts anew. */
function stateFrom(cursor: Cursor | null): State | null {
  return cursor?.version === 1 && Object.hasOwn(steps, String(cursor.phase)) ? (cursor as State) : null
}

function begin({ settings, host }: PullOptions, state: State | null): State {
  if (state && state.phase !== 'idle') return state
  const startedAt = host.now().toISOString()
  const fresh = { link: null, startedAt, done: 0, total: null, visited: [], emptyPages: 0, isCut: false }
  if (state) {
    return {
      ...state,
      ...fresh,
      round: 'incremental',
      phase: 'tickets',
      probesLeft: Math.min(settings.probesPerRound, probesPerIncrementalRound),
    }
  }
  return {
    ...fresh,
    version: 1,
    round: 'full',
    phase: 'reference',
    since: settings.fullSyncSince,
    newest: null,
    recent: {},
    seen: [],
    gaps: [],
    probesLeft: settings.probesPerRound,
    referenceAt: startedAt,
    channelNames: {},
  }
}

async function readReference({ client, reader, settings }: PullOptions, state: State): Promise<Step> {
  const found = await referenceRecords(client, settings.statusMap)
  reader.rememberTags(found.tags)
  return { found, state: { ...state, phase: 'contacts' } }
}

async function readContacts({ client }: PullOptions, state: State): Promise<Step> {
  const done = (found: Records): Step => ({
    found,
    state: { ...state, phase: 'tickets', link: null, visited: [], emptyPages: 0 },
  })
  let answer: Json
  try {
    answer = state.link === null ? await client.contacts() : await client.page(state.link)
  } catch (error) {
    if (!isTolerable(error)) throw error
    return done(parkedPage('contact list', error.message))
  }
  const page = rowsOf(answer, ['contacts'])
  if (page === null) return done(parkedPage('contact list', 'expected a list of contacts, got something else'))
  const found = contactRecords(page.rows)
  const turn = turnPage(client, state, page)
  if (turn.problem) found.misfits.push(...parkedPage('contact list', turn.problem).misfits)
  return turn.link === null ? done(found) : { found, state: { ...state, ...turn.pages, link: turn.link } }
}

async function readTickets(options: PullOptions, state: State): Promise<Step> {
  const { client, reader, settings, host } = options
  const answer = state.link === null ? await client.tickets(state.since) : await client.page(state.link)
  const page = rowsOf(answer, ['tickets'])
  if (page === null)
    throw new TryAgainError(
      `expected { tickets: [] } from the ticket list, got ${JSON.stringify(answer)?.slice(0, 120)}`,
    )

  const rows = page.rows.map((row) => ({
    row,
    id: idOf(objectOf(row)?.id),
    stamp: timeOf(objectOf(row)?.lastUpdatedTime)?.getTime() ?? null,
    print: null as string | null,
  }))
  const newest = rows.reduce(
    (latest, { stamp }) => Math.max(latest, stamp ?? 0),
    state.newest === null ? 0 : Date.parse(state.newest),
  )
  // How far back the next round will look at most. An incremental round keeps all it has until its end, to compare with.
  const isFull = state.round === 'full'
  const floor = isFull ? Math.min(Date.parse(state.startedAt), newest) - settings.overlapMs : Date.parse(state.since)
  const recent = since(state.recent, floor)
  for (const item of rows) {
    if (item.stamp !== null && item.stamp >= floor)
      item.print = fingerprint(JSON.stringify(rawOf(objectOf(item.row) ?? {}, peopleKeys)))
  }
  const isKnown = ({ id, print }: (typeof rows)[number]) => id !== null && print !== null && recent[id]?.[1] === print
  const changed = state.round === 'incremental' ? rows.filter((item) => !isKnown(item)) : rows

  const { records: found, incomplete } = await reader.read(changed.map(({ row }) => row))
  for (const { row, id, stamp, print } of changed) {
    if (id === null || stamp === null || print === null) continue
    if (incomplete.has(row)) delete recent[id]
    else recent[id] = [stamp, print]
  }
  if (state.round === 'incremental' && state.link === null) await refreshReference(options, state, found)

  const turn = turnPage(client, state, page)
  const next: State = {
    ...state,
    ...turn.pages,
    newest: newest > 0 ? new Date(newest).toISOString() : null,
    recent,
    done: state.done + page.rows.length,
    total: intOf(page.total) ?? state.total,
    seen: rows.reduce<Range[] | null>((seen, { id }) => withId(seen, id), state.seen),
    referenceAt: isReferenceStale(options, state) ? state.startedAt : state.referenceAt,
    link: turn.link,
  }
  if (turn.problem) {
    found.misfits.push(...parkedPage('ticket list', turn.problem).misfits)
    next.isCut = next.total === null || next.done < next.total
  }
  if (next.seen === null && state.seen !== null)
    host.log.warn({}, 'ticket numbers are too scattered: missing ones are not looked up')
  return { found, state: turn.link === null ? afterList(options, next) : next }
}

/** In incremental rounds the reference lists are read again now and then, with the first page. */
async function refreshReference(options: PullOptions, state: State, found: Records): Promise<void> {
  if (!isReferenceStale(options, state)) return
  const reference = await referenceRecords(options.client, options.settings.statusMap)
  options.reader.rememberTags(reference.tags)
  Object.assign(found, joinRecords([reference, found]))
}

function isReferenceStale({ settings }: PullOptions, state: State): boolean {
  return (
    state.round === 'incremental' &&
    Date.parse(state.startedAt) - Date.parse(state.referenceAt) >= settings.referenceEveryMs
  )
}

/** The list is at its end: what numbers are missing now? */
function afterList(options: PullOptions, state: State): State {
  const isFull = state.round === 'full'
  const fresh = options.settings.probeGaps && state.seen ? gapsIn(state.seen, isFull ? edge : 0) : []
  const first = state.seen?.[0]?.[0]
  const last = state.seen?.at(-1)?.[1]
  const gaps = [...state.gaps, ...fresh]
  const seen: Range[] | null =
    state.seen === null ? null : first === undefined || last === undefined ? [] : [[first, last]]
  const next: State = { ...state, link: null, visited: [], emptyPages: 0, gaps, seen, phase: 'gaps' }
  return gaps.length > 0 && next.probesLeft > 0 ? next : finish(options, next)
}

/** Recycled and merged tickets are ASSUMED not to be listed, but `GET {id}` finds them. */
async function readGaps(options: PullOptions, state: State): Promise<Step> {
  const { numbers, rest } = takeNewest(state.gaps, Math.min(probesPerPage, state.probesLeft))
  const answers = await inParallel(numbers, 4, async (number) => {
    try {
      return objectOf(await options.client.ticket(String(number)))
    } catch (error) {
      if (error instanceof GoneError || isTolerable(error)) return null
      throw error
    }
  })
  const rows = answers.filter((answer) => answer !== null && idOf(answer.id) !== null)
  const { records: found } = await options.reader.read(rows)
  const probesLeft = state.probesLeft - numbers.length
  const next: State = { ...state, gaps: rest, probesLeft, done: state.done + rows.length }
  return { found, state: rest.length > 0 && probesLeft > 0 ? next : finish(options, next) }
}

/** The watermark never runs ahead of what was seen, nor of the moment the round began, whatever the clocks say. */
function finish({ settings }: PullOptions, state: State): State {
  const newest =
    state.newest === null ? null : Math.min(Date.parse(state.newest), Date.parse(state.startedAt)) - settings.overlapMs
  const isMoving = newest !== null && !state.isCut && newest > Date.parse(state.since)
  const next = isMoving ? new Date(newest).toISOString() : state.since
  return {
    ...state,
    phase: 'idle',
    link: null,
    visited: [],
    since: next,
    recent: since(state.recent, Date.parse(next)),
  }
}

function since(recent: State['recent'], atMs: number): State['recent'] {
  return Object.fromEntries(Object.entries(recent).filter(([, [stamp]]) => stamp >= atMs))
}

type Turn = { link: string | null; pages: Pick<State, 'visited' | 'emptyPages'>; problem: string | null }

/** Follows `nextPage` unless it leads elsewhere, repeats, or brings nothing page after page. */
function turnPage(client: Client, state: State, { rows, nextPage }: { rows: Json[]; nextPage: Json }): Turn {
  const next = nextLink(nextPage, client.base)
  // A page is known by its address and by its tickets: some lists answer their last page for ever, at new addresses.
  const here = fingerprint(rows.map((row) => idOf(objectOf(row)?.id)).join(' '))
  const emptyPages = rows.length === 0 ? state.emptyPages + 1 : 0
  const end = (problem: string | null): Turn => ({ link: null, pages: { visited: [], emptyPages: 0 }, problem })
  if (next.kind === 'none') return end(null)
  if (next.kind === 'foreign') return end(`nextPage leads to ${next.host}; it was not followed`)
  const there = fingerprint(next.link)
  const isRepeating =
    next.link === state.link || state.visited.includes(there) || (rows.length > 0 && state.visited.includes(here))
  if (isRepeating) return end('nextPage repeats; the list ends here')
  if (emptyPages >= mostEmptyPages) return end('nextPage leads from one empty page to the next; the list ends here')
  return {
    link: next.link,
    pages: { visited: [...state.visited, here, there].slice(-2 * mostVisited), emptyPages },
    problem: null,
  }
}

function withId(seen: Range[] | null, id: string | null): Range[] | null {
  if (seen === null || id === null || !/^\d{1,15}$/.test(id)) return seen
  const next = withNumber(seen, Number(id))
  return next.length > mostRanges ? null : next
}

function fingerprint(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 12)
}

function parkedPage(subject: string, problem: string): Records {
  return records({ misfits: [{ kind: 'parked', subject, externalId: null, field: null, problem, raw: null }] })
}

/**
 * The copy as a table of phases. A full round: `reference` → `contacts` (page by page) → `tickets` (25 a page, with
 * their threads). Then each incremental round: `changes` → `backlog` while there is more than one page can take.
 */
import type { Cursor, Json, JsonObject, Misfit, Page, Records } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, mapEach, type Notes, objectOf, takeNotes, timeOf } from '#connectors/reading.ts'
import { GoneError } from '#errors.ts'
import { changedSince } from './changes.ts'
import { contactFrom } from './map-people.ts'
import { secretKeys } from './raw.ts'
import { atOnce, finish, readReference, type Source, ticketsFrom, tolerated } from './read.ts'

type Phase = 'reference' | 'contacts' | 'tickets' | 'changes' | 'backlog'
/** Where a round stands. Times are ISO text. */
type Position = {
  version: 1
  phase: Phase
  page: number
  /** When this round began: the next round reads what changed since. */
  startedAt: string
  /** When the round before began; null in a full round. */
  since: string | null
  /** Ids of the page before: a server that ignores `page` repeats them. */
  previousIds: string[]
  total: number | null
  done: number
  stepsBack: number
  /** Display ids of changed conversations still to be read. */
  backlog: string[]
  referenceAt: string | null
  inboxIds: string[]
}

const contactPagesAtOnce = 4
const changesPerPage = 50
const mostStepsBack = 20
/** Where a server that never ends its list, and never says how long it is, is left. */
const mostConversations = 2_000_000

export async function pull(source: Source, cursor: Cursor | null): Promise<Page> {
  const position = positionOf(cursor) ?? fullRoundFrom(source.host.now())
  return await phases[position.phase](source, position)
}

/** One ticket whole; null when it is gone. */
export async function readTicket(source: Source, displayId: string): Promise<Records | null> {
  try {
    return await ticketsFrom(source, [await source.client.conversation(displayId)], takeNotes(), null)
  } catch (error) {
    if (error instanceof GoneError) return null
    throw error
  }
}

const phases: Record<Phase, (source: Source, position: Position) => Promise<Page>> = {
  async reference(source, position) {
    const { found, inboxIds } = await readReference(source, takeNotes())
    return goOn(found, {
      ...position,
      phase: 'contacts',
      page: 1,
      referenceAt: source.host.now().toISOString(),
      inboxIds,
    })
  },

  async contacts(source, position) {
    const notes = takeNotes()
    const numbers = Array.from({ length: contactPagesAtOnce }, (_, index) => position.page + index)
    const pages = await inParallel(numbers, contactPagesAtOnce, (page) =>
      tolerated('contacts', notes, () => source.client.contacts(page)),
    )
    const rows = pages.flat()
    const contacts = new Map(
      mapEach(rows, { subject: 'contact', notes, secretKeys }, (row) => contactFrom(row)).map((contact) => [
        contact.externalId,
        contact,
      ]),
    )
    const ids = [...contacts.keys()]
    const isOver = pages.some((page) => page.length === 0) || isRepeated(ids, position.previousIds)
    const next = isOver
      ? { ...position, phase: 'tickets' as const, page: 1, previousIds: [] }
      : { ...position, page: position.page + contactPagesAtOnce, previousIds: ids }
    return goOn(finish({ contacts: [...contacts.values()] }, notes), next)
  },

  async tickets(source, position) {
    const { rows, allCount } = await source.client.conversations(position.page, 'created_at_asc')
    const ids = rows.flatMap((row) => idOf(objectOf(row)?.id) ?? [])
    const done = position.done + rows.length
    // A server that turns in a circle is left after twice as many rows as it says it has.
    const isEndless = done > (allCount === null ? mostConversations : 2 * allCount + 100)
    const isCircle = isEndless || isRepeated(ids, position.previousIds) || (ids.length === 0 && position.page > 1)
    if (rows.length === 0) return endOfRound(records(), position, allCount)
    if (isCircle) return endOfRound(records({ misfits: [circleAt(position.page)] }), position, allCount)
    const found = await ticketsFrom(source, rows, takeNotes(), null)
    const back = stepBack(position, allCount, rows.length)
    return goOn(found, {
      ...position,
      page: Math.max(1, position.page + 1 - back),
      previousIds: back > 0 ? [] : ids,
      total: allCount,
      done: Math.max(0, done - back * rows.length),
      stepsBack: position.stepsBack + (back > 0 ? 1 : 0),
    })
  },

  async changes(source, position) {
    const startedAt = source.host.now()
    const since = sinceOf(position, source)
    const rows = await changedSince(source.client, since, startedAt)
    const isWhole = (row: Json) => idOf(objectOf(row)?.id) !== null
    // Rows without an id cannot wait in the backlog: they are parked now.
    const first = [...rows.filter((row) => !isWhole(row)), ...rows.filter(isWhole).slice(0, changesPerPage)]
    const backlog = rows
      .filter(isWhole)
      .slice(changesPerPage)
      .flatMap((row) => idOf(objectOf(row)?.id) ?? [])
    const notes = takeNotes()
    const { found: reference, ...known } = await refreshed(source, position, rows, notes)
    const found = await ticketsFrom(source, first, notes, since)
    const next: Position = {
      ...position,
      ...known,
      startedAt: startedAt.toISOString(),
      backlog,
      done: first.length,
      total: rows.length,
      phase: 'backlog',
    }
    return backlog.length > 0
      ? goOn(merged(reference, found), next)
      : endOfRound(merged(reference, found), next, rows.length)
  },

  async backlog(source, position) {
    const chunk = position.backlog.slice(0, changesPerPage)
    const backlog = position.backlog.slice(changesPerPage)
    // Deleted meanwhile: nothing to bring; the next full round notices.
    const rows = await inParallel(chunk, atOnce, (id) => source.client.conversation(id).catch(nullIfGone))
    const found = await ticketsFrom(
      source,
      rows.filter((row) => row !== null),
      takeNotes(),
      sinceOf(position, source),
    )
    const next = { ...position, backlog, done: position.done + chunk.length }
    return backlog.length > 0 ? goOn(found, next) : endOfRound(found, next, position.total)
  },
}

function goOn(found: Records, next: Position): Page {
  const isCounted = next.phase === 'tickets' || next.phase === 'backlog'
  return {
    records: found,
    cursor: next as JsonObject,
    hasMore: true,
    ...(isCounted ? { progress: { done: next.done, total: next.total } } : {}),
  }
}

function endOfRound(found: Records, position: Position, total: number | null): Page {
  const cursor: Position = {
    ...position,
    phase: 'changes',
    page: 1,
    since: position.startedAt,
    previousIds: [],
    total: null,
    done: 0,
    stepsBack: 0,
    backlog: [],
  }
  return { records: found, cursor: cursor as JsonObject, hasMore: false, progress: { done: position.done, total } }
}

/**
 * Pages are counted by number, so a conversation deleted meanwhile draws later ones onto pages already read: as many
 * pages as could be concerned are read again.
 */
function stepBack(position: Position, allCount: number | null, pageRows: number): number {
  if (position.total === null || allCount === null || position.stepsBack >= mostStepsBack) return 0
  const lost = position.total - allCount
  return lost > 0 ? Math.ceil(lost / pageRows) + 1 : 0
}

function circleAt(page: number): Misfit {
  const problem = `page ${page} of the conversations repeats earlier ones; reading ends there`
  return { kind: 'parked', subject: 'list', externalId: null, field: null, problem, raw: page }
}

function isRepeated(ids: string[], previousIds: string[]): boolean {
  const previous = new Set(previousIds)
  return ids.length > 0 && ids.every((id) => previous.has(id))
}

function sinceOf(position: Position, { settings, host }: Source): Date {
  const since = timeOf(position.since) ?? host.now()
  return new Date(since.getTime() - settings.overlapSeconds * 1000)
}

/** Reference data again, when it is old or a conversation lies in an inbox nobody has heard of. */
async function refreshed(source: Source, position: Position, rows: readonly Json[], notes: Notes) {
  const readAt = timeOf(position.referenceAt)?.getTime() ?? 0
  const now = source.host.now()
  const isDue = now.getTime() - readAt >= source.settings.referenceEverySeconds * 1000
  const known = new Set(position.inboxIds)
  const isNew = rows.some((row) => {
    const id = idOf(objectOf(row)?.inbox_id)
    return id !== null && !known.has(id)
  })
  if (!isDue && !isNew) return { found: records(), referenceAt: position.referenceAt, inboxIds: position.inboxIds }
  return { ...(await readReference(source, notes)), referenceAt: now.toISOString() }
}

function merged(one: Records, other: Records): Records {
  const agents = new Map([...one.agents, ...other.agents].map((agent) => [agent.externalId, agent]))
  return {
    ...one,
    tickets: other.tickets,
    contacts: other.contacts,
    agents: [...agents.values()],
    misfits: [...one.misfits, ...other.misfits],
  }
}

function nullIfGone(error: unknown): null {
  if (error instanceof GoneError) return null
  throw error
}

function fullRoundFrom(now: Date): Position {
  return {
    version: 1,
    phase: 'reference',
    page: 1,
    startedAt: now.toISOString(),
    since: null,
    previousIds: [],
    total: null,
    done: 0,
    stepsBack: 0,
    backlog: [],
    referenceAt: null,
    inboxIds: [],
  }
}

/** Null for a cursor of another version: a full round loses nothing. */
function positionOf(cursor: Cursor | null): Position | null {
  return cursor?.version === 1 && typeof cursor.phase === 'string' && Object.hasOwn(phases, cursor.phase)
    ? (cursor as Position)
    : null
}

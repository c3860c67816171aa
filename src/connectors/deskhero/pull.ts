/**
 * The rounds over a DeskHero account. There is no webhook (INFERRED) and no filter operator is known, so changes are found
 * by sorting: newest change first, read on until what was seen before.
 *
 *   full round   agents → tickets, by id ascending, page by page → then incremental rounds
 *   incremental  tickets by last change, newest first, until the newest change of the round before minus an overlap
 */
import { type Cursor, type Host, type Json, type Page, records } from '#connectors/contract.ts'
import { idOf, mapEach, objectOf, takeNotes, timeOf } from '#connectors/reading.ts'
import { type Client, orNothing } from './client.ts'
import type { Fetching } from './fetching.ts'
import { channels } from './map.ts'
import { idIn, idsOf, isSame, mostPages, openPages, type Place } from './pages.ts'
import { agentFrom, takePeople } from './people.ts'
import { secretKeys } from './raw.ts'
import type { Settings } from './settings.ts'

type Agents = Place & { phase: 'agents' }
type Tickets = Place & { phase: 'tickets' }
/** `since`: the newest change of the round before; `known`: the changes in the overlap read then, `next`: read now. */
type Changes = Place & { phase: 'changes'; since: string | null; known: Known; next: Known }
/** Ticket id → its last change as it was written, and how often it was read with it. */
type Known = { [id: string]: [changed: string, reads: number] }

/** More changes than this in one overlap are read again instead of remembered. */
const mostKnown = 5_000

export type Pull = (cursor: Cursor | null) => Promise<Page>

export function openPull(client: Client, fetching: Fetching, settings: Settings, { log }: Pick<Host, 'log'>): Pull {
  const { sortKeys } = settings
  const { findFirstPage, look } = openPages(client, settings, log)
  const changeOf = (row: Json): string | null => {
    const ticket = objectOf(row)
    return idOf(ticket?.[sortKeys.changed] ?? ticket?.last_updated)
  }
  const msOf = (text: string | null) => timeOf(text, settings.zone)?.getTime() ?? null
  const byId = { sortBy: sortKeys.created, order: 'ASC' } as const
  const byChange = { sortBy: sortKeys.changed, order: 'DESC' } as const

  return async (cursor) => {
    if (cursor === null) return start()
    const place = cursor as Agents | Tickets | Changes
    if (place.phase === 'agents') return agents(place)
    if (place.phase === 'tickets') return tickets(place)
    if (place.phase === 'changes') return changes(place)
    log.warn({ cursor }, 'this place in a round is not understood; a full round starts')
    return start()
  }

  /** Takes the watermark before anything else is read, so that a change during the round is seen by the next one. */
  async function start(): Promise<Page> {
    const firstPage = await findFirstPage()
    const { rows } = await client.tickets({ ...byChange, page: firstPage, take: 1 })
    const newest = newestOf(rows)
    if (rows.length > 0 && newest === null)
      log.warn({ field: sortKeys.changed }, 'tickets carry no time of change: every round will read all of them')
    const next: Agents = { phase: 'agents', firstPage, newest, page: firstPage, before: [], opening: [], done: 0 }
    return { records: records({ channels, ...(await fetching.reference()) }), cursor: next, hasMore: true }
  }

  async function agents(cursor: Agents): Promise<Page> {
    const listed = await orNothing(() => client.users(cursor.page))
    if (!listed) log.warn({}, 'the list of users was refused; agents are known from tickets only')
    const rows = listed?.rows ?? []
    const notes = takeNotes()
    const people = takePeople(settings.labelLanguage)
    const found = mapEach(rows, { subject: 'agent', notes, secretKeys }, (row) => agentFrom(row, people))
    const ids = idsOf(rows)
    const isOver =
      rows.length === 0 ||
      isSame(ids, cursor.before) ||
      isSame(ids, cursor.opening) ||
      cursor.page - cursor.firstPage >= mostPages
    const { firstPage, newest } = cursor
    const next: Agents | Tickets = isOver
      ? { phase: 'tickets', firstPage, newest, page: firstPage, before: [], opening: [], done: 0 }
      : { ...cursor, page: cursor.page + 1, before: ids, opening: cursor.opening.length > 0 ? cursor.opening : ids }
    const fresh = { agents: found, departments: [...people.departments.values()], misfits: notes.misfits }
    return { records: records(fresh), cursor: next, hasMore: true }
  }

  async function tickets(cursor: Tickets): Promise<Page> {
    const { fresh, ids, isOver, total } = await look(cursor, byId)
    const found = await fetching.tickets(fresh)
    const done = cursor.done + fresh.length
    const { firstPage, newest } = cursor
    const next: Tickets | Changes = isOver
      ? changesSince(newest, firstPage, {})
      : { ...cursor, ...onward(cursor, ids), done }
    return { records: found, cursor: next, hasMore: !isOver, progress: { done, total } }
  }

  async function changes(cursor: Changes): Promise<Page> {
    const looked = await look(cursor, byChange)
    const newest = cursor.page === cursor.firstPage ? later(newestOf(looked.rows), cursor.since) : cursor.newest
    const sinceMs = msOf(cursor.since)
    const cutMs = sinceMs === null ? null : sinceMs - settings.overlapMs
    const rows = cutMs === null ? looked.fresh : looked.fresh.filter((row) => (msOf(changeOf(row)) ?? cutMs) >= cutMs)
    const fresh = rows.filter((row) => !isSettled(row, cursor.known))
    const found = await fetching.tickets(fresh)

    const times = looked.rows.map((row) => msOf(changeOf(row)))
    const isOld = cutMs !== null && isDescending(times) && (times.at(-1) as number) < cutMs
    if (cutMs !== null && times.length > 1 && !isDescending(times))
      log.warn({}, 'tickets came in another order than asked for: all pages are looked through')
    const next = remember(cursor, rows, newest)
    if (looked.isOver || isOld) {
      return {
        records: found,
        cursor: changesSince(newest, cursor.firstPage, next),
        hasMore: false,
        progress: { done: cursor.done + fresh.length, total: null },
      }
    }
    const onwards: Changes = {
      ...cursor,
      ...onward(cursor, looked.ids),
      newest,
      next,
      done: cursor.done + fresh.length,
    }
    return { records: found, cursor: onwards, hasMore: true, progress: { done: onwards.done, total: null } }
  }

  /**
   * Read before and unchanged. Where times have whole seconds a second change may hide behind an equal time, so such a
   * ticket is read in two rounds before it counts as settled.
   */
  function isSettled(row: Json, known: Known): boolean {
    const id = idIn(row)
    const changed = changeOf(row)
    const [knownChange, reads] = (id !== null && Object.hasOwn(known, id) && known[id]) || [null, 0]
    return changed !== null && changed === knownChange && (reads >= 2 || /[.,]\d*[1-9]/.test(changed))
  }

  function remember({ known, next }: Changes, rows: readonly Json[], newest: string | null): Known {
    const fromMs = (msOf(newest) ?? 0) - settings.overlapMs
    const remembered = rows.flatMap((row): [string, Known[string]][] => {
      const id = idIn(row)
      const changed = changeOf(row)
      const changedMs = msOf(changed)
      if (id === null || changed === null || changedMs === null || changedMs < fromMs) return []
      const reads = Object.hasOwn(known, id) && known[id]?.[0] === changed ? known[id][1] : 0
      return [[id, [changed, Math.min(reads + 1, 2)]]]
    })
    return Object.fromEntries([...Object.entries(next), ...remembered].slice(-mostKnown))
  }

  function newestOf(rows: readonly Json[]): string | null {
    return rows.map(changeOf).reduce((last, next) => later(next, last), null)
  }

  function later(one: string | null, other: string | null): string | null {
    const [oneMs, otherMs] = [msOf(one), msOf(other)]
    return oneMs === null ? (otherMs === null ? null : other) : otherMs !== null && otherMs >= oneMs ? other : one
  }
}

const changesSince = (since: string | null, firstPage: number, known: Known): Changes => ({
  phase: 'changes',
  firstPage,
  newest: null,
  page: firstPage,
  before: [],
  opening: [],
  done: 0,
  since,
  known,
  next: {},
})

const onward = ({ page, opening }: Place, ids: string[]) => ({
  page: page + 1,
  before: ids,
  opening: opening.length > 0 ? opening : ids,
})

/** False when a time is missing: then the order proves nothing. */
function isDescending(times: readonly (number | null)[]): boolean {
  return (
    times.length > 0 &&
    times.every((time, index) => time !== null && (index === 0 || time <= (times[index - 1] as number)))
  )
}

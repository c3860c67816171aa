/**
 * The rounds of the copy, as steps over a cursor.
 *
 *     full:     connections → contacts, page by page → tickets, page by page
 *     changes:  connections → new tickets → messages changed since → sweep of some pages of the list
 *
 * OneBox has no "tickets changed since". New tickets and changed messages are asked for; what changes a ticket without
 * a message is found by comparing the ModifyDate of list rows, `sweepPages` pages a round: a sweep over everything
 * takes ⌈tickets / (100 × sweepPages)⌉ rounds and then starts again.
 */
import type { Cursor, Host, Json, Page, Records } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { idOf, objectOf, takeNotes, textOf, timeOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Client, Found } from './client.ts'
import { wallClock } from './clock.ts'
import type { Names } from './names.ts'
import { channelsFrom, contactsFrom } from './people.ts'
import { next, type Place, startAfter } from './place.ts'
import type { Settings } from './settings.ts'
import type { Contact, Message, TicketRow } from './types.ts'
import { fetchTickets, joined, type Wanted } from './whole.ts'

type Phase = 'contacts' | 'tickets' | 'rest' | 'new' | 'messages' | 'sweep'

type State = {
  /** `rest`: a round is over, the next pull starts a round of changes. */
  phase: Phase
  place: Place
  /** When this round started, before its first call. ISO 8601, as all times here. */
  startedAt: string
  /** Changes are asked for from here on: the start of the last round. */
  since: string
  newestTicketId: string
  done: number
  /** Tickets this round of changes fetched already. */
  fetched: string[]
  sweep: { place: Place; startedAt: string | null; since: string; pagesLeft: number }
  /** ModifyDate by `t` + ticket or `m` + message, for those within the overlap that were fetched in that state. */
  recent: Record<string, string>
}

/** What one step brought: tickets to fetch, and the state after them. */
type Step = { wanted: Wanted[]; reference: Records; after: State; progress?: Page['progress'] }

const listPageSize = 100
const mostRecent = 1000
const start = '0'
/** A change younger than this may be followed by another in the same second. */
const settledMs = 5_000

export function pulling({
  client,
  settings,
  names,
  now,
  log,
}: {
  client: Client
  settings: Settings
  names: Names
  log: Host['log']
  now: () => Date
}) {
  const { pageSize, zone, overlapMs, sweepPages } = settings
  /** Contacts the list of this full round brought. */
  const listed = new Map<string, Contact | null>()
  const timeIn = (value: Json | undefined) => timeOf(value, zone)?.getTime() ?? null
  const ask = (place: Place, limit: number) => ({ sinceId: place.sinceId, limit, offset: place.offset })

  async function connections(): Promise<Records> {
    const notes = takeNotes()
    const rows: Json[] = []
    for (let place: Place | null = startAfter(start); place; ) {
      const found: Found = await client.findConnections(ask(place, listPageSize))
      rows.push(...found.rows)
      place = next(place, found)
    }
    return records({ channels: channelsFrom(rows, settings, notes), misfits: notes.misfits })
  }

  // ---------------------------------------------------------------- the full round

  async function fullRound(): Promise<Step> {
    const startedAt = now().toISOString()
    listed.clear()
    const sweep = { place: startAfter(start), startedAt: null, since: startedAt, pagesLeft: 0 }
    const state: State = {
      phase: 'contacts',
      place: startAfter(start),
      startedAt,
      since: startedAt,
      newestTicketId: start,
      done: 0,
      fetched: [],
      sweep,
      recent: {},
    }
    return { wanted: [], reference: await connections(), after: state }
  }

  /** That contacts can be listed is ASSUMED: where they cannot, they come with the tickets. */
  async function contactsStep(state: State): Promise<Step> {
    const notes = takeNotes()
    const found = await client.findContacts(ask(state.place, listPageSize)).catch((error: unknown): Found => {
      if (!(error instanceof GoneError || error instanceof RefusedError)) throw error
      log.debug({ error }, 'contacts cannot be listed')
      return { rows: [], total: 0 }
    })
    for (const row of found.rows) {
      const contact = objectOf(row)
      const id = idOf(contact?.Id)
      if (id !== null) listed.set(id, contact)
    }
    const place = next(state.place, found)
    const after: State = place ? { ...state, place } : { ...state, phase: 'tickets', place: startAfter(start) }
    return {
      wanted: [],
      reference: records({ contacts: contactsFrom(found.rows, notes), misfits: notes.misfits }),
      after,
    }
  }

  async function ticketsStep(state: State): Promise<Step> {
    const found = await client.findTickets(ask(state.place, pageSize))
    const { wanted, reference } = wantedIn(found.rows)
    const place = next(state.place, found)
    const done = state.done + wanted.length
    const after = { ...state, done, newestTicketId: newest(state.newestTicketId, wanted) }
    const progress = { done, total: state.place.total ?? found.total }
    return { wanted, reference, after: place ? { ...after, place } : rested(after), progress }
  }

  // ---------------------------------------------------------------- a round of changes

  async function changesRound(state: State): Promise<Step> {
    const startedAt = now().toISOString()
    listed.clear()
    const after: State = {
      ...state,
      phase: 'new',
      place: startAfter(state.newestTicketId),
      startedAt,
      done: 0,
      fetched: [],
      sweep: { ...state.sweep, pagesLeft: sweepPages },
      recent: stillRecent(state),
    }
    return { wanted: [], reference: await connections(), after }
  }

  async function newStep(state: State): Promise<Step> {
    const found = await client.findTickets(ask(state.place, pageSize))
    const { wanted, reference } = wantedIn(found.rows)
    const fresh = wanted.filter(({ id }) => !(Number(id) <= Number(state.newestTicketId)))
    // A page without anything new: the list does not heed `sinceId`, and the sweep has to find what is new.
    const place = fresh.length > 0 ? next(state.place, found) : null
    const after: State = { ...state, newestTicketId: newest(state.newestTicketId, fresh) }
    return {
      wanted: fresh,
      reference,
      after: place
        ? { ...after, place }
        : { ...after, phase: 'messages', place: startAfter(start, { byOffset: true }) },
    }
  }

  async function messagesStep(state: State): Promise<Step> {
    const lastUpdate = wallClock(new Date(Date.parse(state.since) - overlapMs), zone).slice(0, 16)
    const found = await client.findMessages({ lastUpdate, limit: listPageSize, offset: state.place.offset })
    const notes = takeNotes()
    const recent = { ...state.recent }
    const changed = new Set<string>()
    let isWithoutTicket = false
    for (const row of found.rows) {
      const message: Message = objectOf(row) ?? {}
      const id = idOf(message.Id)
      const ticketId = idOf(message.ObjectId)
      if (textOf(message.ObjectName)?.toLowerCase() !== 'ticket' || ticketId === null) {
        isWithoutTicket ||= message.ObjectName === undefined || message.ObjectId === undefined
        continue
      }
      const modified = textOf(message.ModifyDate)
      if (modified !== null && recent[`m${id}`] === modified) continue
      changed.add(ticketId)
      if (modified !== null && isSettled(modified, state)) recent[`m${id}`] = modified
    }
    // Rows with their ticket are SEEN in threads only; without them the sweep is what finds changes.
    if (isWithoutTicket)
      notes.unmapped('message', null, 'ObjectId', 'rows of GET /api/message do not name their ticket')
    const wanted = [...changed].filter((id) => !state.fetched.includes(id)).map((id) => ({ id, row: null }))
    const place = next(state.place, found)
    const after: State = place ? { ...state, recent, place } : { ...state, recent, phase: 'sweep' }
    return { wanted, reference: records({ misfits: notes.misfits }), after }
  }

  async function sweepStep(state: State): Promise<Step> {
    const { sweep } = state
    if (sweep.pagesLeft <= 0) return { wanted: [], reference: records(), after: rested(state) }
    const found = await client.findTickets(ask(sweep.place, listPageSize))
    const { wanted, reference } = wantedIn(found.rows)
    const horizon = Date.parse(sweep.since) - overlapMs
    const changed = wanted.filter(({ id, row }) => {
      const modified = textOf(row?.ModifyDate) ?? textOf(row?.CreateDate)
      const isKnown = modified !== null && state.recent[`t${id}`] === modified
      return !isKnown && (timeIn(modified) ?? 0) >= horizon && !state.fetched.includes(id)
    })
    const startedAt = sweep.startedAt ?? state.startedAt
    const place = next(sweep.place, found)
    if (place)
      return {
        wanted: changed,
        reference,
        after: { ...state, sweep: { ...sweep, place, startedAt, pagesLeft: sweep.pagesLeft - 1 } },
      }
    // Once around: the next sweep looks for what changed since this one started.
    const again = { place: startAfter(start), startedAt: null, since: startedAt, pagesLeft: 0 }
    return { wanted: changed, reference, after: { ...state, sweep: again } }
  }

  // ---------------------------------------------------------------- what the steps share

  function wantedIn(rows: Json[]): { wanted: Wanted[]; reference: Records } {
    const reference = records()
    const wanted = new Map<string, Wanted>()
    for (const row of rows) {
      const id = idOf(objectOf(row)?.Id)
      if (id !== null) wanted.set(id, { id, row: objectOf(row) as TicketRow })
      else
        reference.misfits.push({
          kind: 'parked',
          subject: 'ticket',
          externalId: null,
          field: null,
          problem: 'expected a list row with an Id',
          raw: row,
        })
    }
    return { wanted: [...wanted.values()], reference }
  }

  function rested(state: State): State {
    return { ...state, phase: 'rest', place: startAfter(start), since: state.startedAt, fetched: [], done: 0 }
  }

  function isSettled(modified: string, state: State): boolean {
    return (timeIn(modified) ?? Number.POSITIVE_INFINITY) < Date.parse(state.startedAt) - settledMs
  }

  function stillRecent({ recent, since, sweep }: State): State['recent'] {
    const horizon = Math.min(Date.parse(since), Date.parse(sweep.since)) - overlapMs - 60_000
    return Object.fromEntries(
      Object.entries(recent)
        .filter(([, modified]) => (timeIn(modified) ?? 0) >= horizon)
        .slice(-mostRecent),
    )
  }

  function remember(state: State, { tickets }: Records): State {
    const recent = { ...state.recent }
    for (const { externalId, raw } of tickets) {
      const modified = textOf(objectOf(raw)?.ModifyDate)
      if (modified !== null && isSettled(modified, state)) recent[`t${externalId}`] = modified
    }
    const fetched = [...state.fetched, ...tickets.map(({ externalId }) => externalId)].slice(-mostRecent)
    return { ...state, recent, fetched }
  }

  const stepOf: Record<Phase, (state: State) => Promise<Step>> = {
    contacts: contactsStep,
    tickets: ticketsStep,
    rest: changesRound,
    new: newStep,
    messages: messagesStep,
    sweep: sweepStep,
  }

  return async function pull(cursor: Cursor | null): Promise<Page> {
    let state = cursor && Object.hasOwn(stepOf, String(cursor.phase)) ? (cursor as State) : null
    const isFull = state === null || state.phase === 'contacts' || state.phase === 'tickets'
    const parts: Records[] = []
    // A round of changes mostly finds nothing: it goes on within one page until it has found something or is over.
    for (;;) {
      const step: Step = state === null ? await fullRound() : await stepOf[state.phase](state)
      const contacts = isFull ? listed : new Map<string, Contact | null>()
      const tickets = await fetchTickets(step.wanted, { client, settings, names, contacts, now })
      parts.push(step.reference, tickets)
      state = isFull ? step.after : step.after.phase === 'rest' ? step.after : remember(step.after, tickets)
      const hasMore = state.phase !== 'rest'
      if (!isFull && hasMore && step.wanted.length === 0) continue
      const { progress } = step
      return { records: joined(parts), cursor: state, hasMore, ...(progress ? { progress } : {}) }
    }
  }
}

function newest(id: string, wanted: Wanted[]): string {
  return wanted.reduce((highest, one) => (Number(one.id) > Number(highest) ? one.id : highest), id)
}

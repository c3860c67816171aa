/**
 * A round over the tickets, as a state machine over its cursor.
 *
 * The vendor can filter by creation time and by status only, and its rows carry no times. So a full round walks one
 * window of creation over everything. An incremental round walks four steps: `new` (created since the last round),
 * `open` (every unfinished ticket), `missing` (remembered as unfinished but no longer listed: closed, or older than the
 * look-back window) and `closed` (recently closed ones: new messages, reopened). A ticket is sent again only when its
 * fingerprint differs from the one remembered in the cursor. A row tells the status; for the rest the thread has to be
 * read, so where there are more unfinished tickets than the settings allow to read in a round, they take turns.
 *
 * The cursor stays bounded: it remembers at most 5,000 unfinished tickets (about 35 bytes each) and 100 closed ones. What
 * is forgotten is only sent again (unfinished) or looked at by the next full round (closed).
 */
import type { Cursor, Json, Page } from '#connectors/contract.ts'
import { idOf, mapEach, need, objectOf, takeNotes } from '#connectors/reading.ts'
import type { Client } from './client.ts'
import { channelFrom, statusMark } from './map.ts'
import type { Settings } from './settings.ts'
import { isFinal, unfinishedStatuses } from './statuses.ts'
import { type Catch, fetchThread, fetchTicket, inParallel, openCatch } from './tickets.ts'

export type Source = { client: Client; settings: Settings; now(): Date }

type ListStep = 'all' | 'new' | 'open'
type Step = ListStep | 'missing' | 'closed'

/** Epoch milliseconds throughout. */
type Round = {
  v: 1
  step: Step
  /** When the round began: the next one looks for what was created since. */
  startedAt: number
  /** The start of the round before; null in a full round. */
  since: number | null
  page: number
  /** How many rows this list has shown, and which on its last page. */
  rowsSeen: number
  lastRows: string
  done: number
  /** Fingerprints of unfinished tickets from the last round that this round has not met yet. */
  open: Record<string, string>
  /** Those that it has met. */
  met: Record<string, string>
  /** Fingerprint and newest activity of tickets closed lately. */
  closed: Record<string, [string, number]>
  /** Whose turn it is to have their threads read, of how many groups; and who changed last and needs no turn. */
  turn: number
  groups: number
  lively: string[]
}
type Rest = { v: 1; step: 'start'; since: number } & Pick<Round, 'open' | 'closed' | 'turn' | 'lively'>

const mostOpen = 5_000
const mostClosed = 100
const mostLively = 100
/** Ends a list whose count is nonsense and whose pages never repeat. */
const mostPages = 10_000
const dayMs = 86_400_000

export async function pullPage(source: Source, cursor: Cursor | null): Promise<Page> {
  const round = roundFrom(cursor, source)
  const caught = openCatch(source.settings)
  const { next, total } =
    round.step === 'missing'
      ? await missingStep(source, round, caught)
      : round.step === 'closed'
        ? await closedStep(source, round, caught)
        : await listStep(source, { ...round, step: round.step }, caught)
  const page = caught.records()
  if (round.step === 'all' && round.page === 1) page.channels.push(channelFrom(source.settings))
  const done = round.done + page.tickets.length
  const progress = { done, total: round.since === null ? total : null }
  if (next === null) return { records: page, cursor: restAfter(round), hasMore: false, progress }
  return { records: page, cursor: { ...next, done }, hasMore: true, progress }
}

/** Begins where the last round ended; a cursor of an unknown form begins anew. The maps are copies, free to change. */
function roundFrom(cursor: Cursor | null, { settings, now }: Source): Round {
  const startedAt = now().getTime()
  const begin = { v: 1, startedAt, page: 1, rowsSeen: 0, lastRows: '', done: 0, met: {} } as const
  const known = (cursor?.v === 1 ? cursor : null) as (Round | Rest) | null
  if (known === null)
    return { ...begin, step: 'all', since: null, open: {}, closed: {}, turn: 0, groups: 1, lively: [] }
  const maps = { open: { ...known.open }, closed: { ...known.closed }, lively: [...known.lively] }
  if (known.step !== 'start') return { ...known, ...maps, met: { ...known.met } }
  const groups = Math.max(1, Math.ceil(Object.keys(known.open).length / settings.threadChecksPerRound))
  return { ...begin, ...maps, step: 'new', since: known.since, turn: known.turn, groups }
}

function restAfter({ startedAt, met, closed, turn, lively }: Round): Rest {
  const maps = { open: newestOpen(met), closed: newestClosed(closed) }
  return { v: 1, step: 'start', since: startedAt, ...maps, turn: turn + 1, lively: lively.slice(0, mostLively) }
}

type Stepped = { next: Round | null; total: number | null }
const stepAfter: Record<ListStep, Step | null> = { all: null, new: 'open', open: 'missing' }

async function listStep(
  { client, settings }: Source,
  round: Round & { step: ListStep },
  caught: Catch,
): Promise<Stepped> {
  const list = await client.listTickets({
    page: round.page,
    pageSize: settings.pageSize,
    createdFrom: createdFrom(round, settings),
    createdTo: round.startedAt + overlapMs(settings),
    ...(round.step === 'open' ? { statuses: unfinishedStatuses(settings.statusFilter) } : {}),
  })
  const { rows, total } = list
  const tickets = mapEach(rows, { subject: 'ticket', notes: caught.notes }, identify)
  await inParallel(tickets, (ticket) => examine(client, round, { ...ticket, caught }))

  const rowsSeen = round.rowsSeen + rows.length
  const lastRows = tickets.map(({ id }) => id).join(' ')
  const isRepeated = lastRows !== '' && lastRows === round.lastRows
  // Both counts, since a vendor may hand out shorter pages than were asked for.
  const isComplete = total !== null && rowsSeen >= total && round.page * (list.pageSize ?? settings.pageSize) >= total
  const isOver = rows.length === 0 || isRepeated || isComplete || round.page >= mostPages
  forget(round)
  if (!isOver) return { next: { ...round, page: round.page + 1, rowsSeen, lastRows }, total }
  const step = stepAfter[round.step]
  return { next: step && { ...round, step, page: 1, rowsSeen: 0, lastRows: '' }, total }
}

function createdFrom({ step, since, startedAt }: Round, { createdSince, lookBackDays, ...settings }: Settings): number {
  const always = Date.parse(createdSince)
  if (step === 'new' && since !== null) return since - overlapMs(settings)
  return step === 'open' && lookBackDays ? Math.max(always, startedAt - lookBackDays * dayMs) : always
}

/** Fetches what a row is about and sends it on when it differs from what is remembered. A full round sends everything. */
async function examine(
  client: Client,
  round: Round,
  { id, row, status, caught }: Row & { caught: Catch },
): Promise<void> {
  const everything = round.since === null
  const remembered = round.met[id] ?? round.open[id] ?? round.closed[id]?.[0]
  const hasSameStatus = remembered?.startsWith(statusMark(status)) ?? false
  if (!everything && hasSameStatus && round.met[id] !== undefined) return
  if (!everything && hasSameStatus && round.open[id] !== undefined && !isDue(round, id)) return keep(round, id)
  const early = everything ? fetchTicket(client, { id, row, notes: caught.notes }) : null
  const [thread, ticketAtOnce] = await Promise.all([fetchThread(client, { id, status, notes: caught.notes }), early])
  if (!everything && thread.fingerprint === remembered) return file(round, { id, status, ...thread })
  const ticket = ticketAtOnce ?? (await fetchTicket(client, { id, row, notes: caught.notes }))
  caught.take({ ticket, thread: thread.entries })
  file(round, { id, status, ...thread })
  if (!everything) round.lively.unshift(id)
}

function isDue({ groups, turn, lively }: Round, id: string): boolean {
  return groups === 1 || groupOf(id, groups) === turn % groups || lively.includes(id)
}

/** Always the same for the same id and count, and about equally many in each. */
function groupOf(id: string, groups: number): number {
  let sum = 0
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003
  return sum % groups
}

function keep(round: Round, id: string): void {
  round.met[id] = round.open[id] ?? ''
  delete round.open[id]
}

/** Remembered as unfinished, yet not listed as such: each is asked for by itself. */
async function missingStep({ client, settings }: Source, round: Round, caught: Catch): Promise<Stepped> {
  const ids = Object.keys(round.open).slice(0, settings.pageSize)
  await inParallel(ids, async (id) => {
    const ticket = await fetchTicket(client, { id, row: null, notes: caught.notes })
    const remembered = round.open[id]
    delete round.open[id]
    if (ticket === null) return
    const status = objectOf(ticket)?.Status ?? null
    const thread = await fetchThread(client, { id, status, notes: caught.notes })
    if (thread.fingerprint !== remembered) caught.take({ ticket, thread: thread.entries })
    file(round, { id, status, ...thread })
  })
  const hasMore = Object.keys(round.open).length > 0
  return { next: { ...round, step: hasMore ? 'missing' : 'closed' }, total: null }
}

/** New messages on tickets closed lately, and whether they were reopened. Closed ones are few, so this is one page. */
async function closedStep({ client, settings }: Source, round: Round, caught: Catch): Promise<Stepped> {
  await inParallel(Object.entries(round.closed), async ([id, [remembered, activity]]) => {
    if (activity < closedSince(round, settings)) return void delete round.closed[id]
    const asClosed = await fetchThread(client, { id, status: 'confirmed', notes: takeNotes() })
    if (asClosed.fingerprint === remembered) return
    const ticket = await fetchTicket(client, { id, row: null, notes: caught.notes })
    delete round.closed[id]
    if (ticket === null) return
    const status = objectOf(ticket)?.Status ?? null
    const thread = await fetchThread(client, { id, status, notes: caught.notes })
    caught.take({ ticket, thread: thread.entries })
    file(round, { id, status, ...thread })
  })
  return { next: null, total: null }
}

type Row = { id: string; row: Json; status: Json }

function identify(row: Json): Row {
  const wire = need(objectOf(row), 'a row of a ticket', row)
  return { id: need(idOf(wire.TicketId), 'a TicketId', wire), row, status: wire.Status ?? null }
}

/** Puts a ticket where the next round looks for it. */
function file(
  round: Round,
  { id, status, fingerprint, newestAt }: { id: string; status: Json; fingerprint: string; newestAt: number },
): void {
  delete round.open[id]
  delete round.met[id]
  delete round.closed[id]
  if (isFinal(status)) round.closed[id] = [fingerprint, newestAt]
  else round.met[id] = fingerprint
}

/** Keeps the cursor bounded. */
function forget(round: Round): void {
  round.closed = newestClosed(round.closed)
  round.met = newestOpen(round.met)
  round.lively = [...new Set(round.lively)].slice(0, mostLively)
}

function newestClosed(closed: Round['closed']): Round['closed'] {
  const newestFirst = Object.entries(closed).sort(([, [, a]], [, [, b]]) => b - a)
  return Object.fromEntries(newestFirst.slice(0, mostClosed))
}

/** Ids ascend with time, so the newest tickets are those with the longest or highest ids (INFERRED from samples). */
function newestOpen(open: Round['open']): Round['open'] {
  const ids = Object.keys(open)
  if (ids.length <= mostOpen) return open
  ids.sort((a, b) => b.length - a.length || (a < b ? 1 : -1))
  return Object.fromEntries(ids.slice(0, mostOpen).map((id) => [id, open[id] ?? '']))
}

function closedSince({ startedAt }: Round, settings: Settings): number {
  return startedAt - settings.recheckClosedDays * dayMs
}

function overlapMs({ overlapMinutes }: Pick<Settings, 'overlapMinutes'>): number {
  return overlapMinutes * 60_000
}

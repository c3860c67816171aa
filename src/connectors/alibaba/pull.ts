/**
 * A round over the tickets, as a state machine over its cursor.
 *
 * The vendor can filter by creation time and by status only, and its rows carry no times. So a full round walks one
 * window of creation over everything. An incremental round walks four steps: `new` (created since the last round),
 * `open` (every unfinished ticket), `missing` (remembered as unfinished but no longer listed: closed, or older than the
 * look-back window) and `closed` (recently closed ones: new messages, reopened). A ticket is sent again only when its
 * fingerprint differs from the one remembered in the cursor. A row tells the status; for the rest the thread has to be
 * read, so where there are more unfinished tickets than the settings allow to read in a round, they take turns.
 */
import type { Cursor, Json, Page } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, mapEach, need, objectOf, takeNotes } from '#connectors/reading.ts'
import type { Client } from './client.ts'
import { channelFrom, statusMark } from './map.ts'
import {
  file,
  forget,
  isDue,
  isMet,
  keep,
  type ListStep,
  type Round,
  remembered,
  restAfter,
  roundFrom,
  type Step,
} from './round.ts'
import type { Settings } from './settings.ts'
import { isFinal, unfinishedStatuses } from './statuses.ts'
import { type Catch, fetchThread, fetchTicket, openCatch } from './tickets.ts'

export type Source = { client: Client; settings: Settings; now(): Date }

/** Ends a list whose count is nonsense and whose pages never repeat. */
const mostPages = 10_000
/** How many tickets of a page are fetched at a time. */
const atOnce = 8
const dayMs = 86_400_000

export async function pullPage(source: Source, cursor: Cursor | null): Promise<Page> {
  const { threadChecksPerRound } = source.settings
  const round = roundFrom(cursor, { startedAt: source.now().getTime(), threadChecksPerRound })
  const caught = openCatch(source.settings, source.now())
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
  await inParallel(tickets, atOnce, (ticket) => examine(client, round, { ...ticket, caught }))

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
  const known = everything ? undefined : remembered(round, id)
  if (known?.startsWith(statusMark(status)) && !isFinal(status)) {
    if (isMet(round, id)) return
    if (!isDue(round, id)) return keep(round, id)
  }
  const early = everything ? fetchTicket(client, { id, row, notes: caught.notes }) : null
  const [thread, ticketAtOnce] = await Promise.all([fetchThread(client, { id, status, notes: caught.notes }), early])
  if (thread.fingerprint === known) return file(round, { id, status, ...thread })
  const ticket = ticketAtOnce ?? (await fetchTicket(client, { id, row, notes: caught.notes }))
  caught.take({ ticket, thread: thread.entries })
  file(round, { id, status, ...thread })
  if (!everything) round.lively.unshift(id)
}

/** Remembered as unfinished, yet not listed as such: each is asked for by itself. */
async function missingStep({ client, settings }: Source, round: Round, caught: Catch): Promise<Stepped> {
  const ids = Object.keys(round.open).slice(0, settings.pageSize)
  await inParallel(ids, atOnce, async (id) => {
    const ticket = await fetchTicket(client, { id, row: null, notes: caught.notes })
    const known = remembered(round, id)
    delete round.open[id]
    if (ticket === null) return
    const status = objectOf(ticket)?.Status ?? null
    const thread = await fetchThread(client, { id, status, notes: caught.notes })
    if (thread.fingerprint !== known) caught.take({ ticket, thread: thread.entries })
    file(round, { id, status, ...thread })
  })
  const hasMore = Object.keys(round.open).length > 0
  return { next: { ...round, step: hasMore ? 'missing' : 'closed' }, total: null }
}

/** New messages on tickets closed lately, and whether they were reopened. Closed ones are few, so this is one page. */
async function closedStep({ client, settings }: Source, round: Round, caught: Catch): Promise<Stepped> {
  await inParallel(Object.entries(round.closed), atOnce, async ([id, [known, activity]]) => {
    if (activity < closedSince(round, settings)) return void delete round.closed[id]
    const asClosed = await fetchThread(client, { id, status: 'confirmed', notes: takeNotes() })
    if (asClosed.fingerprint === known) return
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

function closedSince({ startedAt }: Round, settings: Settings): number {
  return startedAt - settings.recheckClosedDays * dayMs
}

function overlapMs({ overlapMinutes }: Pick<Settings, 'overlapMinutes'>): number {
  return overlapMinutes * 60_000
}

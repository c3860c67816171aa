/**
 * What a round remembers in its cursor. It stays bounded: at most 5,000 unfinished tickets (about 35 bytes each), 100
 * closed ones and 100 lively ones. What is forgotten is only sent again (unfinished) or looked at by the next full round
 * (closed).
 */
import type { Cursor, Json } from '#connectors/contract.ts'
import { isFinal } from './statuses.ts'

export type ListStep = 'all' | 'new' | 'open'
export type Step = ListStep | 'missing' | 'closed'

/** Epoch milliseconds throughout. */
export type Round = {
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
export type Rest = { v: 1; step: 'start'; since: number } & Pick<Round, 'open' | 'closed' | 'turn' | 'lively'>

const mostOpen = 5_000
const mostClosed = 100
const mostLively = 100

/** Begins where the last round ended; a cursor of an unknown form begins anew. The maps are copies, free to change. */
export function roundFrom(
  cursor: Cursor | null,
  { startedAt, threadChecksPerRound }: { startedAt: number; threadChecksPerRound: number },
): Round {
  const begin = { v: 1, startedAt, page: 1, rowsSeen: 0, lastRows: '', done: 0, met: {} } as const
  const known = (cursor?.v === 1 ? cursor : null) as (Round | Rest) | null
  if (known === null)
    return { ...begin, step: 'all', since: null, open: {}, closed: {}, turn: 0, groups: 1, lively: [] }
  const maps = { open: { ...known.open }, closed: { ...known.closed }, lively: [...known.lively] }
  if (known.step !== 'start') return { ...known, ...maps, met: { ...known.met } }
  const groups = Math.max(1, Math.ceil(Object.keys(known.open).length / threadChecksPerRound))
  return { ...begin, ...maps, step: 'new', since: known.since, turn: known.turn, groups }
}

export function restAfter({ startedAt, met, closed, turn, lively }: Round): Rest {
  const maps = { open: newestOpen(met), closed: newestClosed(closed) }
  return { v: 1, step: 'start', since: startedAt, ...maps, turn: turn + 1, lively: lively.slice(0, mostLively) }
}

/** The fingerprint of a ticket when it was last looked at; undefined when it is not remembered. */
export function remembered(round: Round, id: string): string | undefined {
  return own(round.met, id) ?? own(round.open, id) ?? own(round.closed, id)?.[0]
}

/** Already looked at in this round, as unfinished. */
export function isMet({ met }: Round, id: string): boolean {
  return Object.hasOwn(met, id)
}

/** Ids are the vendor's: one may be the name of something every object inherits. */
function own<Value>(map: Record<string, Value>, id: string): Value | undefined {
  return Object.hasOwn(map, id) ? map[id] : undefined
}

/** Whether its thread is read in this round although its status is as it was. */
export function isDue({ groups, turn, lively }: Round, id: string): boolean {
  return groups === 1 || groupOf(id, groups) === turn % groups || lively.includes(id)
}

/** Always the same for the same id and count, and about equally many in each. */
function groupOf(id: string, groups: number): number {
  let sum = 0
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003
  return sum % groups
}

/** Met, and not looked at closer. */
export function keep(round: Round, id: string): void {
  round.met[id] = round.open[id] ?? ''
  delete round.open[id]
}

/** Puts a ticket where the next round looks for it. */
export function file(
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
export function forget(round: Round): void {
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

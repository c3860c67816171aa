/**
 * Pages of tickets, which shift while they are read. What is added in front only makes rows appear twice. What is removed
 * pulls rows of the next page into one already read: so each page is read together with the one before it, and rows that
 * are new there are taken too.
 */
import type { HostLog, Json } from '#connectors/contract.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { type Client, type Listed, orNothing, type TicketPage } from './client.ts'
import type { Settings } from './settings.ts'

/** Where a round is. */
export type Place = {
  firstPage: number
  /** The newest change when the round began, by the vendor's clock; null: no ticket had one. */
  newest: string | null
  page: number
  /** Ids of the page before. */
  before: string[]
  /** Ids of the first page: a vendor that starts over past the end is noticed. */
  opening: string[]
  done: number
}

/** More pages than this in one round are taken for a loop. */
export const mostPages = 50_000

export function openPages(client: Client, settings: Settings, log: HostLog) {
  const { pageSize, sortKeys } = settings
  const byId = { sortBy: sortKeys.created, order: 'ASC' } as const

  return { findFirstPage, look }

  /** Whether pages count from 0 or 1 is not documented; guessing wrong would lose a page without a sound. */
  async function findFirstPage(): Promise<number> {
    const [zero, one] = await Promise.all(
      [0, 1].map((page) => orNothing(() => client.tickets({ ...byId, page, take: 1 }))),
    )
    const [idInZero, idInOne] = [zero, one].map((listed) => idsOf(listed?.rows ?? [])[0] ?? null)
    const startsAtZero = (zero !== null && one === null) || (idInZero !== null && idInZero !== idInOne)
    const startsAtOne = idInZero === null && idInOne !== null
    const found = startsAtZero ? 0 : startsAtOne ? 1 : settings.firstPage
    if (found !== settings.firstPage) log.warn({ firstPage: found }, 'pages start at another number than configured')
    return found
  }

  /** A page of tickets and the page before it, as both are now. Only an empty page ends a list: pages may be cut short. */
  async function look(cursor: Place, order: Pick<TicketPage, 'sortBy' | 'order'>) {
    const isFirst = cursor.page === cursor.firstPage
    const list = (page: number): Promise<Listed> => client.tickets({ ...order, page, take: pageSize })
    const { rows, total } = await list(cursor.page)
    const shifted = isFirst ? [] : (await list(cursor.page - 1)).rows
    const ids = idsOf(rows)
    // Only lists read at the same time are compared: pages that shifted by a whole page are no loop.
    const startsOver = async () =>
      isSame(ids, cursor.opening) && isSame(ids, idsOf((await list(cursor.firstPage)).rows))
    const isLoop = !isFirst && rows.length > 0 && (isSame(ids, idsOf(shifted)) || (await startsOver()))
    const isTooFar = cursor.page - cursor.firstPage >= mostPages
    if (isLoop || isTooFar)
      log.warn({ page: cursor.page }, 'the list of tickets repeats itself; it is taken to end here')
    const taken = new Set(cursor.before)
    // A row without an id is kept: it is parked where it is mapped.
    const fresh = [...shifted.filter((row) => idIn(row) !== null), ...rows].filter((row) => {
      const id = idIn(row)
      const isNew = id === null || !taken.has(id)
      if (id !== null) taken.add(id)
      return isNew
    })
    return { rows, fresh, ids, isOver: rows.length === 0 || isLoop || isTooFar, total }
  }
}

export function idIn(row: Json): string | null {
  const ticket = objectOf(row)
  return idOf(ticket?.id ?? ticket?.ticket_id)
}

export function idsOf(rows: readonly Json[]): string[] {
  return rows.flatMap((row) => idIn(row) ?? [])
}

export function isSame(ids: readonly string[], others: readonly string[]): boolean {
  return ids.length > 0 && ids.length === others.length && ids.every((id, index) => id === others[index])
}

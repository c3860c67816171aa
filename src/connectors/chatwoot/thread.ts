/**
 * Reading a conversation's messages: always from `/messages`, since the conversation itself holds only the last one.
 */
import type { Json } from '#connectors/contract.ts'
import { idOf, objectOf, timeOf } from '#connectors/reading.ts'
import type { Chatwoot } from './client.ts'

/** The server's page size with `after` (SEEN). */
const pageSize = 100
/**
 * Of a long thread at least this many of the newest messages are read again, for edits, deletions and delivery marks.
 */
const newestAgain = 100
const mostPages = 10_000

/**
 * The messages in order of time, each once; those that share an id stand together. `newestSince` given: a thread longer than `wholePages` is not read whole,
 * only its newest messages: all since then, and at least the last hundred.
 */
export async function readThread(
  client: Chatwoot,
  displayId: string,
  {
    newestSince = null,
    wholePages,
    lastId = null,
  }: { newestSince?: Date | null; wholePages: number; lastId?: string | null },
): Promise<Json[]> {
  const found: Found = new Map()
  let after = '0'
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const page = await client.messagesAfter(displayId, after)
    const known = found.size
    const ids = keep(page, found)
    if (found.size === known) break
    // A full page whose ids do not ascend (imported, back-dated messages) was cut where later pages would miss some.
    if (page.length >= pageSize && !isAscending(ids)) {
      keep(await readByIds(client, displayId, 0n, greatestId), found)
      break
    }
    after = ids.reduce((highest, id) => (BigInt(id) > BigInt(highest) ? id : highest), after)
    // Short pages are the end, unless the server's pages are smaller and its last message is still missing.
    if (page.length < pageSize && (lastId === null || found.has(lastId))) break
    if (newestSince && pages >= wholePages && page.length >= pageSize) {
      keep(await readNewest(client, displayId, newestSince), found)
      break
    }
  }
  return inOrder([...found.values()].flat())
}

const greatestId = BigInt(Number.MAX_SAFE_INTEGER)

/** By ranges of ids, halved until an answer is not cut off (at 1,000). */
async function readByIds(client: Chatwoot, displayId: string, from: bigint, to: bigint): Promise<Json[]> {
  const rows = await client.messagesBetween(displayId, String(from), String(to))
  if (rows.length < 1000 || to - from < 2n) return rows
  const ids = rows
    .flatMap((row) => numericIdOf(row) ?? [])
    .map(BigInt)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const median = ids[ids.length >> 1] ?? from
  const middle = median > from && median < to ? median : (from + to) / 2n
  return [...(await readByIds(client, displayId, from, middle)), ...(await readByIds(client, displayId, middle, to))]
}

/** Backwards, 20 at a time. */
async function readNewest(client: Chatwoot, displayId: string, since: Date): Promise<Json[]> {
  const found: Found = new Map()
  let before: string | null = null
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await client.messagesBefore(displayId, before)
    const known = found.size
    const ids = keep(page, found)
    if (found.size === known || ids.length === 0) break
    before = ids.reduce((lowest, id) => (BigInt(id) < BigInt(lowest) ? id : lowest), ids[0] as string)
    const oldest = timeOf(objectOf(page[0])?.created_at)
    if (found.size >= newestAgain && oldest && oldest < since) break
  }
  return [...found.values()].flat()
}

/** Rows by id: several where one answer gives an id to different messages (SEEN in the vendor's recordings). */
type Found = Map<string, Json[]>

/**
 * Adds a page to what was found and returns its ids; a row without a number id is kept, to be parked by the mapping. An
 * id that an earlier page had is the same message as it is now; only a page's edge can show fewer of those that share it.
 */
function keep(page: readonly Json[], found: Found): string[] {
  for (const [id, rows] of Map.groupBy(page, (row) => numericIdOf(row) ?? `?${JSON.stringify(row)}`)) {
    const fresh = distinct(rows)
    if (fresh.length >= (found.get(id)?.length ?? 0)) found.set(id, fresh)
  }
  return page.flatMap((row) => numericIdOf(row) ?? [])
}

/** Without exact repetitions. */
export function distinct(rows: readonly Json[]): Json[] {
  if (new Set(rows.map((row) => idOf(objectOf(row)?.id))).size === rows.length) return [...rows]
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()]
}

/** When each row was written; one that does not say has the time of the row before it, else of the next. */
export function timesOf(rows: readonly Json[]): (Date | null)[] {
  const own = rows.map((row) => timeOf(objectOf(row)?.created_at))
  let near = own.find((at) => at !== null) ?? null
  return own.map((at) => {
    near = at ?? near
    return near
  })
}

function numericIdOf(row: Json): string | null {
  const id = idOf(objectOf(row)?.id)
  return id !== null && /^\d+$/.test(id) ? id : null
}

function isAscending(ids: string[]): boolean {
  return ids.every((id, index) => index === 0 || BigInt(id) > BigInt(ids[index - 1] as string))
}

function inOrder(rows: readonly Json[]): Json[] {
  const times = timesOf(rows)
  const placed = rows.map((row, place) => ({
    row,
    at: times[place]?.getTime() ?? 0,
    id: Number(objectOf(row)?.id ?? 0),
  }))
  return placed.sort((a, b) => a.at - b.at || a.id - b.id).map(({ row }) => row)
}

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
 * The messages in order of time, each once. `newestSince` given: a thread longer than `wholePages` is not read whole,
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
  const found = new Map<string, Json>()
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
  return [...found.values()].sort(byTime)
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
  const found = new Map<string, Json>()
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
  return [...found.values()]
}

/**
 * Adds a page to what was found and returns its ids; a row without a number id is kept, to be parked by the mapping.
 */
function keep(page: readonly Json[], found: Map<string, Json>): string[] {
  return page.flatMap((row, index) => {
    const id = numericIdOf(row)
    if (id !== null) found.set(id, row)
    else found.set(`?${index}:${JSON.stringify(row)?.slice(0, 200)}`, row)
    return id ?? []
  })
}

function numericIdOf(row: Json): string | null {
  const id = idOf(objectOf(row)?.id)
  return id !== null && /^\d+$/.test(id) ? id : null
}

function isAscending(ids: string[]): boolean {
  return ids.every((id, index) => index === 0 || BigInt(id) > BigInt(ids[index - 1] as string))
}

function byTime(a: Json, b: Json): number {
  const [one, other] = [objectOf(a), objectOf(b)]
  const apart = (timeOf(one?.created_at)?.getTime() ?? 0) - (timeOf(other?.created_at)?.getTime() ?? 0)
  return apart || Number(one?.id ?? 0) - Number(other?.id ?? 0)
}

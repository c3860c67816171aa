/** How far the reading of a find list is, and where to go on. Plain JSON: it is part of the cursor. */
import { idOf, objectOf } from '#connectors/reading.ts'
import type { Found } from './client.ts'

export type Place = {
  sinceId: string
  offset: number
  /** Where this reading began, to which `byOffset` goes back. */
  startId: string
  byOffset: boolean
  /** Rows read so far, and how many there were to be when the first page was read. */
  seen: number
  total: number | null
  /** Tells the last page from the next. */
  print: string
}

export function startAfter(sinceId: string, { byOffset = false } = {}): Place {
  return { sinceId, offset: 0, startId: sinceId, byOffset, seen: 0, total: null, print: '' }
}

function idsIn(rows: Found['rows']): string[] {
  return rows.map((row) => idOf(objectOf(row)?.Id)).filter((id) => id !== null)
}

/**
 * Where the next page begins; null when this was the last.
 *
 * `limit` is no promise (SEEN: limit 2, three rows), so the end is where offset + rows reaches `total`, or an empty
 * page. Rows come by ascending id (SEEN in the sample), so the next page is asked for after the last id and nothing is
 * skipped when rows go away meanwhile. Where that does not hold the list is read by offset.
 */
export function next(place: Place, { rows, total }: Found): Place | null {
  const ids = idsIn(rows)
  const print = `${rows.length} ${ids[0]} ${ids.at(-1)}`
  const read = { ...place, seen: place.seen + rows.length, total: place.total ?? total, print }
  if (rows.length === 0) return rest(read)

  const isAscending = ids.every((id, index) => Number(id) > (index > 0 ? Number(ids[index - 1]) : -1))
  const isAfter = Number(ids.at(-1)) > Number(place.sinceId)
  if (!place.byOffset && isAscending && isAfter) {
    const isLast = total !== null && rows.length >= total
    return isLast ? rest(read) : { ...read, sinceId: ids.at(-1) as string }
  }
  // The same page once more: the list does not heed the offset.
  if (place.byOffset && print === place.print) return null
  const offset = place.offset + rows.length
  if (total !== null && offset >= total) return null
  return { ...read, byOffset: true, sinceId: place.startId, offset: place.byOffset ? offset : rows.length }
}

/** Going by ids ended before as many rows were read as there were to be: once more, by offset. */
function rest(read: Place): Place | null {
  const isShort = !read.byOffset && read.total !== null && read.seen < read.total
  return isShort ? startAfter(read.startId, { byOffset: true }) : null
}

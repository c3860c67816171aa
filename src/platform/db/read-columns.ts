/**
 * Queries select only the columns that somebody reads. Nobody declares which those are: the first answers of a query get
 * whole rows that note what is read of them, later ones just that much. A row that is asked for more than it has fails
 * (`ColumnNotSelected`), and the query is answered once more, with whole rows. An inbox page (Q1) takes half the CPU for
 * its statements and 40 % less time of Postgres with this than with whole rows.
 */
import type { ColumnNotSelected } from './column-not-selected.ts'
import { digestOf } from './digest.ts'
import { learn, noteRead, noteRows, nothingAhead } from './follows.ts'
import type { Chosen, Columns, Known, Narrowed, ReadColumns, Reading } from './load-context.ts'

const watchedAnswers = 5
/** Where answers keep showing something new. */
const mostWatchedAnswers = 15
/** Each is a statement on every connection, and clients choose them. Beyond, whole rows are selected. */
const mostVariants = { ofAll: 400, ofOne: 24 }
const variants = new Map<string, Set<string>>()
let variantCount = 0

export const nothingRead = (): ReadColumns => ({
  columns: new Map(),
  follows: new Map(),
  joined: new Set(),
  planned: new Map(),
})

export function startReading(known: ReadColumns): Reading {
  return { known, planned: known.planned, chosen: new Map(), ahead: nothingAhead(), lists: [] }
}

/**
 * To be called when an answer is made. Empties its rows: a request that waited is old to V8, and whatever it refers to by
 * then stays until the next full collection. Sixteen answers of 500 messages each (Q4) took twice the CPU with their rows.
 * @param missed what it failed for, if that was so.
 */
export function endReading({ known, chosen, ahead, lists }: Reading, missed: ColumnNotSelected | null): void {
  for (const list of lists) list.length = 0
  if (missed) {
    known.planned = new Map()
    watchAgain(known, missed)
    return
  }
  for (const [statement, { note, hasRows }] of chosen) {
    const entry = known.columns.get(statement)
    if (!note || !hasRows || !entry) continue
    entry.answersToWatch -= 1
    entry.watched += 1
    known.planned = new Map()
  }
  for (const statement of learn(known.follows, ahead)) {
    const entry = known.columns.get(statement)
    if (entry && entry.watched < mostWatchedAnswers) entry.answersToWatch = Math.max(1, entry.answersToWatch)
  }
}

function watchAgain({ columns }: ReadColumns, { statement, column }: ColumnNotSelected): void {
  const entry = columns.get(statement)
  if (!entry) return
  if (column !== null) noteIn(entry, column)
  entry.answersToWatch = Math.max(1, entry.answersToWatch)
}

function noteIn(entry: Known, column: string): void {
  if (entry.read.has(column)) return
  entry.read.add(column)
  entry.narrowed = null
}

/** What a statement is to select for an answer: the same for all its uses in it, as those share rows. */
export function chosenColumns(
  reading: Reading,
  statement: string,
  columns: () => object,
): { narrowed: Narrowed; isWatched: boolean; rowsAs<Row>(rows: Row[], source: string): Row[] } {
  const chosen = reading.chosen.get(statement) ?? choose(reading, statement, () => Object.keys(columns()))
  const { narrowed, note } = chosen
  const rowsAs = <Row>(rows: Row[], source: string) =>
    note ? watched(rows, { chosen, reading, source, stem: statement }) : rows
  return { narrowed, isWatched: note !== null, rowsAs }
}

export function selectedOf(columns: Columns, { selected }: Narrowed): Columns {
  return Object.fromEntries(selected.map((column) => [column, columns[column] as Columns[string]]))
}

const beginToWatch = (): Known => ({ read: new Set(), answersToWatch: watchedAnswers, watched: 0, narrowed: null })

const wholly = (columns: string[]): Narrowed => ({ selected: columns, missing: [], suffix: '' })

function choose({ known, chosen }: Reading, statement: string, columns: () => string[]): Chosen {
  const entry = known.columns.get(statement) ?? beginToWatch()
  known.columns.set(statement, entry)
  const made: Chosen =
    entry.answersToWatch > 0
      ? { narrowed: wholly(columns()), hasRows: false, note: (column) => noteIn(entry, column) }
      : { narrowed: narrow(entry, statement, columns), hasRows: false, note: null }
  chosen.set(statement, made)
  return made
}

function narrow(entry: Known, statement: string, columns: () => string[]): Narrowed {
  entry.narrowed ??= narrowedTo(entry.read, statement, columns())
  return entry.narrowed
}

function narrowedTo(read: ReadonlySet<string>, statement: string, columns: string[]): Narrowed {
  // A statement selects something, also where only the number of rows counts.
  const some = columns.some((name) => read.has(name)) ? read : new Set(columns.slice(0, 1))
  const selected = columns.filter((name) => some.has(name))
  const suffix = `_${digestOf(selected.join())}`
  if (selected.length === columns.length || !hasRoomFor(statement, suffix)) return wholly(columns)
  return { selected, missing: columns.filter((name) => !some.has(name)), suffix }
}

function hasRoomFor(statement: string, suffix: string): boolean {
  const known = variants.get(statement) ?? new Set()
  if (known.has(suffix)) return true
  if (known.size >= mostVariants.ofOne || variantCount >= mostVariants.ofAll) return false
  variants.set(statement, known.add(suffix))
  variantCount += 1
  return true
}

/** Rows that note what is read of them; spreading one reads all of it. Accessors of their own would take 4 MB for 500 rows. */
function watched<Row>(
  rows: Row[],
  { chosen, reading, source, stem }: { chosen: Chosen; reading: Reading; source: string; stem: string },
): Row[] {
  if (rows.length > 0) chosen.hasRows = true
  noteRows(reading, { source, stem }, rows as Record<string, unknown>[])
  const noting = {
    get(row: Record<string, unknown>, column: string) {
      const value = row[column]
      if (!Object.hasOwn(row, column)) return value
      chosen.note?.(column)
      noteRead(reading, source, column, value)
      return value
    },
  }
  return rows.map(
    (row) => new Proxy(row as Record<string, unknown>, noting as ProxyHandler<Record<string, unknown>>) as Row,
  )
}

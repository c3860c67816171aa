/**
 * Look-ups by a key, batched: all keys asked for in one tick with the same detail go into one statement. A loader lives for
 * one request and is never shared between two. What was read ahead is there without asking.
 */
import DataLoader from 'dataloader'
import { noteAsked } from './follows.ts'
import type { KeyColumns } from './joined-statements.ts'
import type { Statements } from './kept.ts'
import type { LoadContext, Narrowable } from './load-context.ts'
import { arrive, coming, failToCome, here, type Loaded } from './loaded.ts'
import { perRequest } from './per-request.ts'
import { runNarrowed } from './run-narrowed.ts'
import type { Key } from './together.ts'

export type KeyedSelect<Detail, Value> = {
  statements: Statements
  /** Selects rows with the key they belong to as `parentKey`, for all of `$keys`. */
  statement(detail: Detail): Narrowable
  /** Keys as the driver takes them. */
  given(keys: Key[]): unknown
  /** Of the rows with one key. */
  valueFrom(rows: unknown[], detail: Detail): Value
}

/** What one statement answers. */
type Batch<Detail, Value> = {
  detail: Detail
  source: string
  statement: Narrowable
  /** What was asked for, and rows that came before anybody asked for them. */
  values: Map<Key, Loaded<Value> | KeyedRow[]>
  waiting: Key[]
  ahead: ReadAhead | null
}
/** Of rows that came before anybody asked for them. */
type ReadAhead = {
  /** All keys they were read for: one that has no rows here has none at all. */
  keyColumns: KeyColumns
  /** The same, once somebody has asked for one that has none. */
  keys: Set<Key> | null
  /** Whether anybody has asked. */
  read: { isUsed: boolean }
}

const mostKeys = 500

/** `batch` stands for the detail: what is asked for with equal ones shares statements. */
export function keyedLoader<Detail, Value>(select: KeyedSelect<Detail, Value>) {
  type OwnBatch = Batch<Detail, Value>
  const batchesOf = perRequest(() => new Map<string, OwnBatch>())
  const together = perRequest(
    (context) =>
      new DataLoader<OwnBatch, null>(
        async (batches) => {
          const answers = batches.flatMap((batch) => partsOf(batch).map((keys) => answer(context, batch, keys)))
          // All together, so that what is asked for next goes into one statement too.
          for (const told of await Promise.all(answers)) told()
          return batches.map(() => null)
        },
        { cache: false },
      ),
  )

  function batchIn(context: LoadContext, name: string, detail: Detail): OwnBatch {
    const batches = batchesOf(context)
    const known = batches.get(name)
    if (known) return known
    const statement = select.statement(detail)
    const source = `${statement.stem} ${name}`
    const batch: OwnBatch = { detail, source, statement, values: new Map(), waiting: [], ahead: null }
    batches.set(name, batch)
    return batch
  }

  /** @returns what tells those who wait. */
  async function answer(context: LoadContext, batch: OwnBatch, keys: Key[]): Promise<() => void> {
    const loadedOf = (key: Key) => batch.values.get(key) as Loaded<Value>
    try {
      const { statements, given } = select
      const { statement, source } = batch
      const rows = await runNarrowed(context, { statements, statement, source, keyed: { keys, given } })
      const groups = groupsOf(rows as KeyedRow[])
      return () => {
        for (const key of keys) tell(loadedOf(key), () => select.valueFrom(groups.get(key) ?? [], batch.detail))
      }
    } catch (error) {
      return () => {
        for (const key of keys) failToCome(loadedOf(key), error)
      }
    }
  }

  return (given: LoadContext, key: Key, name: string, detail: Detail): Loaded<Value> => {
    const context = given.rows ?? given
    const batch = batchIn(context, name, detail)
    const { reading } = context
    if (reading?.ahead.origins)
      noteAsked(reading, key, {
        ...{ source: batch.source, statement: batch.statement, statements: select.statements },
        put: (later, ahead) => putAhead(batchIn(later, name, detail), ahead),
      })
    const known = batch.values.get(key) ?? noRowsOf(batch.ahead, key)
    if (known && !Array.isArray(known)) return known
    if (known) {
      if (batch.ahead) batch.ahead.read.isUsed = true
      const value = here(select.valueFrom(known, batch.detail))
      batch.values.set(key, value)
      return value
    }
    const value = coming<Value>()
    batch.values.set(key, value)
    // It says by `value` how that went.
    if (batch.waiting.push(key) === 1) void together(context).load(batch)
    return value
  }
}

function tell<Value>(loaded: Loaded<Value>, make: () => Value): void {
  let value: Value
  try {
    value = make()
  } catch (error) {
    failToCome(loaded, error)
    return
  }
  arrive(loaded, value)
}

function partsOf(batch: { waiting: Key[] }): Key[][] {
  const { waiting } = batch
  batch.waiting = []
  const parts: Key[][] = []
  for (let from = 0; from < waiting.length; from += mostKeys) parts.push(waiting.slice(from, from + mostKeys))
  return parts
}

type KeyedRow = { parentKey: Key }

/** Each look into a map by a text costs 30 ns, so those of keys without rows wait until one is asked for. */
function putAhead<Value>(
  batch: Batch<unknown, Value>,
  { keys, rows, read }: { keys: KeyColumns; rows: unknown[]; read: ReadAhead['read'] },
): void {
  const groups = groupsOf(rows as KeyedRow[])
  if (batch.values.size === 0) batch.values = groups
  else for (const [key, group] of groups) if (!batch.values.has(key)) batch.values.set(key, group)
  batch.ahead = { keyColumns: [...(batch.ahead?.keyColumns ?? []), ...keys], keys: null, read }
}

function noRowsOf(ahead: ReadAhead | null, key: Key): [] | null {
  if (!ahead || key === null) return null
  ahead.keys ??= new Set(ahead.keyColumns.flat())
  return ahead.keys.has(key) ? [] : null
}

/** Rows by the keys they were asked by. */
export function groupsOf<Row extends KeyedRow>(rows: Row[]): Map<Row['parentKey'], Row[]> {
  const groups = new Map<Row['parentKey'], Row[]>()
  for (const row of rows) {
    const group = groups.get(row.parentKey)
    if (group) group.push(row)
    else groups.set(row.parentKey, [row])
  }
  return groups
}

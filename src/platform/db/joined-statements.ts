/**
 * Several prepared statements as one, where each but the first takes its keys from the rows of others. What a statement
 * costs beside its work, 60 to 80 µs here and half of that in Postgres, is paid once for all of them; and one may give the rows
 * of several parts (see `same-rows.ts`).
 */
import type { Db } from './client.ts'
import { type ColumnList, columnList } from './column-lists.ts'
import { digestOf } from './digest.ts'
import { perDb } from './kept.ts'
import { type Quick, queried } from './quick-statements.ts'
import type { Key } from './together.ts'
import { clientOn } from './wall.ts'

type Values = Record<string, unknown>

/** A column of the rows of a part before, which may hold lists of keys. `isUnique`: no value comes twice. */
export type KeySource = { part: number; column: number; isList: boolean; isUnique: boolean }
/** One within the joined one. `part`: the first that it gives rows of, whose keys and values it takes. */
type Statement = { quick: Quick; part: number }
/** Rows as a statement that has run before makes them, and where they come from now. `from`: whose values are its `$keys`. */
export type Part = { quick: Quick; from: KeySource[]; statement: number; places: number[] }
export type Joining = { statements: Statement[]; parts: Part[] }

/** Columns with the keys that rows of a part were read by, some more than once; null is none. */
export type KeyColumns = Key[][]
/** Rows of each part, and the keys they were asked by. */
type PartRows = { keys: KeyColumns; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

/**
 * Runs with the values of each part. `keyLists`: what each who asks looks the first part up by; it gets the rows that follow
 * from its keys. Null for each where the answer cannot be read, and every part has to be asked alone.
 */
export type Joined = { run(db: Db, values: Values[], keyLists: Key[][]): Promise<(PartRows[] | null)[]> }

type Keeping = {
  /** What the joined statement follows from. */
  key: string
  /** Keys of those that the same operation has made. */
  made: Set<string>
  /** Put together when it is made. */
  joining(): Joining
}

/** Null where no more can be kept. */
export function joinedOf(db: Db, { key, made, joining }: Keeping): Joined | null {
  const kept = keptOf(db)
  let joined = kept.get(key)
  if (!joined && kept.size < mostKept.ofAll && made.size < mostKept.ofOne) {
    joined = join(joining(), `joined_${digestOf(key)}`)
    kept.set(key, joined)
    made.add(key)
  }
  return joined ?? null
}

function join({ statements, parts }: Joining, name: string): Joined {
  const [{ quick: first }] = statements as [Statement]
  const parameters: { part: number; from(values: Values): unknown }[] = []
  const textOf = ({ quick, part }: Statement) =>
    quick.config.text.replace(/(any\()?\$(\d+)/g, (_match, any = '', digits) => {
      const parameter = quick.parameters[Number(digits) - 1] as Quick['parameters'][number]
      const { from } = parts[part] as Part
      if (from.length > 0 && parameter.name === 'keys') return `${any}array(${keysText(parts, from, any !== '')})`
      return `${any}$${parameters.push({ part, from: parameter.from })}`
    })
  const withs = statements.map(
    (statement, index) => `statement${index}(${columnsText(statement)}) as materialized (${textOf(statement)})`,
  )
  const lists = statements.map(({ quick }, index) => listsOf(quick, placesIn(parts, index)))
  const text = `with ${withs.join(', ')} ${selectText(lists)}`
  const config = { name, text, rowMode: 'array', types: first.config.types }
  return {
    async run(db, values, keyLists) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(clientOn(db, first.client), config, given)
      const found: unknown[][][] = []
      for (const [index, count, ...texts] of rows as [number, number, ...(string | null)[]][]) {
        const ofStatement: unknown[][] = []
        for (const [at, { place, list }] of (lists[index] as Listed[]).entries()) {
          const column = list.read(texts[at] ?? null)
          if (column.length !== count) return keyLists.map(() => null)
          ofStatement[place] = column
        }
        found[index] = ofStatement
      }
      const columns = parts.map(({ statement, places }) =>
        places.map((place) => found[statement]?.[place] as unknown[]),
      )
      const ownRows = keyLists.length > 1 ? keyLists.map(ownRowsOf(parts, columns)) : [null]
      const answers = ownRows.map((own) =>
        parts.map(({ quick, from }, part) => ({
          keys: from.map((source) => keysFrom(columns, source, own)),
          rows: quick.rows.ofColumns(columns[part] as unknown[][], own?.[part]),
        })),
      )
      // See `rowMaking`. Only now: several are given rows of it.
      for (const ofPart of columns) ofPart.length = 0
      return answers
    },
  }
}

/** Which rows of each part belong to one who asks. */
type OwnRows = number[][]

function ownRowsOf(parts: Part[], columns: unknown[][][]): (keys: Key[]) => OwnRows {
  const rowsByKey = parts.map(({ quick }, part) => {
    const keys = columns[part]?.[quick.columns.indexOf('parentKey')] as Key[]
    return Map.groupBy(keys.keys(), (at) => keys[at] as Key)
  })
  return (keysOfFirst) => {
    const own: OwnRows = []
    for (const [part, { from }] of parts.entries()) {
      const keys = part === 0 ? keysOfFirst : from.flatMap((source) => keysFrom(columns, source, own))
      own.push([...new Set(keys)].flatMap((key) => rowsByKey[part]?.get(key) ?? []))
    }
    return own
  }
}

function keysFrom(columns: unknown[][][], { part, column, isList }: KeySource, own: OwnRows | null): Key[] {
  const all = columns[part]?.[column] as unknown[]
  const values = own ? (own[part] as number[]).map((at) => all[at]) : all
  return (isList ? values.flat() : values) as Key[]
}

const columnsText = ({ quick }: Statement) => quick.columns.map((_name, index) => `c${index}`).join()

/** `any` may get a key twice; a page for every key must not, and `union` leaves out what comes twice. */
function keysText(parts: Part[], from: KeySource[], mayRepeat: boolean): string {
  const isSortedOut = mayRepeat || from.length > 1 || from[0]?.isUnique
  const select = isSortedOut ? 'select' : 'select distinct'
  return from
    .map(({ part, column, isList }) => {
      const { statement, places } = parts[part] as Part
      const keys = `c${places[column]}`
      return `${select} ${isList ? `unnest(${keys})` : keys} from statement${statement} where ${keys} is not null`
    })
    .join(mayRepeat ? ' union all ' : ' union ')
}

type Listed = { place: number; list: ColumnList }

/** Only columns that rows of some part are made of. */
function placesIn(parts: Part[], statement: number): Set<number> {
  return new Set(parts.flatMap((part) => (part.statement === statement ? part.places : [])))
}

function listsOf(quick: Quick, places: Set<number>): Listed[] {
  return [...places].map((place) => ({ place, list: columnList(place, quick) }))
}

/** One row for each statement, with its columns as lists; how many rows it has tells whether the lists are right. */
function selectText(lists: Listed[][]): string {
  const most = Math.max(...lists.map(({ length }) => length))
  const selects = lists.map((listed, index) => {
    const columns = listed.map(({ place, list }) => list.write(`c${place}`))
    const none = Array.from({ length: most - columns.length }, () => 'null')
    return `select ${[index, 'count(*)::int', ...columns, ...none].join()} from statement${index}`
  })
  return selects.join(' union all ')
}

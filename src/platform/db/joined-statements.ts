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
export type KeyColumns = (string | null)[][]
/** Rows of each part, and the keys they were asked by. */
type PartRows = { keys: KeyColumns; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

/** Runs with the values of each part. Null where the answer cannot be read, and each has to be asked alone. */
export type Joined = { run(db: Db, values: Values[]): Promise<PartRows[] | null> }

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
    async run(db, values) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(clientOn(db, first.client), config, given)
      const found: unknown[][][] = []
      for (const [index, count, ...texts] of rows as [number, number, ...(string | null)[]][]) {
        const ofStatement: unknown[][] = []
        for (const [at, { place, list }] of (lists[index] as Listed[]).entries()) {
          const column = list.read(texts[at] ?? null)
          if (column.length !== count) return null
          ofStatement[place] = column
        }
        found[index] = ofStatement
      }
      const columns = parts.map(({ statement, places }) =>
        places.map((place) => found[statement]?.[place] as unknown[]),
      )
      // Before rows are made: that takes what they are made of.
      const keys = parts.map(({ from }) => from.map((source) => keysFrom(columns, source)))
      return parts.map(({ quick }, part) => ({
        keys: keys[part] as KeyColumns,
        rows: quick.rows.ofColumns(columns[part] as unknown[][]),
      }))
    },
  }
}

function keysFrom(columns: unknown[][][], { part, column, isList }: KeySource): KeyColumns[number] {
  const values = columns[part]?.[column] as unknown[]
  return (isList ? values.flat() : values) as KeyColumns[number]
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

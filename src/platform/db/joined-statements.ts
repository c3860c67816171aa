/**
 * Several prepared statements as one, where each but the first takes its keys from the rows of others. What a statement
 * costs beside its work, 60 to 80 µs here and half of that in Postgres, is paid once for all of them.
 */
import type { Db } from './client.ts'
import { type ColumnList, columnList } from './column-lists.ts'
import { digestOf } from './digest.ts'
import { perDb } from './kept.ts'
import { type Quick, queried } from './quick-statements.ts'
import { clientOn } from './wall.ts'

type Values = Record<string, unknown>

/** A column of the rows of a part before. `isUnique`: no value comes twice. */
export type KeySource = { part: number; column: number; isUnique: boolean }
/** What is run. `from`: whose values are its `$keys`. */
export type Asked = { quick: Quick; from: KeySource[] }
/** Rows as a statement that has run before makes them: of which of those that are asked, and of which of its columns. */
export type Part = { quick: Quick; from: KeySource[]; asked: number; places: number[] }
export type Parts = { asked: Asked[]; parts: Part[] }

/** Rows of each part; of those that have some, the keys they were asked by, some more than once. */
type PartRows = { keys: readonly string[]; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

/** Runs with the values of each part. Null where the answer cannot be read, and each has to be asked alone. */
export type Joined = { run(db: Db, values: Values[]): Promise<PartRows[] | null> }

/** Null where no more can be kept. `made`: keys of those that the same operation has made. */
export function joinedOf(db: Db, joining: Parts, made: Set<string>): Joined | null {
  const kept = keptOf(db)
  const key = joining.parts
    .map(({ quick, from, asked }) => [quick.config.name, asked, ...from.map(({ part, column }) => `${part}.${column}`)])
    .join(' ')
  let joined = kept.get(key)
  if (!joined && kept.size < mostKept.ofAll && made.size < mostKept.ofOne) {
    joined = join(joining, `joined_${digestOf(key)}`)
    kept.set(key, joined)
    made.add(key)
  }
  return joined ?? null
}

function join({ asked, parts }: Parts, name: string): Joined {
  const first = asked[0] as Asked
  // The values of a statement are those of the first part that it makes rows of: what lies in it beside has none of its own.
  const partOf = asked.map((_asked, index) => parts.findIndex((part) => part.asked === index))
  const parameters: { part: number; from(values: Values): unknown }[] = []
  const textOf = ({ quick, from }: Asked, index: number) =>
    quick.config.text.replace(/(any\()?\$(\d+)/g, (_match, any = '', digits) => {
      const parameter = quick.parameters[Number(digits) - 1] as Quick['parameters'][number]
      if (from.length > 0 && parameter.name === 'keys') return `${any}array(${keysText(parts, from, any !== '')})`
      return `${any}$${parameters.push({ part: partOf[index] as number, from: parameter.from })}`
    })
  const withs = asked.map((one, index) => `part${index}(${columnsText(one)}) as materialized (${textOf(one, index)})`)
  const lists = asked.map(({ quick }, index) =>
    listsOf(
      quick,
      parts.filter((part) => part.asked === index),
    ),
  )
  const text = `with ${withs.join(', ')} ${selectText(lists)}`
  const config = { name, text, rowMode: 'array', types: first.quick.config.types }
  return {
    async run(db, values) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(clientOn(db, first.quick.client), config, given)
      const found: unknown[][][] = []
      for (const [index, count, ...texts] of rows as [number, number, ...(string | null)[]][]) {
        const columns: unknown[][] = []
        for (const [at, { place, list }] of (lists[index] as Listed[]).entries()) {
          const column = list.read(texts[at] ?? null)
          if (column.length !== count) return null
          columns[place] = column
        }
        found[index] = columns
      }
      const columns = parts.map(({ asked: index, places }) => places.map((place) => found[index]?.[place] as unknown[]))
      // Before rows are made: that takes what they are made of.
      const keys = parts.map(({ from }) =>
        from.flatMap(({ part, column }) => columns[part]?.[column]?.filter((key) => key !== null) as string[]),
      )
      return parts.map(({ quick }, part) => ({
        keys: keys[part] as string[],
        rows: quick.rows.ofColumns(columns[part] as unknown[][]),
      }))
    },
  }
}

const columnsText = ({ quick }: Asked) => quick.columns.map((_name, index) => `c${index}`).join()

/** `any` takes keys more than once, and needs no sorting out; a page for every key must not come twice. */
function keysText(parts: Part[], from: KeySource[], mayRepeat: boolean): string {
  const isOnce = mayRepeat || (from.length === 1 && from[0]?.isUnique)
  return from
    .map(({ part, column }) => {
      const { asked, places } = parts[part] as Part
      return `select ${isOnce ? '' : 'distinct '}c${places[column]} from part${asked} where c${places[column]} is not null`
    })
    .join(mayRepeat ? ' union all ' : ' union ')
}

type Listed = { place: number; list: ColumnList }

/** Of all columns that rows are made of. */
function listsOf(quick: Quick, parts: Part[]): Listed[] {
  const places = new Set(parts.flatMap((part) => part.places))
  return [...places].map((place) => ({ place, list: columnList(place, quick) }))
}

/** One row for each statement, with its columns as lists; how many rows it has tells whether the lists are right. */
function selectText(lists: Listed[][]): string {
  const most = Math.max(...lists.map(({ length }) => length))
  const selects = lists.map((listed, index) => {
    const columns = listed.map(({ place, list }) => list.write(`c${place}`))
    const none = Array.from({ length: most - columns.length }, () => 'null')
    return `select ${[index, 'count(*)::int', ...columns, ...none].join()} from part${index}`
  })
  return selects.join(' union all ')
}

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

/** A statement that has run before. `from`: the columns of parts before it whose values are its `$keys`. */
export type Part = { quick: Quick; from: { part: number; column: number }[] }

/** Rows of each part; of those that have some, the keys they were asked by, some more than once. */
type PartRows = { keys: readonly string[]; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

/** Runs with the values of each part. Null where the answer cannot be read, and each has to be asked alone. */
export type Joined = { run(db: Db, values: Values[]): Promise<PartRows[] | null> }

/** Null where no more can be kept. `made`: keys of those that the same operation has made. */
export function joinedOf(db: Db, { parts, made }: { parts: Part[]; made: Set<string> }): Joined | null {
  const kept = keptOf(db)
  const key = parts
    .map(({ quick, from }) => `${quick.config.name}${from.map(({ part, column }) => ` ${part}.${column}`)}`)
    .join()
  let joined = kept.get(key)
  if (!joined && kept.size < mostKept.ofAll && made.size < mostKept.ofOne) {
    joined = join(parts, `joined_${digestOf(key)}`)
    kept.set(key, joined)
    made.add(key)
  }
  return joined ?? null
}

function join(parts: Part[], name: string): Joined {
  const [first] = parts as [Part]
  const parameters: { part: number; from(values: Values): unknown }[] = []
  const textOf = ({ quick, from }: Part, part: number) =>
    quick.config.text.replace(/(any\()?\$(\d+)/g, (_match, any = '', digits) => {
      const parameter = quick.parameters[Number(digits) - 1] as Quick['parameters'][number]
      if (from.length > 0 && parameter.name === 'keys') return `${any}array(${keysOf(from, any !== '')})`
      return `${any}$${parameters.push({ part, from: parameter.from })}`
    })
  const withs = parts.map(
    (part, index) => `part${index}(${columnsOf(part).join()}) as materialized (${textOf(part, index)})`,
  )
  const lists = parts.map(({ quick }) => quick.columns.map((_name, place) => columnList(place, quick)))
  const text = `with ${withs.join(', ')} ${selectOf(lists)}`
  const config = { name, text, rowMode: 'array', types: first.quick.config.types }
  return {
    async run(db, values) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(clientOn(db, first.quick.client), config, given)
      const found: unknown[][][] = []
      for (const [part, count, ...texts] of rows as [number, number, ...(string | null)[]][]) {
        const columns = (lists[part] as ColumnList[]).map(({ read }, place) => read(texts[place] ?? null))
        if (columns.some(({ length }) => length !== count)) return null
        found[part] = columns
      }
      // Before rows are made: that takes what they are made of.
      const keys = parts.map(({ from }) => keysIn(found, from))
      return parts.map(({ quick }, index) => ({
        keys: keys[index] as string[],
        rows: quick.rows.ofColumns(found[index] as unknown[][]),
      }))
    },
  }
}

const columnsOf = ({ quick }: Part) => quick.columns.map((_name, index) => `c${index}`)

/** `any` takes keys more than once, and needs no sorting out; a page for every key must not come twice. */
function keysOf(from: Part['from'], mayRepeat: boolean): string {
  const select = mayRepeat ? 'select' : 'select distinct'
  return from
    .map(({ part, column }) => `${select} c${column} from part${part} where c${column} is not null`)
    .join(mayRepeat ? ' union all ' : ' union ')
}

/** One row for each part, with its columns as lists; how many rows it has tells whether the lists are right. */
function selectOf(lists: ColumnList[][]): string {
  const most = Math.max(...lists.map(({ length }) => length))
  const selects = lists.map((ofPart, part) => {
    const columns = ofPart.map(({ write }, place) => write(`c${place}`))
    const none = Array.from({ length: most - columns.length }, () => 'null')
    return `select ${[part, 'count(*)::int', ...columns, ...none].join()} from part${part}`
  })
  return selects.join(' union all ')
}

function keysIn(found: unknown[][][], from: Part['from']): string[] {
  return from.flatMap(({ part, column }) => (found[part]?.[column] ?? []).filter((key) => key !== null)) as string[]
}

/**
 * Several prepared statements as one, where each but the first takes its keys from the rows of others. What a statement
 * costs beside its work, 60 to 80 µs here and half of that in Postgres, is paid once for all of them.
 */
import type { Db } from './client.ts'
import { digestOf } from './digest.ts'
import { perDb } from './kept.ts'
import { type Quick, queried } from './quick-statements.ts'

type Values = Record<string, unknown>

/** A statement that has run before. `from`: the columns of parts before it whose values are its `$keys`. */
export type Part = { quick: Quick; from: { part: number; column: number }[] }

/** Rows of each part; of those that have some, the keys they were asked by, some more than once. */
type PartRows = { keys: readonly string[]; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

/** Runs with the values of each part. */
export type Joined = { client: Quick['client']; run(values: Values[]): Promise<PartRows[]> }

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
  const { types } = first.quick.config
  const text = `with ${withs.join(', ')} ${selectOf(parts)}`
  const config = { name, text, rowMode: 'array', types }
  const decodes = parts.map(decodeOf)
  return {
    client: first.quick.client,
    async run(values) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(this.client, config, given)
      const found: unknown[][][] = []
      for (const [part, ...columns] of rows)
        found[part as number] = columns.map((column) => (column ?? []) as unknown[])
      // Before rows are made: that takes what they are made of.
      const keys = parts.map(({ from }) => keysIn(found, from))
      return parts.map((_part, index) => ({
        keys: keys[index] as string[],
        rows: (decodes[index] as Decode)(found[index] as unknown[][]),
      }))
    },
  }
}

const columnsOf = ({ quick }: Part) => quick.columns.map((_name, index) => `c${index}`)

/** Where there is a page for every key, each may come once only. */
function keysOf(from: Part['from'], isSet: boolean): string {
  const select = isSet ? 'select' : 'select distinct'
  return from
    .map(({ part, column }) => `${select} c${column} from part${part} where c${column} is not null`)
    .join(isSet ? ' union all ' : ' union ')
}

/**
 * One row for each part, with its columns as lists in JSON: that is read at once, where the driver reads value by value. As
 * lists of rows it took Postgres a fifth longer for an inbox page (Q1), and a third for 500 messages (Q4): it then looks up
 * anew for every value how its type is written.
 */
function selectOf(parts: Part[]): string {
  const most = Math.max(...parts.map(({ quick }) => quick.columns.length))
  const selects = parts.map((part, index) => {
    const lists = columnsOf(part).map((column, place) => `json_agg(${inJson(column, place, part.quick)})`)
    const nothing = Array.from({ length: most - lists.length }, () => 'null::json')
    return `select ${[index, ...lists, ...nothing].join()} from part${index}`
  })
  return selects.join(' union all ')
}

/** bool, int2, int4, text, json, jsonb, uuid: what JSON says is what the driver gives. */
const saidByJson = new Set<number | undefined>([16, 21, 23, 25, 114, 3802, 2950])

function inJson(column: string, place: number, { typeIds, dates }: Quick): string {
  if (dates.has(place)) return `date_part('epoch', ${column})`
  return saidByJson.has(typeIds?.[place]) ? column : `${column}::text`
}

/** Of moments, seconds: both sides write and read a number in a third of the time that a date takes. 'Infinity' is text in JSON. */
const momentFrom = (seconds: unknown) => new Date(Math.round(Number(seconds) * 1000))

type Decode = (columns: unknown[][]) => unknown[]

/** All else comes as the text that the driver would have read. */
function decodeOf({ quick: { typeIds, dates, config, rows } }: Part): Decode {
  const parsers = (typeIds ?? []).flatMap((typeId, place) => {
    if (saidByJson.has(typeId)) return []
    return [{ place, parse: dates.has(place) ? momentFrom : config.types.getTypeParser(typeId) }]
  })
  return (columns) => {
    for (const { place, parse } of parsers) {
      const column = columns[place] as unknown[]
      for (let at = 0; at < column.length; at++) if (column[at] !== null) column[at] = parse(column[at])
    }
    return rows.ofColumns(columns)
  }
}

function keysIn(found: unknown[][][], from: Part['from']): string[] {
  return from.flatMap(({ part, column }) => (found[part]?.[column] ?? []).filter((key) => key !== null)) as string[]
}

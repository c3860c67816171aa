/**
 * Several prepared statements as one, where each but the first takes its keys from the rows of others. What a statement
 * costs beside its work, 60 to 80 µs here and half of that in Postgres, is paid once for all of them.
 */
import type { Db } from './client.ts'
import { digestOf } from './digest.ts'
import { perDb } from './kept.ts'
import { type Quick, queried } from './quick-statements.ts'
import { onShare } from './wall.ts'

type Values = Record<string, unknown>

/** A statement that has run before. `from`: the columns of parts before it whose values are its `$keys`. */
export type Part = { quick: Quick; from: { part: number; column: number }[] }

/** Rows of each part; of those that have some, the keys they were asked by. */
type PartRows = { keys: ReadonlySet<string>; rows: unknown[] }

/** Every connection keeps every one of them. While an operation is learnt, it goes through several. */
const mostKept = { ofAll: 200, ofOne: 10 }
const keptOf = perDb(() => new Map<string, Joined>())

type Joined = { client: Quick['client']; run(values: Values[]): Promise<PartRows[]> }

/** Null where no more can be kept. `values`: of each part. `made`: keys of those that the same operation has made. */
export function runJoined(
  db: Db,
  { parts, values, made }: { parts: Part[]; values: Values[]; made: Set<string> },
): Promise<PartRows[]> | null {
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
  return joined ? onShare(db, joined).run(values) : null
}

function join(parts: Part[], name: string): Joined {
  const [first] = parts as [Part]
  const parameters: { part: number; from(values: Values): unknown }[] = []
  const textOf = ({ quick, from }: Part, part: number) =>
    quick.config.text.replace(/\$(\d+)/g, (_match, digits) => {
      const parameter = quick.parameters[Number(digits) - 1] as Quick['parameters'][number]
      if (from.length > 0 && parameter.name === 'keys') return `array(${keysOf(from)})`
      return `$${parameters.push({ part, from: parameter.from })}`
    })
  const withs = parts.map(
    (part, index) => `part${index}(${columnsOf(part).join()}) as materialized (${textOf(part, index)})`,
  )
  // JSON is parsed at once, rows of the driver value by value.
  const selects = parts.map((part, index) => `(select json_agg(json_build_array(${valuesOf(part)})) from part${index})`)
  const { types } = first.quick.config
  const config = { name, text: `with ${withs.join(', ')} select ${selects.join(', ')}`, rowMode: 'array', types }
  const decodes = parts.map(decodeOf)
  return {
    client: first.quick.client,
    async run(values) {
      const given = parameters.map(({ part, from }) => from(values[part] as Values))
      const { rows } = await queried(this.client, config, given)
      const found = (rows[0] as unknown[][][]).map((list) => list ?? [])
      // Before rows are made: that takes what they are made of.
      const keys = parts.map(({ from }) => keysIn(found, from))
      return parts.map((_part, index) => ({
        keys: keys[index] as Set<string>,
        rows: (decodes[index] as Decode)(found[index] as unknown[][]),
      }))
    },
  }
}

const columnsOf = ({ quick }: Part) => quick.columns.map((_name, index) => `c${index}`)

/** Each once: there is a page for every key. */
const keysOf = (from: Part['from']) =>
  from
    .map(({ part, column }) => `select distinct c${column} from part${part} where c${column} is not null`)
    .join(' union ')

/** bool, int2, int4, text, json, jsonb, uuid: what JSON says is what the driver gives. */
const saidByJson = new Set([16, 21, 23, 25, 114, 3802, 2950])

function valuesOf(part: Part): string {
  const { typeIds } = part.quick
  return columnsOf(part)
    .map((column, index) => (saidByJson.has(typeIds?.[index] as number) ? column : `${column}::text`))
    .join()
}

type Decode = (rows: unknown[][]) => unknown[]

/** All else comes as the text that the driver would have read. */
function decodeOf({ quick: { typeIds, config, rowsOf } }: Part): Decode {
  const parsers = (typeIds ?? []).flatMap((typeId, column) =>
    saidByJson.has(typeId) ? [] : [{ column, parse: config.types.getTypeParser(typeId) }],
  )
  return (rows) => {
    for (const row of rows)
      for (const { column, parse } of parsers) {
        const text = row[column]
        if (text !== null) row[column] = parse(text)
      }
    return rowsOf(rows)
  }
}

function keysIn(found: unknown[][][], from: Part['from']): Set<string> {
  const keys = new Set<string>()
  for (const { part, column } of from)
    for (const row of found[part] ?? []) if (row[column] !== null) keys.add(row[column] as string)
  return keys
}

/**
 * Whole columns as one text each: what Postgres writes and Node reads in one go, where the driver goes value by value, and
 * JSON of rows looks up anew for every value how its type is written. Compared with such JSON, Postgres takes a third less
 * for an inbox page (Q1) and for 500 messages (Q4).
 */
import { randomBytes } from 'node:crypto'
import type { Quick } from './quick-statements.ts'

/** Texts stand between these signs. Nobody can know them; in a list where somebody guessed them there is a text too many. */
const between = `\x1f${randomBytes(3).toString('base64url')}`
/** Stands for null. Nobody can know it, so no text is like it. */
const nothing = `\x1e${randomBytes(6).toString('base64url')}`

const textTypes = new Set([25, 2950])
/** bool, int2, int4, json, jsonb: what JSON says is what the driver gives. */
const saidByJson = new Set([16, 21, 23, 114, 3802])

export type ColumnList = {
  /** In SQL, the list of all rows; null of none. */
  write(column: string): string
  /** What the driver would have given of each row. */
  read(list: string | null): unknown[]
}

/** How a column of a statement that has run comes as a list. */
export function columnList(place: number, { typeIds, dates, config }: Quick): ColumnList {
  const typeId = typeIds?.[place] as number
  if (textTypes.has(typeId)) return { write: writeTexts, read: readTexts }
  if (dates.has(place)) return { write: (column) => `json_agg(date_part('epoch', ${column}))::text`, read: readMoments }
  if (saidByJson.has(typeId)) return { write: (column) => `json_agg(${column})::text`, read: readJson }
  // The driver's reader takes the text that Postgres writes.
  return { write: writeTexts, read: parsing(readTexts, config.types.getTypeParser(typeId)) }
}

type Write = ColumnList['write']
type Read = ColumnList['read']

const writeTexts: Write = (column) => `string_agg(coalesce(${column}::text, '${nothing}'), '${between}')`

const readJson: Read = (list) => (list === null ? [] : JSON.parse(list))

const readTexts: Read = (list) => {
  if (list === null) return []
  const texts: (string | null)[] = list.split(between)
  for (let at = 0; at < texts.length; at++) if (texts[at] === nothing) texts[at] = null
  return texts
}

/** Of moments, seconds: a date as text takes 240 ns to read. 'Infinity' is text in JSON. */
const readMoments = parsing(readJson, (seconds) => new Date(Math.round(Number(seconds) * 1000)))

function parsing(read: Read, parse: (value: unknown) => unknown): Read {
  return (list) => read(list).map((value) => (value === null ? null : parse(value)))
}

/**
 * Whole columns as one text each: what Postgres writes and Node reads in one go, where the driver goes value by value, and
 * JSON of rows looks up anew for every value how its type is written. Against that it takes Postgres a third less for an
 * inbox page (Q1), and half for 500 messages (Q4).
 */
import { randomBytes } from 'node:crypto'
import type { Quick } from './quick-statements.ts'

/** Texts stand between these signs. Nobody writes them; in a list where somebody did there is one text too many. */
const between = '\x1f'
/** Stands for null. Nobody can know it, so no text is like it. */
const nothing = `\x1e${randomBytes(6).toString('base64url')}`

const textTypes = new Set<number | undefined>([25, 2950])
/** bool, int2, int4, json, jsonb: what JSON says is what the driver gives. */
const saidByJson = new Set<number | undefined>([16, 21, 23, 114, 3802])

/** In SQL, of all rows; null of none. */
export function listOf(column: string, place: number, { typeIds, dates }: Quick): string {
  const typeId = typeIds?.[place]
  if (textTypes.has(typeId)) return `string_agg(coalesce(${column}::text, '${nothing}'), '${between}')`
  if (dates.has(place)) return `json_agg(date_part('epoch', ${column}))::text`
  return `json_agg(${saidByJson.has(typeId) ? column : `${column}::text`})::text`
}

/** What the driver would have given of each row. */
export type ReadList = (list: string | null) => unknown[]

export function readerOf(place: number, { typeIds, dates, config }: Quick): ReadList {
  const typeId = typeIds?.[place] as number
  if (textTypes.has(typeId)) return readTexts
  if (dates.has(place)) return readMoments
  return saidByJson.has(typeId) ? readJson : readParsed(config.types.getTypeParser(typeId))
}

const readJson: ReadList = (list) => (list === null ? [] : JSON.parse(list))

const readTexts: ReadList = (list) => {
  if (list === null) return []
  const texts: (string | null)[] = list.split(between)
  for (let at = 0; at < texts.length; at++) if (texts[at] === nothing) texts[at] = null
  return texts
}

/** Of moments, seconds: both sides write and read a number in a third of the time that a date takes. 'Infinity' is text in JSON. */
const readMoments = readParsed((seconds) => new Date(Math.round(Number(seconds) * 1000)))

function readParsed(parse: (value: unknown) => unknown): ReadList {
  return (list) => readJson(list).map((value) => (value === null ? null : parse(value)))
}

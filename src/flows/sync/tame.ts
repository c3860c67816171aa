/** Makes records fit for Postgres, so that one absurd value does not cost a page. What had to be changed is noted. */
import type { Json, Misfit } from '#connectors/contract.ts'

const EARLIEST = Date.UTC(1901, 0, 1)
const LATEST = Date.UTC(9999, 11, 31)
const MAX_INT4 = 2_147_483_647

/**
 * A copy without text that Postgres cannot hold (NUL, lone surrogates become U+FFFD) and without dates outside the years
 * 1901 to 9999 (they become null). What is fine already is not copied.
 */
export function tame<Value>(value: Value, misfits: Misfit[], path: string[] = []): Value {
  if (typeof value === 'string') {
    const readable = isStorable(value) ? value : value.toWellFormed().replaceAll('\0', '\ufffd')
    if (readable.includes('\ufffd')) misfits.push(unreadable(path))
    return readable as Value
  }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return (isInRange(value) ? value : notedAsNull(value, misfits, path)) as Value
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (const [index, item] of value.entries()) {
      const tamed = tame(item, misfits, path)
      if (tamed === item) continue
      copy ??= [...value]
      copy[index] = tamed
    }
    return (copy ?? value) as Value
  }
  const object = value as Record<string, unknown>
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(object)) {
    const item = object[key]
    // Plain JSON without dates, and by far the most of a record; its text is looked at when it is written.
    if (key === 'raw') continue
    path.push(key)
    const tamed = tame(item, misfits, path)
    path.pop()
    if (tamed !== item) {
      copy ??= { ...object }
      copy[key] = tamed
    }
    if (!isStorable(key)) {
      copy ??= { ...object }
      delete copy[key]
      copy[key.toWellFormed().replaceAll('\0', '\ufffd')] = tamed
    }
  }
  return (copy ?? value) as Value
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isInRange(date: Date): boolean {
  const time = date.getTime()
  return time >= EARLIEST && time <= LATEST // false for an invalid date
}

function notedAsNull(date: Date, misfits: Misfit[], path: string[]): null {
  const raw = Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString()
  misfits.push(unmapped(path[0] ?? 'record', path.at(-1) ?? '', raw, 'is not a date that can be stored'))
  return null
}

/** A whole number within the range of int4; left-out stays left out. */
export function int4<Value extends number | null | undefined>(value: Value, field: string, misfits: Misfit[]): Value {
  if (typeof value !== 'number') return value
  const whole = Math.trunc(value)
  if (Math.abs(whole) <= MAX_INT4) return whole as Value
  misfits.push(unmapped('record', field, String(value), 'does not fit, the nearest possible number is shown'))
  return (Number.isNaN(whole) ? 0 : Math.sign(whole) * MAX_INT4) as Value
}

/** A whole number that JavaScript and int8 both hold exactly. */
export function int8<Value extends number | null | undefined>(value: Value): Value {
  if (typeof value !== 'number') return value
  if (Number.isNaN(value)) return 0 as Value
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(value))) as Value
}

/** An index entry holds at most 2,700 bytes. */
export function short<Value extends string | null | undefined>(text: Value, length: number): Value {
  if (typeof text !== 'string' || text.length <= length) return text
  return text.slice(0, length).toWellFormed() as Value
}

/** Signs that were none: NUL, half a pair, bytes that are no UTF-8. The same field again is only counted. */
function unreadable(path: string[]): Misfit {
  const field = path.at(-1) ?? ''
  const problem = `${field} has signs that cannot be read; each is shown as U+FFFD`
  return { kind: 'unmapped', subject: path[0] ?? 'record', externalId: null, field, problem, raw: null }
}

function unmapped(subject: string, field: string, value: Json, problem: string): Misfit {
  return {
    kind: 'unmapped',
    subject,
    externalId: null,
    field,
    problem: `${field} ${JSON.stringify(value)} ${problem}`,
    raw: value,
  }
}

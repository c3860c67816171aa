/**
 * Reading what vendors send: tolerant, total, pure. A value that cannot be read becomes null, never an exception; what did
 * not fit is noted, so that it can be counted and shown. All vendors' known ways to write a thing are understood everywhere.
 */
import { addressParser } from 'postal-mime'
import type { EmailAddressDirection } from '#vocabulary.ts'
import type { EmailAddressRecord, Json, JsonObject, Misfit } from './contract.ts'

/** Any scalar as trimmed text; null for nothing. Ids are always text: some vendors' numbers exceed 2^53. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() || null
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return null
}

/** Lower case; the zero GUID means "none". */
export function guidOf(value: unknown): string | null {
  const id = idOf(value)?.toLowerCase() ?? null
  return id === '00000000-0000-0000-0000-000000000000' ? null : id
}

/** Text as it came; null for the empty string and for anything that is no text. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

export function intOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : null
}

/** true/false, 1/0, "1"/"0", "true"/"false"; else null. */
export function boolOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'number' || typeof value === 'string' ? String(value).trim().toLowerCase() : ''
  return word === '1' || word === 'true' ? true : word === '0' || word === 'false' ? false : null
}

/**
 * A moment. Numbers below 1e11 are epoch seconds, others milliseconds; text is ISO 8601 or `YYYY-MM-DD HH:mm:ss`; without
 * an offset it is local to `zone`. The vendors' ways to say "never" are null: 0, 1970-01-01T00:00:00, 0000-00-00, year 3000.
 */
export function timeOf(value: unknown, zone = 'UTC'): Date | null {
  const numeric = typeof value === 'string' && /^\d{9,}(\.\d+)?$/.test(value.trim()) ? Number(value) : value
  const date =
    typeof numeric === 'number'
      ? new Date(numeric < 1e11 ? numeric * 1000 : numeric)
      : typeof numeric === 'string'
        ? dateOfText(numeric.trim(), zone)
        : numeric instanceof Date
          ? numeric
          : null
  if (!date || Number.isNaN(date.getTime()) || date.getTime() === 0) return null
  const year = date.getUTCFullYear()
  return year < 1900 || year >= 3000 ? null : date
}

const dateText = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i

function dateOfText(text: string, zone: string): Date | null {
  const parts = dateText.exec(text)
  if (!parts) return text ? new Date(text) : null
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = parts
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`
  if (offset) return new Date(`${local}${/z/i.test(offset) ? 'Z' : offset.replace(/^(.\d{2}):?/, '$1:')}`)
  const asUtc = new Date(`${local}Z`)
  return zone === 'UTC' || Number.isNaN(asUtc.getTime()) ? asUtc : new Date(asUtc.getTime() - offsetMsOf(zone, asUtc))
}

/** How far a zone is ahead of UTC at about that moment. */
function offsetMsOf(zone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at)
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** An object; `[]` (an empty hash in some back ends) and JSON text of an object count too; else null. */
export function objectOf(value: unknown): JsonObject | null {
  if (Array.isArray(value)) return value.length === 0 ? {} : null
  if (typeof value === 'object' && value !== null) return value as JsonObject
  if (typeof value !== 'string' || !value.trim().startsWith('{')) return null
  try {
    return objectOf(JSON.parse(value))
  } catch {
    return null
  }
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value : []
}

/** A list of mail addresses, separated by `,` or `;`, each bare or as `Name <address>`. */
export function addressesOf(value: unknown, direction: EmailAddressDirection): EmailAddressRecord[] {
  const text = Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(',') : textOf(value)
  if (!text) return []
  return text
    .split(';')
    .flatMap((part) => addressParser(part, { flatten: true }))
    .filter((entry) => entry.address)
    .map((entry) => ({ email: entry.address as string, name: entry.name || null, direction }))
}

/** A word of ours for a vendor's word or number, whatever its case; undefined when the table does not have it. */
export function wordOf<Word>(table: Record<string, Word>, value: unknown): Word | undefined {
  const key = idOf(value)
  if (key === null) return undefined
  if (Object.hasOwn(table, key)) return table[key]
  const folded = key.toLowerCase()
  const found = Object.keys(table).find((name) => name.toLowerCase() === folded)
  return found === undefined ? undefined : table[found]
}

/** A copy without the named keys, at any depth: how live secrets are kept out of `raw`. Keys are compared without case. */
export function redact(value: Json | undefined, secretKeys: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => redact(item, secretKeys))
  if (typeof value !== 'object' || value === null) return value ?? null
  const kept: JsonObject = {}
  for (const [key, item] of Object.entries(value))
    if (!secretKeys.has(key.toLowerCase())) kept[key] = redact(item, secretKeys)
  return kept
}

// ------------------------------------------------------------------ what did not fit

/** Collects what did not fit while one answer is read. */
export type Notes = {
  misfits: Misfit[]
  /** One value of a record became UNKNOWN or null. */
  unmapped(subject: string, externalId: string | null, field: string, value: unknown): void
}

export function takeNotes(): Notes {
  const misfits: Misfit[] = []
  return {
    misfits,
    unmapped(subject, externalId, field, value) {
      const raw = (value ?? null) as Json
      misfits.push({
        kind: 'unmapped',
        subject,
        externalId,
        field,
        problem: `${field} ${JSON.stringify(raw)} is not a value we know`,
        raw,
      })
    },
  }
}

/**
 * Maps every item of a list; an item that cannot become a record is parked with its raw form and the others go on.
 * `map` throws an Error that says what was expected; null skips an item on purpose.
 */
export function mapEach<Item extends Json, Mapped>(
  items: readonly Item[],
  { subject, notes, secretKeys = new Set() }: { subject: string; notes: Notes; secretKeys?: ReadonlySet<string> },
  map: (item: Item, index: number) => Mapped | null,
): Mapped[] {
  return items.flatMap((item, index) => {
    try {
      const mapped = map(item, index)
      return mapped === null ? [] : [mapped]
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      const object = objectOf(item)
      notes.misfits.push({
        kind: 'parked',
        subject,
        externalId: idOf(object?.id ?? object?.Id ?? null),
        field: null,
        problem,
        raw: redact(item, secretKeys),
      })
      return []
    }
  })
}

/** A value that a record cannot do without; throws with what was expected and what came. */
export function need<Value>(value: Value | null | undefined, expected: string, came: unknown): Value {
  if (value === null || value === undefined)
    throw new Error(`expected ${expected}, got ${JSON.stringify(came)?.slice(0, 120) ?? 'nothing'}`)
  return value
}

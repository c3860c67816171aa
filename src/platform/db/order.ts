/** Orders of lists, and the places of rows in them. */
import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Columns } from './load-context.ts'

/**
 * One step of an order. `by` must never be null: wrap nullable columns in coalesce. Where it is a column that lists select, it
 * has to be that very object.
 */
export type OrderStep = {
  by: PgColumn | SQL
  type: 'timestamptz' | 'uuid' | 'bigint' | 'integer' | 'text'
  direction: 'ASC' | 'DESC'
}

/** An order and its name. Its steps end with something unique. */
export type NamedOrder = { name: string; steps: OrderStep[] }

/** The values of a row's order steps, as text that Postgres reads. */
export type Position = string[]

/** With a column that tells the place of a row in an order; always, as uses of a list in other orders share its columns. */
export function withPosition(columns: Columns, { steps }: NamedOrder): Columns {
  const texts = steps.map(({ by }) => sql`${by}::text`)
  return { ...columns, position: sql<Position>`jsonb_build_array(${sql.join(texts, sql`, `)})`.as('position') }
}

/**
 * The places of rows in an order that goes by columns of theirs, as rows have them: positions that Postgres writes for every
 * row, when only the last one is asked for, took 7 % of its time for an inbox page (Q1).
 * @param otherwise for an order that does not; without it such an order is refused.
 */
export function positionsIn(
  columns: Columns,
  order: NamedOrder,
  otherwise?: (row: object) => Position,
): (row: object) => Position {
  const names = namesOf(columns, order)
  if (names) return (row) => names.map((name) => textOf((row as Record<string, unknown>)[name]))
  if (otherwise) return otherwise
  throw new Error(`expected an order by columns of the rows, got ${order.name}`)
}

/** Under which names the rows have what an order goes by; null where some of it is no column of theirs. */
function namesOf(columns: Columns, { steps }: NamedOrder): string[] | null {
  // Where rows have a column of that name, the place takes its stead.
  const all = Object.entries(columns).filter(([name]) => name !== 'position')
  const names = steps.map(({ by }) => all.find(([, column]) => column === by)?.[0])
  return names.every((name) => name !== undefined) ? names : null
}

/** Moments to the millisecond, as Postgres has them (see `moment`). */
function textOf(value: unknown): string {
  if (value === null || value === undefined) throw new Error(`expected a value for each step of an order, got ${value}`)
  if (!(value instanceof Date)) return String(value)
  const [day, time] = value.toISOString().split('T') as [string, string]
  // Years past 9999 begin with a sign and up to one nought, which Postgres does not read.
  return `${day.replace(/^\+0?/, '')} ${time.replace('Z', '+00')}`
}

const isValueOf: Record<OrderStep['type'], (text: string) => boolean> = {
  timestamptz: isMoment,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text),
  bigint: (text) => /^-?\d{1,18}$/.test(text),
  integer: (text) => /^-?\d{1,9}$/.test(text),
  text: (text) => !text.includes('\0'),
}

const momentText = /^(\d{4,5})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?[+-](\d\d)(?::(\d\d))?(?::(\d\d))?$/

/** A moment as Postgres writes it, and one that exists: Postgres refuses the 31st of February. */
function isMoment(text: string): boolean {
  if (text === 'infinity' || text === '-infinity') return true
  const numbers = momentText
    .exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0))
  if (!numbers) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0, zoneSecond = 0] =
    numbers
  const daysInMonth = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  const isDay = year > 0 && month > 0 && month <= 12 && day > 0 && day <= daysInMonth
  return isDay && hour < 24 && zoneHour < 16 && Math.max(minute, second, zoneMinute, zoneSecond) < 60
}

/** Whether a position read from outside can be one of this order. */
export function isPositionOf(order: OrderStep[], position: string[]): boolean {
  return position.length === order.length && order.every((step, index) => isValueOf[step.type](position[index] ?? ''))
}

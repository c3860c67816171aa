/**
 * A client's filter as a statement's condition: constant text per shape, the values apart, so that equal shapes share one
 * prepared statement.
 */
import { and, type SQL, sql } from 'drizzle-orm'

export type Filter = {
  /** Stands for the text of the condition: equal shapes have equal text. '' for no filter. */
  shape: string
  /** Whether the text depends on a client's nesting: too many there may be to keep statements for. */
  isNested: boolean
  /** Only called when a statement has to be built. */
  where(): SQL | undefined
  values: Record<string, unknown>
}

export const noFilter: Filter = { shape: '', isNested: false, where: () => undefined, values: {} }

/** Collects conditions; `prefix` keeps the values of two filters of one statement apart. `value` puts a value into the statement as a parameter. */
export function collectFilter(prefix = 'filter') {
  const conditions: SQL[] = []
  const shape: string[] = []
  const values: Record<string, unknown> = {}
  let isNested = false
  return {
    /** A parameter holding the value. */
    value(value: unknown): SQL {
      const name = `${prefix}${Object.keys(values).length}`
      values[name] = value
      return sql`${sql.placeholder(name)}`
    },
    /** Adds a condition under a name that stands for its text. */
    add(name: string, condition: SQL | undefined): void {
      if (!condition) return
      shape.push(name)
      conditions.push(condition)
    },
    /** Says that the text depends on a client's nesting. */
    nest(): void {
      isNested = true
    },
    /** What was added so far, for use inside another. */
    part: (): { shape: string; condition: SQL } => ({
      shape: shape.join(' '),
      condition: and(...conditions) ?? sql`true`,
    }),
    done: (): Filter => ({ shape: shape.join(' '), isNested, where: () => and(...conditions), values }),
  }
}
export type FilterCollector = ReturnType<typeof collectFilter>

/** Two conditions that must both hold. */
export function bothFilters(one: Filter, other: Filter): Filter {
  if (one.shape === '') return other
  if (other.shape === '') return one
  return {
    shape: `${one.shape} ${other.shape}`,
    isNested: one.isNested || other.isNested,
    where: () => and(one.where(), other.where()),
    values: { ...one.values, ...other.values },
  }
}

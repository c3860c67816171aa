/** A help desk's own fields, on contacts, tickets and conversations alike. */
import { sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { FilterCollector } from '#platform/db/filter.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder } from '#platform/graphql/builder.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import type { CustomField } from './table.ts'

export const CustomFieldValue = builder.objectRef<CustomField>('CustomFieldValue').implement({
  description: "A value in one of the help desk's own fields.",
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Name for programs.' }),
    label: t.exposeString('label', { description: 'Name for people.' }),
    type: t.exposeString('type', {
      description: "Kind of the field, in the help desk's words, e.g. text, number, checkbox.",
    }),
    value: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The value as it came.',
      resolve: ({ value }) => value,
    }),
    displayValue: t.string({
      nullable: true,
      description: 'The value as text for people.',
      resolve: ({ value }) => displayOf(value),
    }),
    isEditable: t.boolean({
      description: 'Whether it can be changed.',
      resolve: ({ isEditable }) => isEditable ?? true,
    }),
  }),
})

function displayOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  if (Array.isArray(value)) return value.map(displayOf).filter(Boolean).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export const CustomFieldFilter = builder.inputType('CustomFieldFilter', {
  description: 'A condition on one custom field. All given conditions must hold.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Which field.' }),
    eq: t.field({ type: 'JSON', description: 'Equal to this.' }),
    in: t.field({ type: ['JSON'], description: 'Equal to any of these.' }),
    contains: t.string({ description: 'Text that contains this; case does not matter.' }),
    gte: t.field({ type: 'JSON', description: 'This or more: numbers as numbers, everything else as text.' }),
    lt: t.field({ type: 'JSON', description: 'Less than this: numbers as numbers, everything else as text.' }),
    isNull: t.boolean({ description: 'True: only where it has no value. False: only where it has one.' }),
  }),
})

type CustomFieldFilterInput = typeof CustomFieldFilter.$inferInput

const maxFields = 20
const maxValueDepth = 20

/** Adds conditions on a column that holds `CustomField[]`; `argument` is where a client gave them. */
export function customFieldConditions(
  column: PgColumn,
  fields: CustomFieldFilterInput[],
  collector: Pick<FilterCollector, 'add' | 'value'>,
  argument: string,
): void {
  if (fields.length > maxFields)
    throw badInput(argument, `expected at most ${maxFields} custom fields, got ${fields.length}`)
  for (const field of fields) {
    if (isDeeper([field.eq, field.in, field.gte, field.lt], maxValueDepth))
      throw badInput(argument, `expected values nested at most ${maxValueDepth} levels deep`)
    addCondition(column, field, collector, argument)
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels < 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** As JSON that Postgres takes: a lone surrogate would be refused. */
function storableJson(given: unknown): string {
  // `JSON.stringify` writes paired surrogates as they are, so an escaped one is alone.
  return JSON.stringify(given).replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd')
}

function addCondition(
  column: PgColumn,
  field: CustomFieldFilterInput,
  { add, value }: Pick<FilterCollector, 'add' | 'value'>,
  argument: string,
): void {
  const entry = sql`jsonb_path_query_first(${column}, '$[*] ? (@.key == $key)', jsonb_build_object('key', ${value(field.key)}::text)) -> 'value'`
  const json = (given: unknown) => sql`${value(storableJson(given))}::text::jsonb`
  // jsonb orders numbers before text, so a number is never "more" than a text by accident: the kinds must agree.
  const sameKind = (given: unknown) => sql`jsonb_typeof(${entry}) = jsonb_typeof(${json(given)})`
  if (field.eq !== undefined) add('custom=', sql`${entry} = ${json(field.eq)}`)
  if (field.in) add('custom in', sql`${entry} = any(array(select jsonb_array_elements(${json(field.in)})))`)
  if (field.contains != null)
    add(
      'custom contains',
      sql`${entry} #>> '{}' ilike ${value(`%${literalPattern(`${argument}.contains`, field.contains)}%`)}`,
    )
  if (field.gte !== undefined) add('custom>=', sql`(${sameKind(field.gte)} and ${entry} >= ${json(field.gte)})`)
  if (field.lt !== undefined) add('custom<', sql`(${sameKind(field.lt)} and ${entry} < ${json(field.lt)})`)
  if (field.isNull != null)
    add(`custom null ${field.isNull}`, sql`(coalesce(${entry}, 'null') = 'null') = ${value(field.isNull)}`)
}

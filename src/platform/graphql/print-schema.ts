/** The schema as text, in a stable order. graphql-js prints no directives on what they stand at: they are put in here. */
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type Location,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql'
import { weightOf } from './cost.ts'
import type { Scope } from './scopes.ts'

type Declared = GraphQLField<unknown, unknown> | GraphQLObjectType | undefined

export function printedSchema(schema: GraphQLSchema): string {
  const text = printSchema(lexicographicSortSchema(schema))
  const places = parse(text).definitions.flatMap((definition) => {
    const type = definition.kind === Kind.OBJECT_TYPE_DEFINITION && schema.getType(definition.name.value)
    if (!type || !isObjectType(type) || definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
    const fields = type.getFields()
    return [
      placed(definition.interfaces?.at(-1)?.loc ?? definition.name.loc, type),
      ...(definition.fields ?? []).map((field) => placed(field.type.loc, fields[field.name.value])),
    ]
  })
  const pieces = places.map(({ at, words }, index) => text.slice(places[index - 1]?.at ?? 0, at) + words)
  return `${pieces.join('')}${text.slice(places.at(-1)?.at ?? 0)}\n`
}

function placed(before: Location | undefined, declared: Declared) {
  return { at: before?.end ?? 0, words: declared ? `${costOf(declared)}${scopesOf(declared)}` : '' }
}

function costOf(declared: NonNullable<Declared>): string {
  const weight = isObjectType(declared) ? null : weightOf(declared)
  return weight == null ? '' : ` @cost(weight: ${weight})`
}

function scopesOf({ extensions }: NonNullable<Declared>): string {
  const scopes = (extensions as { requiredScopes?: readonly Scope[] }).requiredScopes ?? []
  return scopes.length > 0 ? ` @requiresScopes(scopes: [${scopes.join(', ')}])` : ''
}

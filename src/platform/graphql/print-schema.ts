/** The schema as text, in a stable order. graphql-js prints no directives on what they stand at: they are put in here. */
import {
  type GraphQLField,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type Location,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql'
import { weightOf } from './cost.ts'

export function printedSchema(schema: GraphQLSchema): string {
  const text = printSchema(lexicographicSortSchema(schema))
  const places = parse(text).definitions.flatMap((definition) => {
    const type = definition.kind === Kind.OBJECT_TYPE_DEFINITION && schema.getType(definition.name.value)
    if (!type || !isObjectType(type) || definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return []
    const fields = type.getFields()
    return (definition.fields ?? []).map((field) => placed(field.type.loc, fields[field.name.value]))
  })
  const pieces = places.map(({ at, words }, index) => text.slice(places[index - 1]?.at ?? 0, at) + words)
  return `${pieces.join('')}${text.slice(places.at(-1)?.at ?? 0)}\n`
}

function placed(before: Location | undefined, declared: GraphQLField<unknown, unknown> | undefined) {
  const weight = declared && weightOf(declared)
  return { at: before?.end ?? 0, words: weight == null ? '' : ` @cost(weight: ${weight})` }
}

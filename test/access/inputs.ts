/** The least that an input type takes, made from the schema. */
import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'

const plain: Record<string, unknown> = {
  ...{ ID: 'x', String: 'x', Int: 1, Float: 1, Boolean: true, JSON: {}, DateTime: '2026-01-01T00:00:00Z' },
  ...{ Locale: 'en', URL: 'https://x.example', Duration: 'P1D' },
}

export function leastInput(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return leastInput(type.ofType)
  if (isListType(type)) return [leastInput(type.ofType)]
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (!isInputObjectType(type)) return plain[type.name]
  const fields = Object.values(type.getFields())
  const wanted = type.isOneOf ? fields.slice(0, 1) : fields.filter(isRequiredInputField)
  return Object.fromEntries(wanted.map((field) => [field.name, leastInput(field.type)]))
}

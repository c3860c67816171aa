/**
 * Inputs as they are kept: just as a client would send them. What was kept is read again by the types of today, so one
 * that no longer fits is told, never trusted.
 */
import {
  coerceInputValue,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'

let schema: GraphQLSchema | null = null

/** Says by which schema inputs are kept and read. */
export function keepInputsBy(given: GraphQLSchema): void {
  schema = given
}

const typeNames = { filter: 'TicketFilter', order: 'TicketOrder' } as const

function typeNamed(kind: keyof typeof typeNames): GraphQLInputType {
  const type = schema?.getType(typeNames[kind])
  if (!isInputObjectType(type)) throw new Error('keepInputsBy() was not called with the schema')
  return type
}

/** An input that a resolver got, as JSON that can be sent again. */
export function storable(kind: keyof typeof typeNames, value: unknown): unknown {
  return storableAs(typeNamed(kind), value)
}

function storableAs(type: GraphQLInputType, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (isNonNullType(type)) return storableAs(type.ofType, value)
  if (isListType(type)) return (value as unknown[]).map((item) => storableAs(type.ofType, item))
  if (!isInputObjectType(type)) return type.serialize(value)
  const given = value as Record<string, unknown>
  const fields = Object.values(type.getFields()).filter(({ name }) => given[name] !== undefined)
  return Object.fromEntries(fields.map((field) => [field.name, storableAs(field.type, given[field.name])]))
}

/** What a resolver would get for it, or why it no longer fits. */
export function readStored(
  kind: keyof typeof typeNames,
  stored: unknown,
): { value: unknown; problem: null } | { value: null; problem: string } {
  let problem: string | null = null
  const value = coerceInputValue(stored, typeNamed(kind), (path, _value, error) => {
    problem ??= `${path.join('.') || 'it'}: ${error.message}`
  })
  return problem === null ? { value, problem } : { value: null, problem }
}

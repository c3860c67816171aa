/** What resolvers give, turned into what the types promise. */
import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { argumentsOf, type Execution, fail, type Holder, infoOf, type Position, wait } from './execution.ts'
import type { FieldPlan, Fields, Shape } from './plan.ts'

/** Puts the values of an object's fields into `holder`, which stands at `position`. */
export function executeFields(
  execution: Execution,
  { plans }: Fields,
  source: unknown,
  holder: Holder,
  position: Position,
): void {
  for (const field of plans) {
    const place = { field, shape: field.shape, holder, key: field.key, within: position }
    try {
      const { resolve } = field
      complete(
        execution,
        resolve(source, argumentsOf(execution, field), execution.context, infoOf(execution, field)),
        place,
      )
    } catch (error) {
      failAt(execution, error, place)
    }
    if (position.isGivenUp) return
  }
}

/** Where a value belongs, and of which shape it has to be. `within`: where its holder stands. */
type Place = { field: FieldPlan; shape: Shape; holder: Holder; key: string | number; within: Position }

function failAt(execution: Execution, error: unknown, place: Place): void {
  fail(execution, error, { ...place, isNullable: place.shape.isNullable })
}

function complete(execution: Execution, value: unknown, place: Place): void {
  const { field, shape, holder, key } = place
  if (value instanceof Error) throw value
  if (isPromise(value)) later(execution, value, (kept) => complete(execution, kept, place), place)
  else if (value === null || value === undefined) {
    if (!shape.isNullable)
      throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.field.name}.`)
    holder[key] = null
  } else if (shape.kind === 'LEAF') holder[key] = serialized(shape.leaf, value)
  else if (shape.kind === 'OBJECT') completeObject(execution, shape.object, value, place)
  else if (shape.kind === 'LIST') completeList(execution, shape.of, value, place)
  else completeAbstract(execution, shape.abstract, value, place)
}

function serialized(type: GraphQLLeafType, value: unknown): unknown {
  const given = type.serialize(value)
  if (given !== null && given !== undefined) return given
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(given)}`,
  )
}

function completeList(execution: Execution, of: Shape, value: unknown, place: Place): void {
  const { field, holder, key } = place
  if (typeof value !== 'object' || !(Symbol.iterator in (value as object))) {
    throw new GraphQLError(
      `Expected Iterable, but did not find one for field "${field.parentType.name}.${field.field.name}".`,
    )
  }
  const list: unknown[] = []
  holder[key] = list
  const within = positionOf(place)
  let index = 0
  for (const item of value as Iterable<unknown>) {
    const itemPlace = { field, shape: of, holder: list as unknown as Holder, key: index, within }
    index += 1
    try {
      complete(execution, item, itemPlace)
    } catch (error) {
      failAt(execution, error, itemPlace)
    }
    if (within.isGivenUp) return
  }
}

function completeObject(execution: Execution, type: GraphQLObjectType, value: unknown, place: Place): void {
  const { field, holder, key } = place
  const fill = (isOfType: boolean) => {
    if (!isOfType) throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`)
    const fields = field.fieldsOf(type)
    const data = fields.newHolder()
    holder[key] = data
    executeFields(execution, fields, value, data, positionOf(place))
  }
  later(execution, type.isTypeOf?.(value, execution.context, infoOf(execution, field)) ?? true, fill, place)
}

function completeAbstract(execution: Execution, type: GraphQLAbstractType, value: unknown, place: Place): void {
  const resolveType = type.resolveType ?? defaultTypeResolver
  const goOn = (name: unknown) =>
    completeObject(execution, runtimeType(execution, type, name, value, place), value, place)
  later(execution, resolveType(value, execution.context, infoOf(execution, place.field), type), goOn, place)
}

function runtimeType(
  { schema }: Execution,
  { name }: GraphQLAbstractType,
  given: unknown,
  value: unknown,
  { field: { parentType, field } }: Place,
): GraphQLObjectType {
  const place = `must resolve to an Object type at runtime for field "${parentType.name}.${field.name}"`
  if (given === null || given === undefined) {
    throw new GraphQLError(
      `Abstract type "${name}" ${place}. Either the "${name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
    )
  }
  if (typeof given !== 'string')
    throw new GraphQLError(
      `Abstract type "${name}" ${place} with value ${inspect(value)}, received "${inspect(given)}".`,
    )
  const type = schema.getType(given)
  if (!type)
    throw new GraphQLError(
      `Abstract type "${name}" was resolved to a type "${given}" that does not exist inside the schema.`,
    )
  if (!isObjectType(type))
    throw new GraphQLError(`Abstract type "${name}" was resolved to a non-object type "${given}".`)
  if (!schema.isSubType(schema.getType(name) as GraphQLAbstractType, type))
    throw new GraphQLError(`Runtime Object type "${given}" is not a possible type for "${name}".`)
  return type
}

/** Goes on with what is there, or with what a promise keeps. */
function later<Value>(
  execution: Execution,
  value: Value | PromiseLike<Value>,
  goOn: (value: Value) => void,
  place: Place,
): void {
  if (isPromise(value)) {
    place.holder[place.key] = undefined // keeps its place among the others
    wait(execution, value, goOn, (error) => failAt(execution, error, place))
  } else goOn(value)
}

function positionOf({ within, holder, key, shape }: Place): Position {
  return { parent: within, holder, key, isNullable: shape.isNullable, isGivenUp: false }
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as PromiseLike<Value> | null)?.then === 'function'
}

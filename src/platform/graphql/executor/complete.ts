/** What resolvers give, turned into what the types promise. */
import {
  defaultTypeResolver,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  isObjectType,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { isLoaded } from '#platform/db/loaded.ts'
import { fail, infoOf, placeOf, wait } from './execution.ts'
import { checked, loopFilling, writtenFilling } from './filling.ts'
import type { Execution, Fields, Filling, Holder, Place, Shape } from './model.ts'

/** By the loop, until so many objects were filled that a function of its own pays. */
export function fillingOf({ usesUntilWritten }: Execution, fields: Fields): Filling {
  if (fields.written) return fields.written
  fields.uses += 1
  if (fields.uses > usesUntilWritten) {
    fields.written = writtenFilling(fields.plans, complete)
    fields.loop = null
    return fields.written
  }
  fields.loop ??= loopFilling(fields.plans, complete)
  return fields.loop
}

function complete(execution: Execution, value: unknown, place: Place): void {
  const { field, shape, holder, key } = place
  if (value instanceof Error) throw value
  // Neither lists nor what is known already can be promises, and looking for `then` in them takes time.
  if (!Array.isArray(value) && isPromise(value)) {
    // What was read ahead is here.
    const here = isLoaded(value) ? value.outcome : null
    if (here?.error) throw here.error.reason
    if (here) complete(execution, here.value, place)
    else later(execution, value, (kept) => complete(execution, kept, place), place)
  } else if (value === null || value === undefined) {
    if (!shape.isNullable)
      throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.field.name}.`)
    holder[key] = null
  } else if (shape.kind === 'LEAF') holder[key] = checked(shape.leaf.serialize(value), shape.leaf, value)
  else if (shape.kind === 'OBJECT') completeObject(execution, shape.object, value, place)
  else if (shape.kind === 'LIST') completeList(execution, shape.of, value, place)
  else completeAbstract(execution, shape, value, place)
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
  let index = 0
  for (const item of value as Iterable<unknown>) {
    const itemPlace = placeOf(field, of, list as unknown as Holder, index, place)
    index += 1
    try {
      complete(execution, item, itemPlace)
    } catch (error) {
      fail(execution, error, itemPlace)
    }
    if (place.isGivenUp) return
  }
}

function completeObject(execution: Execution, type: GraphQLObjectType, value: unknown, place: Place): void {
  const isOfType = type.isTypeOf?.(value, execution.context, infoOf(execution, place.field)) ?? true
  if (isOfType !== true && isPromise(isOfType))
    later(execution, isOfType, (kept) => completeFields(execution, type, kept, value, place), place)
  else completeFields(execution, type, isOfType, value, place)
}

function completeFields(
  execution: Execution,
  type: GraphQLObjectType,
  isOfType: boolean,
  value: unknown,
  place: Place,
): void {
  if (!isOfType) throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(value)}.`)
  const fields = place.field.fieldsOf(type)
  const filling = fillingOf(execution, fields)
  const data = filling.newHolder()
  place.holder[place.key] = data
  filling.fill(execution, value, data, place)
}

type AbstractShape = Extract<Shape, { kind: 'ABSTRACT' }>

function completeAbstract(execution: Execution, shape: AbstractShape, value: unknown, place: Place): void {
  const { abstract } = shape
  const resolveType = abstract.resolveType ?? defaultTypeResolver
  const name: unknown = resolveType(value, execution.context, infoOf(execution, place.field), abstract)
  if (typeof name !== 'string' && isPromise(name))
    later(execution, name, (given) => completeNamed(execution, shape, given, value, place), place)
  else completeNamed(execution, shape, name, value, place)
}

function completeNamed(
  execution: Execution,
  { abstract, known }: AbstractShape,
  name: unknown,
  value: unknown,
  place: Place,
): void {
  let type = known.get(name as string)
  if (!type) {
    type = runtimeType(execution, abstract, name, value, place)
    known.set(type.name, type)
  }
  completeObject(execution, type, value, place)
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

/** Goes on with what a promise keeps. */
function later<Value>(
  execution: Execution,
  promise: PromiseLike<Value>,
  goOn: (value: Value) => void,
  place: Place,
): void {
  place.holder[place.key] = undefined // keeps its place among the others
  wait(execution, promise, goOn, (error) => fail(execution, error, place))
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as PromiseLike<Value> | null)?.then === 'function'
}

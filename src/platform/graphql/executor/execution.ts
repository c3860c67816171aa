/** What the fields of one execution share, what it waits for, and how something in it fails. */
import { type GraphQLResolveInfo, locatedError } from 'graphql'
import { isLoaded, whenHere } from '#platform/db/loaded.ts'
import type { Execution, FieldPlan, Holder, Place, Shape } from './model.ts'

export function placeOf(field: FieldPlan, shape: Shape, holder: Holder, key: string | number, within: Place): Place {
  return { field, shape, holder, key, within, isGivenUp: false }
}

export function infoOf(execution: Execution, field: FieldPlan): GraphQLResolveInfo {
  const known = execution.infos[field.place]
  if (known) return known
  const info = new Info(execution, field)
  execution.infos[field.place] = info
  return info
}

/** Hardly anybody reads one, and each field of each answer needs one: an object literal with a getter takes 20 times longer. */
const Info = function makeInfo(
  this: Record<string, unknown>,
  { schema, plan, rootValue, variables }: Execution,
  { field, nodes, parentType }: FieldPlan,
) {
  this.fieldName = field.name
  this.fieldNodes = nodes
  this.returnType = field.type
  this.parentType = parentType
  this.schema = schema
  this.fragments = plan.fragments
  this.operation = plan.operation
  this.rootValue = rootValue
  this.variableValues = variables
} as unknown as { new (execution: Execution, field: FieldPlan): GraphQLResolveInfo; prototype: object }
Object.defineProperty(Info.prototype, 'path', {
  get(): never {
    throw new Error('resolvers share their info: it knows no path')
  },
})

/** Calls back when a promise is kept or broken, and says when it was the last one. */
export function wait<Value>(
  execution: Execution,
  promise: PromiseLike<Value>,
  onValue: (value: Value) => void,
  onError: (error: unknown) => void,
): void {
  execution.waitingFor += 1
  const settle = () => {
    execution.waitingFor -= 1
    if (execution.waitingFor === 0) execution.onSettled()
  }
  const onKept = (value: Value) => {
    try {
      onValue(value)
    } catch (error) {
      onError(error)
    }
    settle()
  }
  const onBroken = (error: unknown) => {
    onError(error)
    settle()
  }
  if (isLoaded(promise))
    whenHere(promise, ({ value, error }) => (error === null ? onKept(value as Value) : onBroken(error.reason)))
  else promise.then(onKept, onBroken)
}

/** A value that failed is null; where it must not be, what holds it is. */
export function fail(execution: Execution, raw: unknown, place: Place): void {
  for (let above = place.within; above; above = above.within) if (above.isGivenUp) return
  execution.errors.push(locatedError(raw, place.field.nodes, pathTo(place)))
  if (place.shape.isNullable) place.holder[place.key] = null
  else giveUp(place.within)
}

function giveUp(place: Place | null): void {
  if (!place) return
  place.isGivenUp = true
  if (place.shape.isNullable || !place.within) place.holder[place.key] = null
  else giveUp(place.within)
}

function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = []
  // The outermost is the answer's `data`.
  for (let at = place; at.within; at = at.within) path.push(at.key)
  return path.reverse()
}

/** One execution of an operation, and how something in it fails. */
import {
  type GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  locatedError,
} from 'graphql'
import type { FieldPlan, OperationPlan } from './plan.ts'

export type Execution = {
  schema: GraphQLSchema
  plan: OperationPlan
  context: unknown
  rootValue: unknown
  variables: Record<string, unknown>
  errors: GraphQLError[]
  /** Of fields by their places: the same for all objects of an answer. */
  arguments: Record<string, unknown>[]
  infos: GraphQLResolveInfo[]
  /** How much has not come yet. */
  waitingFor: number
  onSettled(): void
}

export type Holder = { [key: string | number]: unknown }

/** Where an object or a list stands. */
export type Position = {
  parent: Position | null
  /** What holds it, and under which name or number. */
  holder: Holder
  key: string | number
  isNullable: boolean
  /** Something in it is null that must not be. */
  isGivenUp: boolean
}

export function argumentsOf(execution: Execution, field: FieldPlan): Record<string, unknown> {
  const known = execution.arguments[field.place]
  if (known) return known
  const given = getArgumentValues(field.field, field.nodes[0] as FieldPlan['nodes'][0], execution.variables)
  execution.arguments[field.place] = given
  return given
}

export function infoOf(execution: Execution, { place, field, nodes, parentType }: FieldPlan): GraphQLResolveInfo {
  const known = execution.infos[place]
  if (known) return known
  const { schema, plan, rootValue, variables } = execution
  const info = {
    ...{ fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType },
    ...{ schema, fragments: plan.fragments, operation: plan.operation, rootValue, variableValues: variables },
    get path(): never {
      throw new Error('resolvers share their info: it knows no path')
    },
  }
  execution.infos[place] = info
  return info
}

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
  promise.then(
    (value) => {
      try {
        onValue(value)
      } catch (error) {
        onError(error)
      }
      settle()
    },
    (error) => {
      onError(error)
      settle()
    },
  )
}

/** A value that failed is null; where it must not be, what holds it is. `within` is where that stands. */
export function fail(execution: Execution, raw: unknown, { field, holder, key, isNullable, within }: Failed): void {
  for (let above: Position | null = within; above; above = above.parent) if (above.isGivenUp) return
  execution.errors.push(locatedError(raw, field.nodes, pathTo(within, key)))
  if (isNullable) holder[key] = null
  else giveUp(within)
}
export type Failed = {
  field: FieldPlan
  holder: Holder
  key: string | number
  isNullable: boolean
  within: Position
}

function giveUp(position: Position): void {
  position.isGivenUp = true
  if (position.isNullable || !position.parent) position.holder[position.key] = null
  else giveUp(position.parent)
}

function pathTo(within: Position, key: string | number): (string | number)[] {
  const path = [key]
  // The outermost is the answer's `data`.
  for (let position = within; position.parent; position = position.parent) path.push(position.key)
  return path.reverse()
}

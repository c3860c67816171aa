/**
 * A function of its own for each set of fields that documents ask of a type, written field by field: V8 learns at each place
 * what comes there, and compiles the resolvers into it. A loop over the fields, where all types and resolvers of all
 * documents pass through one place, takes ‹› of an inbox page (Q1).
 */
import {
  defaultFieldResolver,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
} from 'graphql'
import { inspect } from 'graphql/jsutils/inspect.js'
import { argumentsOf } from './arguments.ts'
import { fail, infoOf, placeOf } from './execution.ts'
import type { Execution, FieldPlan, Filling, Place } from './model.ts'

type Complete = (execution: Execution, value: unknown, place: Place) => void

/** `complete`: takes whatever needs more than a look. */
export function writeFilling(plans: FieldPlan[], { complete }: { complete: Complete }): Filling {
  const parts = { plans, complete, checked, isPlain, argumentsOf, infoOf, placeOf, fail }
  return new Function(...Object.keys(parts), textOf(plans))(...Object.values(parts)) as Filling
}

/** Nothing of a client gets into it but names of GraphQL: letters, digits and underscores. */
function textOf(plans: FieldPlan[]): string {
  const constants = plans.map(
    (_plan, index) =>
      `const plan${index} = plans[${index}], { resolve: resolve${index}, shape: shape${index} } = plan${index}, ` +
      `leaf${index} = shape${index}.leaf`,
  )
  return `${constants.join('\n')}
    return {
      newHolder() { return ${holderText(plans)} },
      fill(execution, source, holder, within) {
        const { context, arguments: given, infos } = execution
        let value
        ${plans.map(fieldText).join('\n')}
      }
    }`
}

/**
 * Makes objects that have room for all their fields from the start: one that grows field by field leaves three smaller
 * ones to the garbage collector.
 */
function holderText(plans: FieldPlan[]): string {
  // A name of this kind would be taken for the prototype; objects without one are slow.
  if (plans.some(({ key }) => key === '__proto__')) return 'Object.create(null)'
  return `{ ${plans.map(({ key }) => `${key}: undefined`).join(', ')} }`
}

function fieldText(plan: FieldPlan, index: number): string {
  const { key, shape } = plan
  const nullText = shape.isNullable ? `if (value === null) holder.${key} = null\nelse ` : ''
  return `try {
      ${valueText(plan, index)}
      ${shape.kind === 'LEAF' ? leafText(shape.leaf, key, index) : ''}${nullText}complete(execution, value, placeOf(plan${index}, shape${index}, holder, '${key}', within))
    } catch (error) {
      fail(execution, error, placeOf(plan${index}, shape${index}, holder, '${key}', within))
    }
    if (within.isGivenUp) return`
}

function valueText({ resolve, field, place }: FieldPlan, index: number): string {
  const asked = `resolve${index}(source, plan${index}.constants ?? given[${place}] ?? argumentsOf(execution, plan${index}), context, infos[${place}] ?? infoOf(execution, plan${index}))`
  if (resolve !== defaultFieldResolver || field.args.length > 0) return `value = ${asked}`
  // What it does, but for what has to be called.
  return `value = typeof source === 'object' && source !== null ? source.${field.name} : typeof source === 'function' ? ${asked} : undefined
      if (typeof value === 'function') value = ${asked}`
}

/** What most values are. A place of their own would be most of what an answer leaves to the garbage collector. */
function leafText(leaf: GraphQLLeafType, key: string, index: number): string {
  const asItIs = sameWhere.get(leaf)
  if (asItIs) return `if (${asItIs}) holder.${key} = value\nelse `
  return `if (isPlain(value)) holder.${key} = checked(leaf${index}.serialize(value), leaf${index}, value)\nelse `
}

/** Where it is a value that the type gives as it is. */
const sameWhere = new Map<GraphQLLeafType, string>([
  [GraphQLString, `typeof value === 'string'`],
  [GraphQLID, `typeof value === 'string'`],
  [GraphQLBoolean, `typeof value === 'boolean'`],
  [GraphQLInt, `typeof value === 'number' && (value | 0) === value`],
  [GraphQLFloat, `typeof value === 'number' && Number.isFinite(value)`],
])

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date
}

/** What a type has made of a value. */
export function checked(given: unknown, type: GraphQLLeafType, value: unknown): unknown {
  if (given !== null && given !== undefined) return given
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(given)}`,
  )
}

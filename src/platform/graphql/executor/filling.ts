/**
 * Fills objects with functions written for them: one for each set of fields that a document asks of a type, field by field.
 * So V8 sees at each place which resolver and which kind of value comes, and compiles them in. One loop for all fields of
 * all documents took 6 % more CPU for an inbox page (Q1) and 8 % for a ticket with its messages (Q2). But a function costs
 * as much as it saves in some hundred uses, so what is filled seldom is filled by the loop. A nullable field `subject` that is
 * a text of its object becomes, more or less:
 *
 *     try {
 *       value = source.subject
 *       if (typeof value === 'string') holder.subject = value
 *       else if (value === null) holder.subject = null
 *       else complete(execution, value, placeOf(plan0, shape0, holder, 'subject', within))
 *     } catch (error) {
 *       fail(execution, error, placeOf(plan0, shape0, holder, 'subject', within))
 *     }
 *     if (within.isGivenUp) return
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
import type { Execution, FieldPlan, Filling, Holder, Place } from './model.ts'

type Complete = (execution: Execution, value: unknown, place: Place) => void

/** `complete`: for what needs more than a look; given, as it needs fillings itself. */
export function writtenFilling(plans: FieldPlan[], complete: Complete): Filling {
  const parts = { plans, complete, checked, isPlain, argumentsOf, infoOf, placeOf, fail }
  return new Function(...Object.keys(parts), textOf(plans))(...Object.values(parts)) as Filling
}

/** The same in a loop. */
export function loopFilling(plans: FieldPlan[], complete: Complete): Filling {
  return {
    newHolder() {
      const holder: Holder = hasPrototypeKey(plans) ? Object.create(null) : {}
      for (const { key } of plans) holder[key] = undefined
      return holder
    },
    fill(execution, source, holder, within) {
      const { context, arguments: given } = execution
      for (const plan of plans) {
        const place = placeOf(plan, plan.shape, holder, plan.key, within)
        try {
          const args = plan.constants ?? given[plan.place] ?? argumentsOf(execution, plan)
          complete(execution, plan.resolve(source, args, context, infoOf(execution, plan)), place)
        } catch (error) {
          fail(execution, error, place)
        }
        if (within.isGivenUp) return
      }
    },
  }
}

/** A name of this kind would be taken for the prototype; objects without one are slow. */
const hasPrototypeKey = (plans: FieldPlan[]) => plans.some(({ key }) => key === '__proto__')

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

/** An object with room for all its fields from the start: one that grows leaves three smaller ones to the garbage collector. */
function holderText(plans: FieldPlan[]): string {
  if (hasPrototypeKey(plans)) return 'Object.create(null)'
  return `{ ${plans.map(({ key }) => `${key}: undefined`).join(', ')} }`
}

function fieldText(plan: FieldPlan, index: number): string {
  const { key, shape } = plan
  const placeText = `placeOf(plan${index}, shape${index}, holder, '${key}', within)`
  const ways = [
    ...(shape.kind === 'LEAF' ? [leafText(shape.leaf, key, index)] : []),
    ...(shape.isNullable ? [`if (value === null) holder.${key} = null`] : []),
    `complete(execution, value, ${placeText})`,
  ]
  return `try {
      ${valueText(plan, index)}
      ${ways.join('\nelse ')}
    } catch (error) {
      fail(execution, error, ${placeText})
    }
    if (within.isGivenUp) return`
}

function valueText({ resolve, field, place }: FieldPlan, index: number): string {
  const argumentsText = `plan${index}.constants ?? given[${place}] ?? argumentsOf(execution, plan${index})`
  const infoText = `infos[${place}] ?? infoOf(execution, plan${index})`
  const callText = `resolve${index}(source, ${argumentsText}, context, ${infoText})`
  if (resolve !== defaultFieldResolver || field.args.length > 0) return `value = ${callText}`
  // `defaultFieldResolver` written out; it is called only where the source or its member is itself a function.
  return `if (typeof source === 'object' && source !== null) {
        value = source.${field.name}
        if (typeof value === 'function') value = ${callText}
      } else value = typeof source === 'function' ? ${callText} : undefined`
}

/** Most values are plain and go in at once: a `Place` for each would be most of what an answer leaves to the garbage collector. */
function leafText(leaf: GraphQLLeafType, key: string, index: number): string {
  const condition = unchangedWhen.get(leaf)
  if (condition) return `if (${condition}) holder.${key} = value`
  return `if (isPlain(value)) holder.${key} = checked(leaf${index}.serialize(value), leaf${index}, value)`
}

/** What holds of a value that the type would give back unchanged. */
const unchangedWhen = new Map<GraphQLLeafType, string>([
  [GraphQLString, `typeof value === 'string'`],
  [GraphQLID, `typeof value === 'string'`],
  [GraphQLBoolean, `typeof value === 'boolean'`],
  [GraphQLInt, `typeof value === 'number' && (value | 0) === value`],
  [GraphQLFloat, `typeof value === 'number' && Number.isFinite(value)`],
])

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date
}

/** What `serialize` gave, which must be something. Called apart from it, so that each place calls a `serialize` of its own. */
export function checked(given: unknown, type: GraphQLLeafType, value: unknown): unknown {
  if (given !== null && given !== undefined) return given
  throw new Error(
    `Expected \`${inspect(type)}.serialize(${inspect(value)})\` to return non-nullable value, returned: ${inspect(given)}`,
  )
}

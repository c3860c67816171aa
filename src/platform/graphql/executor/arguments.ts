/**
 * What fields are given. Where the document says all of it, that is made once and kept with the plan: of a ticket with its
 * messages (Q2) graphql-js' own way took 3 % of the CPU.
 */
import { getArgumentValues } from 'graphql'
import type { Execution, FieldPlan } from './model.ts'

/** Made where neither the plan nor the execution has them yet. */
export function argumentsOf(execution: Execution, field: FieldPlan): Record<string, unknown> {
  const given = getArgumentValues(field.field, field.nodes[0] as FieldPlan['nodes'][0], execution.variables)
  if (field.isConstant && freeze(given)) field.constants = given
  else execution.arguments[field.place] = given
  return given
}

/** Whoever changed it would change what is asked next. @returns whether it can be kept from that: a date cannot. */
function freeze(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!Array.isArray(value) && !isPlainObject(value)) return false
  Object.freeze(value)
  return Object.values(value).every(freeze)
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

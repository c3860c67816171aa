/**
 * What an operation can cost at most, before it runs: cost in points and the number of objects in its answer. The document is
 * read once into sums; only what variables decide is left to be computed for a request.
 */
import { Kind, type ValueNode } from 'graphql'

export type Price = { cost: number; nodes: number }
export type Variables = Record<string, unknown>

/** How often something is there: known from the document, or told by the variables. */
export type Size = number | ((variables: Variables) => number)
/** Whether something is there: `@skip` and `@include` with variables. */
export type Condition = (variables: Variables) => boolean

/** A sum, and what has to be added when the variables are known. */
export type Sum = Price & { later: Later[] }
export type Later = (variables: Variables, price: Price) => void

export const nothing: Sum = { cost: 0, nodes: 0, later: [] }

export function priceOf(sum: Sum, variables: Variables): Price {
  const price = { cost: sum.cost, nodes: sum.nodes }
  for (const add of sum.later) add(variables, price)
  return price
}

export function plus(sums: Sum[]): Sum {
  return sums.reduce(
    (left, right) => ({
      cost: left.cost + right.cost,
      nodes: left.nodes + right.nodes,
      later: left.later.length + right.later.length === 0 ? [] : [...left.later, ...right.later],
    }),
    nothing,
  )
}

export function times(size: Size, sum: Sum): Sum {
  if (typeof size === 'number' && sum.later.length === 0) {
    return { cost: size * sum.cost, nodes: size * sum.nodes, later: [] }
  }
  const sizeOf = typeof size === 'number' ? () => size : size
  const add: Later = (variables, price) => {
    const factor = sizeOf(variables)
    const once = priceOf(sum, variables)
    price.cost += factor * once.cost
    price.nodes += factor * once.nodes
  }
  return { ...nothing, later: [add] }
}

/** Only one of them can be there: a thing is of one type. */
export function most(sums: Sum[]): Sum {
  const [first, ...rest] = sums
  if (!first || rest.length === 0) return first ?? nothing
  if (sums.every(({ later }) => later.length === 0)) {
    return {
      cost: Math.max(...sums.map(({ cost }) => cost)),
      nodes: Math.max(...sums.map(({ nodes }) => nodes)),
      later: [],
    }
  }
  const add: Later = (variables, price) => {
    const prices = sums.map((sum) => priceOf(sum, variables))
    price.cost += Math.max(...prices.map(({ cost }) => cost))
    price.nodes += Math.max(...prices.map(({ nodes }) => nodes))
  }
  return { ...nothing, later: [add] }
}

export function onlyIf(conditions: Condition[], sum: Sum): Sum {
  if (conditions.length === 0) return sum
  return times((variables) => (conditions.every((holds) => holds(variables)) ? 1 : 0), sum)
}

/** The value of an argument, as far as it decides anything here; for a variable how it is read. */
export function readValue(
  node: ValueNode | undefined,
  defaults: Map<string, ValueNode>,
): null | number | boolean | readonly unknown[] | ((variables: Variables) => unknown) {
  switch (node?.kind) {
    case Kind.INT:
      return Number(node.value)
    case Kind.BOOLEAN:
      return node.value
    case Kind.LIST:
      return node.values
    case Kind.VARIABLE: {
      const name = node.name.value
      const byDefault = readValue(defaults.get(name), new Map())
      return (variables) => (variables[name] === undefined ? byDefault : variables[name])
    }
    default:
      return null
  }
}

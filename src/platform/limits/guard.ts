/** What stands between a document and its execution: known documents, limits, rules of GraphQL, price, budget. */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  specifiedRules,
  validate,
} from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import type { Budget } from './budgets.ts'
import { openDocuments } from './documents.ts'
import { type DocumentLimits, type StreamLimits, tooComplex } from './limits.ts'
import type { PersistedDocuments } from './persisted.ts'
import { type Plan, planOf } from './plan.ts'
import { priceOf, type Variables } from './price.ts'
import { type RateLimit, rateLimited } from './rate-limit.ts'
import { checkVariables } from './variables.ts'

export type GuardOptions = {
  schema: GraphQLSchema
  limits: DocumentLimits
  streams: StreamLimits
  /** False: neither `__schema` nor names suggested in errors. */
  introspection: boolean
  persisted: PersistedDocuments | null
}

/** What an operation may run as. */
export type Paid = {
  /** Not the one that was asked for where only its price is asked for. */
  document: DocumentNode
  cost: number
  /** For the operation that asks for it. */
  rateLimit: RateLimit | null
}

export type Guard = {
  /** The document that is meant, with variables that are not too many. @throws GraphQLError when it may not run. */
  openParams<Params extends GraphQLParams>(params: Params): Params
  /** @throws GraphQLError when it cannot be parsed or passes a limit. */
  read(text: string): DocumentNode
  /** What is wrong with a document, by the rules of GraphQL. */
  problemsOf(document: DocumentNode): readonly GraphQLError[]
  /** Takes the price from the budget; why it does not run otherwise. */
  charge(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
    budget: Budget,
  ): Paid | GraphQLError
}

export function openGuard({ schema, limits, streams, introspection, persisted }: GuardOptions): Guard {
  const documents = openDocuments(limits, introspection)
  const validation = { maxErrors: limits.errors, hideSuggestions: !introspection }
  // By document, never by who asks: no rule looks at that, and what differs from request to request is put in as variables.
  const problems = new WeakMap<DocumentNode, readonly GraphQLError[]>()
  const plans = new WeakMap<OperationDefinitionNode, Plan>()

  function planFor(document: DocumentNode, operation: OperationDefinitionNode): Plan {
    const plan = plans.get(operation) ?? planOf(schema, document, operation)
    plans.set(operation, plan)
    return plan
  }

  return {
    openParams(params) {
      const given = (persisted?.open(params) ?? params) as typeof params
      checkVariables(given.variables, limits)
      return given
    },
    read: documents.read,
    problemsOf(document) {
      const found = problems.get(document) ?? validate(schema, document, specifiedRules, validation)
      problems.set(document, found)
      return found
    },
    charge(document, operation, variables, budget) {
      const { sum, rateLimitOnly } = planFor(document, operation)
      const price = priceOf(sum, variables)
      const { cost } = price
      const rateLimit = rateLimitOnly && { price, budget, limits, streams }
      if (rateLimitOnly?.isDryRun(variables)) return { document: rateLimitOnly.document, cost, rateLimit }
      if (price.nodes > limits.nodes) return tooComplex('nodes', limits.nodes, price.nodes)
      if (!budget.spend(cost)) return rateLimited(budget, cost)
      return { document, cost, rateLimit }
    },
  }
}

/** Those of variables are made by graphql-js, which is not told to hide them there. */
export function withoutSuggestions(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean [^?]*\?$/, '')
  if (message === error.message) return error
  return new GraphQLError(message, { ...error, extensions: error.extensions })
}

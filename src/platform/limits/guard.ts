/** What stands between a request and its execution, as one plugin: persisted documents, limits, price, budget. */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  validate,
} from 'graphql'
import { type GraphQLParams, isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { Budget } from './budgets.ts'
import { openDocuments } from './documents.ts'
import { type DocumentLimits, type StreamLimits, tooComplex } from './limits.ts'
import type { PersistedDocuments } from './persisted.ts'
import { type Plan, planOf } from './plan.ts'
import { type Price, priceOf, type Variables } from './price.ts'
import { rateLimited, rememberRateLimit } from './rate-limit.ts'
import { checkVariables } from './variables.ts'

export type GuardOptions = {
  schema: GraphQLSchema
  limits: DocumentLimits
  streams: StreamLimits
  /** False: neither `__schema` nor names suggested in errors. */
  introspection: boolean
  persisted: PersistedDocuments | null
}

/** What the gateway knows of a request when it lets it in. */
export type Admitted = { budget: Budget; onSpent(): void }

export function guard(options: GuardOptions): Plugin<Admitted> {
  const { schema, limits, streams, introspection } = options
  const documents = openDocuments(limits, introspection)
  // By document, never by who asks: what differs from request to request is put in as variables.
  const plans = new WeakMap<DocumentNode, Map<OperationDefinitionNode, Plan>>()

  function planFor(document: DocumentNode, operation: OperationDefinitionNode): Plan {
    const ofDocument = plans.get(document) ?? new Map<OperationDefinitionNode, Plan>()
    const plan = ofDocument.get(operation) ?? planOf(schema, document, operation)
    plans.set(document, ofDocument.set(operation, plan))
    return plan
  }

  /** Null: it may run, and is paid for. */
  function refusalOf(price: Price, { budget, onSpent }: Admitted): GraphQLError | null {
    if (price.nodes > limits.nodes) return tooComplex('nodes', limits.nodes, price.nodes)
    if (!budget.spend(price.cost)) return rateLimited(budget, price.cost)
    onSpent()
    return null
  }

  return {
    onParams({ params, setParams }) {
      const given = openParams(params, options)
      if (given !== params) setParams(given)
    },
    onParse({ params, setParsedDocument }) {
      setParsedDocument(documents.read(String(params.source)))
    },
    onValidate({ setValidationFn }) {
      const options = { maxErrors: limits.errors, hideSuggestions: !introspection }
      setValidationFn((ofSchema, document, rules) => validate(ofSchema, document, rules, options))
    },
    /** An event costs what the document can answer with; paid once, for the first. */
    onSubscribe({ args, setResultAndStopExecution }) {
      const operation = getOperationAST(args.document, args.operationName)
      if (!operation) return
      const plan = planFor(args.document, operation)
      const refused = refusalOf(priceOf(plan.sum, (args.variableValues ?? {}) as Variables), args.contextValue)
      if (refused) setResultAndStopExecution({ errors: [refused] })
    },
    onExecute({ args, setResultAndStopExecution }) {
      const operation = getOperationAST(args.document, args.operationName)
      if (!operation) return
      const context = args.contextValue as Admitted
      const variables = (args.variableValues ?? {}) as Variables
      const plan = planFor(args.document, operation)
      const price = priceOf(plan.sum, variables)
      const { budget } = context
      if (plan.rateLimitOnly?.isDryRun(variables)) args.document = plan.rateLimitOnly.document
      else {
        const refused = refusalOf(price, context)
        if (refused) return setResultAndStopExecution({ errors: [refused] })
      }
      if (plan.rateLimitOnly) rememberRateLimit(context, { price, budget, limits, streams })
      return {
        onExecuteDone({ result }) {
          // An answer that comes in parts has no one place for it.
          if (!isAsyncIterable(result)) result.extensions = { ...result.extensions, cost: price.cost }
        },
      }
    },
  }
}

/** The document that is meant, with variables that are not too many. @throws GraphQLError when it may not run. */
export function openParams<Params extends GraphQLParams>(
  params: Params,
  { persisted, limits }: Pick<GuardOptions, 'persisted' | 'limits'>,
): Params {
  const given = (persisted?.open(params) ?? params) as Params
  checkVariables(given.variables, limits)
  return given
}

/**
 * graphql-yoga keeps what it parsed by count, not by size, and refused texts too. What it keeps of validation goes by document
 * and names of rules; that is right here, since no rule looks at who asks.
 */
export const keepValidated = { documentCache: keepsNothing(), errorCache: keepsNothing() }

function keepsNothing() {
  return { get: () => undefined, set() {} }
}

/** Those of variables are made by graphql-js, which is not told to hide them there. */
export function withoutSuggestions(error: Error): Error {
  const message = error.message.replace(/ Did you mean [^?]*\?$/, '')
  if (message === error.message || !(error instanceof GraphQLError)) return error
  return new GraphQLError(message, { ...error, extensions: error.extensions })
}

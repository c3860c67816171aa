/**
 * Executes documents with the answers of graphql-js: the same data, the same errors. It writes what is there
 * at once into its place and counts what has to be waited for, where graphql-js makes a promise for every object above.
 */
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import { fillingOf } from './complete.ts'
import type { Execution, FieldPlan, Fields, Holder, OperationPlan, Place, Shape } from './model.ts'
import { openPlans } from './plan.ts'

/** As graphql-js' `execute`: a query, a mutation, or what a subscription says of one event. `usesUntilWritten`: for tests. */
export function execute(
  args: ExecutionArgs,
  { usesUntilWritten = usualUses }: { usesUntilWritten?: number } = {},
): ExecutionResult | Promise<ExecutionResult> {
  const execution = begun(args, usesUntilWritten)
  return 'plan' in execution ? run(execution) : execution
}

const usualUses = 200

/** What is to be executed, or why it cannot be. */
export function begun(
  { schema, document, operationName, contextValue, rootValue, variableValues }: ExecutionArgs,
  usesUntilWritten = usualUses,
): Execution | ExecutionResult {
  const operation = operationIn(document, operationName)
  if (operation instanceof GraphQLError) return { errors: [operation] }
  const { variableDefinitions = [] } = operation
  const { errors, coerced } = getVariableValues(schema, variableDefinitions, variableValues ?? {}, { maxErrors: 50 })
  if (errors) return { errors }
  const plan = planned(() => plansFor(schema)(document, operation, coerced))
  if (plan instanceof GraphQLError) return { errors: [plan], data: null }
  return {
    ...{ schema, plan, context: contextValue, rootValue, variables: coerced },
    ...{ errors: [], arguments: [], infos: [], usesUntilWritten, waitingFor: 0, onSettled() {} },
  }
}

export function run(execution: Execution): ExecutionResult | Promise<ExecutionResult> {
  return execution.plan.operation.operation === 'mutation' ? executeInTurn(execution) : executeAtOnce(execution)
}

const plansOf = new WeakMap<GraphQLSchema, ReturnType<typeof openPlans>>()

function plansFor(schema: GraphQLSchema): ReturnType<typeof openPlans> {
  const plans = plansOf.get(schema) ?? openPlans(schema)
  plansOf.set(schema, plans)
  return plans
}

function operationIn(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | GraphQLError {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  if (name != null) {
    const named = operations.find((operation) => operation.name?.value === name)
    return named ?? new GraphQLError(`Unknown operation named "${name}".`)
  }
  if (operations.length > 1)
    return new GraphQLError('Must provide operation name if query contains multiple operations.')
  return operations[0] ?? new GraphQLError('Must provide an operation.')
}

/** A variable that is null may not decide whether something is asked for. */
function planned(plan: () => OperationPlan): OperationPlan | GraphQLError {
  try {
    return plan()
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

type Answer = { data: Holder | null }
/** It is no field of anything, and may be null. */
const wholeAnswer = { field: {} as FieldPlan, shape: { isNullable: true } as Shape }

function executeAtOnce(execution: Execution): ExecutionResult | Promise<ExecutionResult> {
  const { answer, fill } = begin(execution)
  const settled = fill(execution.plan.fields)
  return settled ? settled.then(() => resultOf(answer, execution)) : resultOf(answer, execution)
}

/** One field after the other, each with all that hangs on it. */
async function executeInTurn(execution: Execution): Promise<ExecutionResult> {
  const { answer, root, fill } = begin(execution)
  for (const fields of execution.plan.inTurn) {
    if (!root.isGivenUp) await fill(fields)
  }
  return resultOf(answer, execution)
}

function begin(execution: Execution) {
  const data = fillingOf(execution, execution.plan.fields).newHolder()
  const answer: Answer = { data }
  const root: Place = { ...wholeAnswer, holder: answer, key: 'data', within: null, isGivenUp: false }
  /** Null when nothing has to be waited for. */
  const fill = (fields: Fields): Promise<void> | null => {
    fillingOf(execution, fields).fill(execution, execution.rootValue, data, root)
    if (execution.waitingFor === 0) return null
    const { promise, resolve } = Promise.withResolvers<void>()
    execution.onSettled = resolve
    return promise
  }
  return { answer, root, fill }
}

function resultOf({ data }: Answer, { errors }: Execution): ExecutionResult {
  return errors.length === 0 ? { data } : { errors, data }
}

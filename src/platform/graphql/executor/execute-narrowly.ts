/** Executes queries on rows that have no more than what their plan is known to read: see `read-columns.ts`. */
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { ColumnNotSelected } from '#platform/db/column-not-selected.ts'
import type { ReadColumns } from '#platform/db/load-context.ts'
import { forgetLoaded } from '#platform/db/per-request.ts'
import { endReading, nothingRead, startReading } from '#platform/db/read-columns.ts'
import type { GraphContext } from '../builder.ts'
import { sightOf } from '../viewer.ts'
import { begun, run } from './execute.ts'
import type { Execution, OperationPlan } from './model.ts'

/** As `execute`, for contexts that loaders use. */
export function executeNarrowly(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const execution = begun(args)
  if (!('plan' in execution)) return execution
  if (!mayRunAgain(execution.plan)) return run(execution)
  const answered = answeredSoFar(execution)
  answered.answers += 1
  return answered.answers > unwatchedAnswers ? attempt(args, execution, attempts) : run(execution)
}

/** Watching what is read costs as much as it saves later: not for a document that does not come again. */
const unwatchedAnswers = 2
/** After a miss rows are whole, so that another can only be of a statement that was not asked the first time. Then all are. */
const attempts = 4

function attempt(args: ExecutionArgs, execution: Execution, left: number): ExecutionResult | Promise<ExecutionResult> {
  const reading = startReading(answeredSoFar(execution).known)
  const context = execution.context as GraphContext
  context.reading = reading
  const checked = (result: ExecutionResult) => {
    const missed = missedIn(result)
    endReading(reading, missed)
    if (!missed) {
      forgetLoaded(context)
      return result
    }
    // Whatever this context has loaded is narrow: loaders are kept by their context.
    const { reading: _narrow, ...anew } = context
    const again = begun({ ...args, contextValue: anew }) as Execution
    return left > 1 ? attempt(args, again, left - 1) : run(again)
  }
  const result = run(execution)
  return result instanceof Promise ? result.then(checked) : checked(result)
}

/** `known`: of the answers so far. */
type Answered = { answers: number; known: ReadColumns }
const answeredOf = new WeakMap<OperationPlan, Map<string, Answered>>()

/** Apart for those who see different things: what one kind of viewer never asks for would be read for it in vain. */
function answeredSoFar({ plan, context }: Execution): Answered {
  const { viewer } = context as GraphContext
  const kind = `${viewer.role} ${sightOf(viewer)}`
  const ofPlan = answeredOf.get(plan) ?? new Map<string, Answered>()
  answeredOf.set(plan, ofPlan)
  const known = ofPlan.get(kind) ?? { answers: 0, known: nothingRead() }
  ofPlan.set(kind, known)
  return known
}

/** Changes may not, nor what somebody else than our store is asked for. */
function mayRunAgain({ operation, fields }: OperationPlan): boolean {
  return operation.operation === 'query' && fields.plans.every(({ field }) => field.extensions.waitsMs === undefined)
}

function missedIn({ errors = [] }: ExecutionResult): ColumnNotSelected | null {
  for (const { originalError } of errors) if (originalError instanceof ColumnNotSelected) return originalError
  return null
}

/** Executes queries on rows that have no more than what their plan is known to read: see `read-columns.ts`. */
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { LoadContext } from '#platform/db/loader.ts'
import { ColumnNotSelected, endReading, nothingRead, type ReadColumns, startReading } from '#platform/db/read-columns.ts'
import { begun, run } from './execute.ts'
import type { Execution } from './execution.ts'
import type { OperationPlan } from './plan.ts'

/** As `execute`, for contexts that loaders use. */
export function executeNarrowly(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const execution = begun(args)
  if (!('plan' in execution)) return execution
  if (!mayRunAgain(execution.plan)) return run(execution)
  const plan = answeredBy(execution.plan)
  plan.answers += 1
  return plan.answers > unwatchedAnswers ? attempt(args, execution, attempts) : run(execution)
}

/** Watching what is read costs as much as it saves later: not for a document that does not come again. */
const unwatchedAnswers = 2
/** After a miss rows are whole, so that another can only be of a statement that was not asked the first time. Then all are. */
const attempts = 4

function attempt(args: ExecutionArgs, execution: Execution, left: number): ExecutionResult | Promise<ExecutionResult> {
  const reading = startReading(answeredBy(execution.plan).known)
  const context = execution.context as LoadContext
  context.reading = reading
  const checked = (result: ExecutionResult) => {
    const missed = missedIn(result)
    endReading(reading, missed)
    if (!missed) return result
    // Whatever this context has loaded is narrow: loaders are kept by their context.
    const { reading: _narrow, ...anew } = context
    const again = begun({ ...args, contextValue: anew }) as Execution
    return left > 1 ? attempt(args, again, left - 1) : run(again)
  }
  const result = run(execution)
  return result instanceof Promise ? result.then(checked) : checked(result)
}

type Answered = { answers: number; known: ReadColumns }
const answered = new WeakMap<OperationPlan, Answered>()

function answeredBy(plan: OperationPlan): Answered {
  const known = answered.get(plan) ?? { answers: 0, known: nothingRead() }
  answered.set(plan, known)
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

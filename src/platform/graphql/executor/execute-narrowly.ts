/** Executes queries on rows that have no more than what their plan is known to read: see `read-columns.ts`. */
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { LoadContext } from '#platform/db/loader.ts'
import { ColumnNotSelected, endReading, type ReadColumns, startReading } from '#platform/db/read-columns.ts'
import { begun, run } from './execute.ts'
import type { Execution } from './execution.ts'
import type { OperationPlan } from './plan.ts'

/** As `execute`, for contexts that loaders use. */
export function executeNarrowly(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const execution = begun(args)
  if (!('plan' in execution)) return execution
  if (!mayRunAgain(execution.plan)) return run(execution)
  return attempt(args, execution, attempts)
}

/** With whole rows every time, more misses than one could only come from other requests of the same document. */
const attempts = 4

function attempt(args: ExecutionArgs, execution: Execution, left: number): ExecutionResult | Promise<ExecutionResult> {
  const reading = startReading(readBy(execution.plan))
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

const columnsRead = new WeakMap<OperationPlan, ReadColumns>()

function readBy(plan: OperationPlan): ReadColumns {
  const known = columnsRead.get(plan) ?? new Map()
  columnsRead.set(plan, known)
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

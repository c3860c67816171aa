/** Carries queries and mutations out, whichever road they came: paid for, in time, noted for the log, without causes that nobody may see. */
import { type ExecutionArgs, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql'
import { stoppable } from '#platform/db/stopping.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { executeNarrowly } from '#platform/graphql/executor/execute-narrowly.ts'
import type { Guard } from '#platform/limits/guard.ts'
import { rememberRateLimit } from '#platform/limits/rate-limit.ts'
import { noteOperation } from './access-log.ts'
import type { Admitted } from './admitted.ts'
import type { InTime } from './in-time.ts'

export type CarryingOutOptions = {
  guard: Guard
  inTime: InTime
  /** What resolvers see. */
  contextOf(admitted: Admitted): GraphContext
  /** What a client may read of a failure. */
  masked(error: unknown): GraphQLError
}

/** `contextValue` is the request as it was let in. A failure is in the result too. */
export type CarryOut = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>

export function openCarryingOut({ guard, inTime, contextOf, masked }: CarryingOutOptions): CarryOut {
  const failed = (error: unknown) => ({ errors: [masked(error)] })

  function shown(result: ExecutionResult, cost: number): ExecutionResult {
    const { errors } = result
    return { ...result, ...(errors && { errors: errors.map(masked) }), extensions: { cost } }
  }

  function begin(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
    const admitted = args.contextValue as Admitted
    const operation = getOperationAST(args.document, args.operationName)
    if (!operation) throw new Error('expected an operation of the document')
    noteOperation(admitted.facts, operation)
    const paid = guard.charge(args.document, operation, args.variableValues ?? {}, admitted.budget)
    if (paid instanceof Error) return failed(paid)

    const { document, cost, rateLimit } = paid
    const reading = operation.operation === 'query' ? stoppable() : null
    const contextValue = contextOf(admitted)
    if (rateLimit) rememberRateLimit(contextValue, rateLimit)
    const work = () => executeNarrowly({ ...args, document, contextValue })
    const result = reading ? inTime({ operation, reading, admitted }, work) : work()
    return result instanceof Promise ? result.then((later) => shown(later, cost), failed) : shown(result, cost)
  }

  return (args) => {
    try {
      return begin(args)
    } catch (error) {
      return failed(error)
    }
  }
}

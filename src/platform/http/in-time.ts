/**
 * A read whose client has left, that takes too long, or whose store went away is over at once, in Postgres too.
 * A mutation always runs to its end: between two of its fields it would leave half of what was asked for.
 */
import { type ExecutionResult, GraphQLError, type GraphQLSchema, Kind, type OperationDefinitionNode } from 'graphql'
import { runStoppable, type Stoppable, stop } from '#platform/db/stopping.ts'
import { openGathering } from '#platform/gathering.ts'
import type { Admitted } from './admitted.ts'
import { unavailable } from './errors.ts'

export type InTimeOptions = {
  schema: GraphQLSchema
  /** How long a read may take. */
  queryMs: number
  /** Calls back when the store stops answering. */
  onStoreDown(listener: () => void): void
}

type Result = ExecutionResult | Promise<ExecutionResult>
type Read = { operation: OperationDefinitionNode; reading: Stoppable; admitted: Pick<Admitted, 'client' | 'facts'> }

/** A read that has not ended yet. */
type UnderWay = { untilMs: number; limitMs: number; requestId: string; end(error: GraphQLError): void }

const lookEveryMs = 50

/** Does the work of a read; when the read is over before it, the result says why. */
export type InTime = (read: Read, work: () => Result) => Result

export function openInTime({ schema, queryMs, onStoreDown }: InTimeOptions): InTime {
  const patience = patienceOf(schema)
  const underWay = openGathering<UnderWay>()
  let looking: NodeJS.Timeout | null = null
  onStoreDown(() => {
    for (const { requestId, end } of underWay.all()) end(unavailable(requestId))
  })

  /** From time to time, instead of a timer and a listener at the store for each read. */
  function endLate(): void {
    const nowMs = performance.now()
    for (const { untilMs, limitMs, requestId, end } of underWay.all())
      if (untilMs <= nowMs) end(tookTooLong(limitMs, requestId))
    if (underWay.size > 0 || !looking) return
    clearInterval(looking)
    looking = null
  }

  return ({ operation, reading, admitted: { client, facts } }, work) => {
    if (client.isGone()) return { data: null, errors: [new GraphQLError('The client has left.')] }
    const result = runStoppable(reading, work)
    if (!(result instanceof Promise)) return result

    return new Promise((resolve, reject) => {
      const forget = () => {
        underWay.leave(place)
        onBack()
      }
      const end = (error: GraphQLError) => {
        forget()
        resolve({ data: null, errors: [error] })
        stop(reading, error)
      }
      const limitMs = queryMs + patience(operation)
      const place = underWay.enter({ untilMs: performance.now() + limitMs, limitMs, requestId: facts.id, end })
      looking ??= setInterval(endLate, lookEveryMs).unref()
      const onBack = client.onGone(() => end(new GraphQLError('The client has left.')))
      result.then(
        (answer) => {
          forget()
          resolve(answer)
        },
        (error) => {
          forget()
          reject(error)
        },
      )
    })
  }
}

function tookTooLong(limitMs: number, requestId: string) {
  return new GraphQLError(`This took longer than ${limitMs / 1000} s and was stopped: ask for less at once.`, {
    extensions: { code: 'TIMEOUT', requestId, http: { status: 504 } },
  })
}

/** What fields at the root add to the limit: those that wait for somebody else than our store say how long (`waitsMs`). */
function patienceOf(schema: GraphQLSchema): (operation: OperationDefinitionNode) => number {
  const fields = schema.getQueryType()?.getFields() ?? {}
  const known = new WeakMap<OperationDefinitionNode, number>()
  const waits = new Map(
    Object.values(fields).flatMap(({ name, extensions }) =>
      typeof extensions.waitsMs === 'number' ? [[name, extensions.waitsMs] as const] : [],
    ),
  )
  if (waits.size === 0) return () => 0
  const longest = ({ selectionSet }: OperationDefinitionNode) =>
    Math.max(
      0,
      ...selectionSet.selections.map((field) => (field.kind === Kind.FIELD && waits.get(field.name.value)) || 0),
    )
  return (operation) => {
    const ms = known.get(operation) ?? longest(operation)
    known.set(operation, ms)
    return ms
  }
}

/**
 * A read whose client has left, that takes too long, or whose store went away is over at once, in Postgres too.
 * A mutation always runs to its end: between two of its fields it would leave half of what was asked for.
 */
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { runStoppable, stop, stoppable } from '#platform/db/stopping.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { unavailable } from './errors.ts'

export type InTimeOptions = {
  schema: GraphQLSchema
  /** How long a read may take. */
  queryMs: number
  /** Calls back when the store stops answering; returns what takes that back. */
  onStoreDown(listener: () => void): () => void
}

type Context = GraphContext & { request: { signal: AbortSignal }; requestId: string }

/** Of a mutation: nothing stops it. */
const never = new AbortController().signal

export function inTime({ schema, queryMs, onStoreDown }: InTimeOptions): Plugin<Context> {
  const patience = patienceOf(schema)
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = getOperationAST(args.document, args.operationName)
      const context = args.contextValue as Context
      if (operation?.operation !== 'query') {
        context.signal = never
        return
      }
      const { signal: left } = context.request
      const limitMs = queryMs + patience(operation)
      const request = stoppable()
      const over = new AbortController()
      context.signal = over.signal

      setExecuteFn((given) => {
        const { promise: stopped, resolve } = Promise.withResolvers<ExecutionResult>()
        const end = (error: GraphQLError) => {
          resolve({ data: null, errors: [error] })
          stop(request, error)
          over.abort(error)
        }
        const onLeft = () => end(new GraphQLError('The client has left.'))
        const onLate = () => end(tookTooLong(limitMs, context.requestId))
        if (left.aborted) {
          onLeft()
          return stopped
        }
        const late = setTimeout(onLate, limitMs)
        left.addEventListener('abort', onLeft)
        const forget = onStoreDown(() => end(unavailable(context.requestId)))
        const done = () => {
          clearTimeout(late)
          left.removeEventListener('abort', onLeft)
          forget()
        }
        const result = runStoppable(request, () => executeFn(given))
        if (!(result instanceof Promise)) {
          done()
          return result
        }
        result.then(done, done)
        return Promise.race([result, stopped])
      })
    },
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
  const waits = new Map(
    Object.values(fields).flatMap(({ name, extensions }) =>
      typeof extensions.waitsMs === 'number' ? [[name, extensions.waitsMs] as const] : [],
    ),
  )
  if (waits.size === 0) return () => 0
  return ({ selectionSet }) =>
    Math.max(
      0,
      ...selectionSet.selections.map((field) => (field.kind === Kind.FIELD && waits.get(field.name.value)) || 0),
    )
}

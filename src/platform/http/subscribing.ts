/** Subscriptions of yoga, over SSE and WebSocket alike. */
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from 'graphql'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Guard } from '#platform/limits/guard.ts'
import { type Answers, type ExecutingOptions, openExecuting } from '#platform/live/executing.ts'
import { streamed } from '#platform/live/iterators.ts'
import { noteOperation } from './access-log.ts'
import type { Admitted, Client } from './admitted.ts'
import type { OpenStream, Streams } from './streams.ts'

export type SubscribingOptions = ExecutingOptions & {
  guard: Guard
  streams: Streams
  contextOf(admitted: Admitted): GraphContext
}

export type Subscribe = (args: ExecutionArgs) => Promise<Answers | ExecutionResult>

/** `contextValue` is the request as it was let in. An event costs what the document can answer with; paid once, for the first. */
export function openSubscribing({ guard, streams, contextOf, ...executing }: SubscribingOptions): Subscribe {
  const carryOut = openExecuting(executing)

  async function subscribe(args: ExecutionArgs): Promise<Answers | ExecutionResult> {
    const admitted = args.contextValue as Admitted
    const { facts, viewer, bearerToken, client, giveBack } = admitted
    const operation = getOperationAST(args.document, args.operationName)
    if (!operation) throw new Error('expected an operation of the document')
    noteOperation(facts, operation)
    const paid = guard.charge(args.document, operation, args.variableValues ?? {}, admitted.budget)
    if (paid instanceof Error) throw paid
    const stream = streams.open(viewer, bearerToken)
    try {
      const answers = await carryOut({ ...args, contextValue: contextOf(admitted) })
      if (!(Symbol.asyncIterator in answers)) {
        stream.close()
        return answers
      }
      giveBack()
      // Nobody is there to end it.
      if (client.isGone()) void answers.return?.()
      return endingAnswers(answers, stream, client)
    } catch (error) {
      stream.close()
      throw error
    }
  }

  return (args) =>
    subscribe(args).catch((error: unknown) => {
      if (error instanceof GraphQLError) return { errors: [error] }
      throw error
    })
}

/** Ends with the client, and with the token: then the last answer says why. */
function endingAnswers(answers: Answers, stream: OpenStream, client: Client): Answers {
  let reason: GraphQLError | null = null
  const close = () => {
    stream.close()
    onBack()
    void answers.return?.()
  }
  const onBack = client.onGone(close)
  stream.onEnd((error) => {
    reason = error
    close()
  })
  return streamed({
    async next() {
      const { done, value } = await answers.next()
      if (!done) return value
      close()
      if (!reason) return undefined
      const errors = [reason]
      reason = null
      return { errors }
    },
    close,
  })
}

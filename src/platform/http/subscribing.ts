/** Subscriptions of yoga, over SSE and WebSocket alike. */
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { type Answers, type ExecutingOptions, openExecuting } from '#platform/live/executing.ts'
import { streamed } from '#platform/live/iterators.ts'
import type { OpenStream, Streams } from './streams.ts'

/** What the door knows of who subscribes. */
export type Subscribing = {
  bearerToken: string | null
  /** Aborts when the client is gone. */
  left: AbortSignal
  /** A stream is no request under way. */
  giveBack(): void
}

export function subscribing({ streams, ...executing }: ExecutingOptions & { streams: Streams }): Plugin<Subscribing> {
  const carryOut = openExecuting(executing)

  async function subscribe(args: ExecutionArgs): Promise<Answers | ExecutionResult> {
    const { viewer, bearerToken, left, giveBack } = args.contextValue as GraphContext & Subscribing
    const stream = streams.open(viewer, bearerToken)
    try {
      const answers = await carryOut(args)
      if (!(Symbol.asyncIterator in answers)) {
        stream.close()
        return answers
      }
      giveBack()
      // Nobody is there to end it.
      if (left.aborted) void answers.return?.()
      return endingAnswers(answers, stream, left)
    } catch (error) {
      stream.close()
      throw error
    }
  }

  return {
    onSubscribe: ({ setSubscribeFn }) => {
      setSubscribeFn(async (args: ExecutionArgs) =>
        subscribe(args).catch((error: unknown) => {
          if (error instanceof GraphQLError) return { errors: [error] }
          throw error
        }),
      )
    },
  }
}

/** Ends with the client, and with the token: then the last answer says why. */
function endingAnswers(answers: Answers, stream: OpenStream, left: AbortSignal): Answers {
  let reason: GraphQLError | null = null
  const close = () => {
    stream.close()
    left.removeEventListener('abort', close)
    void answers.return?.()
  }
  left.addEventListener('abort', close)
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

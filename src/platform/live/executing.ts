/**
 * Carries a subscription out: for each event of its stream the document, in a context of its own, since loaders keep what
 * they have read. Readers who would get the same share one answer; readers of the same rights share what is looked up for
 * events that came together, and all of a workspace its rows.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  Kind,
  visit,
} from 'graphql'
import { isPassing } from '#platform/db/failed-query.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { execute } from '#platform/graphql/executor/execute.ts'
import { type Streamed, streamed } from './iterators.ts'
import { forgetReading, momentOf, readingOf } from './moments.ts'

export type Answers = Streamed<ExecutionResult>

export type ExecutingOptions = {
  /** A context as for a request of its own. */
  contextFor(context: GraphContext): GraphContext
  /** What a client may read of a failure. */
  masked(error: GraphQLError): GraphQLError
  ending: AbortSignal
}

const TRY_AGAIN_MS = 200

/** Subscribes: an answer for each event, or one with the reasons why there are none. */
export function openExecuting({ contextFor, masked, ending }: ExecutingOptions) {
  const answers = new WeakMap<object, Map<string, Promise<ExecutionResult>>>()
  const contexts = new WeakMap<object, Map<string, GraphContext>>()

  function contextOf(moment: object, context: GraphContext): GraphContext {
    const ofMoment = contexts.get(moment) ?? new Map<string, GraphContext>()
    contexts.set(moment, ofMoment)
    const key = bearerKey(context)
    const known = ofMoment.get(key)
    if (known) return known
    const fresh = contextFor(context)
    const [another] = ofMoment.values()
    // Events that came together are of one workspace.
    const made = { ...fresh, rows: another?.rows ?? { db: fresh.db, workspaceId: fresh.workspaceId } }
    ofMoment.set(key, made)
    return made
  }

  /** While the store does not answer it is asked again: an event is not lost by that. */
  async function answerTo(event: object, args: ExecutionArgs): Promise<ExecutionResult> {
    for (;;) {
      const moment = momentOf(event)
      const contextValue = readingOf(event) ?? contextOf(moment, args.contextValue as GraphContext)
      const result = await execute({ ...args, contextValue, rootValue: event })
      const isLate = result.errors?.some(({ originalError }) => originalError && isPassing(originalError))
      if (!isLate || ending.aborted) return kept(result)
      contexts.delete(moment)
      forgetReading(event)
      await sleep(TRY_AGAIN_MS, null, { ref: false, signal: ending }).catch(() => {})
    }
  }

  function kept({ data, errors }: ExecutionResult): ExecutionResult {
    return { ...(data !== undefined && { data }), ...(errors && { errors: errors.map(masked) }) }
  }

  return async function subscribe(args: ExecutionArgs): Promise<Answers | ExecutionResult> {
    const source = await createSourceEventStream(args)
    if (!(Symbol.asyncIterator in source)) return source
    const events = source[Symbol.asyncIterator]() as AsyncIterator<object>
    const key = `${bearerKey(args.contextValue as GraphContext)} ${documentKey(args)}`
    return streamed({
      async next() {
        const { done, value: event } = await events.next()
        if (done) return undefined
        const ofEvent = answers.get(event) ?? new Map<string, Promise<ExecutionResult>>()
        answers.set(event, ofEvent)
        const answer = ofEvent.get(key) ?? answerTo(event, args)
        ofEvent.set(key, answer)
        return answer
      },
      close: () => void events.return?.(),
    })
  }
}

/** Of those for whom everything looks the same. */
function bearerKey({ viewer, origin }: GraphContext): string {
  const { workspaceId, actorId, role, scopes, tokenName } = viewer
  return JSON.stringify([workspaceId, actorId, role, tokenName, [...scopes].sort(), origin])
}

const documentIds = new WeakMap<DocumentNode, number>()
let lastDocumentId = 0

/** What was asked, but for where it goes on: that is the stream's matter. */
function documentKey({ document, operationName, variableValues }: ExecutionArgs): string {
  const id = documentIds.get(document) ?? ++lastDocumentId
  documentIds.set(document, id)
  const places = variablesOfAfter(document)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => !places.has(name))
  return JSON.stringify([id, operationName ?? null, variables.sort(([one], [other]) => (one < other ? -1 : 1))])
}

/** Names of variables that stand as `after` of a field at the root and nowhere else. */
function variablesOfAfter(document: DocumentNode): Set<string> {
  const uses: string[] = []
  const places: string[] = []
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void uses.push(name.value),
    OperationDefinition({ selectionSet }) {
      for (const field of selectionSet.selections)
        if (field.kind === Kind.FIELD)
          for (const { name, value } of field.arguments ?? [])
            if (name.value === 'after' && value.kind === Kind.VARIABLE) places.push(value.name.value)
    },
  })
  return new Set(places.filter((name) => uses.filter((use) => use === name).length === 1))
}

/** GraphQL as the gateway serves it: what a resolver finds in its context, and the two roads between a body and its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { DbOf } from '#platform/db/wall.ts'
import type { GraphContext, WebhookRules } from '#platform/graphql/builder.ts'
import type { Languages } from '#platform/language/languages.ts'
import { type Guard, openGuard, withoutSuggestions } from '#platform/limits/guard.ts'
import type { DocumentLimits, StreamLimits } from '#platform/limits/limits.ts'
import type { PersistedDocuments } from '#platform/limits/persisted.ts'
import type { Live } from '#platform/live/live.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { noKeys } from '#platform/sealed.ts'
import type { Admitted, Asked } from './admitted.ts'
import { openCarryingOut } from './carrying-out.ts'
import { inOurWords, maskedError } from './errors.ts'
import { eventStreams } from './event-stream.ts'
import { openInTime } from './in-time.ts'
import { openPlainPosts, toBegin } from './plain-post.ts'
import { requestNow } from './request.ts'
import type { Streams } from './streams.ts'
import { openSubscribing } from './subscribing.ts'

/** What is served, and how far it goes. */
export type Served = {
  schema: GraphQLSchema
  dbOf: DbOf
  cleaner: HtmlCleaner
  languages: Languages
  log: Log
  /** What a document may ask for; by default the usual limits. */
  limits?: DocumentLimits
  /** False: the schema cannot be asked, and errors suggest no names. */
  introspection?: boolean
  /** Documents known beforehand. */
  persisted?: PersistedDocuments | null
  /** How many streams may be open at once, and how they are kept alive; by default the usual. */
  streamLimits?: StreamLimits
  /** Whether the store answers, which counts as true where nobody says. While it does not, requests are refused at once. */
  store?: { isUp(): boolean; onDown(listener: () => void): void }
  /** How long a read may take; by default 5 s. */
  queryMs?: number
  /** What the secrets of webhooks are encrypted with, and whether they may go into the own network; by default neither. */
  webhooks?: Pick<WebhookRules, 'secretKeys' | 'localAddresses'>
}

export type GraphqlOptions = Served &
  Required<Pick<Served, 'store' | 'limits' | 'streamLimits' | 'persisted'>> & {
    path: string
    /** False: nothing takes it; for comparing what comes out of the roads. */
    shortRoad?: boolean
    /** Signs download addresses. */
    downloads?: { key: string } | undefined
    /** Signs upload addresses, and says how large a file may be. */
    uploads?: { key: string; maxBytes: number } | undefined
    streams: Streams
    live: Live
  }

/** `result`: what is left to do is to tell it. */
type OfYoga = Asked & { result: ExecutionResult | null }

export type Graphql = {
  answer(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void>
  guard: Guard
  /** As envelop has it; for what does not come over HTTP. */
  enveloped(operation: Admitted): unknown
}

const queryMsByDefault = 5_000

export function openGraphql(options: GraphqlOptions): Graphql {
  const { schema, path, dbOf, cleaner, languages, log, downloads, uploads, store, limits, streamLimits, live } = options
  const { persisted, streams, queryMs = queryMsByDefault, introspection = true, shortRoad = true } = options
  const { webhooks = { secretKeys: noKeys, localAddresses: false } } = options
  const webhookRules = { ...webhooks, limits, admit: (query: string) => void persisted?.open({ query }) }
  const downloadKey = downloads?.key ?? null

  const contextOf = (
    {
      viewer,
      origin,
      requestId,
      clientAddress,
    }: Pick<GraphContext, 'viewer' | 'origin' | 'requestId' | 'clientAddress'>,
    lastEventId: string | null = null,
  ): GraphContext => ({
    db: dbOf(viewer.workspaceId),
    workspaceId: viewer.workspaceId,
    viewer,
    requestId,
    clientAddress,
    origin,
    lastEventId,
    now: new Date(),
    downloadKey,
    uploads: uploads ?? null,
    cleaner,
    languages,
    webhooks: webhookRules,
    live,
    log,
  })
  const contextFor = ({ viewer, origin, facts, lastEventId }: Admitted) =>
    contextOf({ viewer, origin, requestId: facts.id, clientAddress: facts.clientAddress }, lastEventId)
  const masked = (error: unknown) => {
    const shown = maskedError(error, requestNow()?.id ?? 'none', log)
    return introspection ? shown : withoutSuggestions(shown)
  }

  const guard = openGuard({ schema, limits, streams: streamLimits, introspection, persisted })
  const inTime = openInTime({ schema, queryMs, onStoreDown: store.onDown })
  const carryOut = openCarryingOut({ guard, inTime, contextOf: contextFor, masked })
  const subscribe = openSubscribing({
    ...{ guard, streams, contextOf: contextFor, ending: live.ending, masked },
    contextFor: contextOf,
  })
  const answerPlain = openPlainPosts({ schema, guard, carryOut })

  /** Everything between a body and its answer. */
  const ourWay: Plugin<object, OfYoga> = {
    onRequestParse({ serverContext, setRequestParser }) {
      // It was read and looked at before; yoga would unpack and parse it once more.
      const { body } = serverContext as OfYoga
      if (body) setRequestParser(() => body as never)
    },
    onParams({ params, setParams, setResult, context }) {
      setParams(guard.openParams(params))
      const { result } = context as unknown as OfYoga
      if (result) setResult(result)
    },
    onParse: ({ params, setParsedDocument }) => setParsedDocument(guard.read(String(params.source))),
    onValidate: ({ setValidationFn }) => setValidationFn((_schema, document) => guard.problemsOf(document)),
    onExecute: ({ setExecuteFn }) => setExecuteFn(carryOut),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
    onExecutionResult({ result }) {
      if (result && 'errors' in result) for (const error of result.errors ?? []) inOurWords(error as GraphQLError)
    },
    onResponse: ({ serverContext }) => (serverContext as OfYoga | undefined)?.onAnswer?.(),
  }

  const yoga = createYoga<OfYoga>({
    schema,
    graphqlEndpoint: path,
    landingPage: false,
    graphiql: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false, // `bodies` has a limit of its own
    plugins: [eventStreams(streamLimits), ourWay],
    parserAndValidationCache: false, // it goes by count, not by size, and keeps refused texts too
    cors: false, // see origins.ts
    logging: {
      debug() {},
      info() {},
      warn: (what) => log.warn({ err: what }, 'yoga'),
      error: (what) => log.error({ err: what }, 'yoga'),
    },
    maskedErrors: { maskError: masked },
  })

  return {
    async answer(request, response, asked) {
      const rest = shortRoad ? await answerPlain(request, response, asked) : toBegin
      if (rest) await yoga(request, response, { ...asked, ...rest })
    },
    guard,
    enveloped: (operation) => yoga.getEnveloped(operation as never),
  }
}

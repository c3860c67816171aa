/** GraphQL as the gateway serves it: what a resolver finds in its context, and every plugin between a body and its answer. */
import type { GraphQLError, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin } from 'graphql-yoga'
import type { DbOf } from '#platform/db/wall.ts'
import type { GraphContext, WebhookRules } from '#platform/graphql/builder.ts'
import { executeNarrowly } from '#platform/graphql/executor/execute-narrowly.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Languages } from '#platform/language/languages.ts'
import { type Admitted, guard, keepValidated, withoutSuggestions } from '#platform/limits/guard.ts'
import type { DocumentLimits, StreamLimits } from '#platform/limits/limits.ts'
import type { PersistedDocuments } from '#platform/limits/persisted.ts'
import type { Live } from '#platform/live/live.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { noKeys } from '#platform/sealed.ts'
import { noteOperation } from './access-log.ts'
import type { GraphqlBody } from './body.ts'
import { maskedError, saidInOurWords } from './errors.ts'
import { eventStreams } from './event-stream.ts'
import { inTime } from './in-time.ts'
import { type RequestFacts, requestNow } from './request.ts'
import type { Streams } from './streams.ts'
import { type Subscribing, subscribing } from './subscribing.ts'

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
  store?: { isUp(): boolean; onDown(listener: () => void): () => void }
  /** How long a read may take; by default 5 s. */
  queryMs?: number
  /** What the secrets of webhooks are encrypted with, and whether they may go into the own network; by default neither. */
  webhooks?: Pick<WebhookRules, 'secretKeys' | 'localAddresses'>
}

export type GraphqlOptions = Served &
  Required<Pick<Served, 'store' | 'limits' | 'streamLimits' | 'persisted'>> & {
    path: string
    /** Signs download addresses. */
    downloads?: { key: string } | undefined
    /** Signs upload addresses, and says how large a file may be. */
    uploads?: { key: string; maxBytes: number } | undefined
    streams: Streams
    live: Live
  }

const queryMsByDefault = 5_000
/** Of events: who reads them may leave, others read on. */
const endless = new AbortController().signal
/** The body was read and looked at before; yoga would unpack and parse it once more. */
const takeBody: Plugin<object, ServerContext> = {
  onRequestParse({ serverContext, setRequestParser }) {
    const body = (serverContext as ServerContext).body as never
    if (body) setRequestParser(() => body)
  },
}

const executedByPlan: Plugin = { onExecute: ({ setExecuteFn }) => setExecuteFn(executeNarrowly) }

/** The answer is there and goes out: whoever does not read it keeps memory, and no slot. */
const noteAnswered: Plugin<object, ServerContext> = {
  onResponse: ({ serverContext }) => (serverContext as ServerContext | undefined)?.onAnswered?.(),
}

type ServerContext = Admitted &
  Subscribing & {
    viewer: Viewer
    onAnswered(): void
    facts: RequestFacts
    origin: string
    body: GraphqlBody | null
  }

export function openGraphql(options: GraphqlOptions) {
  const { schema, path, dbOf, cleaner, languages, log, downloads, uploads, store, limits, streamLimits, live } = options
  const { persisted, streams, queryMs = queryMsByDefault, introspection = true } = options
  const { webhooks = { secretKeys: noKeys, localAddresses: false } } = options
  const webhookRules = { ...webhooks, limits, admit: (query: string) => void persisted?.open({ query }) }
  const contextOf = (
    { viewer, facts, origin }: Pick<ServerContext, 'viewer' | 'facts' | 'origin'>,
    signal: AbortSignal,
  ) => ({
    db: dbOf(viewer.workspaceId),
    workspaceId: viewer.workspaceId,
    viewer,
    requestId: facts.id,
    clientAddress: facts.clientAddress,
    origin,
    signal,
    now: new Date(),
    downloadKey: downloads?.key ?? null,
    uploads: uploads ?? null,
    cleaner,
    languages,
    webhooks: webhookRules,
    live,
    log,
  })
  const masked = (error: unknown) => {
    const shown = maskedError(error, requestNow()?.id ?? 'none', log)
    return introspection ? shown : withoutSuggestions(shown)
  }

  return createYoga<ServerContext, GraphContext>({
    schema,
    graphqlEndpoint: path,
    landingPage: false,
    graphiql: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false, // `bodies` has a limit of its own
    plugins: [
      takeBody,
      eventStreams(streamLimits),
      noteAnswered,
      noteOperation,
      saidInOurWords,
      executedByPlan,
      inTime({ schema, queryMs, onStoreDown: store.onDown }),
      subscribing({
        streams,
        ending: live.ending,
        masked: (error) => masked(error) as GraphQLError,
        contextFor: (context) => contextOf(context as GraphContext & ServerContext, endless),
      }),
      guard({ schema, limits, streams: streamLimits, introspection, persisted }),
    ],
    parserAndValidationCache: keepValidated,
    cors: false, // see origins.ts
    logging: {
      debug() {},
      info() {},
      warn: (what) => log.warn({ err: what }, 'yoga'),
      error: (what) => log.error({ err: what }, 'yoga'),
    },
    maskedErrors: { maskError: masked },
    context: (context) => ({
      ...contextOf(context, context.request.signal),
      lastEventId: context.request.headers.get('last-event-id'),
    }),
  })
}

/** The one schema builder. Fields are non-null unless they say otherwise: a promise only where the database keeps it. */
import SchemaBuilder from '@pothos/core'
import { GraphQLError, GraphQLScalarType } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import type { LoadContext } from '#platform/db/loader.ts'
import type { Languages } from '#platform/language/languages.ts'
import type { DocumentLimits } from '#platform/limits/limits.ts'
import type { Live } from '#platform/live/live.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import type { SecretKeys } from '#platform/sealed.ts'
import './access.ts'
import { isoText } from './iso-text.ts'
import type { Viewer } from './viewer.ts'

/** A place in the log of changes; digits as text. */
export type EventPlace = { clusterId: string; transactionId: string; position: string }

/** What every resolver gets. Loaders live beside it, keyed by it, for as long as the request. */
export type GraphContext = LoadContext & {
  viewer: Viewer
  /** Signs download addresses; null where nothing can be downloaded. */
  downloadKey: string | null
  /** Signs upload addresses, and the largest file; null where nothing can be uploaded. */
  uploads: { key: string; maxBytes: number } | null
  /** Of the request, also in the answer's `x-request-id` and in its lines of the log. */
  requestId: string
  /** Where the request came from; null where that cannot be told. */
  clientAddress: string | null
  /** Origin under which the client reached us, for links. */
  origin: string
  /** What a client of Server-Sent Events says it has seen, when it comes back; null: nothing. */
  lastEventId?: string | null
  now: Date
  /** Makes what clients write safe to show. */
  cleaner: HtmlCleaner
  languages: Languages
  /** What webhooks may be saved here. */
  webhooks: WebhookRules
  /** What happens from now on. */
  live: Live
  log: Log
}

export type WebhookRules = {
  /** What their secrets are encrypted with. */
  secretKeys: SecretKeys
  /** Whether they may go into the own network, and by http. */
  localAddresses: boolean
  /** What their queries may ask for. */
  limits: DocumentLimits
  /** @throws GraphQLError for a query that may not run, where only known documents do. */
  admit(query: string): void
}

export const builder = new SchemaBuilder<{
  Context: GraphContext
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | string }
    Duration: { Input: number; Output: number }
    Locale: { Input: string; Output: string }
    URL: { Input: string; Output: string }
    EventCursor: { Input: EventPlace; Output: EventPlace }
    JSON: { Input: NonNullable<unknown> | null; Output: unknown }
  }
}>({ plugins: ['access'], defaultFieldNullability: false })

/** What Pothos knows of our scalars and context; for functions that declare fields. */
export type GraphTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Inferred> ? Inferred : never

builder.mutationType({
  description:
    'Everything that can be changed. A change is made here at once and promised to its help desk, which gets it in the background: `deliveries` of the payload, `Ticket.sync.pendingWrites` and `Message.delivery` say how far it is. Expected failures are in `errors` of the payload, and then nothing was changed.',
})

builder.queryType({
  description:
    'Everything that can be read. A read never calls a help desk: it is answered from our own copy. Only `translationPreview` asks somebody else.',
})

builder.subscriptionType({
  description:
    'What happens from now on. The channel is a hint and the log of changes the truth: every event has a place in it, `after` goes on from one, and a `StreamGap` says where something was left out. Over Server-Sent Events or WebSocket (`graphql-transport-ws`).',
})

builder.addScalarType(
  'DateTime',
  new GraphQLScalarType<Date, string>({
    ...GraphQLDateTimeISO.toConfig(),
    name: 'DateTime',
    description:
      'ISO 8601 instant in UTC with milliseconds, e.g. 2021-05-12T08:10:53.480Z. Accepts any offset on input.',
    serialize: (value) => isoText(value instanceof Date ? value : new Date(value as string)),
    extensions: {},
  }),
)
builder.addScalarType(
  'JSON',
  new GraphQLScalarType({ ...GraphQLJSON.toConfig(), name: 'JSON', description: 'Any JSON value.', extensions: {} }),
)
builder.scalarType('URL', {
  description: 'An address as text. Usually absolute; as the help desk gave it.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && URL.canParse(value)) return value
    throw new GraphQLError(`expected an absolute URL, got ${JSON.stringify(value)}`)
  },
})
builder.scalarType('Locale', {
  description: "BCP 47 language tag, e.g. id, pt-BR. Backends' empty string becomes null.",
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && isLocale(value)) return value
    throw new GraphQLError(`expected a BCP 47 language tag such as "pt-BR", got ${JSON.stringify(value)}`)
  },
})
builder.scalarType('Duration', {
  description: 'ISO 8601 duration of weeks, days, hours, minutes and seconds, e.g. PT15M, P7D.',
  serialize: (milliseconds) => `PT${milliseconds / 1000}S`,
  parseValue: (value) => {
    const milliseconds = typeof value === 'string' ? millisecondsOf(value) : null
    if (milliseconds !== null) return milliseconds
    throw new GraphQLError(`expected an ISO 8601 duration such as "P7D" or "PT15M", got ${JSON.stringify(value)}`)
  },
})

/** Declares an enum from a vocabulary: its words and their meanings. */
export function enumOf<Word extends string>(name: string, description: string, vocabulary: Record<Word, string>) {
  const values = Object.fromEntries(
    Object.entries<string>(vocabulary).map(([word, meaning]) => [word, { value: word as Word, description: meaning }]),
  )
  return builder.enumType(name, { description, values: values as Record<Word, { value: Word; description: string }> })
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

const durationText = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

function millisecondsOf(text: string): number | null {
  const parts = durationText.exec(text)
  if (!parts || /^P$|T$/.test(text)) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

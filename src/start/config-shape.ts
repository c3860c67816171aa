/** What may stand in the configuration file, in the environment, and in the options that override them. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { vendors } from '#connectors/registry.ts'
import { secretSetting } from '#connectors/secret-settings.ts'
import { usualBudgets } from '#platform/limits/budgets.ts'
import { usualLimits, usualStreamLimits } from '#platform/limits/limits.ts'
import { translatorKinds } from '#translators/registry.ts'
import { identityProvider, token } from './config-shape-access.ts'
import { key, locale } from './config-shape-words.ts'

const port = z.int().min(0).max(65_535)
const workers = z.int().min(1).max(128)
const origin = z
  .string()
  .refine((text) => text === '*' || isOrigin(text), 'expected an origin such as https://desk.example.com, or *')
const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'expected an address such as postgres://user:password@host:5432/database')

const backend = z.object({
  key: key.describe('Names the account for ever, for example in `ticketByRef`: another key is another backend.'),
  name: z.string().min(1).describe('Name for people.'),
  vendor: z.enum(vendors.map(({ connector }) => connector.key)).describe('Which kind of help desk it is.'),
  settings: z.record(z.string(), z.unknown()).default({}).describe('Address and credentials, see each vendor.'),
  syncEverySeconds: z.int().min(1).default(60).describe('How often it is asked for changes.'),
  fullSyncEverySeconds: z
    .int()
    .min(60)
    .default(86_400)
    .describe('How often everything is read again, which notices what vendors do not tell, such as deletions.'),
})

const s3 = z
  .object({
    bucket: z.string().min(1).describe('Name of the bucket; it has to exist.'),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of the service; left out: AWS.'),
    region: z.string().min(1).default('us-east-1').describe('Region of the bucket; many services want `auto`.'),
    accessKeyId: z.string().min(1).optional().describe('Left out: as the AWS SDK finds it, in `AWS_ACCESS_KEY_ID` …'),
    secretAccessKey: secretSetting(
      'Belongs to `accessKeyId`; best read from the environment, or encrypted.',
    ).optional(),
    forcePathStyle: z
      .boolean()
      .optional()
      .describe('Whether the bucket stands in the path, not in the host name; by default where there is an endpoint.'),
  })
  .refine((entry) => (entry.accessKeyId === undefined) === (entry.secretAccessKey === undefined), {
    error: 'expected accessKeyId and secretAccessKey, or neither',
  })

const storage = z
  .object({
    maxBytes: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .default(40 * 1024 * 1024)
      .describe('Largest file that can be uploaded, in bytes; it goes to the help desk from memory.'),
    folder: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of uploaded files; by default `uploads` in the data folder. All gateways and workers need it.'),
    s3: s3.optional().describe('Instead of a folder: a bucket of a service that speaks S3.'),
  })
  .refine((entry) => entry.folder === undefined || entry.s3 === undefined, { error: 'expected either folder or s3' })
  .prefault({})

const count = z.int().min(1)

const allowance = ({ requests, cost }: { requests: number; cost: number }) =>
  z
    .object({
      requests: count.default(requests).describe('Requests in a minute.'),
      cost: count
        .max(2 ** 31 - 1)
        .default(cost)
        .describe('Points in a minute; `rateLimit { cost }` says what a document costs.'),
    })
    .prefault({})

const limits = z
  .object({
    characters: count.default(usualLimits.characters).describe('Length of a document.'),
    tokens: count.default(usualLimits.tokens).describe('Words and signs of a document.'),
    depth: count.default(usualLimits.depth).describe('Fields within fields.'),
    aliases: count.default(usualLimits.aliases).describe('Aliases of an operation, also of `__typename`.'),
    directives: count.default(usualLimits.directives).describe('Directives of a document.'),
    fragments: count.default(usualLimits.fragments).describe('Fragments of a document.'),
    fields: count.default(usualLimits.fields).describe('Fields of an operation with its fragments written out.'),
    repeats: count.default(usualLimits.repeats).describe('How often one field stands in one place.'),
    mutations: count.default(usualLimits.mutations).describe('Fields at the root of a mutation.'),
    nesting: count
      .default(usualLimits.nesting)
      .describe('Lists and objects within each other in arguments and variables.'),
    values: count.default(usualLimits.values).describe('Values in the variables of a request.'),
    nodes: count
      .default(usualLimits.nodes)
      .describe('Objects a document can answer with, by `first` × nested `first`.'),
    errors: count.default(usualLimits.errors).describe('Mistakes of a document that are told.'),
    perMinute: allowance(usualBudgets.perMinute).describe(
      'What one token may ask for; it may stand for a whole company.',
    ),
    perMinuteOfContact: allowance(usualBudgets.perMinuteOfContact).describe('What one customer may ask for.'),
    streams: z
      .object({
        perToken: count.default(usualStreamLimits.perToken).describe('Of one token; it may stand for a whole company.'),
        perContact: count.default(usualStreamLimits.perContact).describe('Of one customer.'),
        perGateway: count.default(usualStreamLimits.perGateway).describe('Of all together.'),
        pingSeconds: z
          .number()
          .min(1)
          .max(300)
          .default(usualStreamLimits.pingEveryMs / 1000)
          .describe(
            'How often something goes over each, so that no proxy takes it for idle; a WebSocket whose client does not answer until the next time is ended.',
          ),
      })
      .prefault({})
      .describe('Subscriptions open at once on one gateway.'),
  })
  .prefault({})

const persisted = z
  .object({
    mode: z
      .enum(['off', 'audit', 'only'])
      .default('off')
      .describe('`audit`: every document runs, and unknown ones are logged. `only`: no other document runs.'),
    documents: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The manifest of Apollo or Relay, or a folder of manifests and `.graphql` files; beside the configuration.',
      ),
  })
  .refine((entry) => entry.mode === 'off' || entry.documents !== undefined, { error: 'expected documents' })
  .prefault({})

const translators = translatorKinds.map(({ key: provider, settings }) =>
  settings.extend({ provider: z.literal(provider).describe('Which translator.') }),
)

export const configFileShape = z.object({
  workspace: z
    .object({
      key: key.default('default'),
      name: z.string().min(1).default('deskgraph'),
      locale: locale.default('en'),
    })
    .prefault({})
    .describe('The tenant that all backends belong to, where there is only one.'),
  backends: z.array(backend).default([]),
  tokens: z.array(token).default([]),
  identityProviders: z.array(identityProvider).default([]),
  workspaces: z
    .array(
      z.object({
        key: key.describe('Names the tenant for ever: another key is another tenant.'),
        name: z.string().min(1).describe('Name for people.'),
        locale: locale.default('en'),
        backends: z.array(backend).default([]).describe('As `backends` above; so are the next two.'),
        tokens: z.array(token).default([]),
        identityProviders: z.array(identityProvider).default([]),
      }),
    )
    .min(1)
    .optional()
    .describe('Instead of the four above: several tenants, none of which sees anything of another.'),
  server: z
    .object({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: port.default(4000).describe('0: any free one.'),
      workers: workers
        .default(1)
        .describe(
          'How many processes answer requests, as many as there are cores for them. What is set for a gateway counts for each.',
        ),
      production: z
        .boolean()
        .optional()
        .describe(
          'Whether `graphiql` and `introspection` are off unless said otherwise; by default when NODE_ENV is production.',
        ),
      graphiql: z.boolean().optional().describe('Whether browsers get GraphiQL at the GraphQL URL.'),
      introspection: z
        .boolean()
        .optional()
        .describe('Whether the schema can be asked, and errors suggest names. GraphiQL needs it.'),
      trustedProxies: z
        .array(z.string().refine(isNetwork, 'expected an address or a network such as 10.0.0.0/8'))
        .default([])
        .describe(
          'Proxies in front of it, whose `X-Forwarded-For` says where a request came from; none: nobody is believed.',
        ),
      allowedOrigins: z
        .array(origin)
        .default([])
        .describe(
          'Pages of which other origins may ask, e.g. https://desk.example.com; `*`: all. On a loopback address those of this machine always may.',
        ),
      queryTimeoutSeconds: z
        .number()
        .min(0.1)
        .max(300)
        .default(5)
        .describe(
          'How long a query may take before it is stopped, in Postgres too. Mutations always run to their end.',
        ),
      requestsAtOnce: z
        .int()
        .min(1)
        .max(10_000)
        .default(32)
        .describe('How many requests are worked on at once; past that they wait 0.2 s at most, then 503.'),
    })
    .prefault({}),
  limits,
  persisted,
  storage,
  translation: z
    .discriminatedUnion('provider', translators as [(typeof translators)[0]])
    .optional()
    .describe('Who translates for help desks that do not; left out: nobody.'),
  delivery: z
    .object({
      leaseSeconds: z
        .number()
        .min(1)
        .max(300)
        .default(5)
        .describe('How long a change that a crashed worker had taken waits for another one.'),
      perBackend: z
        .int()
        .min(1)
        .max(50)
        .default(4)
        .describe('How many changes one worker brings to one backend at once.'),
    })
    .prefault({}),
  webhooks: z
    .object({
      localAddresses: z
        .boolean()
        .default(false)
        .describe(
          'Whether webhooks may go to addresses of your own network, and by http; else only by https into the internet. The sandboxes allow it.',
        ),
    })
    .prefault({}),
  audit: z
    .object({
      keptDays: z
        .int()
        .min(1)
        .max(36_500)
        .default(365)
        .describe('How long entries of the audit log are kept, in days.'),
    })
    .prefault({}),
  database: z
    .object({
      url: databaseUrl.meta({ isSecret: true }).optional().describe('Postgres; `DATABASE_URL` wins over it.'),
      poolSize: z
        .int()
        .min(1)
        .max(500)
        .default(10)
        .describe(
          'Most connections of the gateway. Beside a Postgres on this machine fewer short statements run at once.',
        ),
      rowLevelSecurity: z
        .boolean()
        .optional()
        .describe(
          'Whether Postgres itself keeps requests within their workspace; true refuses to start where it cannot. Left out: wherever it can.',
        ),
    })
    .prefault({}),
})
export type ConfigFile = z.infer<typeof configFileShape>

const numeric = z.string().regex(/^\d+$/, { error: 'expected a whole number from 0 to 65535' })
const workersText = z
  .string()
  .regex(/^\d+$/, { error: 'expected a whole number from 1 to 128' })
  .transform(Number)
  .pipe(workers)
const portText = numeric.transform(Number).pipe(port)

export const environmentShape = z.looseObject({
  DESKGRAPH_HOME: z.string().optional(),
  DESKGRAPH_CONFIG: z.string().optional(),
  DATABASE_URL: databaseUrl.optional(),
  HOST: z.string().optional(),
  PORT: portText.optional(),
  LOG_LEVEL: logLevel.optional(),
  NODE_ENV: z.string().optional(),
})

export const optionsShape = z.looseObject({
  config: z.string().optional(),
  home: z.string().optional(),
  host: z.string().optional(),
  port: portText.optional(),
  workers: workersText.optional(),
})

function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  const longest = isIP(address) === 4 ? 32 : 128
  return (
    isIP(address) > 0 &&
    rest.length === 0 &&
    (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= longest))
  )
}

function isPostgresUrl(text: string): boolean {
  const url = /^postgres(ql)?:\/\//.test(text) ? URL.parse(text) : null
  return url !== null && isEncoded(url.username) && isEncoded(url.password)
}

/** A percent sign in a password has to be written %25. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

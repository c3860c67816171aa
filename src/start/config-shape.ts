/** What may stand in the configuration file, in the environment, and in the options that override them. */
import { z } from 'zod'
import { vendors } from '#connectors/registry.ts'
import { translatorKinds } from '#translators/registry.ts'

const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'expected a key of small letters, digits, - and _' })

const locale = z.string().refine(isLocale, 'expected a language tag such as en or pt-BR')
const port = z.int().min(0).max(65_535)
const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'expected an address such as postgres://user:password@host:5432/database')
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hexadecimal digits (small letters)' })

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

const token = z
  .object({
    name: z.string().min(1).describe('For logs.'),
    token: z.string().min(1).optional().describe('What clients send as `Authorization: Bearer …`.'),
    tokenSha256: sha256.optional().describe('Instead of `token`: its SHA-256, so that the file holds no secret.'),
    role: z.enum(['ADMIN', 'AGENT', 'INTEGRATION']).default('INTEGRATION').describe('What its bearer may do.'),
  })
  .refine((entry) => (entry.token === undefined) !== (entry.tokenSha256 === undefined), {
    error: 'expected either token or tokenSha256',
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
    secretAccessKey: z.string().min(1).optional().describe('Belongs to `accessKeyId`; best read from the environment.'),
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
    .describe('The tenant that all backends belong to.'),
  backends: z.array(backend).default([]),
  tokens: z.array(token).default([]),
  server: z
    .object({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
      port: port.default(4000).describe('0: any free one.'),
      graphiql: z.boolean().default(true).describe('Whether browsers get GraphiQL at the GraphQL URL.'),
    })
    .prefault({}),
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
  database: z
    .object({
      url: databaseUrl.optional().describe('Postgres; `DATABASE_URL` wins over it.'),
      poolSize: z.int().min(1).max(500).default(10).describe('Most connections of the gateway.'),
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
const portText = numeric.transform(Number).pipe(port)

export const environmentShape = z.looseObject({
  DESKGRAPH_HOME: z.string().optional(),
  DESKGRAPH_CONFIG: z.string().optional(),
  DATABASE_URL: databaseUrl.optional(),
  HOST: z.string().optional(),
  PORT: portText.optional(),
  LOG_LEVEL: logLevel.optional(),
})

export const optionsShape = z.looseObject({
  config: z.string().optional(),
  home: z.string().optional(),
  host: z.string().optional(),
  port: portText.optional(),
})

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text)
}

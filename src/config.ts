/**
 * Everything that can be configured, and the only place that reads the environment and the configuration file.
 * What is nearer wins: option of the command, environment, file, default.
 */

import { dirname, join, resolve } from 'node:path'
import { connectorByKey } from '#connectors/registry.ts'
import { actorReferenceOf } from '#domain/actors/reference.ts'
import { StartError } from '#errors.ts'
import type { IdentityProvider } from '#flows/signing-in/identity.ts'
import type { ConfiguredToken } from '#flows/signing-in/signing-in.ts'
import type { SecretKeys } from '#platform/sealed.ts'
import type { S3Settings } from '#platform/storage/s3.ts'
import type { StorageSettings } from '#platform/storage/storage.ts'
import { sha256 } from '#sha256.ts'
import { conflictsIn, settingsIn } from '#start/config-conflicts.ts'
import { openConfigFile } from '#start/config-file.ts'
import { type ConfigFile, configFileShape, environmentShape, optionsShape } from '#start/config-shape.ts'
import { fitting, type Reading } from '#start/fitting.ts'
import { readSecretKeys } from '#start/secret-keys.ts'
import { credentialsIn } from '#start/secret-places.ts'

export type Config = {
  /** Where it was read from; null: nothing is configured, which means the sandboxes. */
  file: string | null
  /** Absolute path of the folder for what a zero-config start keeps. */
  home: string
  server: Omit<ConfigFile['server'], 'production' | 'graphiql' | 'introspection'> & {
    graphiql: boolean
    introspection: boolean
  }
  /** What a document may ask for, and how much a token. */
  limits: ConfigFile['limits']
  /** Documents known beforehand; the manifest as an absolute path. */
  persisted: { mode: 'off' | 'audit' | 'only'; documents: string | null }
  /** `rowLevelSecurity`: null where nobody said, so wherever it can be. */
  database: { url: string | null; poolSize: number; rowLevelSecurity: boolean | null }
  /** How changes are brought to the help desks. */
  delivery: { leaseMs: number; perBackend: number }
  /** How long the audit log reaches back. */
  audit: { keptDays: number }
  /** Who translates where a help desk does not: its key as `provider` and its settings; null: nobody. */
  translation: ({ provider: string } & Record<string, unknown>) | null
  /** Where uploads are, and the largest. */
  storage: StorageSettings
  workspaces: ConfiguredWorkspace[]
  /** Null: nobody said, so the command decides. */
  logLevel: LogLevel | null
  /** Every credential of ours, to be kept out of logs. */
  secrets: string[]
  /** What secrets in the database are encrypted with. */
  secretKeys: SecretKeys
  /** Whether what is sent out may go to addresses of the own network, and unencrypted. */
  webhooks: { localAddresses: boolean }
}

/** A tenant: its help desks, and who may come in. */
export type ConfiguredWorkspace = {
  key: string
  name: string
  locale: string
  backends: ConfiguredBackend[]
  tokens: ConfiguredToken[]
  identityProviders: IdentityProvider[]
}

export type ConfiguredBackend = {
  key: string
  name: string
  vendor: string
  /** As the vendor's connector wants them. Holds credentials. */
  settings: unknown
  syncEverySeconds: number
  fullSyncEverySeconds: number
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Options of a command, as they were typed. */
export type ConfigOptions = { config?: string; home?: string; host?: string; port?: string; workers?: string }

/** `problems` are lines for the operator. A backend whose settings do not fit is left out of `config`. */
export type ConfigReading = { config: Config | null; problems: string[] }

/** @throws StartError with one line for each mistake. */
export function requireConfig(options: ConfigOptions = {}): Config {
  const { config, problems } = readConfig(options)
  if (!config || problems.length > 0) throw new StartError(problems.join('\n'))
  return config
}

export function readConfig(options: ConfigOptions = {}, environment = process.env): ConfigReading {
  const env = fitting(environmentShape, filled(environment))
  const asked = fitting(optionsShape, filled(options), (path) => path.replace(/^/, '--'))
  const file = configFileOf(options, environment)
  const secretKeys = readSecretKeys(environment)
  const read = file === null ? NO_FILE : readFile(file, { environment, keys: secretKeys.keys })
  const problems = [...asked.problems, ...env.problems, ...secretKeys.problems, ...read.problems]
  if (!asked.value || !env.value || !read.value) return { config: null, problems }

  const { server, database, storage, delivery, translation, audit, limits, persisted, webhooks } = read.value
  const home = resolve(asked.value.home ?? env.value.DESKGRAPH_HOME ?? '.deskgraph')
  const config: Config = {
    file: file === null ? null : resolve(file),
    home,
    server: {
      ...server,
      host: asked.value.host ?? env.value.HOST ?? server.host,
      port: asked.value.port ?? env.value.PORT ?? server.port,
      workers: asked.value.workers ?? server.workers,
      ...shownIn(read.value, env.value.NODE_ENV),
    },
    database: {
      url: env.value.DATABASE_URL ?? database.url ?? null,
      poolSize: database.poolSize,
      rowLevelSecurity: database.rowLevelSecurity ?? null,
    },
    limits,
    persisted: {
      mode: persisted.mode,
      documents: persisted.documents === undefined ? null : resolve(dirname(file ?? '.'), persisted.documents),
    },
    storage: storageIn(storage, home),
    translation: (translation as Config['translation']) ?? null,
    audit,
    delivery: { leaseMs: delivery.leaseSeconds * 1000, perBackend: delivery.perBackend },
    workspaces: workspacesIn(read.value),
    logLevel: env.value.LOG_LEVEL ?? null,
    secrets: credentialsIn(read.value, env.value.DATABASE_URL),
    secretKeys: secretKeys.keys,
    webhooks,
  }
  return { config, problems }
}

/** Null: none is named. */
export function configFileOf({ config }: ConfigOptions, environment = process.env): string | null {
  return (config ?? environment.DESKGRAPH_CONFIG) || null
}

/** `npm start`, not the command line itself. */
export function isRunByNpm(environment = process.env): boolean {
  return environment.npm_lifecycle_event !== undefined
}

function workspacesIn({
  workspace,
  backends,
  tokens,
  identityProviders,
  workspaces,
}: ConfigFile): ConfiguredWorkspace[] {
  return (workspaces ?? [{ ...workspace, backends, tokens, identityProviders }]).map((entry) => ({
    ...entry,
    tokens: entry.tokens.map(tokenFrom),
    identityProviders: entry.identityProviders.map(identityProviderFrom),
  }))
}

function tokenFrom({ token, tokenSha256, actor, expiresAt, ...rest }: ConfigFile['tokens'][number]): ConfiguredToken {
  return {
    ...rest,
    sha256: token === undefined ? (tokenSha256 ?? '') : sha256(token),
    actor: actor === undefined ? null : actorReferenceOf(actor),
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
  }
}

function identityProviderFrom(given: ConfigFile['identityProviders'][number]): IdentityProvider {
  const { jwksUrl, publicKey, sharedSecret, algorithms, role = null, claims, personBackend = null, ...rest } = given
  const { workspace = null, role: roleClaim = null, scopes = null, person = null } = claims
  const keys = jwksUrl ? { jwksUrl } : publicKey ? { publicKey } : { sharedSecret: sharedSecret as string }
  return {
    ...{ ...rest, keys, role, personBackend },
    algorithms: algorithms ?? ['sharedSecret' in keys ? 'HS256' : 'RS256'],
    claims: { workspace, role: roleClaim, scopes, person },
  }
}

/** What people see of the schema. Where only known documents run, nobody can ask it. */
function shownIn({ server, persisted }: ConfigFile, nodeEnv: string | undefined) {
  const isOpen = !(server.production ?? nodeEnv === 'production') && persisted.mode !== 'only'
  const introspection = persisted.mode !== 'only' && (server.introspection ?? isOpen)
  return { introspection, graphiql: introspection && (server.graphiql ?? isOpen) }
}

function storageIn({ maxBytes, folder, s3 }: ConfigFile['storage'], home: string): Config['storage'] {
  return { maxBytes, folder: resolve(folder ?? join(home, 'uploads')), s3: s3 ? s3Settings(s3) : null }
}

function s3Settings(given: NonNullable<ConfigFile['storage']['s3']>): S3Settings {
  const { bucket, region, endpoint = null, forcePathStyle = endpoint !== null, accessKeyId, secretAccessKey } = given
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null
  return { bucket, region, endpoint, forcePathStyle, credentials }
}

const NO_FILE: Reading<ConfigFile> = fitting(configFileShape, {})

function readFile(file: string, means: Parameters<typeof openConfigFile>[1]): Reading<ConfigFile> {
  const inFile = (problems: string[]) => problems.map((problem) => `${file}: ${problem}`)
  const { content, replaced, unreadable, unset } = openConfigFile(file, means)
  if (unreadable !== null) return { value: null, problems: inFile([unreadable]) }

  const { value, problems } = fitting(configFileShape, content, undefined, replaced)
  const settings = settingsIn(content).map(({ vendor, settings, path }) => {
    const shape = connectorByKey(vendor)?.settings
    return { path, reading: shape ? fitting(shape, settings, (inner) => pathIn(path, inner), replaced) : null }
  })
  const misfits = [...problems, ...conflictsIn(content), ...settings.flatMap(({ reading }) => reading?.problems ?? [])]
  const isUnset = (line: string) => [...unset.keys()].some((path) => line.startsWith(`${path}: `))
  const allProblems = inFile([
    ...[...unset.values()].filter((line) => line !== ''),
    ...misfits.filter((line) => !isUnset(line)),
  ])
  if (!value) return { value, problems: allProblems }

  const fits = new Map(
    settings.flatMap(({ path, reading }) => (reading?.value ? [[path, reading.value] as const] : [])),
  )
  const withSettings = (list: ConfigFile['backends'], path: string) =>
    list.flatMap((backend, index) => {
      const own = fits.get(`${path}backends[${index}].settings`)
      return own ? [{ ...backend, settings: own as Record<string, unknown> }] : []
    })
  const workspaces = value.workspaces?.map((workspace, index) => ({
    ...workspace,
    backends: withSettings(workspace.backends, `workspaces[${index}].`),
  }))
  return { value: { ...value, backends: withSettings(value.backends, ''), workspaces }, problems: allProblems }
}

function pathIn(path: string, inner: string): string {
  return inner === '' || inner.startsWith('[') ? `${path}${inner}` : `${path}.${inner}`
}

/** An empty variable is as good as none: many tools set them so. */
function filled(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
}

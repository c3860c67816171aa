/**
 * Everything that can be configured, and the only place that reads the environment and the configuration file.
 * What is nearer wins: option of the command, environment, file, default.
 */
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { connectorByKey } from '#connectors/registry.ts'
import { StartError } from '#errors.ts'
import type { S3Settings } from '#platform/storage/s3.ts'
import type { StorageSettings } from '#platform/storage/storage.ts'
import { openConfigFile } from '#start/config-file.ts'
import { type ConfigFile, configFileShape, environmentShape, optionsShape } from '#start/config-shape.ts'
import { fitting, type Reading } from '#start/fitting.ts'

export type Config = {
  /** Where it was read from; null: nothing is configured, which means the sandboxes. */
  file: string | null
  /** Absolute path of the folder for what a zero-config start keeps. */
  home: string
  server: { host: string; port: number; graphiql: boolean }
  /** `rowLevelSecurity`: null where nobody said, so wherever it can be. */
  database: { url: string | null; poolSize: number; rowLevelSecurity: boolean | null }
  /** How changes are brought to the help desks. */
  delivery: { leaseMs: number; perBackend: number }
  /** Who translates where a help desk does not: its key as `provider` and its settings; null: nobody. */
  translation: ({ provider: string } & Record<string, unknown>) | null
  /** Where uploads are, and the largest. */
  storage: StorageSettings
  workspace: { key: string; name: string; locale: string }
  backends: ConfiguredBackend[]
  tokens: ConfiguredToken[]
  /** Null: nobody said, so the command decides. */
  logLevel: LogLevel | null
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

/** Only the hash is kept: the token itself is never needed again. */
export type ConfiguredToken = { name: string; sha256: Buffer; role: 'ADMIN' | 'AGENT' | 'INTEGRATION' }

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Options of a command, as they were typed. */
export type ConfigOptions = { config?: string; home?: string; host?: string; port?: string }

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
  const file = (options.config ?? environment.DESKGRAPH_CONFIG) || null
  const read = file === null ? NO_FILE : readFile(file, environment)
  const problems = [...asked.problems, ...env.problems, ...read.problems]
  if (!asked.value || !env.value || !read.value) return { config: null, problems }

  const { server, database, workspace, backends, tokens, storage, delivery, translation } = read.value
  const home = resolve(asked.value.home ?? env.value.DESKGRAPH_HOME ?? '.deskgraph')
  const config: Config = {
    file: file === null ? null : resolve(file),
    home,
    server: {
      host: asked.value.host ?? env.value.HOST ?? server.host,
      port: asked.value.port ?? env.value.PORT ?? server.port,
      graphiql: server.graphiql,
    },
    database: {
      url: env.value.DATABASE_URL ?? database.url ?? null,
      poolSize: database.poolSize,
      rowLevelSecurity: database.rowLevelSecurity ?? null,
    },
    storage: storageIn(storage, home),
    translation: (translation as Config['translation']) ?? null,
    delivery: { leaseMs: delivery.leaseSeconds * 1000, perBackend: delivery.perBackend },
    workspace,
    backends,
    tokens: tokens.map(({ name, token, tokenSha256, role }) => {
      const sha256 = token === undefined ? Buffer.from(tokenSha256 ?? '', 'hex') : sha256Of(token)
      return { name, sha256, role }
    }),
    logLevel: env.value.LOG_LEVEL ?? null,
  }
  return { config, problems }
}

/** `npm start`, not the command line itself. */
export function isRunByNpm(environment = process.env): boolean {
  return environment.npm_lifecycle_event !== undefined
}

export function sha256Of(text: string): Buffer {
  return createHash('sha256').update(text).digest()
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

function readFile(file: string, environment: NodeJS.ProcessEnv): Reading<ConfigFile> {
  const inFile = (problems: string[]) => problems.map((problem) => `${file}: ${problem}`)
  const { content, replaced, unreadable, unset } = openConfigFile(file, environment)
  if (unreadable !== null) return { value: null, problems: inFile([unreadable]) }

  const { value, problems } = fitting(configFileShape, content, undefined, replaced)
  const settings = settingsIn(content).map(({ vendor, settings, path }) => {
    const shape = connectorByKey(vendor)?.settings
    return shape ? fitting(shape, settings, (inner) => pathIn(path, inner), replaced) : null
  })
  const misfits = [
    ...problems,
    ...repeatedIn(content, 'backends', 'key'),
    ...repeatedIn(content, 'tokens', 'name'),
    ...repeatedIn(content, 'tokens', 'token'),
    ...settings.flatMap((reading) => reading?.problems ?? []),
  ]
  const isUnset = (line: string) => [...unset.keys()].some((path) => line.startsWith(`${path}: `))
  const allProblems = inFile([...unset.values(), ...misfits.filter((line) => !isUnset(line))])
  if (!value) return { value, problems: allProblems }

  const backends = value.backends.flatMap((backend, index) => {
    const fits = settings[index]?.value
    return fits ? [{ ...backend, settings: fits as Record<string, unknown> }] : []
  })
  return { value: { ...value, backends }, problems: allProblems }
}

// The next two read the content as it is, so that mistakes elsewhere do not hide these.

function settingsIn(content: unknown): { vendor: string; settings: unknown; path: string }[] {
  return listIn(content, 'backends').map((backend, index) => ({
    vendor: String(backend?.vendor),
    settings: backend?.settings ?? {},
    path: `backends[${index}].settings`,
  }))
}

function repeatedIn(content: unknown, list: string, name: string): string[] {
  const values = listIn(content, list).map((entry) => entry?.[name])
  return values.flatMap((value, index) => {
    const first = values.indexOf(value)
    if (value === undefined || first === index) return []
    const shown = name === 'token' ? '' : ` ("${value}")`
    return [`${list}[${index}].${name}: expected a ${name} of its own, got that of ${list}[${first}]${shown}`]
  })
}

function listIn(content: unknown, name: string): (Record<string, unknown> | null | undefined)[] {
  const list = (content as Record<string, unknown> | null)?.[name]
  return Array.isArray(list) ? list : []
}

function pathIn(path: string, inner: string): string {
  return inner === '' || inner.startsWith('[') ? `${path}${inner}` : `${path}.${inner}`
}

/** An empty variable is as good as none: many tools set them so. */
function filled(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
}

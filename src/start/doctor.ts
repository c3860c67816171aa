import { setTimeout as sleep } from 'node:timers/promises'
import { type Config, type ConfigOptions, type ConfiguredBackend, readConfig } from '#config.ts'
import { connectorByKey } from '#connectors/registry.ts'
import { StartError, VendorError } from '#errors.ts'
import type { IdentityProvider } from '#flows/signing-in/identity.ts'
import { readKeys } from '#flows/signing-in/key-reading.ts'
import { openDatabase } from '#platform/db/client.ts'
import { pendingMigrations } from '#platform/db/migrate.ts'
import { wallProblem } from '#platform/db/wall.ts'
import { openKeySet } from '#platform/identity/key-set.ts'
import { openLog } from '#platform/log.ts'
import { translatorKind } from '#translators/registry.ts'
import { type NamedBackend, namedBackends } from './backend-names.ts'
import { type BackendState, backendStates } from './backend-states.ts'
import { textOf } from './config-file.ts'
import { pathText } from './fitting.ts'
import { findInstallation } from './installation.ts'
import { agoText, amount, print, tableOf } from './output.ts'
import { readSecretKeys } from './secret-keys.ts'
import { secretStatesIn } from './secret-texts.ts'

type Finding = { what: string; isWell: boolean; detail: string }

const DATABASE_DEADLINE_MS = 10_000
const BACKEND_DEADLINE_MS = 12_000

/** Looks at everything that has to be right, and says what is not. */
export async function doctor(options: ConfigOptions) {
  const findings = await examine(options)
  print(tableOf(findings.map(({ what, isWell, detail }) => [what, isWell ? 'ok' : 'WRONG', detail])))
  if (findings.every(({ isWell }) => isWell)) return
  process.exitCode = 1
}

async function examine(options: ConfigOptions): Promise<Finding[]> {
  const { config, problems } = readConfig(options)
  const mistakes = problems.map((problem) => ({ what: 'configuration', isWell: false, detail: problem }))
  if (!config) return mistakes
  const { databaseUrl, workspaces } = findInstallation(config)
  const backends = namedBackends(workspaces)
  const origin =
    config.file ?? (config.database.url === null ? `the start that runs on ${config.home}` : 'the environment')
  const summary = { what: 'configuration', isWell: true, detail: `${origin}: ${amount(backends.length, 'backend')}` }
  const secrets = config.file === null ? [] : [secretsFinding(config.file)]

  const providers = workspaces.flatMap(({ identityProviders }) => identityProviders)
  const [database, sessions, translator, identities] = await Promise.all([
    examineDatabase(databaseUrl, config.database.rowLevelSecurity),
    Promise.all(backends.map((backend) => examineBackend(backend))),
    Promise.all((config.translation ? [config.translation] : []).map(examineTranslator)),
    Promise.all(providers.map(examineIdentityProvider)),
  ])
  const stateOf = ({ workspaceKey, key }: NamedBackend) =>
    database.states.find((state) => state.workspaceKey === workspaceKey && state.key === key)
  const checked = backends.map((backend, index) => {
    const { isWell, detail } = sessions[index] as Omit<Finding, 'what'>
    return { what: `backend ${backend.label}`, isWell, detail: `${detail}; ${copyText(stateOf(backend))}` }
  })
  return [
    ...(mistakes.length > 0 ? mistakes : [summary]),
    ...secrets,
    ...database.findings,
    ...checked,
    ...translator,
    ...identities,
  ]
}

/** Those that cannot be decrypted are mistakes of the configuration. */
function secretsFinding(file: string): Finding {
  const read = textOf(file)
  const states = 'text' in read ? secretStatesIn(read.text, readSecretKeys(process.env).keys) : []
  const plain = states.filter(({ keyId, isFromEnvironment }) => keyId === null && !isFromEnvironment)
  const places = plain.map(({ path }) => pathText(path)).join(', ')
  const detail =
    plain.length > 0 ? `plain in the file: ${places}; deskgraph secrets encrypt` : 'none stands plain in the file'
  return { what: 'secrets', isWell: true, detail }
}

async function examineDatabase(
  connectionString: string,
  wish: boolean | null,
): Promise<{ findings: Finding[]; states: BackendState[] }> {
  const { db, pool, close } = openDatabase({ connectionString, poolSize: 1, applicationName: 'deskgraph doctor' })
  const look = async () => {
    const { applied, pending, unknown } = await pendingMigrations(connectionString)
    const { rows } = await pool.query(`select current_setting('server_version') as version, current_database() as name`)
    const findings = [
      { what: 'database', isWell: true, detail: `PostgreSQL ${rows[0].version}, database ${rows[0].name}` },
      migrationsFinding({ applied, pending, unknown }),
      ...(pending.length === 0 && unknown.length === 0 ? [await wallFinding(connectionString, wish)] : []),
    ]
    return { findings, states: pending.length === 0 ? await backendStates(db) : [] }
  }
  try {
    return await withDeadline(look(), DATABASE_DEADLINE_MS)
  } catch (error) {
    return { findings: [{ what: 'database', isWell: false, detail: (error as Error).message }], states: [] }
  } finally {
    void close()
  }
}

function migrationsFinding(found: { applied: string[]; pending: string[]; unknown: string[] }): Finding {
  const [applied, pending, unknown] = [found.applied.length, found.pending.length, found.unknown.length]
  const problems = [
    ...(pending > 0 ? [`${pending} to apply: run deskgraph migrate`] : []),
    ...(unknown > 0 ? [`the database is newer: it has ${unknown} this program does not know`] : []),
  ]
  return { what: 'migrations', isWell: problems.length === 0, detail: [`${applied} applied`, ...problems].join(', ') }
}

/** The second wall between workspaces. Missing it is no mistake, unless somebody asked for it. */
async function wallFinding(connectionString: string, wish: boolean | null): Promise<Finding> {
  const problem = await wallProblem(connectionString)
  const detail =
    wish === false
      ? 'off by database.rowLevelSecurity'
      : problem === null
        ? 'requests see only their workspace'
        : `not there: ${problem}`
  return { what: 'row-level security', isWell: problem === null || wish !== true, detail }
}

async function examineBackend({ vendor, settings }: ConfiguredBackend): Promise<Omit<Finding, 'what'>> {
  const connector = connectorByKey(vendor)
  const startedAt = Date.now()
  try {
    const session = connector?.connect(settings as never, { log: openLog({ level: 'silent' }), now: () => new Date() })
    await withDeadline(session?.check() ?? Promise.resolve(), BACKEND_DEADLINE_MS)
    return { isWell: true, detail: `${connector?.name} answers in ${Date.now() - startedAt} ms, credentials taken` }
  } catch (error) {
    return { isWell: false, detail: `${connector?.name}: ${failureText(error)}` }
  }
}

async function examineTranslator(translation: NonNullable<Config['translation']>): Promise<Finding> {
  const kind = translatorKind(translation.provider)
  const startedAt = Date.now()
  try {
    const translator = kind.open(translation, { log: openLog({ level: 'silent' }) })
    const found = await withDeadline(translator.check(), BACKEND_DEADLINE_MS)
    const detail = `${kind.name} answers in ${Date.now() - startedAt} ms: ${found}`
    return { what: 'translation', isWell: true, detail }
  } catch (error) {
    return { what: 'translation', isWell: false, detail: `${kind.name}: ${failureText(error)}` }
  }
}

/** Without its keys nobody can come in who has its tokens. */
async function examineIdentityProvider({ key, keys, algorithms }: IdentityProvider): Promise<Finding> {
  const what = `identity provider ${key}`
  if (!('jwksUrl' in keys)) return { what, isWell: true, detail: `${algorithms.join(', ')}, with a key of its own` }
  try {
    const count = await openKeySet({ url: keys.jwksUrl, read: readKeys, log: openLog({ level: 'silent' }) }).check()
    return { what, isWell: true, detail: `${algorithms.join(', ')}, publishes ${amount(count, 'key')}` }
  } catch (error) {
    return { what, isWell: false, detail: failureText(error) }
  }
}

function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const httpStatus = error instanceof VendorError && error.provider.httpStatus
  return `${failureNames[error.name] ?? error.name}: ${error.message.split('\n')[0]}${httpStatus ? ` (HTTP ${httpStatus})` : ''}`
}

const failureNames: Record<string, string> = {
  FixCredentialsError: 'the credentials are refused',
  TryAgainError: 'it cannot be reached',
  WaitForQuotaError: 'its quota is used up',
  GoneError: 'it is not there',
  RefusedError: 'it refuses',
}

function copyText(state: BackendState | undefined): string {
  if (!state?.lastSyncedAt) return 'never copied'
  const last = `last copied ${agoText(state.lastSyncedAt)}`
  return state.error ? `${last}, then failed: ${state.error}` : last
}

async function withDeadline<Result>(work: Promise<Result>, deadlineMs: number): Promise<Result> {
  const tooLate = sleep(deadlineMs, null, { ref: false }).then(() => {
    throw new StartError(`no answer within ${deadlineMs / 1000} s`)
  })
  return Promise.race([work, tooLate])
}

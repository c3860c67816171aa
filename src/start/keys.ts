/** API keys from the command line: for the first ones, and for whoever has the database. */
import { randomUUID } from 'node:crypto'
import { and, asc, eq, inArray, or, sql } from 'drizzle-orm'
import { type ConfigOptions, requireConfig } from '#config.ts'
import { actorIdReferred, actorReferenceOf } from '#domain/actors/reference.ts'
import { makeKey } from '#domain/api-keys/making.ts'
import { apiKeys } from '#domain/api-keys/table.ts'
import { recordAudit } from '#domain/audit/record.ts'
import { StartError } from '#errors.ts'
import { registerWorkspaces } from '#flows/sync/register.ts'
import { type Db, openDatabase } from '#platform/db/client.ts'
import { migrateDatabase } from '#platform/db/migrate.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import { scopes as allScopes, type Scope, scopesOfRole } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { findInstallation } from './installation.ts'
import { nearest } from './nearest.ts'
import { print, tableOf } from './output.ts'

type KeysOptions = ConfigOptions & { workspace?: string }
type CreateOptions = KeysOptions & { role: string; scopes?: string; actor?: string; expires?: string }

/** Prints the secret alone to stdout, for whoever puts it into a variable; what there is to know of it to stderr. */
export async function createKey(name: string, given: CreateOptions) {
  const role = wordIn(viewerRoles, given.role, '--role')
  const scopes = given.scopes === undefined ? [...scopesOfRole[role].usual] : scopesIn(given.scopes, role)
  const expiresAt = given.expires === undefined ? null : momentIn(given.expires)
  if (role === 'CONTACT' && given.actor === undefined)
    throw new StartError('--actor: expected the contact whose key it is, got nobody')
  const made = await withDatabase(given, async (db, known) => {
    const workspace = workspaceIn(known, given.workspace)
    const actorId = given.actor === undefined ? null : await actorIn(db, workspace.id, given.actor, role)
    const key = { workspaceId: workspace.id, name, role, scopes, actorId, expiresAt }
    return db.transaction(async (tx) => {
      const made = await makeKey(tx, { ...key, createdAt: new Date(), createdBy: null })
      if (made) await audit(tx, workspace.id, { operation: 'apiKeyCreate', id: made.id, kind: 'CREATED' })
      return made
    })
  })
  if (!made) throw new StartError(`there is or was a key named ${name}: choose another name`)
  const until = expiresAt === null ? 'until it is revoked' : `until ${expiresAt.toISOString()}`
  process.stderr.write(
    `${role} ${nodeIdOf('ApiKey', made.id)}, works ${until}: ${scopes.join(' ')}\nThe secret is shown only now:\n`,
  )
  print(made.secret)
}

export async function listKeys({ all = false, ...options }: KeysOptions & { all?: boolean }) {
  const rows = await withDatabase(options, async (db, known) => {
    const chosen = options.workspace === undefined ? known : [workspaceIn(known, options.workspace)]
    const ids = chosen.map(({ id }) => id)
    const keys = await db
      .select()
      .from(apiKeys)
      .where(and(inArray(apiKeys.workspaceId, ids), all ? undefined : sql`${apiKeys.revokedAt} is null`))
      .orderBy(asc(apiKeys.workspaceId), asc(apiKeys.id))
    return keys.map((key) => ({ ...key, workspaceKey: known.find(({ id }) => id === key.workspaceId)?.key ?? '' }))
  })
  const line = (key: (typeof rows)[0]) => [
    ...[key.workspaceKey, key.name, `${key.hint}…`, key.role, stateOf(key)],
    ...[dayOf(key.createdAt), dayOf(key.expiresAt), dayOf(key.lastUsedAt), nodeIdOf('ApiKey', key.id)],
  ]
  const head = ['workspace', 'name', 'secret', 'role', 'state', 'created', 'expires', 'last used', 'id']
  print(rows.length === 0 ? 'There are no API keys.' : tableOf([head, ...rows.map(line)]))
}

/** By its name or its id. */
export async function revokeKey(name: string, options: KeysOptions) {
  const isRevoked = await withDatabase(options, async (db, known) => {
    const workspace = workspaceIn(known, options.workspace)
    const id = idFrom(name, 'ApiKey')
    return db.transaction(async (tx) => {
      const [revoked] = await tx
        .update(apiKeys)
        .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, now())` })
        .where(
          and(
            eq(apiKeys.workspaceId, workspace.id),
            or(eq(apiKeys.name, name), id === null ? undefined : eq(apiKeys.id, id)),
          ),
        )
        .returning({ id: apiKeys.id })
      if (revoked) await audit(tx, workspace.id, { operation: 'apiKeyRevoke', id: revoked.id, kind: 'UPDATED' })
      return revoked !== undefined
    })
  })
  if (!isRevoked) throw new StartError(`there is no key ${name} (see deskgraph keys list)`)
  print(`${name} is revoked; after three seconds at the latest every gateway refuses it.`)
}

function audit(
  tx: Db,
  workspaceId: string,
  { operation, id, kind }: { operation: string; id: string; kind: 'CREATED' | 'UPDATED' },
): Promise<void> {
  const fields = kind === 'UPDATED' ? ['revokedAt'] : ['name', 'role', 'scopes', 'actor', 'expiresAt']
  return recordAudit(tx, {
    ...{ workspaceId, actorId: null, tokenName: 'deskgraph keys', operation, outcome: 'DONE', at: new Date() },
    ...{ targets: [nodeIdOf('ApiKey', id)], changes: [{ kind, fields }], clientAddress: null, requestId: randomUUID() },
  })
}

type KnownWorkspace = { id: string; key: string }

/** Migrated, with the workspaces of the configuration in it: a key may be the first thing that is made. */
async function withDatabase<Result>(
  options: KeysOptions,
  work: (db: Db, known: KnownWorkspace[]) => Promise<Result>,
): Promise<Result> {
  const { databaseUrl: connectionString, workspaces } = findInstallation(requireConfig(options))
  await migrateDatabase({ connectionString })
  const { db, close } = openDatabase({ connectionString, poolSize: 1, applicationName: 'deskgraph keys' })
  try {
    const tenants = workspaces.map(({ key, name, locale }) => ({ key, name, defaultLocale: locale }))
    const ids = await registerWorkspaces(db, tenants)
    return await work(
      db,
      workspaces.map(({ key }, index) => ({ key, id: ids[index] as string })),
    )
  } finally {
    await close()
  }
}

function workspaceIn(known: KnownWorkspace[], key: string | undefined): KnownWorkspace {
  const keys = known.map((workspace) => workspace.key)
  const found = key === undefined && known.length === 1 ? known[0] : known.find((workspace) => workspace.key === key)
  if (found) return found
  throw new StartError(`--workspace: expected one of ${keys.join(', ')}, got ${key ?? 'none'}`)
}

function wordIn<Word extends string>(vocabulary: Record<Word, string>, given: string, option: string): Word {
  const [word, words] = [given.trim().toUpperCase(), Object.keys(vocabulary)]
  if (words.includes(word)) return word as Word
  const near = nearest(word, words)
  throw new StartError(`${option}: expected ${words.join(', ')}, got ${given}${near ? ` (did you mean ${near}?)` : ''}`)
}

function scopesIn(text: string, role: Viewer['role']): Scope[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const scopes = [...new Set(words.map((word) => wordIn(allScopes, word, '--scopes')))]
  const foreign = scopes.filter((scope) => !scopesOfRole[role].most.includes(scope))
  if (foreign.length === 0) return scopes
  throw new StartError(`--scopes: ${role} cannot have ${foreign.join(', ')}`)
}

const HOUR_MS = 60 * 60_000

/** `90d`, `12h`, a day, or a moment. */
function momentIn(text: string): Date {
  const [, amount, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? []
  const moment = amount
    ? new Date(Date.now() + Number(amount) * (unit === 'd' ? 24 : 1) * HOUR_MS)
    : new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : Number.NaN)
  if (moment.getTime() > Date.now()) return moment
  throw new StartError(`--expires: expected a time to come, as 90d, 12h or 2030-01-31, got ${text}`)
}

async function actorIn(db: Db, workspaceId: string, text: string, role: Viewer['role']): Promise<string> {
  const id = await actorIdReferred(db, workspaceId, actorReferenceOf(text), role)
  if (id !== null) return id
  throw new StartError(`--actor: there is no ${role === 'CONTACT' ? 'contact' : 'agent'} ${text} in this workspace`)
}

function stateOf({ revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date | null }): string {
  if (revokedAt) return 'revoked'
  return expiresAt && expiresAt <= new Date() ? 'expired' : 'usable'
}

function dayOf(moment: Date | null): string {
  return moment?.toISOString().slice(0, 10) ?? '–'
}

/** New API keys. The secret is in the answer and nowhere else; so there is no idempotency key, which would have to keep it. */
import { and, count, eq, isNull } from 'drizzle-orm'
import { actorIdReferred, actorReferenceOf } from '#domain/actors/reference.ts'
import { ApiKey } from '#domain/api-keys/graphql.ts'
import { apiKeyById } from '#domain/api-keys/loaders.ts'
import { makeKey } from '#domain/api-keys/making.ts'
import { apiKeys } from '#domain/api-keys/table.ts'
import type { Problem } from '#domain/backends/problems.ts'
import { ViewerRoleEnum } from '#domain/viewer/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'
import { ScopeEnum } from '#platform/graphql/scope-enum.ts'
import { type Scope, scopesOfRole } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import * as plausible from './plausible.ts'
import { CommandError, invalid, missing, type Path } from './problem.ts'

const LONGEST_NAME = 100
const MOST_KEYS = 1000

const ApiKeyCreateInput = builder.inputType('ApiKeyCreateInput', {
  description: 'A new API key.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: `What people call it, at most ${LONGEST_NAME} characters; one that no key had before.`,
    }),
    role: t.field({
      type: ViewerRoleEnum,
      required: true,
      description: 'What its bearer is. Only an administrator can make administrators.',
    }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What it may ask for; left out: what is usual for the role, as far as the viewer has it.',
    }),
    actorId: t.id({
      description: 'The person it speaks for: a contact for CONTACT, who needs one, else an agent or a bot.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when it works; left out: until it is revoked.' }),
    ...namedByClient(t),
  }),
})
type Input = typeof ApiKeyCreateInput.$inferInput

type CreatePayload = Payload & { secret: string | null }
const ApiKeyCreatePayload = builder.objectRef<CreatePayload>('ApiKeyCreatePayload').implement({
  description: 'What became of a new API key.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The key; null when none was made.',
      resolve: ({ apiKeyId }, _args, context) => (apiKeyId ? apiKeyById(context, apiKeyId) : null),
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description: 'What clients send as `Authorization: Bearer …`. Shown this once: only its hash is kept.',
    }),
  }),
})

builder.mutationField('apiKeyCreate', (t) =>
  t.field({
    type: ApiKeyCreatePayload,
    scopes: ['KEYS_ADMIN'],
    description: 'Makes an API key that can do at most what the viewer can.',
    args: { input: t.arg({ type: ApiKeyCreateInput, required: true, description: 'What to make.' }) },
    resolve: async (_root, { input }, context): Promise<CreatePayload> => {
      let secret: string | null = null
      const tell = (made: string) => {
        secret = made
      }
      const payload = await carryOut(context, 'apiKeyCreate', input, (command, given) =>
        apiKeyCreate(command, given, tell),
      )
      return { ...payload, secret: payload.apiKeyId ? secret : null }
    },
  }),
)

/** The secret goes past the outcome, which other commands keep. */
async function apiKeyCreate(command: Command, input: Input, tell: (secret: string) => void): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const { role, expiresAt = null } = input
  if (role === 'ADMIN' && viewer.role !== 'ADMIN')
    throw notGiven('Only an administrator can make administrators.', ['input', 'role'], [])
  if (expiresAt !== null && expiresAt <= now)
    throw invalid(['input', 'expiresAt'], `Expected a time to come, got ${expiresAt.toISOString()}.`, 'future')
  const name = plausible.line(input.name, ['input', 'name'], { most: LONGEST_NAME })
  const scopes = scopesFor(viewer, role, input.scopes)
  const actorId = await actorFor(command, role, input.actorId ?? null)
  await refuseTooMany(command)
  const by = { createdAt: now, createdBy: viewer.tokenName }
  const made = await makeKey(tx, { workspaceId, name, role, scopes, actorId, expiresAt, ...by })
  if (made === null)
    throw invalid(['input', 'name'], 'Expected a name that no key has or had, got one that was used.', 'unique')
  tell(made.secret)
  return { apiKeyId: made.id }
}

/** @throws CommandError for what the role cannot have, and for what the viewer could not do themselves. */
function scopesFor(viewer: Viewer, role: Viewer['role'], given: readonly Scope[] | null | undefined): Scope[] {
  const { usual, most } = scopesOfRole[role]
  if (given == null) return usual.filter((scope) => viewer.scopes.has(scope))
  const path = ['input', 'scopes']
  const foreign = given.filter((scope) => !most.includes(scope))
  if (foreign.length > 0)
    throw invalid(path, `Expected scopes that ${role} can have, got ${foreign.join(', ')}.`, 'role')
  const lacking = given.filter((scope) => !viewer.scopes.has(scope))
  if (lacking.length > 0) throw notGiven(`Nobody can give what they do not have: ${lacking.join(', ')}.`, path, lacking)
  return [...new Set(given)]
}

function notGiven(message: string, path: Path, missingScopes: readonly Scope[]): CommandError {
  const problem = { __typename: 'ForbiddenError', message, code: 'FORBIDDEN', path: path.map(String), missingScopes }
  return new CommandError(problem as Problem)
}

async function actorFor({ tx, workspaceId }: Command, role: Viewer['role'], nodeId: string | null) {
  const path = ['input', 'actorId']
  if (nodeId === null) {
    if (role !== 'CONTACT') return null
    throw invalid(path, 'Expected the contact whose key it is, got nobody.', 'contact', 'REQUIRED')
  }
  const reference = actorReferenceOf(nodeId)
  const id = reference.by === 'id' ? await actorIdReferred(tx, workspaceId, reference, role) : null
  if (id === null) throw missing(role === 'CONTACT' ? 'contact' : 'agent', nodeId, path)
  return id
}

async function refuseTooMany({ tx, workspaceId }: Command): Promise<void> {
  const [row] = await tx
    .select({ count: count() })
    .from(apiKeys)
    .where(and(eq(apiKeys.workspaceId, workspaceId), isNull(apiKeys.revokedAt)))
  if ((row?.count ?? 0) >= MOST_KEYS)
    throw invalid(
      ['input'],
      `Expected at most ${MOST_KEYS} keys that are not revoked.`,
      `maxItems=${MOST_KEYS}`,
      'LIMIT_EXCEEDED',
    )
}

/** The end of an API key, for good. */
import { and, eq, sql } from 'drizzle-orm'
import { ApiKey } from '#domain/api-keys/graphql.ts'
import { apiKeyById } from '#domain/api-keys/loaders.ts'
import { apiKeys } from '#domain/api-keys/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { missing } from './problem.ts'

const ApiKeyPayload = builder.objectRef<Payload>('ApiKeyPayload').implement({
  description: 'What became of an API key.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The key as it is now; null when nothing was changed.',
      resolve: ({ apiKeyId }, _args, context) => (apiKeyId ? apiKeyById(context, apiKeyId) : null),
    }),
  }),
})

builder.mutationField('apiKeyRevoke', (t) =>
  t.field({
    type: ApiKeyPayload,
    scopes: ['KEYS_ADMIN'],
    description:
      'Ends an API key for good, also the one it is asked with. After three seconds at the latest every gateway refuses it.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which key.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'apiKeyRevoke', input, apiKeyRevoke),
  }),
)

/** One that is revoked already stays as it is. */
async function apiKeyRevoke(command: Command, { id: nodeId }: typeof NodeActionInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  const id = idFrom(nodeId, 'ApiKey')
  const { rowCount } = id
    ? await tx
        .update(apiKeys)
        .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${now.toISOString()}::timestamptz)` })
        .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.id, id)))
    : { rowCount: 0 }
  if (id === null || rowCount === 0) throw missing('API key', nodeId, ['input', 'id'])
  return { apiKeyId: id }
}

/** API keys, for those who administer them. Their secrets are shown once, where they are made. */
import { sql } from 'drizzle-orm'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { ViewerRoleEnum } from '#domain/viewer/graphql.ts'
import { collectFilter } from '#platform/db/filter.ts'
import { countOf, pageOf } from '#platform/db/page.ts'
import { builder } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { ScopeEnum } from '#platform/graphql/scope-enum.ts'
import { scopesWithin } from '#platform/graphql/scopes.ts'
import { type ApiKeyRow, apiKeyById, apiKeyList } from './loaders.ts'
import { apiKeys } from './table.ts'

export const ApiKey = builder.objectRef<ApiKeyRow>('ApiKey').implement({
  description: 'A token that this gateway gave out. It works until it expires or is revoked.',
  interfaces: [Node],
  scopes: ['KEYS_ADMIN'],
  fields: (t) => ({
    id: t.id(nodeIdField('ApiKey')),
    name: t.exposeString('name', {
      description:
        'What people call it; no other key of the tenant has it, nor ever had. `key:` and this is its tokenName.',
    }),
    hint: t.exposeString('hint', { description: 'How its secret begins, to tell it from others.' }),
    role: t.field({ type: ViewerRoleEnum, description: 'What its bearer is.', resolve: ({ role }) => role }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What it may ask for.',
      resolve: ({ role, scopes }) => scopesWithin(role, scopes),
    }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'The person it speaks for; null for a program.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    isUsable: t.boolean({
      description: 'Whether it works: neither revoked nor expired.',
      resolve: ({ revokedAt, expiresAt }, _args, { now }) =>
        revokedAt === null && (expiresAt === null || expiresAt > now),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: ({ createdAt }) => createdAt }),
    createdBy: t.exposeString('createdBy', {
      nullable: true,
      description: 'Name of the token that made it; null when it was made on the command line.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when it works; null: until it is revoked.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null when it was not.',
      resolve: ({ revokedAt }) => revokedAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to five minutes; null when it never was.',
      resolve: ({ lastUsedAt }) => lastUsedAt,
    }),
  }),
})

registerNode('ApiKey', apiKeyById)
const ApiKeyConnection = connectionOf('ApiKey', ApiKey, 'API keys')

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyConnection,
    scopes: ['KEYS_ADMIN'],
    description: 'The API keys of the tenant, newest first.',
    args: {
      includeRevoked: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Whether those that were revoked are listed too.',
      }),
      ...pageArguments(t.arg),
    },
    resolve: async (_root, { includeRevoked, ...args }, context) => {
      const { add, done } = collectFilter('api keys')
      if (!includeRevoked) add('not revoked', sql`${apiKeys.revokedAt} is null`)
      const filter = done()
      const page = await pageOf(context, apiKeyList, pageRequestOf(args, apiKeyList.order), filter)
      return { page, order: apiKeyList.order.name, count: () => countOf(context, apiKeyList, filter) }
    },
  }),
)

import { sql } from 'drizzle-orm'
import { foreignKey, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { actors } from '#domain/actors/table.ts'
import { workspaces } from '#domain/workspaces/table.ts'
import { id, moment, oneOf, workspaceId } from '#platform/db/columns.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import type { Scope } from '#platform/graphql/scopes.ts'

/** Tokens that we gave out. Those of the configuration file are not here, nor those an identity provider signed. */
export const apiKeys = pgTable(
  'api_keys',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    id: id(),
    /** Never used again, so that it says for ever who did something. */
    name: text('name').notNull(),
    /** SHA-256 of the secret, hexadecimal: 256 random bits need no slower hash, and by it the key is found. */
    secretSha256: text('secret_sha256').notNull().unique('api_keys_secret'),
    /** How the secret begins, for people who look for it. */
    hint: text('hint').notNull(),
    role: text('role').$type<keyof typeof viewerRoles>().notNull(),
    scopes: text('scopes').array().$type<Scope[]>().notNull(),
    /** Whose it is. */
    actorId: uuid('actor_id'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    /** Name of the token that made it; null: the command line did. */
    createdBy: text('created_by'),
    expiresAt: moment('expires_at'),
    revokedAt: moment('revoked_at'),
    /** To the nearest minutes: written at most every five. */
    lastUsedAt: moment('last_used_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    unique('api_keys_name').on(t.workspaceId, t.name),
    oneOf('api_keys_role', t.role, viewerRoles),
    foreignKey({
      name: 'api_keys_actor',
      columns: [t.workspaceId, t.actorId],
      foreignColumns: [actors.workspaceId, actors.id],
    }),
  ],
)

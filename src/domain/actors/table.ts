import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { backends } from '#domain/backends/table.ts'
import { externalId, id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import { actorTypes, type ChannelType } from '#vocabulary.ts'

export type ContactIdentity = { channelType: ChannelType; value: string; isPrimary: boolean }
export type CustomField = { key: string; label: string; type: string; value: unknown; isEditable?: boolean }

type Named = Record<'workspaceId' | 'displayName' | 'email' | 'phone' | 'identifier' | 'identities', AnyPgColumn>
/** The words a person is found by, as the index of the search has them. People are no matter of time: one week has all. */
export const wordsOfPerson = (t: Named) =>
  sql`search_words(${t.workspaceId}, to_timestamp(0), search_person(${t.displayName}, ${t.email}, ${t.phone}, ${t.identifier}, ${t.identities}))`

/**
 * Everybody who acts on tickets: contacts, agents, bots, systems. One table, because tickets and messages point at any of
 * them: one foreign key, one loader, one statement per level instead of four.
 */
export const actors = pgTable(
  'actors',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    type: text('type').$type<keyof typeof actorTypes>().notNull(),
    externalId: externalId(),
    displayName: text('display_name').notNull(),
    email: text('email'),
    phone: text('phone'),
    avatarUrl: text('avatar_url'),
    /** Known only from a mention elsewhere; the first full record replaces it. */
    isProvisional: boolean('is_provisional').notNull().default(false),
    // agents
    isAvailable: boolean('is_available'),
    isActive: boolean('is_active').notNull().default(true),
    role: text('role'),
    messageSignature: text('message_signature'),
    // contacts
    identifier: text('identifier'),
    isBlocked: boolean('is_blocked').notNull().default(false),
    isOnline: boolean('is_online'),
    isIdentityVerified: boolean('is_identity_verified'),
    language: text('language'),
    identities: jsonb('identities').$type<ContactIdentity[]>().notNull().default([]),
    customFields: jsonb('custom_fields').$type<CustomField[]>().notNull().default([]),
    lastActivityAt: moment('last_activity_at'),
    /** The contact this one became part of, always the last in line. The row stays: the help desk may still name it. */
    mergedIntoId: uuid('merged_into_id'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    updatedAt: moment('updated_at').notNull().default(sql`now()`),
    raw: verbatimJson('raw'),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'actors_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    foreignKey({
      name: 'actors_merged_into',
      columns: [t.workspaceId, t.mergedIntoId],
      foreignColumns: [t.workspaceId, t.id],
    }),
    check('actors_not_merged_into_itself', sql`${t.mergedIntoId} <> ${t.id}`),
    unique('actors_external').on(t.workspaceId, t.backendId, t.type, t.externalId),
    oneOf('actors_type', t.type, actorTypes),
    index('actors_email').on(t.workspaceId, sql`lower(${t.email})`),
    index('actors_identifier').on(t.workspaceId, t.identifier),
    index('actors_phone').on(t.workspaceId, t.phone),
    index('actors_by_name').on(t.workspaceId, t.type, t.displayName, t.id),
    // The list of contacts is of two types: the index above gives no order for both. 50,000 were sorted for each page.
    index('contacts_by_name')
      .on(t.workspaceId, t.displayName, t.id)
      .where(sql`${t.type} in ('CONTACT', 'VISITOR') and ${t.mergedIntoId} is null`),
    index('actors_merged').on(t.workspaceId, t.mergedIntoId).where(sql`${t.mergedIntoId} is not null`),
    // Made here and not yet named by the help desk: whatever a page brings may be one of them.
    index('actors_unbound').on(t.workspaceId, t.backendId).where(sql`${t.externalId} like 'deskgraph:%'`),
    index('actors_name_words').using('gin', sql`${t.displayName} gin_trgm_ops`),
    index('actors_search').using('gin', wordsOfPerson(t)).with({ fastupdate: false }),
  ],
)

/** Groups of agents. */
export const departments = pgTable(
  'departments',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    externalId: externalId(),
    name: text('name').notNull(),
    contentHash: text('content_hash').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'departments_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    unique('departments_external').on(t.workspaceId, t.backendId, t.externalId),
  ],
)

export const departmentAgents = pgTable(
  'department_agents',
  { workspaceId: workspaceId(), departmentId: uuid('department_id').notNull(), agentId: uuid('agent_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.departmentId, t.agentId] }),
    foreignKey({
      name: 'department_agents_department',
      columns: [t.workspaceId, t.departmentId],
      foreignColumns: [departments.workspaceId, departments.id],
    }).onDelete('cascade'),
    foreignKey({
      name: 'department_agents_agent',
      columns: [t.workspaceId, t.agentId],
      foreignColumns: [actors.workspaceId, actors.id],
    }).onDelete('cascade'),
    index('department_agents_by_agent').on(t.workspaceId, t.agentId),
  ],
)

import { sql } from 'drizzle-orm'
import { check, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import { auditOutcomes } from '#vocabulary.ts'

/**
 * Who wrote what, when and from where. Written in the transaction that did it, or in one of its own where it was not
 * allowed. Points at things by their global ids and not by keys, since an entry outlives what it is about.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    workspaceId: workspaceId(),
    id: id(),
    at: moment('at').notNull(),
    /** The actor whose token it was; null for a program. */
    actorId: uuid('actor_id'),
    /** Name of the token, or of the command of the command line. */
    tokenName: text('token_name').notNull(),
    /** The mutation, or the command. */
    operation: text('operation').notNull(),
    outcome: text('outcome').$type<keyof typeof auditOutcomes>().notNull(),
    /** Global ids of what it was about. */
    targets: text('targets').array().notNull().default([]),
    /** Which fields changed; neither what people wrote nor secrets. */
    changes: verbatimJson('changes'),
    clientAddress: text('client_address'),
    requestId: text('request_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    oneOf('audit_entries_outcome', t.outcome, auditOutcomes),
    check('audit_entries_operation', sql`${t.operation} <> ''`),
    index('audit_entries_in_order').on(t.workspaceId, t.at, t.id),
    index('audit_entries_of_actor').on(t.workspaceId, t.actorId, t.at, t.id).where(sql`${t.actorId} is not null`),
    index('audit_entries_of_target').using('gin', t.targets),
    // Entries lie in the table as they were written, so this tiny index finds the old ones.
    index('audit_entries_by_age').using('brin', t.at),
  ],
)

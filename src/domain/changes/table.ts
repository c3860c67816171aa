import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from '#platform/db/columns.ts'

/**
 * What happened to which ticket. Written in the transaction that did it. Lines outlive their tickets: that one was
 * deleted is a change too.
 */
export const changes = pgTable(
  'changes',
  {
    workspaceId: workspaceId(),
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    ticketId: uuid('ticket_id').notNull(),
    messageId: uuid('message_id'),
    kind: text('kind').$type<'CREATED' | 'UPDATED' | 'DELETED'>().notNull(),
    /** Names of ticket fields of the graph; empty for a message. */
    changedFields: text('changed_fields').array().notNull().default([]),
    /** The ticket's version since then; null for lines written before versions were noted, and for messages. */
    version: integer('version'),
    source: text('source').$type<'SYNC' | 'COMMAND'>().notNull(),
    /** Whose command it was: name of the token, and what the client called its mutation. */
    tokenName: text('token_name'),
    clientMutationId: text('client_mutation_id'),
    at: moment('at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.position] }),
    check('changes_kind', sql`${t.kind} in ('CREATED', 'UPDATED', 'DELETED')`),
    check('changes_source', sql`${t.source} in ('SYNC', 'COMMAND')`),
    // Lines of commands only, which are few beside those of the sync.
    index('changes_of_token').on(t.workspaceId, t.tokenName, t.position).where(sql`${t.tokenName} is not null`),
    index('changes_of_ticket').on(t.workspaceId, t.ticketId, t.position),
  ],
)

import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { digits, moment, transactionId, workspaceId } from '#platform/db/columns.ts'

/**
 * What happened to which ticket. Written in the transaction that did it. Lines outlive their tickets: that one was
 * deleted is a change too.
 *
 * Positions are given when a line is written and seen when it is committed, so a line may appear behind a later one. The
 * order of the feed is therefore that of the transactions, and it ends before the oldest that is still open, see
 * `feed.ts`. Transactions are counted anew in every cluster: after a restore into another one, the order starts again.
 */
export const changes = pgTable(
  'changes',
  {
    workspaceId: workspaceId(),
    /** Which Postgres wrote it. */
    clusterId: digits('cluster_id').notNull().default(sql`(pg_control_system()).system_identifier`),
    transactionId: transactionId('transaction_id').notNull().default(sql`pg_current_xact_id()`),
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    ticketId: uuid('ticket_id').notNull(),
    messageId: uuid('message_id'),
    kind: text('kind').$type<'CREATED' | 'UPDATED' | 'DELETED'>().notNull(),
    /** Names of ticket fields of the graph; of a message only that its `delivery` changed is told. */
    changedFields: text('changed_fields').array().notNull().default([]),
    /** The ticket's version since then; null for lines written before versions were noted, and for messages. */
    version: integer('version'),
    source: text('source').$type<'SYNC' | 'COMMAND'>().notNull(),
    /** Who did it, where that is known. */
    actorId: uuid('actor_id'),
    /** Whose command it was: name of the token, and what the client called its mutation. */
    tokenName: text('token_name'),
    clientMutationId: text('client_mutation_id'),
    at: moment('at').notNull().default(sql`now()`),
  },
  (t) => [
    // In the order of the feed.
    primaryKey({ columns: [t.workspaceId, t.clusterId, t.transactionId, t.position] }),
    check('changes_kind', sql`${t.kind} in ('CREATED', 'UPDATED', 'DELETED')`),
    check('changes_source', sql`${t.source} in ('SYNC', 'COMMAND')`),
    // Lines of commands only, which are few beside those of the sync.
    index('changes_of_token').on(t.workspaceId, t.tokenName, t.position).where(sql`${t.tokenName} is not null`),
    index('changes_of_ticket').on(t.workspaceId, t.ticketId, t.position),
    // Lines lie in the table as they were written, so this tiny index finds the old ones.
    index('changes_by_age').using('brin', t.at),
  ],
)

/**
 * Up to where a log is not whole: lines were swept away, or never written as during the first copy of a help desk.
 * Whoever stopped before that has missed something.
 */
export const changeGaps = pgTable(
  'change_gaps',
  {
    workspaceId: workspaceId(),
    clusterId: digits('cluster_id').notNull(),
    transactionId: transactionId('transaction_id').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.clusterId] })],
)

/**
 * What a ticket was before a transaction changed it, by columns: those that a selection can ask (`judged_part`), as far as
 * they changed; all of them where the ticket went. Triggers keep it, so that a stream can tell whether a ticket was in a
 * selection. Positions are those of the changes themselves, which may be another order than that of the transactions.
 */
export const ticketBefores = pgTable(
  'ticket_befores',
  {
    workspaceId: workspaceId(),
    ticketId: uuid('ticket_id').notNull(),
    clusterId: digits('cluster_id').notNull().default(sql`(pg_control_system()).system_identifier`),
    transactionId: transactionId('transaction_id').notNull().default(sql`pg_current_xact_id()`),
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    before: jsonb('before').$type<Record<string, unknown>>().notNull(),
    at: moment('at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.ticketId, t.clusterId, t.transactionId] }),
    index('ticket_befores_by_age').using('brin', t.at),
  ],
)

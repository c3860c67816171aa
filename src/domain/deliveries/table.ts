import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { type BackendProblem, backends } from '#domain/backends/table.ts'
import { id, moment, oneOf, workspaceId } from '#platform/db/columns.ts'
import { deliveryStates } from '#vocabulary.ts'
import type { Before } from './before.ts'

export type DeliveryState = keyof typeof deliveryStates

/** Changes promised to a vendor, each with what became of it. Kept after their ticket is deleted. */
export const deliveries = pgTable(
  'deliveries',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    /** Null for what concerns no ticket, such as a tag. */
    ticketId: uuid('ticket_id'),
    /** The message that is changed; null for what changes the ticket, and for what makes messages. */
    messageId: uuid('message_id'),
    /** Order of promise. Deliveries that share a lane are carried out one after the other in this order. */
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity(),
    /** Ids of whatever it concerns: tickets, contacts, tags. */
    lanes: uuid('lanes').array().notNull(),
    operation: text('operation').notNull(),
    /** In our ids; what the vendor calls them is looked up when it goes out. */
    input: jsonb('input').notNull(),
    /** Ticket fields that a pull leaves alone until it is settled, by the names of `fields.ts`. */
    fields: text('fields').array().notNull().default([]),
    /** What the change replaced here, for taking it back. */
    before: jsonb('before').$type<Before>(),
    state: text('state').$type<DeliveryState>().notNull().default('QUEUED'),
    attempts: integer('attempts').notNull().default(0),
    /** Why the last attempt failed. */
    problem: jsonb('problem').$type<BackendProblem>(),
    nextAttemptAt: moment('next_attempt_at').notNull().default(sql`now()`),
    /** When the last attempt went out. */
    sendingAt: moment('sending_at'),
    /** Who carries it out just now; by the database clock, so a killed worker is succeeded within seconds. */
    leaseOwner: uuid('lease_owner'),
    leaseUntil: moment('lease_until'),
    tokenName: text('token_name'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    settledAt: moment('settled_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'deliveries_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }),
    oneOf('deliveries_state', t.state, deliveryStates),
    check('deliveries_lanes', sql`cardinality(${t.lanes}) > 0`),
    index('deliveries_pending')
      .on(t.workspaceId, t.ticketId, t.position)
      .where(sql`${t.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`),
    index('deliveries_pending_of_backend')
      .on(t.workspaceId, t.backendId, t.position)
      .where(sql`${t.state} in ('QUEUED', 'SENDING', 'UNCERTAIN')`),
    index('deliveries_open_lanes').using('gin', t.lanes).where(sql`${t.state} in ('QUEUED', 'SENDING')`),
    index('deliveries_newest').on(t.workspaceId, t.position),
    index('deliveries_of_ticket').on(t.workspaceId, t.ticketId, t.position),
  ],
)

import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core'
import { workspaces } from '#domain/workspaces/table.ts'
import { digits, id, moment, oneOf, transactionId, workspaceId } from '#platform/db/columns.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import { type WebhookEvent, webhookDeliveryStates, webhookEvents, webhookProblems } from '#vocabulary.ts'

/** Addresses of others that are told what happens here. */
export const webhooks = pgTable(
  'webhooks',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    id: id(),
    url: text('url').notNull(),
    description: text('description'),
    events: text('events').array().$type<WebhookEvent[]>().notNull(),
    /** A `TicketFilter` as a client would send it; checked again whenever it is used. */
    filter: jsonb('filter'),
    query: text('query'),
    isEnabled: boolean('is_enabled').notNull(),
    /** Encrypted where the installation has keys. */
    secret: text('secret').notNull(),
    secretHint: text('secret_hint').notNull(),
    /** The one before, which signs too until then. */
    formerSecret: text('former_secret'),
    formerSecretUntil: moment('former_secret_until'),
    /** Who saved it last: it is told what they may see. */
    savedBy: text('saved_by').notNull(),
    actorId: uuid('actor_id'),
    role: text('role').$type<keyof typeof viewerRoles>().notNull(),
    scopes: text('scopes').array().$type<Scope[]>().notNull(),
    /** The place in the log of changes up to which its deliveries are written. */
    clusterId: digits('cluster_id').notNull(),
    transactionId: transactionId('transaction_id').notNull(),
    position: digits('position').notNull(),
    problem: text('problem').$type<keyof typeof webhookProblems>(),
    problemAt: moment('problem_at'),
    /** Since when nothing has come through; null while the last attempt did. */
    failingSince: moment('failing_since'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    updatedAt: moment('updated_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    oneOf('webhooks_role', t.role, viewerRoles),
    oneOf('webhooks_problem', t.problem, webhookProblems),
  ],
)

/** One event for one webhook, and what became of it. Written with the place it was read from, so each once. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull().default(sql`gen_random_uuid()`),
    /** In the order they were written. */
    number: bigint('number', { mode: 'number' }).generatedAlwaysAsIdentity(),
    /** No foreign key: a webhook is deleted at once, and what may be a million requests after it. */
    webhookId: uuid('webhook_id').notNull(),
    event: text('event').$type<WebhookEvent>().notNull(),
    /** Where in the log it happened; of what is not in the log, the start of its transaction. */
    clusterId: digits('cluster_id').notNull(),
    transactionId: transactionId('transaction_id').notNull(),
    logPosition: digits('log_position').notNull(),
    /** What it is about: a ticket, message, mention, contact or backend; else the webhook itself. */
    subjectId: uuid('subject_id').notNull(),
    ticketId: uuid('ticket_id'),
    messageId: uuid('message_id'),
    changeType: text('change_type').$type<'CREATED' | 'UPDATED' | 'DELETED'>(),
    changedFields: text('changed_fields').array().notNull().default([]),
    clientMutationId: text('client_mutation_id'),
    /** When it happened. */
    at: moment('at').notNull().default(sql`now()`),
    state: text('state').$type<keyof typeof webhookDeliveryStates>().notNull().default('WAITING'),
    /** What is sent, made with the first attempt and gone with the last. */
    body: text('body'),
    /** By which rights that was made; by others it is made anew. */
    bodyFor: text('body_for'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull().default(sql`now()`),
    /** Of one attempt. */
    lease: uuid('lease'),
    leaseUntil: moment('lease_until'),
    /** Of the last attempt. */
    sentAt: moment('sent_at'),
    httpStatus: integer('http_status'),
    durationMs: integer('duration_ms'),
    response: text('response'),
    problem: text('problem'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    unique('webhook_deliveries_once').on(
      ...([t.workspaceId, t.webhookId, t.clusterId, t.transactionId, t.logPosition, t.event, t.subjectId] as const),
    ),
    oneOf('webhook_deliveries_event', t.event, webhookEvents),
    oneOf('webhook_deliveries_state', t.state, webhookDeliveryStates),
    index('webhook_deliveries_of_webhook').on(t.workspaceId, t.webhookId, t.number),
    index('webhook_deliveries_failed')
      .on(t.workspaceId, t.webhookId, t.number)
      .where(sql`${t.state} <> 'SUCCEEDED' and ${t.attempts} > 0`),
    index('webhook_deliveries_due').on(t.workspaceId, t.webhookId, t.nextAttemptAt).where(sql`${t.state} = 'WAITING'`),
    // They lie in the table as they were written, so this tiny index finds the old ones.
    index('webhook_deliveries_by_age').using('brin', t.createdAt),
  ],
)

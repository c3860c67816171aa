import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { workspaces } from '#domain/workspaces/table.ts'
import { id, moment, oneOf, verbatimJson, workspaceId } from '#platform/db/columns.ts'
import { backendHealths, syncStates } from '#vocabulary.ts'

/** Why a backend is not well, as its last failing answer said. */
export type BackendProblem = {
  kind: 'TRY_AGAIN' | 'FIX_CREDENTIALS' | 'WAIT_FOR_QUOTA' | 'REFUSED'
  message: string
  code: string | null
  requestId: string | null
  httpStatus: number | null
  /** ISO time from which it is worth trying again; null when unknown. */
  retryAt: string | null
}

/** One connected account at a vendor. Its credentials stay in the configuration and never come here. */
export const backends = pgTable(
  'backends',
  {
    workspaceId: workspaceId().references(() => workspaces.id),
    id: id(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    vendor: text('vendor').notNull(),
    health: text('health').$type<keyof typeof backendHealths>().notNull().default('OK'),
    problem: jsonb('problem').$type<BackendProblem>(),
    /** False: no longer in the configuration; its tickets stay readable. */
    isConnected: boolean('is_connected').notNull().default(true),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    unique('backends_key').on(t.workspaceId, t.key),
    oneOf('backends_health', t.health, backendHealths),
  ],
)

/** How far the copy of a backend is, and who is copying. One row beside each backend. */
export const backendSyncs = pgTable(
  'backend_syncs',
  {
    workspaceId: workspaceId(),
    backendId: uuid('backend_id').notNull(),
    state: text('state').$type<keyof typeof syncStates>().notNull().default('NEVER'),
    /** The connector's own position; goes back to it unchanged. */
    cursor: verbatimJson('cursor'),
    /** What is under way: null between rounds. */
    round: text('round').$type<'FULL' | 'INCREMENTAL'>(),
    /** Counts full rounds; a ticket remembers the last one that saw it. */
    fullRound: integer('full_round').notNull().default(0),
    progressDone: integer('progress_done').notNull().default(0),
    progressTotal: integer('progress_total'),
    lastSyncedAt: moment('last_synced_at'),
    lastFullSyncedAt: moment('last_full_synced_at'),
    nextSyncAt: moment('next_sync_at').notNull().default(sql`now()`),
    /** After how long without a finished round the copy counts as stale. */
    freshnessSeconds: integer('freshness_seconds').notNull().default(300),
    error: text('error'),
    failureCount: integer('failure_count').notNull().default(0),
    misfitCount: integer('misfit_count').notNull().default(0),
    /** The worker that may write; by the database clock, so a killed worker is succeeded within seconds. */
    leaseOwner: uuid('lease_owner'),
    leaseUntil: moment('lease_until'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.backendId] }),
    foreignKey({
      name: 'backend_syncs_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }).onDelete('cascade'),
    oneOf('backend_syncs_state', t.state, syncStates),
    check('backend_syncs_round', sql`${t.round} in ('FULL', 'INCREMENTAL')`),
    index('backend_syncs_due').on(t.nextSyncAt),
  ],
)

/** What vendors sent that did not fit: kept as it came, counted, never thrown away. */
export const misfits = pgTable(
  'misfits',
  {
    workspaceId: workspaceId(),
    id: id(),
    backendId: uuid('backend_id').notNull(),
    kind: text('kind').$type<'parked' | 'unmapped'>().notNull(),
    subject: text('subject').notNull(),
    externalId: text('external_id'),
    field: text('field'),
    problem: text('problem').notNull(),
    raw: verbatimJson('raw'),
    /** Hash of what did not fit, so that the same thing is counted and not stored again. */
    fingerprint: text('fingerprint').notNull(),
    occurrences: integer('occurrences').notNull().default(1),
    firstSeenAt: moment('first_seen_at').notNull().default(sql`now()`),
    lastSeenAt: moment('last_seen_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    foreignKey({
      name: 'misfits_backend',
      columns: [t.workspaceId, t.backendId],
      foreignColumns: [backends.workspaceId, backends.id],
    }).onDelete('cascade'),
    unique('misfits_fingerprint').on(t.workspaceId, t.backendId, t.fingerprint),
    index('misfits_newest').on(t.workspaceId, t.backendId, t.lastSeenAt),
    check('misfits_kind', sql`${t.kind} in ('parked', 'unmapped')`),
  ],
)

import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { id, moment, oneOf, workspaceId } from '#platform/db/columns.ts'
import { jobStates } from '#vocabulary.ts'

/** Commands on many tickets, carried out in the background. */
export const jobs = pgTable(
  'jobs',
  {
    workspaceId: workspaceId(),
    id: id(),
    kind: text('kind').notNull(),
    state: text('state').$type<keyof typeof jobStates>().notNull().default('QUEUED'),
    /** What to do with each ticket. */
    input: jsonb('input').notNull(),
    total: integer('total').notNull(),
    processed: integer('processed').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    tokenName: text('token_name').notNull(),
    startedById: uuid('started_by_id'),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    finishedAt: moment('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    oneOf('jobs_state', t.state, jobStates),
    check('jobs_counts', sql`${t.processed} between 0 and ${t.total} and ${t.failed} between 0 and ${t.processed}`),
  ],
)

/** One ticket of a job, and what became of it. */
export const jobItems = pgTable(
  'job_items',
  {
    workspaceId: workspaceId(),
    jobId: uuid('job_id').notNull(),
    position: integer('position').notNull(),
    ticketId: uuid('ticket_id').notNull(),
    state: text('state').$type<'WAITING' | 'DONE' | 'FAILED'>().notNull().default('WAITING'),
    /** The expected failures, as the graph shows them. */
    errors: jsonb('errors').notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.jobId, t.position] }),
    foreignKey({
      name: 'job_items_job',
      columns: [t.workspaceId, t.jobId],
      foreignColumns: [jobs.workspaceId, jobs.id],
    }).onDelete('cascade'),
    check('job_items_state', sql`${t.state} in ('WAITING', 'DONE', 'FAILED')`),
    index('job_items_failed').on(t.workspaceId, t.jobId, t.position).where(sql`${t.state} = 'FAILED'`),
  ],
)

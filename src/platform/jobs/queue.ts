import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import type { Db } from '#platform/db/client.ts'

/** A kind of job: its name in the queue and the shape of its payload (JSON). */
export type Job<Payload extends z.ZodType = z.ZodType> = { name: string; payload: Payload }

/** What a handler may want to know about the attempt it is. */
export type Attempt = {
  /** 1 for the first. */
  number: number
  isLast: boolean
  /** Fires when the process is stopping: finish soon, what is left after 7 s runs again elsewhere. */
  signal: AbortSignal
}

/** One entry of the list in `handlers.ts`. `Context` is what the runner was started with. */
export type Handler<Context> = {
  name: string
  run(payload: unknown, context: Context, attempt: Attempt): Promise<void>
}

export type EnqueueOptions = {
  /** A waiting job of the same key is replaced; one that already runs is not touched, and another is added. */
  jobKey?: string
  runAt?: Date
  /** Jobs of one queue name run one after the other. */
  queueName?: string
  /** Default 25, with waits that grow from 3 s to 6 h. */
  maxAttempts?: number
  /** Smaller goes first; default 0. */
  priority?: number
}

export function defineJob<Payload extends z.ZodType>(job: Job<Payload>): Job<Payload> {
  return job
}

/** A job may run twice (a crash between its end and the note of it): its handler has to bear that. */
export function handle<Payload extends z.ZodType, Context>(
  job: Job<Payload>,
  run: (payload: z.output<Payload>, context: Context, attempt: Attempt) => Promise<void>,
): Handler<Context> {
  return { name: job.name, run: async (payload, context, attempt) => run(job.payload.parse(payload), context, attempt) }
}

/**
 * Adds a job. Inside a transaction it exists from the commit on, and not at all after a rollback.
 * @throws ZodError when the payload does not have the job's shape.
 */
export async function enqueue<Payload extends z.ZodType>(
  db: Db,
  job: Job<Payload>,
  payload: z.input<Payload>,
  { jobKey, runAt, queueName, maxAttempts, priority }: EnqueueOptions = {},
): Promise<void> {
  job.payload.parse(payload)
  await db.execute(sql`
    select from enqueue_job(
      name => ${job.name},
      payload => ${JSON.stringify(payload)}::json,
      queue_name => ${queueName ?? null},
      run_at => ${runAt?.toISOString() ?? null}::timestamptz,
      max_attempts => ${maxAttempts ?? null}::integer,
      job_key => ${jobKey ?? null},
      priority => ${priority ?? null}::integer
    )`)
}

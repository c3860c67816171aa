/** Stops a job on many tickets. */
import { and, eq } from 'drizzle-orm'
import { Job } from '#domain/jobs/graphql.ts'
import { isOver, jobById } from '#domain/jobs/loaders.ts'
import { jobs } from '#domain/jobs/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { NodeActionInput } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { forbiddenError } from './permits.ts'
import { invalid, missing } from './problem.ts'

export const JobPayload = builder.objectRef<Payload>('JobPayload').implement({
  description: 'What became of a job.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    job: t.field({
      type: Job,
      nullable: true,
      description: 'The job as it is now; null when nothing was changed.',
      resolve: ({ jobId }, _args, context) => (jobId === undefined ? null : jobById(context, jobId)),
    }),
  }),
})

builder.mutationField('jobCancel', (t) =>
  t.field({
    type: JobPayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Stops a job before its next tickets. What it did before stays done. For who started it, and for administrators.',
    args: { input: t.arg({ type: NodeActionInput, required: true, description: 'Which job.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'jobCancel', input, jobCancel),
  }),
)

async function jobCancel(command: Command, input: { id: string }): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const path = ['input', 'id']
  const id = idFrom(input.id, 'Job')
  const isJob = id && and(eq(jobs.workspaceId, workspaceId), eq(jobs.id, id))
  // Waits for the batch that is being worked on.
  const [job] = isJob ? await tx.select().from(jobs).where(isJob).for('update') : []
  if (!isJob || !job) throw missing('job', input.id, path)
  const isOwn = job.tokenName === viewer.tokenName || (job.startedById !== null && job.startedById === viewer.actorId)
  if (!isOwn && viewer.role !== 'ADMIN') throw forbiddenError('Somebody else started this job.', path)
  if (job.state === 'CANCELLED') return { jobId: id }
  if (isOver(job.state)) throw invalid(path, 'It is over: there is nothing left to stop.', 'done', 'ALREADY_DONE')
  await tx.update(jobs).set({ state: 'CANCELLED', finishedAt: now }).where(isJob)
  return { jobId: id }
}

/** What commands on a selection of tickets answer. */
import { UserError } from '#domain/backends/problems.ts'
import { Job } from '#domain/jobs/graphql.ts'
import { jobById } from '#domain/jobs/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { MOST_TICKETS } from './many-tickets.ts'
import type { Payload, TicketResult } from './outcome.ts'
import { MutationPayload, replayedPart, undoPart } from './payloads.ts'

const TicketBulkResult = builder.objectRef<TicketResult>('TicketBulkResult').implement({
  description: 'What became of one of many tickets.',
  fields: (t) => ({
    ticketId: t.id({
      description: 'Global id of the ticket.',
      resolve: ({ ticketId }) => nodeIdOf('Ticket', ticketId),
    }),
    ticket: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket as it is now; null when there is none.',
      resolve: ({ ticketId }, _args, context) => visibleTicket(context, ticketId),
    }),
    errors: t.field({
      type: [UserError],
      description: 'Why it was not changed; empty when it was.',
      resolve: ({ errors }) => errors,
    }),
  }),
})

/** Of a job, how far it is now; of what was done at once, what was kept. */
async function countsOf({ jobId, results = [], errors }: Payload, context: GraphContext) {
  const job = jobId === undefined ? null : await jobById(context, jobId)
  if (job) return { succeeded: job.processed - job.failed, failed: job.failed }
  const failed = results.filter((result) => result.errors.length > 0).length
  return { succeeded: errors.length > 0 ? 0 : results.length - failed, failed }
}

export const TicketsBulkPayload = builder.objectRef<Payload>('TicketsBulkPayload').implement({
  description: `What became of many tickets. Up to ${MOST_TICKETS} are done at once and \`results\` has each; for more a \`job\` is started that does them in the background.`,
  interfaces: [MutationPayload],
  fields: (t) => ({
    results: t.field({
      extensions: usualSize(MOST_TICKETS),
      type: [TicketBulkResult],
      description: `Each ticket, in the order of the selection; empty for a job. Of a dry run, the first ${MOST_TICKETS} and what would become of them.`,
      resolve: ({ results }) => results ?? [],
    }),
    matchedCount: t.int({
      description: 'How many tickets the selection has.',
      resolve: ({ matchedCount }) => matchedCount ?? 0,
    }),
    succeededCount: t.int({
      description: 'How many were changed; of a job, how many so far.',
      resolve: async (payload, _args, context) => (await countsOf(payload, context)).succeeded,
    }),
    failedCount: t.int({
      description: 'How many could not be changed; of a job, how many so far.',
      resolve: async (payload, _args, context) => (await countsOf(payload, context)).failed,
    }),
    job: t.field({
      type: Job,
      nullable: true,
      description:
        'The job that does it; null when it was done at once. What a job did cannot be taken back by a token.',
      resolve: ({ jobId }, _args, context) => (jobId === undefined ? null : jobById(context, jobId)),
    }),
    ...undoPart(t),
    ...replayedPart(t),
  }),
})

/** Jobs: commands on many tickets that are carried out in the background. */
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { type Problem, UserError } from '#domain/backends/problems.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { ticketById } from '#domain/tickets/loaders.ts'
import { builder, enumOf, type GraphContext } from '#platform/graphql/builder.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { jobStates } from '#vocabulary.ts'
import { type Failure, failuresOfJob, type JobRow, jobById, mostFailures } from './loaders.ts'

const JobStateEnum = enumOf('JobState', 'How far a job is.', jobStates)

const UnexpectedError = builder.objectRef<Problem>('UnexpectedError')
UnexpectedError.implement({
  description: 'Our own fault, met where no request waits for the answer: on one ticket of a job.',
  interfaces: [UserError],
})

const JobFailure = builder.objectRef<Failure>('JobFailure').implement({
  description: 'A ticket of a job that could not be changed.',
  fields: (t) => ({
    ticket: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket as it is now; null when there is none.',
      resolve: ({ ticketId }, _args, context) => ticketById(context, ticketId),
    }),
    nodeId: t.id({
      nullable: true,
      description: 'Global id of the ticket, also when there is none.',
      resolve: ({ ticketId }) => nodeIdOf('Ticket', ticketId),
    }),
    errors: t.field({
      type: [UserError],
      description: 'Why it was not changed.',
      resolve: ({ errors }) => errors as Problem[],
    }),
    cursor: t.exposeString('cursor', { description: 'Place among the failures, for `after`.' }),
  }),
})

export const Job = builder.objectRef<JobRow>('Job').implement({
  scopes: ['TICKETS_READ'],
  description: 'A command on many tickets, or a replay of a webhook, carried out in the background.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Job')),
    kind: t.exposeString('kind', { description: 'The mutation that started it, e.g. ticketsBulkUpdate.' }),
    state: t.field({ type: JobStateEnum, description: 'How far it is.', resolve: ({ state }) => state }),
    total: t.exposeInt('total', { description: 'How many tickets it has; a replay: how many lines of the log.' }),
    processed: t.exposeInt('processed', { description: 'How many it has done with, well or not.' }),
    failed: t.exposeInt('failed', { description: 'How many of those could not be changed.' }),
    failures: t.field({
      type: [JobFailure],
      description: 'The tickets that could not be changed, in the order of the selection.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 50,
          description: `How many, at most ${mostFailures}.`,
        }),
        after: t.arg.string({ description: 'Cursor: only those behind it.' }),
      },
      resolve: ({ id }, args, context) => failuresOfJob(context, id, args),
    }),
    startedBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who started it; null for a program.',
      resolve: ({ startedById }, _args, context) => actorOf(context, startedById),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was started.', resolve: (row) => row.createdAt }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended, or was stopped; null while it goes on.',
      resolve: (row) => row.finishedAt,
    }),
    resultUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where its result can be downloaded; null for jobs that only change tickets.',
      resolve: () => null,
    }),
  }),
})

/** Jobs are tools of agents: a contact has none. */
export async function visibleJob(context: GraphContext, id: string): Promise<JobRow | null> {
  return context.viewer.role === 'CONTACT' ? null : jobById(context, id)
}

registerNode('Job', visibleJob)

builder.queryField('job', (t) =>
  t.field({
    type: Job,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: 'One job; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: (_root, { id }, context) => {
      const key = idFrom(id, 'Job')
      return key === null ? null : visibleJob(context, key)
    },
  }),
)

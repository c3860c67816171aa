/** `jobProgress`: a job, whenever more of it is done. */
import { builder } from '#platform/graphql/builder.ts'
import { notFound } from '#platform/graphql/forbidden.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { contextAnew } from '#platform/live/moments.ts'
import { watch } from '#platform/live/watching.ts'
import { Job, visibleJob } from './graphql.ts'
import { isOver } from './loaders.ts'

builder.subscriptionField('jobProgress', (t) =>
  t.field({
    type: Job,
    scopes: ['TICKETS_READ'],
    description:
      'A job: as it is now, then whenever more of it is done. Ends when the job is over. Who reads slowly is told fewer steps, but always the last.',
    args: { id: t.arg.id({ required: true, description: 'Which job.' }) },
    subscribe: async (_root, { id }, context) => {
      const jobId = idFrom(id, 'Job')
      if (jobId === null || !(await visibleJob(context, jobId))) throw notFound('job')
      const { live, workspaceId } = context
      return watch(live, {
        ...{ workspaceId, topic: 'jobs', key: jobId },
        concerns: (detail) => detail === jobId,
        read: async () => {
          const job = await visibleJob(contextAnew(context), jobId)
          if (!job) throw notFound('job')
          return job
        },
        news: ({ state, processed }) => [state, processed],
        isLast: ({ state }) => isOver(state),
      })
    },
    resolve: (job) => job,
  }),
)

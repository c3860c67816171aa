/** What documents cost, and what is left. */
import { builder } from '#platform/graphql/builder.ts'
import { type RateLimit as RateLimitShape, rateLimitOf } from '#platform/limits/rate-limit.ts'

const RateLimit = builder.objectRef<RateLimitShape>('RateLimit').implement({
  description: 'What this document costs, and what its token may still ask for. Minutes are those of the clock.',
  fields: (t) => ({
    limit: t.int({ description: 'Points the token has in a minute.', resolve: ({ budget }) => budget.limit }),
    cost: t.int({
      description: 'Points this document costs at most, as its fields and `@cost` say; charged before it runs.',
      resolve: ({ price }) => price.cost,
    }),
    remaining: t.int({
      description: 'Points left in this minute, this document taken off.',
      resolve: ({ budget }) => budget.remaining(),
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When the next minute begins.',
      resolve: ({ budget }) => budget.resetAt(),
    }),
    nodeCount: t.int({
      description: 'Objects this document can answer with at most.',
      resolve: ({ price }) => price.nodes,
    }),
    maxNodes: t.int({ description: 'Most objects of any document.', resolve: ({ limits }) => limits.nodes }),
    maxDepth: t.int({ description: 'How deep fields may stand in fields.', resolve: ({ limits }) => limits.depth }),
    maxSubscriptions: t.int({
      description: 'How many subscriptions the token may have open at once on one gateway.',
      resolve: ({ streams }, _args, { viewer }) => (viewer.role === 'CONTACT' ? streams.perContact : streams.perToken),
    }),
  }),
})

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    description: 'What this document costs, and what the token may still ask for.',
    args: {
      dryRun: t.arg.boolean({
        required: true,
        defaultValue: false,
        description:
          'True: only this field is answered, and no points are charged, also where the document asks for too much.',
      }),
    },
    resolve: (_root, _args, context) => rateLimitOf(context),
  }),
)

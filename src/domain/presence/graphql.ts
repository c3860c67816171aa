import { Agent } from '#domain/actors/agents.ts'
import { actorById } from '#domain/actors/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { presenceStates } from '#vocabulary.ts'
import { type PresenceShape, presenceOf } from './loaders.ts'
import { presentForSeconds } from './noting.ts'

export const PresenceStateEnum = enumOf('PresenceState', 'What somebody does with a ticket they have open.', {
  ...presenceStates,
  LEFT: 'Has closed it. Only to be set: nobody is shown with it.',
})

export const Presence = builder.objectRef<PresenceShape>('Presence').implement({
  scopes: ['TICKETS_READ'],
  description: `An agent who has a ticket open, see presenceSet. Ends by itself after ${presentForSeconds} seconds without another word of them.`,
  fields: (t) => ({
    agent: t.field({
      type: Agent,
      description: 'Who it is; once, however many windows they have.',
      resolve: async ({ actorId }, _args, context) => {
        const agent = await actorById(context, actorId)
        if (!agent) throw new Error('an actor that a foreign key points at is missing')
        return agent
      },
    }),
    state: t.field({
      type: PresenceStateEnum,
      description: 'What they do; with several windows, in the busiest of them.',
      resolve: ({ state }) => state,
    }),
    since: t.field({ type: 'DateTime', description: 'Since when they do that.', resolve: ({ since }) => since }),
    lastSeenAt: t.field({
      type: 'DateTime',
      description: 'When they were last heard of.',
      resolve: ({ lastSeenAt }) => lastSeenAt,
    }),
  }),
})

builder.objectField(Ticket, 'presence', (t) =>
  t.field({
    hidden: fromContacts([]),
    type: [Presence],
    description: 'Which agents have it open right now, the viewer among them; who came first stands first.',
    resolve: ({ id }, _args, context) => presenceOf(context, id),
  }),
)

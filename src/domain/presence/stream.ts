/** `presenceChanged`: who has a ticket open, whenever that is otherwise. */
import { ChangeEvent } from '#domain/changes/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { builder, type EventPlace, type GraphContext } from '#platform/graphql/builder.ts'
import { forbidden, notFound } from '#platform/graphql/forbidden.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import type { Streamed } from '#platform/live/iterators.ts'
import { contextAnew } from '#platform/live/moments.ts'
import { watch } from '#platform/live/watching.ts'
import { Presence } from './graphql.ts'
import { type PresenceShape, presenceOf } from './loaders.ts'

export type PresenceEventShape = {
  type: 'PresenceEvent'
  place: EventPlace
  at: string
  ticketId: string
  presence: PresenceShape[]
}

export const PresenceEvent = builder.objectRef<PresenceEventShape>('PresenceEvent').implement({
  description:
    'Who has the ticket open is otherwise. Not in the log of changes: `cursor` is that of the event before, and nothing of this kind is caught up.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    ticketId: t.id({ description: 'Which ticket.', resolve: ({ ticketId }) => nodeIdOf('Ticket', ticketId) }),
    presence: t.field({
      type: [Presence],
      description: 'All who have it open now.',
      resolve: ({ presence }) => presence,
    }),
  }),
})

builder.subscriptionField('presenceChanged', (t) =>
  t.field({
    type: [Presence],
    scopes: ['TICKETS_READ'],
    description:
      'Who has a ticket open: as it is now, then whenever somebody comes, does something else, goes, or has not been heard of for too long.',
    args: { ticketId: t.arg.id({ required: true, description: 'The ticket.' }) },
    subscribe: async (_root, { ticketId }, context) => {
      if (context.viewer.role === 'CONTACT') throw forbidden('Only agents are told who is there.')
      const id = idFrom(ticketId, 'Ticket')
      if (id === null || !(await visibleTicket(context, id))) throw notFound('ticket')
      return watchPresence(context, id)
    },
    resolve: (presence) => presence,
  }),
)

/** For hints that were lost: who comes and goes is heard, who expires is known beforehand. */
const EVERY_MS = 30_000

/** What a heartbeat moves is told with the next change. */
export function watchPresence(context: GraphContext, ticketId: string): Streamed<PresenceShape[]> {
  const { live, workspaceId, viewer } = context
  return watch(live, {
    ...{ workspaceId, topic: 'presence', key: `${ticketId} ${sightOf(viewer)}` },
    everyMs: EVERY_MS,
    concerns: (detail) => detail === ticketId,
    read: () => presenceOf(contextAnew(context), ticketId),
    news: (presence) => presence.map(({ actorId, state, since }) => [actorId, state, since]),
    changesInMs: (presence) => Math.min(...presence.map(({ lastsMs }) => lastsMs)),
  })
}

/** Streams of tickets: a selection, or one ticket with its messages. */
import { GraphQLError } from 'graphql'
import type { Line } from '#domain/changes/feed.ts'
import { ChangeEvent, MessageEvent, TicketEvent } from '#domain/changes/graphql.ts'
import { PresenceEvent } from '#domain/presence/stream.ts'
import { type TicketFilterInput, TicketFilterRef } from '#domain/tickets/filter.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { TranslationEvent } from '#domain/translations/stream.ts'
import { viewOf } from '#domain/views/ticket-list.ts'
import { builder } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { withPresence } from './activity.ts'
import type { StreamGap as StreamGapShape } from './events.ts'
import { follow } from './hub.ts'
import { selectionOfTicket, selectionOfTickets } from './selection.ts'

const StreamGap = builder.objectRef<StreamGapShape>('StreamGap').implement({
  description:
    'Something was left out here: the log no longer reaches back, or this reader was too slow. What is shown has to be read anew; the stream goes on.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    reason: t.exposeString('reason', { description: 'Why, in words for a developer.' }),
    droppedCount: t.exposeInt('droppedCount', {
      nullable: true,
      description: 'How many events were left out; null when that is not known.',
    }),
    resumeFrom: t.field({
      type: 'EventCursor',
      description: 'Where the stream goes on.',
      resolve: ({ place }) => place,
    }),
  }),
})

/** Kinds of events beside lines of the log say their `type`. */
const TicketStreamEvent = builder.unionType('TicketStreamEvent', {
  description: 'What a stream of tickets says.',
  types: [TicketEvent, MessageEvent, PresenceEvent, TranslationEvent, StreamGap],
  resolveType: (event) => {
    const { type, messageId, changedFields } = event as Partial<Line> & { type?: string }
    if (type !== undefined) return type
    if (messageId === null) return 'TicketEvent'
    return changedFields?.includes('translation') ? 'TranslationEvent' : 'MessageEvent'
  },
})

const afterArgument =
  'First what happened behind this place, in order, then what happens: every event once. Left out: from now on. To begin, ask `changes { nextCursor }`, then read the list, then go on from that cursor.'

builder.subscriptionFields((t) => ({
  ticketEvents: t.field({
    type: TicketStreamEvent,
    scopes: ['TICKETS_READ'],
    extensions: costs(5),
    description:
      'Everything that enters, changes in or leaves a selection of tickets. Time that passes is no event: a ticket whose snooze ends stays where it was until it changes.',
    args: {
      filter: t.arg({ type: TicketFilterRef, description: 'Which tickets, as in `tickets`.' }),
      viewId: t.arg.id({ description: 'Those of this view; with a `filter`, those that match both.' }),
      after: t.arg({ type: 'EventCursor', description: afterArgument }),
    },
    subscribe: async (_root, { filter, viewId, after }, context) => {
      const view = viewId == null ? null : await viewOf(context, viewId)
      const { viewer } = context
      const selection = selectionOfTickets({ viewer, view, filter: filter as TicketFilterInput | null })
      return follow(context, { selection, after: after ?? null })
    },
    resolve: (event) => event,
  }),
  ticketActivity: t.field({
    type: TicketStreamEvent,
    scopes: ['TICKETS_READ'],
    extensions: costs(5),
    description:
      'Everything that happens to one ticket and its messages, with translations that were made. Agents are also told who has it open: first as it is now, then whenever that is otherwise.',
    args: {
      ticketId: t.arg.id({ required: true, description: 'Which ticket.' }),
      after: t.arg({ type: 'EventCursor', description: afterArgument }),
    },
    subscribe: async (_root, { ticketId, after }, context) => {
      const id = idFrom(ticketId, 'Ticket')
      const ticket = id && (await visibleTicket(context, id))
      if (!ticket) throw new GraphQLError('There is no ticket of this id.', { extensions: { code: 'NOT_FOUND' } })
      const { viewer } = context
      const stream = await follow(context, { selection: selectionOfTicket(viewer, id), after: after ?? null })
      return viewer.role === 'CONTACT' ? stream : withPresence(context, { ticketId: id, stream })
    },
    resolve: (event) => event,
  }),
}))

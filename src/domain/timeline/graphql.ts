/** `Ticket.timeline`: messages and events in one order. */
import { Ticket } from '#domain/tickets/graphql.ts'
import { TimelineItem, TimelineItemTypeEnum } from '#domain/tickets/timeline-item.ts'
import { sideBySide } from '#platform/db/loader.ts'
import { builder } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments } from '#platform/graphql/connections.ts'
import { type Timeline, timelineOf } from './loaders.ts'

const TimelineConnection = connectionOf('Timeline', TimelineItem, 'items')
builder.objectField(TimelineConnection, 'updatedAt', (t) =>
  t.field({
    type: 'DateTime',
    description: 'When the ticket last changed: while it stays, nothing in the timeline did.',
    resolve: (connection) => (connection as Timeline).updatedAt(),
  }),
)

builder.objectField(Ticket, 'timeline', (t) =>
  t.field({
    type: TimelineConnection,
    description: 'Everything that was said and that happened, in one order, oldest first.',
    args: {
      types: t.arg({ type: [TimelineItemTypeEnum], description: 'Only items of any of these types.' }),
      since: t.arg({ type: 'DateTime', description: 'Only what happened then or later.' }),
      ...pageArguments(t.arg),
    },
    resolve: (row, { types, since, ...args }, context) =>
      sideBySide(context, () =>
        timelineOf(context, row, args, { types: types ?? null, since: since ? new Date(since) : null }),
      ),
  }),
)

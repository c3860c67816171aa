import { Agent } from '#domain/actors/agents.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { Backend } from '#domain/backends/graphql.ts'
import { backendById } from '#domain/backends/loaders.ts'
import { signatureArgument, ticketList } from '#domain/lists/graphql.ts'
import { type TicketFilterInput, TicketFilterRef } from '#domain/tickets/filter.ts'
import { TicketConnection } from '#domain/tickets/graphql.ts'
import { TicketGroupByEnum } from '#domain/tickets/grouping.ts'
import { ticketConnection } from '#domain/tickets/loaders.ts'
import { TicketOrder, ticketOrder } from '#domain/tickets/order.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { pageArguments } from '#platform/graphql/connections.ts'
import { costs, usualSize } from '#platform/graphql/cost.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { unreadOf } from './counts.ts'
import { filterOfView, inputOfView, orderOfView, problemOfView, type ViewRow, viewById, viewsOf } from './loaders.ts'
import { ticketCountOf } from './ticket-counts.ts'

/** For what a view can only say when its condition can be used. */
function ifUsable<Value>(view: ViewRow, context: GraphContext, answer: () => Value): Value | null {
  return problemOfView(view, context) === null ? answer() : null
}

export const View = builder.objectRef<ViewRow>('View').implement({
  scopes: ['TICKETS_READ'],
  description: 'A saved filter: built in, saved by somebody here, or kept by a help desk.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('View')),
    externalId: t.exposeString('externalId', {
      nullable: true,
      description: "The help desk's own id of it; null for ours.",
    }),
    backend: t.field({
      type: Backend,
      nullable: true,
      description: 'The help desk that keeps it; null for ours.',
      resolve: ({ backendId }, _args, context) => (backendId === null ? null : backendById(context, backendId)),
    }),
    name: t.exposeString('name', { description: 'What people call it.' }),
    icon: t.exposeString('icon', { nullable: true, description: 'Name of a picture, for the client to choose.' }),
    color: t.exposeString('color', { nullable: true, description: 'Its colour, e.g. #1f93ff.' }),
    isShared: t.exposeBoolean('isShared', { description: 'Whether every agent sees it.' }),
    isBuiltIn: t.boolean({
      description: 'Whether it comes with the program: then it cannot be changed.',
      resolve: ({ origin }) => origin === 'BUILT_IN',
    }),
    isOwn: t.exposeBoolean('isOwn', { description: 'Whether the viewer saved it.' }),
    isEditable: t.exposeBoolean('isEditable', {
      description: 'Whether the viewer may change and delete it: their own, and for administrators all shared ones.',
    }),
    owner: t.field({
      type: Agent,
      nullable: true,
      description: 'Who saved it; null for one of a program, of a help desk, or built in.',
      resolve: async ({ ownerId }, _args, context) => {
        const owner = await actorOf(context, ownerId)
        return owner?.type === 'AGENT' ? owner : null
      },
    }),
    filter: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'Its filter; can be sent back as `$filter: TicketFilter` unchanged. Null where a help desk keeps a condition that is known to it alone.',
      resolve: ({ filter }) => filter,
    }),
    orderBy: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its order; can be sent back as `$orderBy: [TicketOrder!]` unchanged. Null: latest activity first.',
      resolve: ({ orderBy }) => orderBy,
    }),
    groupBy: t.field({
      type: TicketGroupByEnum,
      nullable: true,
      description: 'How its tickets are put into groups; null for one list.',
      resolve: ({ groupBy }) => groupBy,
    }),
    position: t.exposeInt('position', {
      description: 'Place among the built-in, the saved or the views of one help desk; smaller comes first.',
    }),
    condition: t.field({
      type: 'JSON',
      nullable: true,
      description: "The help desk's own condition, untranslated; null for ours.",
      resolve: ({ condition }) => condition,
    }),
    problem: t.string({
      nullable: true,
      description:
        'Why its tickets cannot be listed or counted here: its condition is known to a help desk alone, or its filter no longer fits. Null when they can.',
      resolve: (view, _args, context) => problemOfView(view, context),
    }),
    tickets: t.field({
      type: TicketConnection,
      nullable: true,
      description: 'Its tickets; null when there is a `problem`.',
      args: {
        filter: t.arg({ type: TicketFilterRef, description: 'Narrows it further.' }),
        orderBy: t.arg({ type: [TicketOrder], description: "In which order; by default the view's own." }),
        ...pageArguments(t.arg),
        ...signatureArgument(t.arg),
      },
      resolve: (view, args, context) =>
        ifUsable(view, context, () => ticketsOfView(view, args as ListArguments, context)),
    }),
    ticketCount: t.int({
      extensions: costs(2),
      nullable: true,
      description: 'How many tickets it has; null when there is a `problem`.',
      resolve: (view, _args, context) => ifUsable(view, context, () => ticketCountOf(context, view)),
    }),
    unreadCount: t.int({
      extensions: costs(2),
      nullable: true,
      description: 'How many of its tickets are unread for the viewer; null when there is a `problem`.',
      resolve: (view, _args, context) =>
        ifUsable(view, context, async () => (await unreadOf(context, view)).unreadCount),
    }),
    mentionedUnreadCount: t.int({
      extensions: costs(2),
      nullable: true,
      description:
        'How many of its tickets name the viewer in a note they have not read; null when there is a `problem`.',
      resolve: (view, _args, context) =>
        ifUsable(view, context, async () => (await unreadOf(context, view)).mentionedUnreadCount),
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was saved; null for a built-in one.',
      resolve: ({ createdAt }) => createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was last changed; null when nobody knows.',
      resolve: ({ updatedAt }) => updatedAt,
    }),
  }),
})

registerNode('View', viewById)

export type ListArguments = Parameters<typeof ticketConnection>[1] & {
  filter?: TicketFilterInput | null
  knownSignature?: string | null
  orderBy?: Parameters<typeof ticketOrder>[0]
}

/** A page of a view's tickets, narrowed by a filter of the client's. */
export async function ticketsOfView(view: ViewRow, args: ListArguments, context: GraphContext) {
  const { orderBy, filter: more, knownSignature } = args
  const order = (orderBy?.length ? null : orderOfView(view)) ?? ticketOrder(orderBy)
  const connection = await ticketConnection(context, args, order, filterOfView(view, { context, more }))
  return ticketList(context, connection, { knownSignature, filter: inputOfView(view, more) })
}

builder.queryFields((t) => ({
  views: t.field({
    extensions: usualSize(20),
    type: [View],
    scopes: ['TICKETS_READ'],
    description: 'The saved filters of the viewer: built-in ones, those saved here, and those of the help desks.',
    args: {
      includeShared: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'False: only the built-in ones and those the viewer saved.',
      }),
    },
    resolve: async (_root, { includeShared }, context) => {
      const all = await viewsOf(context)
      return includeShared ? all : all.filter(({ origin, isOwn }) => isOwn || origin === 'BUILT_IN')
    },
  }),
  view: t.field({
    type: View,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: "One saved filter; null when there is none with this id, or it is somebody else's own.",
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: (_root, { id }, context) => {
      const key = idFrom(id, 'View')
      return key === null ? null : viewById(context, key)
    },
  }),
}))

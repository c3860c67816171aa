/** `ticketGroups`: the columns of a board, or the sections of a list. */
import { ticketList } from '#domain/lists/graphql.ts'
import { type TicketFilterInput, TicketFilterRef } from '#domain/tickets/filter.ts'
import { TicketConnection } from '#domain/tickets/graphql.ts'
import { TicketGroupByEnum, type TicketGrouping } from '#domain/tickets/grouping.ts'
import { TicketOrder, ticketOrder } from '#domain/tickets/order.ts'
import { inputOfView, orderOfView } from '#domain/views/loaders.ts'
import { filterOfList, viewOf } from '#domain/views/ticket-list.ts'
import type { Filter } from '#platform/db/filter.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder } from '#platform/graphql/builder.ts'
import { pageRequestOf } from '#platform/graphql/connections.ts'
import { costs } from '#platform/graphql/cost.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { type Group, groupsOf } from './groups.ts'
import { nameOf } from './names.ts'
import { ticketsOfGroup } from './pages.ts'

const mostGroups = 50

/** A group with what its tickets are chosen and ordered by. */
type Column = Group & { input: TicketFilterInput; filter: Filter; order: NamedOrder | null }

const TicketGroup = builder.objectRef<Column>('TicketGroup').implement({
  description: 'Tickets that have something in common: a column of a board.',
  fields: (t) => ({
    key: t.string({
      description:
        'What they have in common, as a TicketFilter takes it: a word of `status`, `priority` or `channelTypes`, a language tag of `contactLanguages`, else an id. `NONE` for those that have nothing of the kind.',
      resolve: async (group, _args, context) => (await nameOf(context, group)).key,
    }),
    label: t.string({
      description: 'The same for people: a name, or English words.',
      resolve: async (group, _args, context) => (await nameOf(context, group)).label,
    }),
    filter: t.field({
      type: 'JSON',
      description:
        'The same as a TicketFilter. Put it beside the filter of the board: `{ and: [$filter, $groupFilter] }` has the tickets of this group.',
      resolve: async (group, _args, context) => (await nameOf(context, group)).filter,
    }),
    totalCount: t.exposeInt('totalCount', { description: 'How many tickets there are in it.' }),
    unreadCount: t.exposeInt('unreadCount', { description: 'How many of them are unread for the viewer.' }),
    tickets: t.field({
      type: TicketConnection,
      description: 'Its tickets. The first pages of all groups are read together.',
      args: {
        first: t.arg.int({ description: 'How many, at most 100. Default 20.' }),
        after: t.arg.string({ description: 'Cursor: only rows behind it. Of this group; another has its own.' }),
        orderBy: t.arg({
          type: [TicketOrder],
          description: "In which order; by default the view's own, else the latest activity first.",
        }),
      },
      resolve: async (group, args, context) => {
        const order = (args.orderBy?.length ? null : group.order) ?? ticketOrder(args.orderBy, context.viewer)
        const request = pageRequestOf(args, order, 20)
        const page = await ticketsOfGroup[group.by](context, group.id, request, { order, filter: group.filter })
        const connection = { page, order: order.name, count: async () => group.totalCount }
        const ofBackend = group.by === 'BACKEND' && group.id ? { backendIds: [nodeIdOf('Backend', group.id)] } : {}
        return ticketList(context, connection, { filter: { and: [group.input, ofBackend] } })
      },
    }),
  }),
})

/** Customers are not shown these of their tickets. */
const hiddenGroupings: TicketGrouping[] = ['ASSIGNEE', 'DEPARTMENT', 'TAG']

builder.queryField('ticketGroups', (t) =>
  t.field({
    extensions: costs(5),
    type: [TicketGroup],
    scopes: ['TICKETS_READ'],
    description:
      'Tickets in groups, each with its own page: the columns of a board. By STATUS and PRIORITY in the order of the words, also the empty ones; else the biggest first. Those that have nothing of the kind, as the unassigned ones, are the last group. To go on in one column, ask again with its `after`.',
    args: {
      filter: t.arg({
        type: TicketFilterRef,
        description: 'Which tickets. Recycled, merged, vanished ones and spam are left out unless asked for.',
      }),
      viewId: t.arg.id({ description: 'Only those of this view; with a `filter`, those that match both.' }),
      by: t.arg({ type: TicketGroupByEnum, required: true, description: 'What they are put into groups by.' }),
      limit: t.arg.int({
        required: true,
        defaultValue: 12,
        description: `How many groups, at most ${mostGroups}.`,
      }),
    },
    resolve: async (_root, { filter: given, viewId, by, limit }, context): Promise<Column[]> => {
      checkBetween('limit', limit, [1, mostGroups])
      if (context.viewer.role === 'CONTACT' && hiddenGroupings.includes(by))
        throw forbidden(`by: ${by} is not for a contact`)
      const view = viewId == null ? null : await viewOf(context, viewId)
      const more = given as TicketFilterInput | null
      const filter = filterOfList(context, view, more)
      const input = view ? inputOfView(view, more) : (more ?? {})
      const groups = await groupsOf(context, { by, filter, limit })
      return groups.map((group) => ({ ...group, input, filter, order: view && orderOfView(view) }))
    },
  }),
)

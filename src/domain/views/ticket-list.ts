/** The list of tickets: of a filter, of a view, of both. */
import { signatureArgument, ticketList } from '#domain/lists/graphql.ts'
import { type TicketFilterInput, TicketFilterRef, ticketFilter, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { TicketConnection } from '#domain/tickets/graphql.ts'
import { ticketConnection } from '#domain/tickets/loaders.ts'
import { TicketOrder, ticketOrder } from '#domain/tickets/order.ts'
import { bothFilters } from '#platform/db/filter.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { pageArguments } from '#platform/graphql/connections.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { type ListArguments, ticketsOfView } from './graphql.ts'
import { filterOfView, type ViewRow, viewById } from './loaders.ts'

/** The view of an argument; somebody else's looks like one that is not there. */
export async function viewOf(context: GraphContext, viewId: string): Promise<ViewRow> {
  const id = idFrom(viewId, 'View')
  const view = id && (await viewById(context, id))
  if (!view) throw badInput('viewId', `there is no view with the id ${JSON.stringify(viewId.slice(0, 80))}`)
  return view
}

/** Which tickets a list has for the viewer: those of a view, of a filter, or of both. */
export function filterOfList(context: GraphContext, view: ViewRow | null, given: TicketFilterInput | null | undefined) {
  if (view) return filterOfView(view, { context, more: given })
  const { viewer, now } = context
  return bothFilters(ticketsVisibleTo(viewer), ticketFilter(given ?? {}, now, { viewer }))
}

builder.queryField('tickets', (t) =>
  t.field({
    type: TicketConnection,
    scopes: ['TICKETS_READ'],
    description: 'Tickets of all help desks in one list.',
    args: {
      filter: t.arg({
        type: TicketFilterRef,
        description: 'Which ones. Recycled, merged, vanished ones and spam are left out unless asked for.',
      }),
      viewId: t.arg.id({ description: 'Only those of this view; with a `filter`, those that match both.' }),
      orderBy: t.arg({
        type: [TicketOrder],
        description: "In which order; by default the view's own, else the latest activity first.",
      }),
      ...pageArguments(t.arg),
      ...signatureArgument(t.arg),
    },
    resolve: async (_root, args, context) => {
      if (args.viewId != null) return ticketsOfView(await viewOf(context, args.viewId), args as ListArguments, context)
      const filter = (args.filter ?? {}) as TicketFilterInput
      const condition = filterOfList(context, null, filter)
      const connection = await ticketConnection(context, args, ticketOrder(args.orderBy, context.viewer), condition)
      return ticketList(context, connection, { knownSignature: args.knownSignature, filter })
    },
  }),
)

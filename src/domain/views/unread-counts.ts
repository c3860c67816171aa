/** `unreadCounts`: the badges of an inbox, in a number of statements that does not grow with the views. */
import { badInput, checkBetween } from '#platform/graphql/bad-input.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { costs, usualSize } from '#platform/graphql/cost.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { filterToCount } from './conditions.ts'
import { knownOfRows } from './count-statement.ts'
import { type UnreadIds, unreadIdsOf, unreadOf } from './counts.ts'
import { View } from './graphql.ts'
import { problemIn, type ViewRow, viewsOf } from './loaders.ts'
import { maxIds } from './recent.ts'

const maxViews = 100

export type UnreadCountsShape = { views: ViewRow[] }

/** For a query and for the payloads of mutations; null counts all views of the viewer. Those that cannot be counted are left out. */
export async function unreadCountsFor(
  context: GraphContext,
  viewIds: readonly string[] | null,
): Promise<UnreadCountsShape> {
  if (viewIds && viewIds.length > maxViews)
    throw badInput('viewIds', `expected at most ${maxViews} ids, got ${viewIds.length}`)
  const wanted = viewIds && new Set(viewIds.map((viewId) => idFrom(viewId, 'View')))
  const views = (await viewsOf(context)).filter(({ id }) => !wanted || wanted.has(id)).slice(0, maxViews)
  return { views: views.filter((view) => canBeCounted(view, context)) }
}

const canBeCounted = (view: ViewRow, context: GraphContext) =>
  problemIn(() => filterToCount(view, context, knownOfRows)) === null

const ViewUnreadCount = builder.objectRef<ViewRow>('ViewUnreadCount')

export const UnreadCounts = builder.objectRef<UnreadCountsShape>('UnreadCounts').implement({
  scopes: ['TICKETS_READ'],
  description: 'How much is unread for the viewer, in all and in views.',
  fields: (t) => ({
    allCount: t.int({
      description: 'All unread tickets the viewer may see, not limited to the views asked for.',
      resolve: async (_counts, _args, context) => (await unreadOf(context, null)).unreadCount,
    }),
    mentionedCount: t.int({
      description:
        'All tickets that name the viewer in a note they have not read; for a program, that anybody has not.',
      resolve: async (_counts, _args, context) => (await unreadOf(context, null)).mentionedUnreadCount,
    }),
    views: t.field({
      extensions: usualSize(20),
      type: [ViewUnreadCount],
      description: 'Of each view, in the order of `views`. A view that is not there or has a `problem` is left out.',
      resolve: ({ views }) => views,
    }),
    asOf: t.field({
      type: 'EventCursor',
      description: 'The counts hold everything before this place in the log of changes: take `changes` from here on.',
      resolve: async (_counts, _args, context) => (await unreadOf(context, null)).asOf,
    }),
  }),
})

ViewUnreadCount.implement({
  description: 'How much of a view is unread for the viewer.',
  fields: (t) => ({
    view: t.field({ type: View, description: 'The view.', resolve: (view) => view }),
    unreadCount: t.int({
      description: 'How many of its tickets are unread.',
      resolve: async (view, _args, context) => (await unreadOf(context, view)).unreadCount,
    }),
    mentionedUnreadCount: t.int({
      description: 'How many of its tickets name the viewer in a note they have not read.',
      resolve: async (view, _args, context) => (await unreadOf(context, view)).mentionedUnreadCount,
    }),
    unreadTicketIds: t.idList({
      description: 'The first of the unread tickets, latest activity first.',
      args: { first: t.arg.int(firstArgument) },
      resolve: (view, { first }, context) => ticketIds(context, view, { kind: 'unread', first }),
    }),
    mentionedUnreadTicketIds: t.idList({
      description: 'The first of the tickets with an unread mention, latest activity first.',
      args: { first: t.arg.int(firstArgument) },
      resolve: (view, { first }, context) => ticketIds(context, view, { kind: 'mentionedUnread', first }),
    }),
  }),
})

const firstArgument = { required: true, defaultValue: maxIds, description: `How many, at most ${maxIds}.` } as const

async function ticketIds(
  context: GraphContext,
  view: ViewRow,
  { kind, first }: { kind: keyof UnreadIds; first: number },
): Promise<string[]> {
  checkBetween('first', first, [0, maxIds])
  const ids = await unreadIdsOf(context, view)
  return ids[kind].slice(0, first).map((id) => nodeIdOf('Ticket', id))
}

builder.queryField('unreadCounts', (t) =>
  t.field({
    extensions: costs(3),
    type: UnreadCounts,
    scopes: ['TICKETS_READ'],
    description: 'How much is unread for the viewer, for badges.',
    args: {
      viewIds: t.arg.idList({
        description: `Of which views, at most ${maxViews}; by default of the first ${maxViews} that the viewer has.`,
      }),
    },
    resolve: (_root, { viewIds }, context) => unreadCountsFor(context, viewIds ?? null),
  }),
)

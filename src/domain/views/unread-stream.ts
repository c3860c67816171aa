/** `unreadCountsChanged`: the badges of an inbox, kept right. */
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import type { Streamed } from '#platform/live/iterators.ts'
import { contextAnew, readIn } from '#platform/live/moments.ts'
import { openTurns } from '#platform/live/turns.ts'
import { watch } from '#platform/live/watching.ts'
import { unreadOf } from './counts.ts'
import { UnreadCounts, type UnreadCountsShape, unreadCountsFor } from './unread-counts.ts'

builder.subscriptionField('unreadCountsChanged', (t) =>
  t.field({
    extensions: costs(3),
    type: UnreadCounts,
    scopes: ['TICKETS_READ'],
    description:
      'How much is unread for the viewer: first as it is now, then whenever a number is another. At most three times a second, and more seldom while counting takes long.',
    args: { viewIds: t.arg.idList({ description: 'Of which views, as in `unreadCounts`.' }) },
    subscribe: async (_root, { viewIds }, context) => {
      await unreadCountsFor(context, viewIds ?? null) // refuses what cannot be asked
      return watchCounts(context, viewIds ?? null)
    },
    resolve: (counts) => counts,
  }),
)

const LEAST_REST_MS = 300
/** Counting for one viewer takes a tenth of a connection at most. */
const REST_FACTOR = 9
/** Hints come with every change; this is for what time alone changes. */
const EVERY_MS = 60_000
/** One change wakes everybody who watches: requests have to find connections among them. */
const turns = openTurns(2)

type Counted = UnreadCountsShape & { numbers: unknown }

function watchCounts(context: GraphContext, viewIds: string[] | null): Streamed<Counted> {
  const { live, workspaceId, viewer, origin } = context
  const { role, actorId, tokenName, scopes } = viewer
  let tookMs = 0
  return watch<Counted>(live, {
    ...{ workspaceId, topic: 'changes', everyMs: EVERY_MS },
    key: JSON.stringify(['unread', role, actorId, tokenName, [...scopes].sort(), origin, viewIds]),
    read: () =>
      turns.take(async () => {
        const startedAt = performance.now()
        const fresh = contextAnew(context)
        const counts = await unreadCountsFor(fresh, viewIds)
        const numbers = await numbersOf(fresh, counts)
        tookMs = performance.now() - startedAt
        return readIn(fresh, { ...counts, numbers })
      }),
    news: ({ numbers }) => numbers,
    restMs: () => Math.max(LEAST_REST_MS, REST_FACTOR * tookMs),
  })
}

function numbersOf(context: GraphContext, { views }: UnreadCountsShape): Promise<unknown[]> {
  return Promise.all(
    [null, ...views].map(async (view) => {
      const { unreadCount, mentionedUnreadCount } = await unreadOf(context, view)
      return [view?.id, unreadCount, mentionedUnreadCount]
    }),
  )
}

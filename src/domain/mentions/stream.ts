/** `mentionReceived`: the viewer is named in a note. */
import { ChangeEvent } from '#domain/changes/graphql.ts'
import { isPassing } from '#platform/db/failed-query.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder, type EventPlace, type GraphContext } from '#platform/graphql/builder.ts'
import { type Streamed, streamed } from '#platform/live/iterators.ts'
import { contextAnew } from '#platform/live/moments.ts'
import { openQueue } from '#platform/live/queue.ts'
import { Mention } from './graphql.ts'
import { type MentionRow, mentionById, unreadMentionCount } from './loaders.ts'
import { mentionsAfter } from './reading.ts'

type MentionEventShape = { type: 'MentionEvent'; place: EventPlace; at: string; mention: MentionRow }

const MentionEvent = builder.objectRef<MentionEventShape>('MentionEvent').implement({
  scopes: ['TICKETS_READ'],
  description: 'Somebody was named in a note.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    mention: t.field({ type: Mention, description: 'Who, where and by whom.', resolve: ({ mention }) => mention }),
    unreadCount: t.int({
      description: 'How many mentions the viewer has not read now; a program: how many nobody has.',
      resolve: (_event, _args, context) => unreadMentionCount(context, context.viewer),
    }),
  }),
})

builder.subscriptionField('mentionReceived', (t) =>
  t.field({
    type: MentionEvent,
    scopes: ['NOTES_READ'],
    description:
      'Notes that name the viewer; for a program, that name anybody. Each mention comes once, also to who comes back with the last cursor as `after`.',
    args: {
      after: t.arg({
        type: 'EventCursor',
        description: 'Only what came behind it. Left out: from now on. Refused when the log no longer reaches back.',
      }),
    },
    subscribe: async (_root, { after }, context) => {
      const { next, gap } = await mentionsAfter(context, context.viewer.actorId, after ?? null)
      if (gap) throw badInput('after', GAP)
      return mentionsFrom(context, after ?? next)
    },
    resolve: (event) => event,
  }),
)

const GAP = 'the log of changes no longer reaches back to it; read `viewer { mentions }` and subscribe without it'

/** A hint may be lost. */
const LOOK_EVERY_MS = 5_000
/** While a transaction that is still open holds back what others have written. */
const HELD_MS = 20
const TRY_AGAIN_MS = 250

/** Read page by page as they are taken: nothing waits for a slow reader but the page it reads. */
function mentionsFrom(context: GraphContext, start: EventPlace): Streamed<MentionEventShape> {
  const { live, workspaceId, viewer } = context
  const { actorId } = viewer
  const hints = openQueue<true>(1)
  const hint = () => void hints.push(true)
  const forget = live.on(workspaceId, 'mentions', (detail) => {
    if (detail === null || actorId === null || detail === actorId) hint()
  })
  let isOver = live.ending.aborted
  let place = start
  let page: MentionEventShape[] = []
  let timer: NodeJS.Timeout | undefined

  function close() {
    isOver = true
    clearTimeout(timer)
    forget()
    live.ending.removeEventListener('abort', close)
    hints.poke()
  }
  live.ending.addEventListener('abort', close)

  /** @returns when to read on, without a hint. */
  async function readOn(): Promise<number> {
    const { received, next, hasMore, isHeld } = await mentionsAfter(context, actorId, place)
    // Another Postgres: it counts anew.
    if (next.clusterId !== place.clusterId) throw badInput('after', GAP)
    const fresh = contextAnew(context)
    const rows = await Promise.all(received.map(({ mentionId }) => mentionById(fresh, mentionId)))
    page = received.flatMap(({ mentionId: _id, ...event }, index) => {
      const mention = rows[index]
      return mention ? [{ type: 'MentionEvent' as const, ...event, mention }] : []
    })
    place = next
    return hasMore ? 0 : isHeld ? HELD_MS : LOOK_EVERY_MS
  }

  async function readInTime(): Promise<number> {
    try {
      return await readOn()
    } catch (error) {
      if (isPassing(error)) return TRY_AGAIN_MS
      close()
      throw error
    }
  }

  hint()
  return streamed({
    async next() {
      for (;;) {
        const event = page.shift()
        if (event || isOver) return event
        await hints.filled()
        hints.take()
        if (isOver) return undefined
        clearTimeout(timer)
        timer = setTimeout(hint, await readInTime()).unref()
      }
    },
    close,
  })
}

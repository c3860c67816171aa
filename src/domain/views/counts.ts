/** What is unread of many views, in two statements however many there are. */
import { earlierOf, endOfLog } from '#domain/changes/event-cursor.ts'
import { looksOf, mentionsConcerning, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import type { Db } from '#platform/db/client.ts'
import { digestOf } from '#platform/db/digest.ts'
import { keepStatements } from '#platform/db/kept.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { type Asking, conditionsOf, justOneRow } from './conditions.ts'
import { type Count, type Counts, countsOf, type Half, halves, knownOfRows, maxIds } from './count-statement.ts'
import type { ViewRow } from './loaders.ts'

/** `asOf`: the end of the log of changes as the statement saw it. */
export type Unread = { unreadCount: number; mentionedUnreadCount: number; asOf: EventPlace }
export type UnreadIds = { unread: string[]; mentionedUnread: string[] }

/** What is unread of a view; null stands for everything the viewer may see. */
export const unreadOf = (context: GraphContext, view: ViewRow | null): Promise<Unread> =>
  unreadLoader(context).load({ view, context, withIds: false })
/** The first ids of what is unread of a view, latest activity first. */
export const unreadIdsOf = async (context: GraphContext, view: ViewRow): Promise<UnreadIds> =>
  (await unreadLoader(context).load({ view, context, withIds: true })).ids

type Key = Asking & { withIds: boolean }
type Counted = Unread & { ids: UnreadIds }

const unreadLoader = loaderPerRequest<Key, Counted, string>(
  async (_context, keys) => {
    const views = [...new Map(keys.map((key) => [idOf(key), key])).values()]
    // Counts and ids are asked for side by side: the same pass gives both.
    const withIds = keys.some((key) => key.withIds)
    const parts = await countsIn(views, withIds)
    const asOf = parts.map((part) => part.asOf).reduce(earlierOf)
    const places = new Map(views.map((key, place) => [idOf(key), place]))
    return keys.map((key) => {
      const place = places.get(idOf(key)) as number
      const together = (kind: keyof Counts) => parts.map(({ counts }) => counts[kind][place] as Count).reduce(bothOf)
      const [unread, mentioned] = [together('unread'), together('mentioned')]
      return {
        ...{ unreadCount: unread.count, mentionedUnreadCount: mentioned.count, asOf },
        ids: { unread: unread.ids ?? [], mentionedUnread: mentioned.ids ?? [] },
      }
    })
  },
  { cacheKeyFn: (key) => `${idOf(key)} ${key.withIds}`, maxBatchSize: 202 },
)

const idOf = ({ view }: Key) => view?.id ?? ''

/** Each keeps its plan on every connection, and a plan of twenty views takes a megabyte. */
const run = keepStatements(20)

/** Of either half of all tickets. */
async function countsIn(keys: readonly Key[], withIds: boolean): Promise<{ counts: Counts; asOf: EventPlace }[]> {
  const { context, shape, conditions, values } = conditionsOf(keys, knownOfRows)
  const { viewer, db } = context
  const visible = ticketsVisibleTo(viewer)
  const countHalf = async (half: Half) => {
    const text = [
      half,
      withIds,
      viewer.role,
      looksOf(viewer) === null,
      mentionsConcerning(viewer),
      visible.shape,
      shape,
    ]
    const build = (root: Db) => {
      const counts = countsOf({ viewer, conditions: conditions(), visible: visible.where(), withIds, half })
      return root.select({ counts, asOf: endOfLog }).from(justOneRow)
    }
    const name = `unread_counts_${digestOf(JSON.stringify(text))}`
    const [row] = await run(db, name, build, { ...values, ...visible.values })
    return row as { counts: Counts; asOf: EventPlace }
  }
  return Promise.all(halves.map(countHalf))
}

function bothOf(one: Count, other: Count): Count {
  if (!other.ids?.length || !one.ids?.length)
    return { ...(one.ids?.length ? one : other), count: one.count + other.count }
  const at = ({ ids, times }: Count) => (ids ?? []).map((id, place) => ({ id, time: times?.[place] ?? 0 }))
  const first = [...at(one), ...at(other)].sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).slice(0, maxIds)
  return { count: one.count + other.count, ids: first.map(({ id }) => id), times: first.map(({ time }) => time) }
}

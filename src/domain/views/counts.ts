/** What is unread of many views, in at most two statements however many there are. */
import { earlierOf, endOfLog } from '#domain/changes/event-cursor.ts'
import { ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { type Asking, conditionsOf, justOneRow } from './conditions.ts'
import { type Counts, countsOf, knownOfRows } from './count-statement.ts'
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
    // Gathering tags takes as long as all the rest: the views that ask for them are counted beside the others.
    const halves = Object.values(Object.groupBy(views, ({ view }) => (asksTags(view) ? 'tags' : 'others')))
    const counted = new Map((await Promise.all(halves.map((half) => countEach(half, withIds)))).flat())
    const asOf = [...counted.values()].map((counts) => counts.asOf).reduce(earlierOf)
    return keys.map((key) => ({ ...(counted.get(idOf(key)) as Counted), asOf }))
  },
  { cacheKeyFn: (key) => `${idOf(key)} ${key.withIds}`, maxBatchSize: 202 },
)

const idOf = ({ view }: Key) => view?.id ?? ''
const asksTags = (view: ViewRow | null) => /"(tagIds|allTagIds|hasTags)":/.test(JSON.stringify(view?.filter ?? null))

async function countEach(keys: readonly Key[], withIds: boolean): Promise<[string, Counted][]> {
  const { known, tags } = knownOfRows()
  const { context, conditions, values } = conditionsOf(keys, known)
  const { viewer } = context
  const visible = ticketsVisibleTo(viewer)
  const [row] = await context.db
    .select({
      counts: countsOf({ viewer, conditions, tags, visible: visible.where(), withIds }),
      asOf: endOfLog,
    })
    .from(justOneRow)
    .prepare('')
    .execute({ ...values, ...visible.values })
  if (!row) throw new Error('a statement that always gives one row gave none')
  return keys.map((key, place) => [idOf(key), { ...countedAt(place, row.counts), asOf: row.asOf }])
}

function countedAt(place: number, counts: Counts): Omit<Counted, 'asOf'> {
  const [unread, mentioned] = [counts.unread[place], counts.mentioned[place]]
  return {
    unreadCount: unread?.count ?? 0,
    mentionedUnreadCount: mentioned?.count ?? 0,
    ids: { unread: unread?.ids ?? [], mentionedUnread: mentioned?.ids ?? [] },
  }
}

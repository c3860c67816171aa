/** What is unread of many views, in two statements however many there are, or four where the ids of some lie far back. */
import { earlierOf, endOfLog } from '#domain/changes/event-cursor.ts'
import { mentionsConcerning, ticketsVisibleTo } from '#domain/tickets/filter.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import type { Db } from '#platform/db/client.ts'
import { digestOf } from '#platform/db/digest.ts'
import { keepStatements } from '#platform/db/kept.ts'
import { loaderPerRequest } from '#platform/db/loader.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { type Asking, conditionsOf, justOneRow } from './conditions.ts'
import {
  always,
  type Count,
  type CountKind,
  type Counts,
  countKinds,
  countsOf,
  type Half,
  halves,
  knownOfRows,
  never,
  sinceOf,
} from './count-statement.ts'
import type { ViewRow } from './loaders.ts'
import { isEnough, latestFirst, learn, maxIds, sinceFor } from './recent.ts'
import { knownSpread, lowestId, rememberSpread, type Spread, unreadSpread } from './unread-spread.ts'

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
    const views = [...new Map(keys.map((key) => [idOf(key), { ...key, withIds: false }])).values()]
    const places = new Map(views.map((key, place) => [idOf(key), place]))
    const placeOf = (key: Key) => places.get(idOf(key)) as number
    for (const key of keys) if (key.withIds) (views[placeOf(key)] as Key).withIds = true
    // Counts and ids are asked for side by side: the same pass gives both.
    const { counts, asOf } = views.some(({ withIds }) => withIds) ? await countsWithIds(views) : await countsIn(views)
    return keys.map((key) => {
      const [unread, mentioned] = [counts.unread[placeOf(key)] as Count, counts.mentioned[placeOf(key)] as Count]
      return {
        ...{ unreadCount: unread.count, mentionedUnreadCount: mentioned.count, asOf },
        ids: { unread: firstIds(unread), mentionedUnread: firstIds(mentioned) },
      }
    })
  },
  { cacheKeyFn: (key) => `${idOf(key)} ${key.withIds}`, maxBatchSize: 202 },
)

const idOf = ({ view }: Key) => view?.id ?? ''
const firstIds = ({ recent }: Count) => (recent ?? []).slice(0, maxIds).map(([, id]) => id)

type Counting = { counts: Counts; asOf: EventPlace }

/** Gathers the ids of what is recent enough by what was learnt the last time; where those are too few, of more. */
async function countsWithIds(keys: readonly Key[]): Promise<Counting> {
  const { context } = keys[0] as Key
  const places = countKinds.flatMap((kind) => keys.map((key, index) => ({ key, kind, index, since: never })))
  const learntBy = ({ key, kind }: (typeof places)[number]) =>
    `${context.workspaceId} ${context.viewer.actorId} ${idOf(key)} ${kind}`
  const wanted = places.filter(({ key }) => key.withIds)
  for (const place of wanted) place.since = sinceFor(context.db, learntBy(place)) ?? guess(context, place.kind) ?? never
  for (;;) {
    const sinces = Object.fromEntries(places.map(({ kind, index, since }) => [sinceOf(kind, index), since]))
    const counting = await countsIn(keys, sinces)
    const countOf = ({ kind, index }: { kind: CountKind; index: number }) => counting.counts[kind][index] as Count
    const lacking = wanted.filter((place) => !isEnough(countOf(place)))
    if (lacking.length === 0) {
      for (const place of wanted) learn(context.db, learntBy(place), place.since, countOf(place))
      return counting
    }
    for (const place of lacking)
      place.since = (place.since === never ? guess(context, place.kind) : undefined) ?? always
  }
}

/** Undefined while nothing is known. */
function guess(context: GraphContext, kind: CountKind): number | undefined {
  // A customer has few tickets, and mentions are few.
  if (context.viewer.role === 'CONTACT' || kind === 'mentioned') return always
  const spread = knownSpread(context)
  return spread ? (spread.recent ?? always) : undefined
}

/** Each keeps its plan on every connection, and a plan of twenty views takes a megabyte. */
const { run } = keepStatements(20)

/** Of both halves of all tickets. `sinces`: for ids, the parameters of `sinceOf`. */
async function countsIn(keys: readonly Key[], sinces?: Record<string, number>): Promise<Counting> {
  const { context, shape, conditions, values } = conditionsOf(keys, knownOfRows)
  const { viewer, db } = context
  const visible = ticketsVisibleTo(viewer)
  const withIds = sinces !== undefined
  const known = knownSpread(context)
  const countHalf = async (half: Half) => {
    const spread = known === null && half === '<' ? unreadSpread : undefined
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
      return root.select({ counts, asOf: endOfLog, ...(spread && { spread }) }).from(justOneRow)
    }
    const name = spread ? undefined : `unread_counts_${digestOf(JSON.stringify(text))}`
    const middle = known?.middle ?? lowestId
    const [row] = await run(db, name, build, { ...values, ...visible.values, ...sinces, middle })
    return row as Counting & { spread?: Spread }
  }
  const [lower, upper] = (await Promise.all(halves.map(countHalf))) as [Counting & { spread?: Spread }, Counting]
  if (lower.spread) rememberSpread(context, lower.spread)
  const together = (kind: CountKind) =>
    lower.counts[kind].map((count, index) =>
      bothOf(count, upper.counts[kind][index] as Count, sinces?.[sinceOf(kind, index)] === always),
    )
  return {
    counts: { unread: together('unread'), mentioned: together('mentioned') },
    asOf: earlierOf(lower.asOf, upper.asOf),
  }
}

function bothOf(one: Count, other: Count, isAll: boolean): Count {
  const recent = latestFirst([...(one.recent ?? []), ...(other.recent ?? [])])
  return { count: isAll ? recent.length : one.count + other.count, recent }
}

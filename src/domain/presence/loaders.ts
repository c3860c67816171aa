/** Who has a ticket open, as a viewer is shown it. */
import { asc, getTableColumns, sql } from 'drizzle-orm'
import { type LoadContext, manyBy, type RowOf } from '#platform/db/loader.ts'
import { sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import { type PresenceState, presenceStates, wordsOf } from '#vocabulary.ts'
import { presences } from './table.ts'

const columns = {
  ...getTableColumns(presences),
  lastsMs: sql<number>`(extract(epoch from ${presences.expiresAt} - now()) * 1000)::float8`.as('lasts_ms'),
}
type PresenceRow = RowOf<typeof columns>

const windowsOfTicket = manyBy(presences, presences.ticketId, columns, {
  where: sql`${presences.expiresAt} > now()`,
  orderBy: [asc(presences.since), asc(presences.actorId), asc(presences.tab)],
})

/** One agent, whatever number of windows they have. */
export type PresenceShape = {
  actorId: string
  state: PresenceState
  since: Date | string
  lastSeenAt: Date | string
  /** In how many milliseconds one of their windows expires. */
  lastsMs: number
}

/** Whoever came first stands first. */
export async function presenceOf(
  context: LoadContext & { viewer: Viewer },
  ticketId: string,
): Promise<PresenceShape[]> {
  if (context.viewer.role === 'CONTACT') return []
  const readsNotes = sightOf(context.viewer) === 'ALL'
  const shown = (await windowsOfTicket(context, ticketId)).map(
    (row): PresenceRow => (row.state === 'TYPING_NOTE' && !readsNotes ? { ...row, state: 'VIEWING' } : row),
  )
  return [...Map.groupBy(shown, ({ actorId }) => actorId).values()].map(together)
}

const busiestFirst = wordsOf(presenceStates)

/** They do what they do in their busiest window, and are there for as long as any is open. */
function together(windows: PresenceRow[]): PresenceShape {
  const state = busiestFirst.find((word) => windows.some((row) => row.state === word)) as PresenceState
  const [first] = windows.filter((row) => row.state === state) as [PresenceRow]
  const { lastSeenAt } = windows.reduce((one, other) => (one.lastsMs < other.lastsMs ? other : one))
  const lastsMs = Math.min(...windows.map((row) => row.lastsMs))
  return { actorId: first.actorId, state, since: first.since, lastSeenAt, lastsMs }
}

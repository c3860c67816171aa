/**
 * The log of changes as a feed. Its order is (transaction, position), and it ends before the oldest transaction that is
 * still open: whatever that one commits lies behind everything that was given out. So no line is ever skipped, and all
 * readers see one order. A transaction that stays open holds the feed back, and nothing is lost.
 */
import { type SQL, sql } from 'drizzle-orm'
import { isSeen } from '#domain/messages/table.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { type Sight, sightOf } from '#platform/graphql/viewer.ts'
import { endOfLog, isBefore } from './event-cursor.ts'

export type Line = {
  place: EventPlace
  ticketId: string
  messageId: string | null
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  changedFields: string[]
  actorId: string | null
  tokenName: string | null
  clientMutationId: string | null
  at: string
}

export type Feed = {
  lines: Line[]
  /** Where to go on: behind the lines, or behind everything that could be given. */
  next: EventPlace
  hasMore: boolean
  /** Whether there was something before. */
  hasLess: boolean
  gap: boolean
}

/** Which lines: those about tickets themselves, about messages, or both. */
export type LineKinds = { tickets: boolean; messages: boolean }

/** Lines looked at for one page when not all of them fit: a contact of a busy workspace gets short pages, not slow ones. */
const mostScanned = 5_000

/** At most `size` lines behind a place; null for none, and only the end of the log. */
export async function linesAfter(
  context: Pick<GraphContext, 'db' | 'workspaceId' | 'viewer'>,
  after: EventPlace | null,
  { size, kinds }: { size: number; kinds: LineKinds },
): Promise<Feed> {
  const { db, workspaceId, viewer } = context
  const sight = sightOf(viewer)
  const scanned = sight !== 'ALL' || !kinds.tickets || !kinds.messages ? mostScanned : size + 1
  const statement = statements[sight](db)
  const [row] = await statement.execute({
    ...{ workspaceId, scanned, limit: size + 1, viewer: viewer.actorId },
    ...(after ?? { clusterId: null, transactionId: null, position: null }),
    ofTickets: [...(kinds.tickets ? [true] : []), ...(kinds.messages ? [false] : [])],
    shownFields: contactFields,
  })
  const { lines, end, gap, last } = (row as { answer: Answer }).answer
  if (after === null || gap) return { lines: [], next: end, hasMore: false, hasLess: false, gap }
  const given = lines.slice(0, size).map((line) => shownTo(sight, line))
  const feed = { lines: given, hasLess: true, gap }
  if (lines.length > size) return { ...feed, next: given.at(-1)?.place ?? after, hasMore: true }
  if (last) return { ...feed, next: last, hasMore: true }
  return { ...feed, next: isBefore(after, end) ? end : after, hasMore: false }
}

// ------------------------------------------------------------------ what not everybody sees

/** What happens beside these is the agents' own business: drafts, mentions, notes, tags, who has it. */
const contactFields: readonly string[] = [
  ...['subject', 'status', 'statusDetail', 'priority', 'requester', 'isReadByContact', 'isRecycled', 'preview'],
  ...['lastStatusChangedAt', 'resolvedAt', 'reopenedAt', 'mergedInto', 'contactLanguage', 'translation'],
]

/** Of these a line does not say whether they are about a note. */
const noteFields: readonly string[] = ['mentions', 'draft', 'hasDraft']

/** A line as those of a sight may read it. */
export function shownTo(sight: Sight, line: Line): Line {
  if (sight === 'ALL') return line
  const isShown = (field: string) => (sight === 'PUBLIC' ? contactFields.includes(field) : !noteFields.includes(field))
  return { ...line, changedFields: line.changedFields.filter(isShown) }
}

const isOwnAndPublic = sql`exists (
    select from tickets where workspace_id = line.workspace_id and id = line.ticket_id
      and requester_id = ${sql.placeholder('viewer')})
  and case when line.message_id is null then line.kind <> 'UPDATED' or line.changed_fields && ${sql.placeholder('shownFields')}::text[]
    else exists (
      select from messages where messages.workspace_id = line.workspace_id and messages.id = line.message_id
        and ${isSeen.PUBLIC}) end`

const isNoNote = sql`case when line.message_id is null
    then line.kind <> 'UPDATED' or not line.changed_fields <@ ${sql.raw(`'{${noteFields.join()}}'`)}::text[]
    else exists (
      select from messages where messages.workspace_id = line.workspace_id and messages.id = line.message_id
        and ${isSeen.WITHOUT_NOTES}) end`

// ------------------------------------------------------------------ the statement

/** `last`: the last line that was looked at, when there may be more behind it. */
type Answer = { lines: Line[]; end: EventPlace; gap: boolean; last: EventPlace | null }

const statements: Record<Sight, ReturnType<typeof statementOf>> = {
  PUBLIC: statementOf('changes_for_contact', isOwnAndPublic),
  WITHOUT_NOTES: statementOf('changes_without_notes', isNoNote),
  ALL: statementOf('changes_for_agents', sql`true`),
}
function statementOf(name: string, isVisible: SQL) {
  return preparedPerDb((db) => prepare(db, name, isVisible))
}

function prepare(db: GraphContext['db'], name: string, isVisible: SQL) {
  return db
    .select({ answer: sql<Answer>`answer` })
    .from(sql`(
      with ${nextLines}
      -- 3. those of them that the viewer may see and asked for
      , fitting as (
        select line.* from scanned line
        where (line.message_id is null) = any(${sql.placeholder('ofTickets')}::boolean[]) and ${isVisible}
        order by line.transaction_id, line.position limit ${sql.placeholder('limit')}
      )
      select json_build_object(
        'end', ${endOfLog}, 'gap', (select gap from reach), 'last', ${lastScanned},
        'lines', coalesce((
          select json_agg(json_build_object(${lineParts}) order by line.transaction_id, line.position)
          from fitting line), '[]')) as answer
    ) as feed`)
    .prepare(name)
}

const after = sql`(${sql.placeholder('transactionId')}::text::xid8, ${sql.placeholder('position')}::bigint)`

/** For `with`: `scanned` are the next lines behind a place, `reach` says whether the log reaches back to it. */
export const nextLines = sql`
      -- 1. this cluster, the oldest transaction that is still open, and whether the log reaches back
      here as (
        select system_identifier as cluster_id, pg_snapshot_xmin(pg_current_snapshot()) as horizon
        from pg_control_system()
      ), reach as (
        select here.*, coalesce(
          ${sql.placeholder('clusterId')}::bigint <> cluster_id
          -- a place that is still to come was given out by what a restore has taken back; a standby only lags behind
          or (${sql.placeholder('transactionId')}::text::xid8 > horizon and not pg_is_in_recovery())
          or exists (
            select from change_gaps gap
            where gap.workspace_id = ${sql.placeholder('workspaceId')} and gap.cluster_id = here.cluster_id
              -- like a line it is told when nothing can come before it any more, else it would be told again and again
              and (gap.transaction_id, gap.position) > ${after} and gap.transaction_id < horizon), false) as gap
        from here
      -- 2. the next lines
      ), scanned as (
        select * from changes
        where workspace_id = ${sql.placeholder('workspaceId')}
          and cluster_id = (select cluster_id from reach where not gap)
          and (transaction_id, position) > ${after} and transaction_id < (select horizon from reach)
        order by transaction_id, position limit ${sql.placeholder('scanned')}
      )`

const placeOfLine = sql`json_build_object('clusterId', line.cluster_id::text, 'transactionId', line.transaction_id::text,
  'position', line.position::text)`

/** The last line that was looked at, when there may be more behind it. */
export const lastScanned = sql`(
  select ${placeOfLine} from scanned line
  where (select count(*) from scanned) = ${sql.placeholder('scanned')}::int
  order by line.transaction_id desc, line.position desc limit 1)`

/** A `Line` of the row `line`, as names and values. */
export const lineParts = sql`
  'place', ${placeOfLine}, 'ticketId', line.ticket_id, 'messageId', line.message_id, 'kind', line.kind,
  'changedFields', line.changed_fields, 'actorId', line.actor_id, 'tokenName', line.token_name,
  'clientMutationId', line.client_mutation_id, 'at', line.at`

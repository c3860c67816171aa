/** Mentions in the order of the log of changes: each has its place there, though the log has no line of its own for it. */
import { sql } from 'drizzle-orm'
import { endOfLog, isBefore } from '#domain/changes/event-cursor.ts'
import { nextLines } from '#domain/changes/feed.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'

export type Received = { place: EventPlace; mentionId: string; at: string }

export type ReceivedPage = {
  received: Received[]
  /** Behind them, or behind everything that could be given. */
  next: EventPlace
  hasMore: boolean
  /** Some cannot be given out yet: an older transaction is still open. */
  isHeld: boolean
  /** The log does not reach back: some may be missing. */
  gap: boolean
}

const pageSize = 100

/** Those of an agent, or of all where that is null, behind a place; without a place none, and the end of the log. */
export async function mentionsAfter(
  { db, workspaceId }: Pick<GraphContext, 'db' | 'workspaceId'>,
  agentId: string | null,
  after: EventPlace | null,
): Promise<ReceivedPage> {
  const place = after ?? { clusterId: null, transactionId: null, position: null }
  const [row] = await selectReceived(db).execute({ workspaceId, agentId, scanned: 0, ...place })
  const { received, end, gap, isHeld } = (row as { answer: Answer }).answer
  if (after === null) return { received: [], next: end, hasMore: false, isHeld, gap }
  const hasMore = received.length === pageSize
  const next = hasMore ? (received.at(-1) as Received).place : isBefore(after, end) ? end : after
  return { received, next, hasMore, isHeld, gap }
}

type Answer = { received: Received[]; end: EventPlace; gap: boolean; isHeld: boolean }

/** The first copy of a help desk writes no lines: who was mentioned long ago is not told of it now. */
const selectReceived = preparedPerDb((db) =>
  db
    .select({ answer: sql<Answer>`answer` })
    .from(sql`(
      with ${nextLines}
      -- 3. mentions that were noted in transactions of the log
      , noted as not materialized (
        select mention.*, line.cluster_id, line.at
        from mentions mention
        cross join lateral (
          select cluster_id, at from changes
          where workspace_id = mention.workspace_id and cluster_id = (select cluster_id from here)
            and transaction_id = mention.noted_in
          limit 1
        ) line
        where mention.workspace_id = ${sql.placeholder('workspaceId')}
          and (mention.noted_in, mention.position) > (${sql.placeholder('transactionId')}::text::xid8, ${sql.placeholder('position')}::bigint)
          and (${sql.placeholder('agentId')}::uuid is null or mention.agent_id = ${sql.placeholder('agentId')}::uuid)
      )
      select json_build_object(
        'end', ${endOfLog}, 'gap', (select gap from reach),
        'isHeld', exists (select from noted where noted_in >= (select horizon from here)),
        'received', coalesce((
          select json_agg(json_build_object('mentionId', id, 'at', at,
            'place', json_build_object('clusterId', cluster_id::text, 'transactionId', noted_in::text, 'position', position::text))
            order by noted_in, position)
          from (
            select * from noted where noted_in < (select horizon from here)
            order by noted_in, position limit ${sql.raw(String(pageSize))}
          ) page), '[]')) as answer
    ) as received`)
    .prepare('mentions_in_order'),
)

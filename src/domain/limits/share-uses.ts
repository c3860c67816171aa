import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'
import type { ShareUses } from '#platform/limits/budgets.ts'
import { tokenUses } from './table.ts'

/** One statement for all tokens of a workspace that asked since the last time. */
export function shareUses(db: Db): ShareUses {
  return async (workspaceId, uses) => {
    // Always in the same order: two gateways tell of the same tokens at once.
    const sorted = uses.map((use, index) => ({ ...use, index })).sort((a, b) => (a.bearer < b.bearer ? -1 : 1))
    const { rows } = await db.execute<{ bearer: string; requests: string; cost: string }>(sql`
      insert into ${tokenUses} as known (workspace_id, bearer, minute, requests, cost)
      select ${workspaceId}::uuid, * from unnest(
        ${sql.param(sorted.map(({ bearer }) => bearer))}::text[],
        ${sql.param(sorted.map(({ minute }) => minute.toISOString()))}::timestamptz[],
        ${sql.param(sorted.map(({ requests }) => requests))}::bigint[],
        ${sql.param(sorted.map(({ cost }) => cost))}::bigint[]
      )
      on conflict (workspace_id, bearer) do update set
        minute = greatest(known.minute, excluded.minute),
        requests = case when known.minute >= excluded.minute then known.requests else 0 end
          + case when known.minute <= excluded.minute then excluded.requests else 0 end,
        cost = case when known.minute >= excluded.minute then known.cost else 0 end
          + case when known.minute <= excluded.minute then excluded.cost else 0 end
      returning bearer, requests, cost`)
    const sums = new Map(rows.map(({ bearer, ...sum }) => [bearer, sum]))
    return uses.map(({ bearer }) => {
      const sum = sums.get(bearer)
      return { requests: Number(sum?.requests), cost: Number(sum?.cost) }
    })
  }
}

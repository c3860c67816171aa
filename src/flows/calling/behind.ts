/** Who is behind the log of changes. */
import { sql } from 'drizzle-orm'
import type { Calling } from './calling.ts'

export type Due = { workspaceId: string; id: string }

/** Webhooks that are behind the log. `isHeld`: there is more, which the log gives out once older transactions end. */
export async function webhooksBehind({ db, workspaceIds }: Calling): Promise<{ due: Due[]; isHeld: boolean }> {
  const behind = sql`workspace_id = w.workspace_id and cluster_id = w.cluster_id
    and (transaction_id, position) > (w.transaction_id, w.position)`
  const { rows } = await db.execute<Due & { isDue: boolean; isHeld: boolean }>(sql`
    select w.workspace_id as "workspaceId", w.id,
      w.cluster_id <> here.cluster_id
        or w.transaction_id > here.horizon -- a restore took back what it was told
        or exists (select from change_gaps where ${behind})
        or exists (select from changes where ${behind} and transaction_id < here.horizon) as "isDue",
      exists (select from changes where ${behind} and transaction_id >= here.horizon) as "isHeld"
    from webhooks w, (
      select system_identifier as cluster_id, pg_snapshot_xmin(pg_current_snapshot()) as horizon from pg_control_system()
    ) here
    where w.is_enabled and w.workspace_id = any(${sql.param(workspaceIds)}::uuid[])`)
  return { due: rows.filter(({ isDue }) => isDue), isHeld: rows.some(({ isHeld }) => isHeld) }
}

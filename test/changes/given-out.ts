import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

/** Waits until the feed may give out every line and gap there is: transactions of other tests on the same Postgres hold it back. */
export async function givenOut(db: Db, workspaceId: string): Promise<void> {
  for (const startedAt = Date.now(); Date.now() - startedAt < 30_000; await sleep(5)) {
    const { rowCount } = await db.execute(sql`
      select from (select workspace_id, transaction_id from changes union all select workspace_id, transaction_id from change_gaps)
      where workspace_id = ${workspaceId} and transaction_id >= pg_snapshot_xmin(pg_current_snapshot()) limit 1`)
    if (rowCount === 0) return
  }
  throw new Error('a transaction held the feed back for 30 s')
}

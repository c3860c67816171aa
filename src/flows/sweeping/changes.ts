/** Old lines of the log of changes. What went is noted with it, so that whoever stopped before is told of the gap. */
import { sql } from 'drizzle-orm'
import type { Db } from '#platform/db/client.ts'

const KEPT_DAYS = 30
/** Short enough that nobody waits for the locks. */
const ROWS_AT_ONCE = 5000

export async function sweepChanges(db: Db): Promise<number> {
  for (let swept = 0; ; ) {
    const { rows } = await db.execute<{ count: number }>(sql`
      -- 1. some of the lines that are too old
      with gone as (
        delete from changes where ctid = any(array(
          select ctid from changes where at < now() - make_interval(days => ${KEPT_DAYS}) limit ${ROWS_AT_ONCE}))
        returning workspace_id, cluster_id, transaction_id, position
      -- 2. the last of them in each log
      ), noted as (
        insert into change_gaps as known (workspace_id, cluster_id, transaction_id, position)
        select distinct on (workspace_id, cluster_id) workspace_id, cluster_id, transaction_id, position from gone
        order by workspace_id, cluster_id, transaction_id desc, position desc
        on conflict (workspace_id, cluster_id) do update
        set transaction_id = excluded.transaction_id, position = excluded.position
        where (known.transaction_id, known.position) < (excluded.transaction_id, excluded.position)
      )
      select count(*) as count from gone`)
    const count = Number(rows[0]?.count ?? 0)
    swept += count
    if (count < ROWS_AT_ONCE) return swept + (await sweepBefores(db))
  }
}

/** A little later than the lines that it is about. */
async function sweepBefores(db: Db): Promise<number> {
  for (let swept = 0; ; ) {
    const { rowCount } = await db.execute(sql`
      delete from ticket_befores where ctid = any(array(
        select ctid from ticket_befores where at < now() - make_interval(days => ${KEPT_DAYS + 1}) limit ${ROWS_AT_ONCE}))`)
    swept += rowCount ?? 0
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return swept
  }
}

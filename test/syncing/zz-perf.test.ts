import { sql } from 'drizzle-orm'
import { test } from 'vitest'
import { records } from '#connectors/contract.ts'
import { newReferenceCache } from '#flows/sync/references.ts'
import { growingStatistics } from '#flows/sync/statistics.ts'
import { storePage } from '#flows/sync/store.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'
import { createTestDatabase } from '../support/database.ts'
import { manyThreads } from './scripted.ts'

const { db, pool } = await createTestDatabase()
import pg from 'pg'
const spent = new Map<string, [number, number]>()
const original = pg.Client.prototype.query as any
;(pg.Client.prototype as any).query = function (this: any, ...a: any[]) {
  if (String(a[0]?.text ?? a[0]).startsWith('insert into "messages"') && (globalThis as any).explain) {
    ;(globalThis as any).explain = false
    return (async () => {
      const e = await original.call(this, 'explain (analyze, buffers) ' + (a[0].text ?? a[0]), a[0].values ?? a[1])
      console.log(e.rows.map((x: any) => x['QUERY PLAN'].slice(0, 150)).join('\n'))
      const c = await original.call(this, 'select 1')
      return { ...c, rowCount: 500 }
    })()
  }
  const t = performance.now()
  const r = original.apply(this, a)
  const name = String(a[0]?.text ?? a[0]).replace(/\s+/g, ' ').slice(0, 70)
  if (r?.then) r.then(() => { const s = spent.get(name) ?? [0, 0]; s[0] += performance.now() - t; s[1]++; spent.set(name, s) }, () => {})
  return r
}

test('perf', async () => {
  const workspaceId = crypto.randomUUID(), id = crypto.randomUUID()
  await pool.query(`insert into workspaces (id, key, name) values ($1, 'w', 'w')`, [workspaceId])
  await pool.query(`insert into backends (workspace_id, id, key, name, vendor) values ($1, $2, 'b', 'b', 'scripted')`, [workspaceId, id])
  await pool.query(`insert into backend_syncs (workspace_id, backend_id) values ($1, $2)`, [workspaceId, id])
  const cleaner = openHtmlCleaner()
  const cache = newReferenceCache()
  for (const run of [1, 2]) {
    const t0 = performance.now()
    for (let p = 0; p < 40; p++) {
      if (run === 1 && p % 13 === 12) (globalThis as any).explain = true
      const t = performance.now()
      const r = await storePage({ db, backend: { workspaceId, id, vendor: 'scripted' }, records: records({ tickets: manyThreads(p * 50, 50, 10) }), fetchedAt: new Date(), cleaner, cache, fullRound: 1, withChanges: false })
      if (run === 1 && [0, 10].includes(p)) { const ta = performance.now(); await growingStatistics(db)(1e9); console.log('analyze', performance.now() - ta) }
      if (p % 10 === 0) console.log(run, p, Math.round(performance.now() - t), r)
    }
    console.log([...spent].sort((a, b) => b[1][0] - a[1][0]).slice(0, 12).map(([n, [ms, c]]) => `${Math.round(ms)} ms ${c}x ${n}`).join('\n')); spent.clear()
    console.log('run', run, Math.round(20000 / ((performance.now() - t0) / 1000)), 'messages/s', 'cpu', process.cpuUsage().user / 1e6)
  }
  console.log((await db.execute(sql`select relname, n_tup_ins, n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where n_tup_ins + n_tup_upd > 0 and schemaname='public'`)).rows)
  await cleaner.close()
}, 120_000)

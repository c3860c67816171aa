import { test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
const { pool } = await createTestDatabase()
test('plan', async () => {
  const c = await pool.connect()
  for (const t of ['tickets', 'conversations', 'actors', 'messages']) {
    await c.query(`set plan_cache_mode = force_generic_plan`)
    await c.query(`prepare p_${t}(uuid, uuid) as select 1 from only ${t} x where workspace_id operator(pg_catalog.=) $1 and id operator(pg_catalog.=) $2 for key share of x`)
    for (const off of ['on', 'off']) {
      await c.query(`set enable_seqscan = ${off}`)
      await c.query('discard plans')
      console.log(t, off, (await c.query(`explain execute p_${t}('00000000-0000-0000-0000-000000000000','00000000-0000-0000-0000-000000000000')`)).rows.map((r) => r['QUERY PLAN']).join('\n'))
    }
  }
  c.release()
})

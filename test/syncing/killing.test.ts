import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { newBackend } from './backend.ts'

const { db, connectionString } = await createTestDatabase()
const PAGES = 30
const ROUNDS = 4
const TICKETS = PAGES * 10
const MESSAGES = TICKETS * 5

test('killed at random moments of the first copy, a worker leaves nothing half-done and its successor completes it', async () => {
  const backend = await newBackend(db)
  const start = () => {
    const args = [connectionString, backend.workspaceId, backend.id, String(PAGES)]
    return spawn(process.execPath, [join(import.meta.dirname, 'sync-child.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
  let kills = 0
  for (let round = 0; round < ROUNDS; round++) {
    const child = start()
    await firstLine(child)
    await sleep(50 + Math.random() * 250)
    child.kill('SIGKILL')
    const [, signal] = await once(child, 'close')
    if (signal === 'SIGKILL') kills++
    const { rows } = await db.execute<Record<string, number>>(sql`
      select (select count(*) from tickets) as tickets, (select count(*) from messages) as messages,
        (select coalesce(progress_done, 0) from backend_syncs) as done`)
    // Whole pages only, and the cursor tells exactly the pages that are there.
    expect(rows[0]?.messages).toBe((rows[0]?.tickets ?? 0) * 5)
    expect(rows[0]?.tickets).toBe(rows[0]?.done)
    // Nobody is to wait 15 s in a test: as if the lease had run out.
    await db.execute(sql`update backend_syncs set lease_until = now()`)
  }
  expect(kills).toBeGreaterThan(0)
  const last = start()
  const lines: string[] = []
  last.stdout?.on('data', (data) => lines.push(String(data)))
  await once(last, 'close')
  expect(lines.join('')).toContain('finished')
  const { rows } = await db.execute(sql`
    select (select count(*) from tickets) as tickets, (select count(*) from messages) as messages,
      (select count(distinct external_id) from messages) as distinct_messages, (select count(*) from conversations) as conversations,
      (select sum(message_count) from tickets) as counted, (select state from backend_syncs) as state`)
  expect(rows).toEqual([
    {
      tickets: TICKETS,
      messages: MESSAGES,
      distinct_messages: MESSAGES,
      conversations: TICKETS,
      counted: MESSAGES,
      state: 'LIVE',
    },
  ])
}, 90_000)

async function firstLine(child: ChildProcess) {
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
}

import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { idempotencyKeys } from '#domain/idempotency/table.ts'
import { undos } from '#domain/undos/table.ts'
import { webhookCalls } from '#domain/webhook-calls/table.ts'
import { startSweeping, sweep } from '#flows/sweeping/sweeping.ts'
import { createTestDatabase } from '../support/database.ts'
import { newBackend, silent } from '../syncing/backend.ts'

const { db } = await createTestDatabase()
const { workspaceId, backendId } = await newBackend(db)
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)

test('calls and idempotency keys go after seven days, undos when they expire, and everything younger stays', async () => {
  const call = (callId: string, receivedAt: Date) => ({ workspaceId, backendId, callId, receivedAt })
  await db.insert(webhookCalls).values([call('old', daysAgo(7.1)), call('young', daysAgo(6.9))])
  const key = (name: string, firstUsedAt: Date) => ({
    ...{ workspaceId, tokenName: 't', key: name, fingerprint: 'f', outcome: {}, firstUsedAt },
  })
  await db.insert(idempotencyKeys).values([key('old', daysAgo(7.1)), key('young', daysAgo(6.9))])
  const undo = (tokenHash: string, expiresAt: Date) => ({
    workspaceId,
    tokenHash,
    tokenName: 't',
    steps: [],
    expiresAt,
  })
  await db.insert(undos).values([undo('over', daysAgo(0.001)), undo('open', daysAgo(-0.1))])

  expect(await sweep(db)).toBe(3)
  expect(await sweep(db)).toBe(0)
  expect(await db.select({ id: webhookCalls.callId }).from(webhookCalls)).toEqual([{ id: 'young' }])
  expect(await db.select({ id: idempotencyKeys.key }).from(idempotencyKeys)).toEqual([{ id: 'young' }])
  expect(await db.select({ id: undos.tokenHash }).from(undos)).toEqual([{ id: 'open' }])
})

test('more than one portion goes in one sweep, and a worker sweeps when it starts', async () => {
  await db.execute(sql`
    insert into webhook_calls select ${workspaceId}, ${backendId}, 'many ' || n, now() - interval '8 days'
    from generate_series(1, 12000) n`)
  const sweeping = startSweeping({ db, log: silent })
  onTestFinished(() => sweeping.stop())
  await vi.waitFor(async () => expect(await db.$count(webhookCalls)).toBe(1), 5000)
})

/** How much a token may ask for in a minute, over all gateways; and what the store does to that, or its absence. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { shareUses } from '#domain/limits/share-uses.ts'
import { type BudgetLimits, openBudgets } from '#platform/limits/budgets.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { deskFor } from './desk.ts'

const { db, pool } = await createTestDatabase()
const { during } = watchStatements(pool)

// The clock stands, so that no minute ends within a test; timers go on.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T12:00:20Z') })
  onTestFinished(() => void vi.useRealTimers())
})

const limitsOf = (requests: number, cost = 1_000): BudgetLimits => ({
  perMinute: { requests, cost },
  perMinuteOfContact: { requests: 2, cost: 20 },
})

async function deskWith(limits: BudgetLimits, workspaceId?: string) {
  const budgets = openBudgets(limits, shareUses(db))
  return { budgets, ...(await deskFor(db, { budgets, ...(workspaceId !== undefined && { workspaceId }) })) }
}

const cheap = '{ __typename }'
const ofCost = (cost: number) => `{ tickets(first: ${cost - 1}) { nodes { id } } }`

test('past its requests a token is refused until the next minute, and others are not', async () => {
  const { askAs } = await deskWith(limitsOf(3))
  for (let count = 0; count < 3; count += 1) expect((await askAs('ADMIN', cheap)).status).toBe(200)
  const refused = await askAs('ADMIN', cheap)
  expect(refused).toMatchObject({
    status: 429,
    errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 40 } }],
  })
  expect(refused.headers.get('retry-after')).toBe('40')
  expect(refused.headers.get('ratelimit-reset')).toBe('40')
  expect((await askAs('AGENT', cheap)).status).toBe(200)

  vi.setSystemTime(new Date('2026-03-01T12:01:00Z'))
  expect((await askAs('ADMIN', cheap)).status).toBe(200)
})

test('a document that costs more than is left does not run, and says what it costs; a cheaper one still does', async () => {
  const { askAs } = await deskWith(limitsOf(100, 50))
  expect((await askAs('ADMIN', ofCost(30))).status).toBe(200)
  const { result, statements } = await during(() => askAs('ADMIN', ofCost(30)))
  expect(result).toMatchObject({
    status: 429,
    errors: [{ message: expect.stringContaining('costs 30 points'), extensions: { code: 'RATE_LIMITED' } }],
  })
  expect(result.headers.get('retry-after')).toBe('40')
  expect(statements.filter(({ text }) => text.includes('from "tickets"'))).toEqual([])
  expect((await askAs('ADMIN', ofCost(20))).headers.get('ratelimit-remaining')).toBe('0')
  expect((await askAs('ADMIN', cheap)).status).toBe(429)
})

test('a contact has the budget of one person', async () => {
  const { askAs } = await deskWith(limitsOf(100))
  expect((await askAs('CONTACT', cheap)).headers.get('ratelimit-limit')).toBe('20')
  expect((await askAs('CONTACT', cheap)).status).toBe(200)
  expect((await askAs('CONTACT', cheap)).status).toBe(429)
})

test('two gateways share one budget: asked in turn, they let in hardly more than one would', async () => {
  const one = await deskWith(limitsOf(60))
  const other = await deskWith(limitsOf(60), one.workspaceId)
  let admitted = 0
  for (let round = 0; round < 60; round += 1) {
    for (const { askAs } of [one, other]) if ((await askAs('ADMIN', cheap)).status === 200) admitted += 1
    await sleep(5) // that long it takes to tell
  }
  expect(admitted).toBeGreaterThanOrEqual(60)
  // A gateway tells of every twentieth part of a budget as soon as it is used.
  expect(admitted).toBeLessThanOrEqual(60 + 12)
})

test('no request waits for the store: many requests are one statement, and a gateway that closes tells the rest', async () => {
  const { askAs, budgets, workspaceId } = await deskWith(limitsOf(10_000, 100_000))
  const { statements } = await during(async () => {
    for (let count = 0; count < 40; count += 1) await askAs('ADMIN', cheap)
  })
  expect(statements.length).toBeLessThanOrEqual(1)
  await budgets.close()
  const { rows } = await pool.query('select bearer, requests, cost from token_uses where workspace_id = $1', [
    workspaceId,
  ])
  expect(rows).toEqual([{ bearer: 'ADMIN', requests: 40, cost: 0 }])
})

test('while the store is away each gateway counts for itself', async () => {
  const failures: unknown[] = []
  const broken = openBudgets(
    limitsOf(5),
    () => Promise.reject(new Error('away')),
    (error) => failures.push(error),
  )
  const { askAs } = await deskFor(db, { budgets: broken })
  const statuses = []
  for (let count = 0; count < 7; count += 1) statuses.push((await askAs('ADMIN', cheap)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  expect(failures.length).toBeGreaterThan(0)
})

test('uses of an older minute, told late, are not counted in a newer one', async () => {
  const workspaceId = await makeWorkspace(db)
  const share = shareUses(db)
  const use = (minute: string, requests: number) => ({
    bearer: 'b',
    minute: new Date(`2026-03-01T${minute}Z`),
    requests,
    cost: 2 * requests,
  })
  expect(await share(workspaceId, [use('12:00', 3)])).toEqual([{ requests: 3, cost: 6 }])
  expect(await share(workspaceId, [use('12:00', 4)])).toEqual([{ requests: 7, cost: 14 }])
  expect(await share(workspaceId, [use('12:01', 1)])).toEqual([{ requests: 1, cost: 2 }])
  expect(await share(workspaceId, [use('12:00', 9)])).toEqual([{ requests: 1, cost: 2 }])
})

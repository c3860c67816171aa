import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test, vi } from 'vitest'
import { type Misfit, records } from '#connectors/contract.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { type Progress, runRound } from '#flows/sync/round.ts'
import { enqueueDueSyncs, startTimetable, syncBackendHandler, syncNow } from '#flows/sync/schedule.ts'
import { openDatabase } from '#platform/db/client.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { createTestDatabase } from '../support/database.ts'
import { newBackend, rowsOf, silent, syncingOf, type TestBackend } from './backend.ts'
import { manyThreads, message, minute, page, type Script, scripted, thread, ticket } from './scripted.ts'

const { db, connectionString } = await createTestDatabase()

type Sync = Record<string, unknown> & { state: string; next_sync_at: string; cursor: unknown }

async function open(script: Script, more: Parameters<typeof syncingOf>[3] = {}) {
  const backend = await newBackend(db)
  const connector = scripted(script)
  const { syncing, backend: synced } = syncingOf(db, backend, connector, more)
  const round = (options = {}) => runRound(syncing, synced, options)
  return { backend, connector, syncing, round }
}

async function statusOf(backend: TestBackend) {
  const [sync] = await rowsOf<Sync>(db, 'backend_syncs', backend)
  const [row] = await rowsOf<Record<string, unknown>>(db, 'backends', backend)
  const { rows } = await db.execute<{ wait: number }>(
    sql`select extract(epoch from next_sync_at - now())::float as wait from backend_syncs where backend_id = ${backend.id}`,
  )
  return { ...sync, health: row?.health, problem: row?.problem, wait: rows[0]?.wait ?? Number.NaN } as Sync & {
    wait: number
  }
}

const twoPages: Script['pages'] = {
  start: page({ tickets: [thread('1', [message('1')])] }, 'b', true),
  b: page({ tickets: [thread('2', [message('2')])] }, 'c'),
  c: page({ tickets: [thread('2', [message('3')])] }, 'd'),
  d: page({}, 'd'),
}

test('a full round comes first, then incremental ones from its cursor', async () => {
  const { backend, connector, round } = await open({ pages: twoPages })
  expect(await statusOf(backend)).toMatchObject({ state: 'NEVER', health: 'OK' })
  const progress: Progress[] = []
  expect(await round({ onProgress: (step: Progress) => progress.push(step) })).toMatchObject({
    outcome: 'finished',
    round: 'FULL',
    messages: 2,
  })
  expect(progress).toMatchObject([
    { done: 1, messages: 1 },
    { done: 2, messages: 2 },
  ])
  expect(await statusOf(backend)).toMatchObject({
    state: 'LIVE',
    cursor: { at: 'c' },
    round: null,
    full_round: 1,
    lease_owner: null,
  })
  expect((await statusOf(backend)).wait).toBeGreaterThan(50)
  expect(await rowsOf(db, 'changes', backend)).toEqual([])
  expect(await round()).toMatchObject({ outcome: 'finished', round: 'INCREMENTAL' })
  expect(connector.pulls).toEqual(['start', 'b', 'c'])
  expect(await rowsOf(db, 'changes', backend)).toMatchObject([{ kind: 'UPDATED' }, { kind: 'CREATED' }])
  expect(await round({ full: true })).toMatchObject({ round: 'FULL' })
})

test('a full round is due again after its time', async () => {
  const { backend, round } = await open({ pages: twoPages })
  await round()
  await db.execute(
    sql`update backend_syncs set last_full_synced_at = now() - interval '25 hours' where backend_id = ${backend.id}`,
  )
  expect(await round()).toMatchObject({ round: 'FULL' })
  expect(await statusOf(backend)).toMatchObject({ full_round: 2 })
})

test('a ticket that a full round misses is looked up: marked when it is gone, stored when it is not; never removed', async () => {
  const pages = { ...twoPages, start: page({ tickets: ['1', '2', '3'].map((id) => thread(id, [message(id)])) }, 'c') }
  const script: Script = { pages }
  const { backend, connector, round } = await open(script)
  await round()
  pages.start = page({ tickets: [thread('1', [message('1')])] }, 'c')
  script.tickets = { 3: records({ tickets: [ticket('3', { isRecycled: true, updatedAt: minute(9) })] }) }
  await round({ full: true })
  expect(connector.lookups).toEqual(['2', '3'])
  const rows = await rowsOf<Record<string, unknown>>(db, 'tickets', backend)
  expect(rows.map((row) => [row.external_id, row.vanished_at !== null, row.is_recycled])).toEqual([
    ['1', false, false],
    ['2', true, false],
    ['3', false, true],
  ])
  expect((await rowsOf<{ kind: string }>(db, 'changes', backend)).map(({ kind }) => kind)).toEqual([
    'DELETED',
    'UPDATED',
  ])
  await round({ full: true })
  expect(connector.lookups).toEqual(['2', '3', '3'])

  pages.start = page({ tickets: [thread('2', [message('2')])] }, 'c')
  await round({ full: true })
  expect((await rowsOf<Record<string, unknown>>(db, 'tickets', backend))[1]).toMatchObject({ vanished_at: null })
})

/** After a first round with these tickets the lists are empty: each is looked up by the next full round. */
async function openMissing(ids: string[], script: Omit<Script, 'pages'> = {}) {
  const pages: Script['pages'] = { start: page({ tickets: ids.map((id) => thread(id, [message(id)])) }, 'c') }
  const opened = await open({ ...script, pages })
  await opened.round()
  Object.assign(pages, { start: page({}, 'c'), c: page({}, 'c') })
  return opened
}

async function sightingsOf(backend: TestBackend) {
  const rows = await rowsOf<Record<string, unknown>>(db, 'tickets', backend)
  return rows.map((row) => `${row.external_id} ${row.vanished_at ? 'vanished' : 'there'} ${row.seen_in_round}`)
}

function throwing(error: Error) {
  return () => {
    throw error
  }
}

test('a ticket the vendor refuses to show is noted and counts as seen; the others and the round go on', async () => {
  const { backend, connector, round } = await openMissing(['1', '2', '3', '4', '5'], {
    tickets: {
      1: throwing(new RefusedError('request 77 was refused', { httpStatus: 422, requestId: '77' })),
      2: throwing(new GoneError('its thread is gone', { httpStatus: 404 })),
      3: throwing(new FixCredentialsError('not your ticket', { httpStatus: 403 })),
      5: records({ tickets: [thread('5', [message('6')], { updatedAt: minute(9) })] }),
    },
  })
  expect(await round({ full: true })).toMatchObject({ outcome: 'finished', round: 'FULL' })
  expect(connector.lookups).toEqual(['1', '2', '3', '4', '5'])
  expect(await sightingsOf(backend)).toEqual(['1 there 2', '2 there 2', '3 there 2', '4 vanished 1', '5 there 2'])
  const misfits = await rowsOf<Record<string, unknown>>(db, 'misfits', backend)
  expect(misfits).toMatchObject([
    { kind: 'parked', subject: 'ticket', external_id: '1', raw: { httpStatus: 422, requestId: '77' } },
    { kind: 'parked', subject: 'ticket', external_id: '2' },
    { kind: 'parked', subject: 'ticket', external_id: '3', raw: { message: 'not your ticket' } },
  ])
  expect(await statusOf(backend)).toMatchObject({ state: 'PARTIAL', round: null, failure_count: 0, health: 'OK' })
  expect(await round()).toMatchObject({ outcome: 'finished', round: 'INCREMENTAL' })
  await round({ full: true })
  expect(connector.lookups.slice(5)).toEqual(['1', '2', '3', '5'])
  expect(await rowsOf(db, 'misfits', backend)).toMatchObject(Array(3).fill({ occurrences: 2 }))
})

test.each([
  ['the vendor does not answer', new TryAgainError('503'), undefined, 'DEGRADED'],
  [
    'the quota is used up',
    new WaitForQuotaError('window', { resetsAt: new Date(Date.now() + 3_600_000) }),
    undefined,
    'QUOTA_EXHAUSTED',
  ],
  [
    'the credentials are wrong',
    new FixCredentialsError('401'),
    async () => throwing(new FixCredentialsError('401'))(),
    'AUTH_FAILED',
  ],
])(
  'when %s at a look-up, the round fails and goes on later; empty pages do not end the row of failures',
  async (...row) => {
    const [, error, check, health] = row
    const tickets: Script['tickets'] = { 2: throwing(error) }
    const { backend, connector, round } = await openMissing(['1', '2', '3'], { tickets, ...(check && { check }) })
    for (const failureCount of [1, 2, 3]) {
      expect(await round({ full: failureCount === 1 })).toMatchObject({ outcome: 'failed', round: 'FULL' })
      const status = await statusOf(backend)
      expect(status).toMatchObject({ failure_count: failureCount, round: 'FULL', full_round: 2 })
      expect([health, 'UNREACHABLE']).toContain(status.health)
    }
    expect(connector.lookups).toEqual(['1', '2', '2', '2'])
    expect(await rowsOf(db, 'misfits', backend)).toEqual([])
    delete tickets[2]
    expect(await round()).toMatchObject({ outcome: 'finished', round: 'FULL' })
    expect(await sightingsOf(backend)).toEqual(['1 vanished 1', '2 vanished 1', '3 vanished 1'])
    expect(await statusOf(backend)).toMatchObject({ failure_count: 0, health: 'OK' })
  },
)

test('a page that carried tickets ends the row of failures', async () => {
  const pages = { ...twoPages, start: throwing(new TryAgainError('503')) as never }
  const { backend, round } = await open({ pages })
  await round()
  await round()
  expect(await statusOf(backend)).toMatchObject({ failure_count: 2 })
  Object.assign(pages, { start: twoPages.start, b: throwing(new TryAgainError('503')) })
  await round()
  expect(await statusOf(backend)).toMatchObject({ failure_count: 1 })
})

test('a ticket whose look-up brings only misfits is still there, and the misfits are kept', async () => {
  const misfit = {
    kind: 'parked',
    subject: 'ticket',
    externalId: '1',
    field: null,
    problem: 'no status',
    raw: { id: 1 },
  }
  const { backend, round } = await openMissing(['1', '2'], {
    tickets: { 1: records({ misfits: [misfit as Misfit] }), 2: records() },
  })
  expect(await round({ full: true })).toMatchObject({ outcome: 'finished' })
  expect(await sightingsOf(backend)).toEqual(['1 there 2', '2 there 2'])
  expect(await rowsOf(db, 'misfits', backend)).toMatchObject([
    { problem: 'no status', external_id: '1', raw: { id: 1 } },
  ])
  expect(await rowsOf(db, 'changes', backend)).toEqual([])
})

test('a round that was cut off between pages goes on at its cursor and doubles nothing', async () => {
  let isBroken = true
  const pages = {
    ...twoPages,
    b: () => {
      if (isBroken) throw new TryAgainError('the connection broke')
      return twoPages.b as never
    },
  }
  const { backend, connector, round } = await open({ pages })
  expect(await round()).toMatchObject({ outcome: 'failed' })
  expect(await statusOf(backend)).toMatchObject({ state: 'FAILED', cursor: { at: 'b' }, round: 'FULL' })
  isBroken = false
  expect(await round()).toMatchObject({ outcome: 'finished', round: 'FULL' })
  expect(connector.pulls).toEqual(['start', 'b', 'b'])
  expect(await rowsOf(db, 'messages', backend)).toHaveLength(2)
  expect(await statusOf(backend)).toMatchObject({
    state: 'LIVE',
    health: 'OK',
    problem: null,
    error: null,
    failure_count: 0,
  })
})

test('a page is rolled back, cursor and all, when the lease was lost while it was on its way', async () => {
  const pages = {
    ...twoPages,
    b: async () => {
      await db.execute(
        sql`update backend_syncs set lease_owner = gen_random_uuid(), lease_until = now() + interval '1 minute'`,
      )
      return twoPages.b as never
    },
  }
  const { backend, round } = await open({ pages })
  const result = await round()
  expect(result).toMatchObject({ outcome: 'stopped' })
  const sync = await statusOf(backend)
  // The second page is asked for while the first is stored: either both are lost or the first is there.
  expect(await rowsOf(db, 'messages', backend)).toHaveLength(sync.cursor ? 1 : 0)
  expect(sync.lease_owner).not.toBeNull()
  await db.execute(
    sql`update backend_syncs set lease_until = now() - interval '1 second' where backend_id = ${backend.id}`,
  )
  pages.b = twoPages.b as never
  expect(await round()).toMatchObject({ outcome: 'finished' })
  expect(await rowsOf(db, 'messages', backend)).toHaveLength(2)
})

test('two workers never copy one backend at once', async () => {
  let running = 0
  const slow = async () => {
    expect(++running).toBe(1)
    await sleep(100)
    running--
    return page({ tickets: manyThreads(1, 2, 2) }, 'c')
  }
  const { backend, syncing, round } = await open({ pages: { ...twoPages, start: slow } })
  const other = syncingOf(db, backend, scripted({ pages: { ...twoPages, start: slow } }))
  const results = await Promise.all([round(), runRound(other.syncing, other.backend), round()])
  expect(results.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'busy', 'finished'])
  expect(await syncNow(syncing, backend.id)).toMatchObject({ outcome: 'finished', round: 'INCREMENTAL' })
})

const quotaOpens = new Date(Date.now() + 3_600_000)
test.each([
  [
    new TryAgainError('503', { httpStatus: 503, retryAfterMs: 40_000 }),
    { state: 'FAILED', health: 'DEGRADED' },
    'TRY_AGAIN',
    [38, 41],
  ],
  [
    new FixCredentialsError('401', { code: 'bad_token' }),
    { state: 'FAILED', health: 'AUTH_FAILED' },
    'FIX_CREDENTIALS',
    [890, 901],
  ],
  [
    new WaitForQuotaError('window', { resetsAt: quotaOpens }),
    { state: 'PAUSED', health: 'QUOTA_EXHAUSTED' },
    'WAIT_FOR_QUOTA',
    [3500, 3601],
  ],
  [new RefusedError('no', { httpStatus: 422 }), { state: 'FAILED', health: 'DEGRADED' }, 'REFUSED', [0.5, 3]],
] as const)(
  '%s is noted at the backend with the time of the next attempt',
  async (error, status, kind, [least, most]) => {
    const script: Script = {
      pages: {
        ...twoPages,
        start: () => {
          throw error
        },
      },
    }
    const { backend, round } = await open(script)
    expect(await round()).toMatchObject({ outcome: 'failed', error })
    const noted = await statusOf(backend)
    expect(noted).toMatchObject({
      ...status,
      error: error.message,
      problem: { kind, message: error.message, httpStatus: error.provider.httpStatus },
    })
    expect(noted.wait).toBeGreaterThan(least)
    expect(noted.wait).toBeLessThan(most)
    script.pages = twoPages
    expect(await round()).toMatchObject({ outcome: 'finished' })
    // What was refused stays visible as something parked.
    expect(await statusOf(backend)).toMatchObject({
      state: kind === 'REFUSED' ? 'PARTIAL' : 'LIVE',
      health: 'OK',
      problem: null,
      error: null,
    })
  },
)

test('a backend is unreachable after three failures, with growing waits', async () => {
  const fail = () => {
    throw new TryAgainError('no answer')
  }
  const { backend, round } = await open({ pages: { start: fail } })
  const waits: number[] = []
  for (const health of ['DEGRADED', 'DEGRADED', 'UNREACHABLE', 'UNREACHABLE']) {
    await round()
    const status = await statusOf(backend)
    expect(status.health).toBe(health)
    waits.push(status.wait)
  }
  expect(waits[3]).toBeGreaterThan(waits[0] as number)
})

test('a fault of ours is masked at the backend and does not change its health', async () => {
  const bug = () => {
    throw new Error('secret host 10.1.2.3')
  }
  const { backend, round } = await open({ pages: { start: bug } })
  expect(await round()).toMatchObject({ outcome: 'failed' })
  expect(await statusOf(backend)).toMatchObject({ state: 'FAILED', health: 'OK', error: 'internal error, see the log' })
})

test('a position refused three times is given up: the round starts again from nothing', async () => {
  const refuse = () => {
    throw new RefusedError('cursor expired')
  }
  const pages: Script['pages'] = { ...twoPages, b: refuse }
  const { connector, round } = await open({ pages })
  for (let attempt = 0; attempt < 4; attempt++) await round()
  expect(connector.pulls).toEqual(['start', 'b', 'b', 'b', 'start', 'b'])
})

test('a vendor whose pages lead in a circle does not keep the round going', async () => {
  const pages = { start: page({ tickets: [ticket('1')] }, 'b', true), b: page({ tickets: [ticket('2')] }, 'b', true) }
  const { backend, connector, round } = await open({ pages })
  expect(await round()).toMatchObject({ outcome: 'finished' })
  expect(connector.pulls.length).toBeLessThanOrEqual(3)
  expect(await rowsOf(db, 'misfits', backend)).toMatchObject([{ subject: 'page', field: 'cursor' }])
})

test('stopping gives a pull up, frees the lease at once and leaves the cursor', async () => {
  const { backend, syncing, round } = await open({ pages: { ...twoPages, b: () => new Promise<never>(() => {}) } })
  const running = round()
  await vi.waitFor(async () => expect(await rowsOf(db, 'messages', backend)).toHaveLength(1), 5000)
  const startedAt = Date.now()
  await syncing.stop()
  expect(await running).toMatchObject({ outcome: 'stopped' })
  expect(Date.now() - startedAt).toBeLessThan(1000)
  expect(await statusOf(backend)).toMatchObject({ lease_owner: null, cursor: { at: 'b' }, round: 'FULL' })
})

test('the timetable wakes a worker for every backend that is due, once', async () => {
  await db.execute(sql`update backend_syncs set next_sync_at = now() + interval '1 hour'`)
  const { backend, syncing } = await open({ pages: twoPages }, { syncEverySeconds: 1 })
  expect([await enqueueDueSyncs(syncing), await enqueueDueSyncs(syncing)]).toEqual([1, 0])
  // What a killed worker leaves behind: a locked job. It must not keep the backend waiting.
  await db.execute(sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'killed'`)
  expect(await enqueueDueSyncs(syncing)).toBe(1)

  const own = openDatabase({ connectionString, applicationName: 'runner' })
  const runner = startJobRunner({
    pool: own.pool,
    handlers: [syncBackendHandler],
    context: syncing,
    concurrency: 2,
    log: silent,
  })
  const timetable = startTimetable(syncing, 200)
  await vi.waitFor(
    async () => expect(await statusOf(backend)).toMatchObject({ state: 'LIVE', cursor: { at: 'd' } }),
    8000,
  )
  await timetable.stop()
  await runner.stop()
  await own.close()
})

test('registering is repeatable, renames, and marks what is no longer configured', async () => {
  const workspace = { key: 'acme', name: 'Acme' }
  const one = { workspace, key: 'one', name: 'One', vendor: 'scripted', freshnessSeconds: 10 }
  const two = { workspace, key: 'two', name: 'Two', vendor: 'scripted' }
  const [first, second] = await registerBackends(db, [one, two])
  const again = await registerBackends(db, [{ ...two, name: 'Zwei' }])
  expect(again).toEqual([second])
  const { rows } = await db.execute(
    sql`select key, name, is_connected from backends where workspace_id = ${first?.workspaceId} order by key`,
  )
  expect(rows).toEqual([
    { key: 'one', name: 'One', is_connected: false },
    { key: 'two', name: 'Zwei', is_connected: true },
  ])
  expect(await Promise.all([registerBackends(db, [one, two]), registerBackends(db, [one, two])])).toEqual([
    [first, second],
    [first, second],
  ])
})

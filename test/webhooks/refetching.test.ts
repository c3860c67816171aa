// The job that follows from a webhook: one ticket read again, with everything a vendor may answer.
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Records, records } from '#connectors/contract.ts'
import { FixCredentialsError, RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'
import { enqueueRefetch, refetchTicketHandler } from '#flows/sync/refetch.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { openDatabase } from '#platform/db/client.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { createTestDatabase } from '../support/database.ts'
import { newBackend, rowsOf, silent, syncingOf } from '../syncing/backend.ts'
import { answer, message, page, scripted, thread } from '../syncing/scripted.ts'

const { db, connectionString } = await createTestDatabase()

test('a ticket that changed is stored, with a line in the change log', async () => {
  const { hear, rows, changes } = await copied({
    now: () => ({ tickets: [thread('1', [message('1'), answer('2')], { status: 'RESOLVED' })] }),
  })
  await hear('1')
  await vi.waitFor(async () => expect(await rows('messages')).toHaveLength(2), 2000)
  expect(await rows('tickets')).toMatchObject([{ external_id: '1', status: 'RESOLVED', vanished_at: null }])
  expect(await changes()).toEqual(['UPDATED ticket', 'CREATED message'])
  await done()
})

test('a ticket that was never seen before is stored', async () => {
  const { hear, rows } = await copied({ now: (id) => ({ tickets: [thread(id, [message(`${id}0`)])] }) })
  await hear('2')
  await vi.waitFor(async () => expect(await rows('tickets')).toHaveLength(2), 2000)
  await done()
})

test('a ticket that is gone is marked once and stays readable; one that comes back is there again', async () => {
  let answered: Partial<Records> | null = null
  const { hear, rows, changes } = await copied({ now: () => answered })
  await hear('1')
  await vi.waitFor(async () => expect(await rows('tickets')).toMatchObject([{ vanished_at: expect.any(String) }]), 2000)
  await hear('1')
  await done()
  expect(await changes()).toEqual(['DELETED ticket'])
  expect(await rows('messages')).toHaveLength(1)

  answered = { tickets: [thread('1', [message('1')])] }
  await hear('1')
  await vi.waitFor(async () => expect(await rows('tickets')).toMatchObject([{ vanished_at: null }]), 2000)
  await done()
})

test('a ticket that is gone and was never here is no news', async () => {
  const { hear, rows, changes } = await copied({ now: () => null })
  await hear('404')
  await done()
  expect(await rows('tickets')).toHaveLength(1)
  expect(await changes()).toEqual([])
})

test('an answer from before a newer one does not count as gone', async () => {
  let reached = () => {}
  const { hear, rows, run } = await copied({
    now: async () => {
      await new Promise<void>((resolve) => {
        reached = resolve
      })
      return null
    },
  })
  await hear('1')
  await vi.waitFor(() => expect(reached.name).not.toBe('reached'), 2000)
  await run({ tickets: [thread('1', [message('1')], { status: 'RESOLVED' })] })
  reached()
  await done()
  expect(await rows('tickets')).toMatchObject([{ vanished_at: null }])
})

test('is tried again soon when the vendor asks to', async () => {
  let asked = 0
  const { hear, rows } = await copied({
    now: () => {
      asked += 1
      if (asked === 1) throw new TryAgainError('busy')
      return { tickets: [thread('1', [message('1'), answer('2')])] }
    },
  })
  await hear('1')
  await vi.waitFor(async () => expect(await rows('messages')).toHaveLength(2), 6000)
  expect(asked).toBe(2)
  await done()
})

test('is left to the rounds when only a person or time can help, and leaves no job behind', async () => {
  const failures = [
    new FixCredentialsError('expired'),
    new WaitForQuotaError('later', { resetsAt: new Date(Date.now() + 60_000) }),
    new RefusedError('no'),
  ]
  const { hear, rows, connector } = await copied({
    now: (id) => {
      throw failures[Number(id) - 1]
    },
  })
  for (const id of ['1', '2', '3']) await hear(id)
  await vi.waitFor(() => expect(connector.lookups.toSorted()).toEqual(['1', '2', '3']), 2000)
  await done()
  expect(await rows('tickets')).toHaveLength(1)
})

test('a ticket heard of 50 times while it is read is read once more, and keeps no place from others', async () => {
  const waiting: (() => void)[] = []
  const { hear, connector } = await copied({
    now: async (id) => {
      if (id === '1') await new Promise<void>((resolve) => waiting.push(resolve))
      return { tickets: [thread(id, [message(`${id}0`)])] }
    },
  })
  await hear('1')
  await vi.waitFor(() => expect(waiting).toHaveLength(1), 2000)
  for (let time = 0; time < 50; time += 1) await hear('1')
  await hear('2')
  await vi.waitFor(() => expect(connector.lookups).toEqual(['1', '2']), 2000)
  waiting.shift()?.()
  await vi.waitFor(() => expect(waiting).toHaveLength(1), 2000)
  waiting.shift()?.()
  await done()
  expect(connector.lookups).toEqual(['1', '2', '1'])
})

// ------------------------------------------------------------------ the stage

/** One backend with ticket 1 in its copy, a worker, and what the vendor says of a ticket from now on. */
async function copied({
  now,
}: {
  now: (externalId: string) => Partial<Records> | null | Promise<Partial<Records> | null>
}) {
  const backend = await newBackend(db)
  let listed: Partial<Records> = { tickets: [thread('1', [message('1')])] }
  const connector = scripted({ pages: { start: () => page(listed, 'next'), next: () => page(listed, 'next') } })
  const scriptedSession = connector.connect({}, {} as never)
  const talking = {
    ...connector,
    connect: () => ({
      ...scriptedSession,
      async ticket(externalId: string) {
        connector.lookups.push(externalId)
        const said = await now(externalId)
        return said && records(said)
      },
    }),
  }
  const { syncing } = syncingOf(db, backend, talking)
  const run = async (page: Partial<Records> = listed) => {
    listed = page
    expect((await syncNow(syncing, backend.id)).outcome).toBe('finished')
  }
  await run()
  const before = await rowsOf<{ id: string }>(db, 'changes', backend)
  const own = openDatabase({ connectionString, applicationName: 'runner' })
  const runner = startJobRunner({
    ...{ pool: own.pool, handlers: [refetchTicketHandler], context: syncing, concurrency: 2, log: silent },
    stopPatienceMs: 500,
  })
  onTestFinished(async () => {
    await runner.stop()
    await own.close()
  })
  return {
    connector,
    run,
    hear: (externalId: string) =>
      enqueueRefetch(db, { workspaceId: backend.workspaceId, backendId: backend.id, externalId }),
    rows: (table: string) => rowsOf<Record<string, unknown>>(db, table, backend),
    async changes() {
      const lines = await rowsOf<{ kind: string; message_id: string | null }>(db, 'changes', backend)
      return lines.slice(before.length).map((line) => `${line.kind} ${line.message_id ? 'message' : 'ticket'}`)
    },
  }
}

/** No job is left, neither waiting nor failed. */
async function done() {
  await vi.waitFor(async () => {
    const { rows } = await db.execute(sql`select last_error from graphile_worker._private_jobs`)
    expect(rows).toEqual([])
  }, 3000)
}

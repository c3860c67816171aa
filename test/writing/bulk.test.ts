/** Commands on many tickets: what is selected, what is done at once, what a job does, and what nothing of it leaves behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bulkHandler } from '#flows/commands/bulk-handler.ts'
import { openDatabase } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { createTestDatabase } from '../support/database.ts'
import { cleanerOfFile, silent } from '../syncing/backend.ts'
import { ticket } from '../syncing/scripted.ts'
import { type Bulk, jobFields, openDesk, someTickets, uuidOf } from './bulk-desk.ts'

const { db, connectionString } = await createTestDatabase()
const cleaner = cleanerOfFile()
const desk = () => openDesk(db, cleaner)
type Desk = Awaited<ReturnType<typeof desk>>

const resolve = { status: 'RESOLVED' }
const unknownId = () => nodeIdOf('Ticket', crypto.randomUUID())

async function rows<Row = Record<string, never>>(query: ReturnType<typeof sql>): Promise<Row[]> {
  return (await db.execute(query)).rows as Row[]
}

/** How many rows every table of the database has. */
async function rowCounts(): Promise<Record<string, number>> {
  const [row] = await rows<Record<string, number>>(
    sql.raw(
      `select ${(
        await rows<{ name: string }>(
          sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
        )
      )
        .map(({ name }) => `(select count(*)::int from "${name}") as "${name}"`)
        .join(', ')}, (select count(*)::int from graphile_worker._private_jobs) as queue`,
    ),
  )
  return row as Record<string, number>
}

const deliveriesOf = ({ workspaceId }: Desk) =>
  rows<{ operation: string; input: { patch: object }; ticketId: string }>(
    sql`select operation, input, ticket_id as "ticketId" from deliveries where workspace_id = ${workspaceId} order by position`,
  )

/** A worker in this process, until the test ends. */
function startWorker() {
  const worker = openDatabase({ connectionString, applicationName: 'bulk worker' })
  const context = { db: worker.db, cleaner, log: silent }
  const options = { pool: worker.pool, handlers: [bulkHandler], context, concurrency: 2, log: silent }
  const runner = startJobRunner({ ...options, sweepIntervalMs: 200 })
  onTestFinished(async () => {
    await runner.stop()
    await worker.close()
  })
}

async function finished(at: Desk, jobId: string, patienceMs = 25_000) {
  for (const started = Date.now(); Date.now() - started < patienceMs; await sleep(50)) {
    const job = await at.job(jobId)
    if (job && !['QUEUED', 'RUNNING'].includes(job.state)) return job
  }
  throw new Error(`still at it: ${JSON.stringify(await at.job(jobId))}`)
}

const jobIdOf = ({ job }: Bulk) => job?.id as string

describe('a few tickets', () => {
  test('are changed at once, each with its result, its line in the log and its delivery', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 3))
    const done = await at.update({
      selector: { ids },
      patch: { ...resolve, priority: 'HIGH' },
      clientMutationId: 'mine',
    })
    expect(done).toMatchObject({ matchedCount: 3, succeededCount: 3, failedCount: 0, job: null, errors: [] })
    expect(done.results).toEqual(
      ids.map((id) => ({ ticketId: id, ticket: { id, status: 'RESOLVED', version: 2 }, errors: [] })),
    )
    const lines = await rows(sql`
      select ticket_id, kind, changed_fields, version, source, token_name, client_mutation_id from changes
      where workspace_id = ${at.workspaceId} and source = 'COMMAND' order by position`)
    expect(lines).toEqual(
      ids.map((id) => ({
        ...{ ticket_id: uuidOf(id), kind: 'UPDATED', version: 2, source: 'COMMAND', token_name: 'program' },
        ...{ client_mutation_id: 'mine', changed_fields: expect.arrayContaining(['priority', 'status']) },
      })),
    )
    expect(await deliveriesOf(at)).toEqual(
      ids.map((id) => ({
        ...{ operation: 'updateTicket', ticketId: uuidOf(id) },
        input: { patch: { status: 'RESOLVED', priority: 'HIGH' } },
      })),
    )
  })

  test('that are not there, of another workspace, or cannot be changed fail alone', async () => {
    const [at, elsewhere] = [await desk(), await desk()]
    const [[good = ''], [poor = ''], [foreign = '']] = [
      await at.store(someTickets(1, 1)),
      await at.store(someTickets(1, 1), 'onebox'),
      await elsewhere.store(someTickets(1, 1)),
    ]
    const missing = unknownId()
    const done = await at.update({ selector: { ids: [missing, poor, good, foreign] }, patch: resolve })
    expect(done).toMatchObject({ matchedCount: 4, succeededCount: 1, failedCount: 3, errors: [] })
    expect(done.results).toMatchObject([
      { ticketId: missing, ticket: null, errors: [{ __typename: 'NotFoundError', path: ['input', 'selector'] }] },
      {
        ...{ ticketId: poor, ticket: { status: 'PENDING_INTERNAL', version: 1 } },
        errors: [
          { __typename: 'UnsupportedError', code: 'UNSUPPORTED_BY_BACKEND', path: ['input', 'patch', 'status'] },
        ],
      },
      { ticketId: good, ticket: { status: 'RESOLVED', version: 2 }, errors: [] },
      { ticketId: foreign, ticket: null, errors: [{ code: 'NOT_FOUND' }] },
    ])
    expect(await elsewhere.statuses()).toEqual({ PENDING_INTERNAL: 1 })
    expect(await deliveriesOf(at)).toHaveLength(1)
  })

  test('are all taken back by one token', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 3))
    const { undoToken } = await at.update({ selector: { ids }, patch: resolve })
    const undo =
      'mutation ($token: String!) { undo(input: { token: $token }) { tickets { status } errors { message } } }'
    expect((await at.ask(undo, { token: undoToken })).data).toEqual({
      undo: { tickets: ids.map(() => ({ status: 'PENDING_INTERNAL' })), errors: [] },
    })
  })

  test('are changed once, however often the same key comes, also at once', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 3))
    const input = { selector: { ids }, patch: { isSpam: true }, idempotencyKey: 'once' }
    const answers = await Promise.all([at.update(input), at.update(input), at.update(input)])
    expect(answers.map(({ replayed }) => replayed).sort()).toEqual([false, true, true])
    expect(new Set(answers.map(({ results }) => JSON.stringify(results))).size).toBe(1)
    expect(answers[0]?.results[0]?.ticket?.version).toBe(2)
    expect((await at.update({ ...input, patch: resolve })).errors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }])
  })
})

describe('the selection', () => {
  test('by a filter leaves out what a list leaves out, and what is excluded', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 8))
    const hidden = (column: string, id = '') =>
      db.execute(sql`update tickets set ${sql.raw(column)} where id = ${uuidOf(id)}`)
    await hidden('is_recycled = true, recycled_at = now()', ids[0])
    await hidden('is_spam = true', ids[1])
    await hidden("merged_into_external_id = 'x'", ids[2])
    await hidden('vanished_at = now()', ids[3])
    const selector = { filter: { status: ['PENDING_INTERNAL'] } }
    const done = await at.update({ selector, excludeIds: [ids[4], unknownId()], patch: resolve })
    // The latest activity first.
    expect(done.results.map(({ ticketId }) => ticketId)).toEqual([ids[7], ids[6], ids[5]])
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 5, RESOLVED: 3 })
    const bin = await at.update({ selector: { filter: { isRecycled: true } }, patch: { isRecycled: false } })
    expect(bin.results).toMatchObject([{ ticketId: ids[0], errors: [] }])
  })

  test('by ids takes what is named, once and in that order, but for what is excluded', async () => {
    const at = await desk()
    const [a = '', b = '', c = ''] = await at.store(someTickets(1, 3))
    await db.execute(sql`update tickets set is_recycled = true where id = ${uuidOf(c)}`)
    const done = await at.update({ selector: { ids: [c, a, c, b] }, excludeIds: [b], patch: { isRecycled: false } })
    expect(done.results.map(({ ticketId }) => ticketId)).toEqual([c, a])
    const [row] = await rows(sql`select is_recycled from tickets where id = ${uuidOf(c)}`)
    expect(row).toEqual({ is_recycled: false })
  })

  test('by words finds what stands in the subject or in a message', async () => {
    const at = await desk()
    const [bySubject] = await at.store([ticket('1', { subject: 'The Zebra is gone' }), ...someTickets(2, 2)])
    const [byMessage] = await at.store(someTickets(500, 1))
    const done = await at.update({ selector: { query: 'zebra' }, patch: resolve })
    expect(done.results.map(({ ticketId }) => ticketId)).toEqual([bySubject])
    const other = await at.update({ selector: { query: 'Message 500' }, patch: resolve })
    expect(other.results.map(({ ticketId }) => ticketId)).toEqual([byMessage])
    for (const [query, code] of [
      ['z', 'REQUIRED'],
      [' ', 'REQUIRED'],
      ['x'.repeat(501), 'VALIDATION_FAILED'],
    ]) {
      const refused = await at.update({ selector: { query }, patch: resolve })
      expect(refused.errors).toMatchObject([{ code, path: ['input', 'selector', 'query'] }])
    }
  })

  test('by a view has its tickets in its order', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 4, { priority: 'HIGH' }))
    await at.store(someTickets(50, 2))
    const save = `mutation ($input: ViewSaveInput!) { viewSave(input: $input) { view { id } errors { message } } }`
    const orderBy = [{ field: 'CREATED_AT', direction: 'ASC' }]
    const input = { name: 'Urgent', filter: { priority: ['HIGH'] }, orderBy }
    const { view } = ((await at.ask(save, { input })).data as { viewSave: { view: { id: string } } }).viewSave
    const done = await at.update({ selector: { viewId: view.id }, excludeIds: [ids[1]], patch: resolve })
    expect(done.results.map(({ ticketId }) => ticketId)).toEqual([ids[0], ids[2], ids[3]])
    // It is nobody else's.
    const stranger = await at.update({ selector: { viewId: view.id }, patch: resolve }, 'agent')
    expect(stranger.errors).toMatchObject([{ __typename: 'NotFoundError', path: ['input', 'selector', 'viewId'] }])
  })

  test('that has nothing is no mistake', async () => {
    const at = await desk()
    const done = await at.update({ selector: { filter: { isSpam: true } }, patch: resolve, expectedCount: 0 })
    expect(done).toMatchObject({ matchedCount: 0, results: [], job: null, undoToken: null, errors: [] })
  })

  test('that grew beyond what the user saw is refused; one that shrank is not', async () => {
    const at = await desk()
    await at.store(someTickets(1, 5))
    const selector = { filter: { status: ['PENDING_INTERNAL'] } }
    const refused = await at.update({ selector, patch: resolve, expectedCount: 4, idempotencyKey: 'k' })
    expect(refused).toMatchObject({ matchedCount: 5, succeededCount: 0, results: [], job: null, undoToken: null })
    expect(refused.errors).toMatchObject([
      { __typename: 'ValidationError', code: 'CONFLICT', path: ['input', 'expectedCount'] },
    ])
    expect(refused.errors[0]?.message).toContain('expected at most 4 tickets, found 5')
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 5 })
    expect(await at.update({ selector, patch: resolve, expectedCount: 6, idempotencyKey: 'k' })).toMatchObject({
      ...{ succeededCount: 5, replayed: false },
    })
  })

  test('of more than ten thousand tickets is refused', async () => {
    const at = await desk()
    const ids = Array.from({ length: 10_001 }, unknownId)
    const refused = await at.update({ selector: { ids }, patch: resolve })
    expect(refused.errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', path: ['input', 'selector', 'ids'] }])
    const [one = ''] = await at.store(someTickets(1, 1))
    // In parts, for a machine that is busy: no statement may take longer than 4 s.
    for (let part = 0; part < 5; part++)
      await db.execute(sql`
        insert into tickets select copy.* from tickets t, generate_series(1, 2000) n, jsonb_populate_record(t,
          jsonb_build_object('id', gen_random_uuid(), 'external_id', ${`copy ${part} `} || n, 'number', 'copy')) copy
        where t.id = ${uuidOf(one)}`)
    const grown = await at.update({ selector: { filter: {} }, patch: resolve })
    expect(grown.errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', path: ['input', 'selector'] }])
    const unexpected = await at.update({ selector: { filter: {} }, patch: resolve, expectedCount: 50 })
    expect(unexpected.errors).toMatchObject([{ code: 'CONFLICT' }])
    expect(unexpected.errors[0]?.message).toContain('more than 10000')
    const most = await at.update({ selector: { filter: {} }, excludeIds: [one], patch: resolve, expectedCount: 10_000 })
    expect(most).toMatchObject({ matchedCount: 10_000, job: { total: 10_000, state: 'QUEUED' } })
    await at.cancel(jobIdOf(most))
    await db.execute(sql`delete from tickets where workspace_id = ${at.workspaceId} and external_id like 'copy %'`)
  })
})

describe('bad input', () => {
  const view = nodeIdOf('View', crypto.randomUUID())
  test.each<[string, object, string, string, number?]>([
    ['no id at all', { selector: { ids: [] } }, 'selector.ids', 'REQUIRED'],
    ['an id of another kind', { selector: { ids: [unknownId(), view] } }, 'selector.ids.1', 'NOT_FOUND'],
    ['an id that is none', { selector: { ids: ['nonsense'] } }, 'selector.ids.0', 'NOT_FOUND'],
    ['an excluded id that is none', { excludeIds: [unknownId(), 'x'] }, 'excludeIds.1', 'NOT_FOUND'],
    ['a view that is not there', { selector: { viewId: view } }, 'selector.viewId', 'NOT_FOUND'],
    [
      'ids of another kind in a filter',
      { selector: { filter: { tagIds: [view] } } },
      'selector.filter',
      'VALIDATION_FAILED',
    ],
    ['an empty patch', { patch: {} }, 'patch', 'REQUIRED'],
    ['a negative count', { expectedCount: -1 }, 'expectedCount', 'VALIDATION_FAILED'],
    ['NUL', { selector: { query: 'a\0b' } }, 'selector.query', 'VALIDATION_FAILED'],
    ['half a character', { patch: { category: '\ud800' } }, 'patch.category', 'VALIDATION_FAILED'],
    ['an empty key', { idempotencyKey: '' }, 'idempotencyKey', 'VALIDATION_FAILED'],
    [
      'files',
      { patch: { message: { body: { text: 'x' }, attachmentIds: [view] } } },
      'patch.message.attachmentIds',
      'VALIDATION_FAILED',
    ],
  ])('%s is refused as a whole, with the place', async (_what, said, path, code) => {
    const at = await desk()
    await at.store(someTickets(1, 2))
    const refused = await at.update({ selector: { filter: {} }, patch: resolve, ...said })
    expect(refused).toMatchObject({ results: [], job: null, errors: [{ code, path: ['input', ...path.split('.')] }] })
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 2 })
  })

  test('two ways to select at once are no document', async () => {
    const at = await desk()
    await expect(at.update({ selector: { filter: {}, query: 'xx' }, patch: resolve })).rejects.toThrow('TicketSelector')
  })

  test('customers may not', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 101))
    const refused = await at.update({ selector: { ids }, patch: resolve }, 'customer')
    expect(refused.errors).toMatchObject([{ __typename: 'ForbiddenError' }])
    const job = jobIdOf(await at.update({ selector: { ids }, patch: resolve }))
    expect(await at.job(job, 'customer')).toBeNull()
    expect((await at.cancel(job, 'customer')).errors).toMatchObject([{ code: 'FORBIDDEN' }])
  })
})

describe('all or nothing', () => {
  test('one that cannot be changed leaves all as they were, and every failure is named', async () => {
    const at = await desk()
    const [good, poor] = [await at.store(someTickets(1, 3)), await at.store(someTickets(1, 2), 'onebox')]
    const input = { selector: { ids: [...good, ...poor] }, patch: resolve, mode: 'ALL_OR_NOTHING', idempotencyKey: 'k' }
    const before = await rowCounts()
    const refused = await at.update(input)
    expect(refused).toMatchObject({ matchedCount: 5, succeededCount: 0, failedCount: 2, undoToken: null })
    expect(refused.results.map(({ errors }) => errors.length)).toEqual([0, 0, 0, 1, 1])
    expect(refused.results[0]?.ticket).toMatchObject({ status: 'PENDING_INTERNAL', version: 1 })
    expect(refused.errors).toHaveLength(2)
    expect(await rowCounts()).toEqual(before)
    // The key is free again.
    expect(await at.update({ ...input, selector: { ids: good } })).toMatchObject({ succeededCount: 3, errors: [] })
  })

  test('is for one help desk, unless everything is kept here', async () => {
    const [at, mode] = [await desk(), 'ALL_OR_NOTHING']
    const ids = [...(await at.store(someTickets(1, 2))), ...(await at.store(someTickets(1, 2), 'onebox'))]
    const kept = await at.update({ selector: { ids }, patch: { isSpam: true }, mode })
    expect(kept).toMatchObject({ succeededCount: 4, errors: [] })
    const before = await rowCounts()
    const entry = { type: 'REPLY_OUTBOUND', body: { text: 'To both' } }
    const refused = await at.update({ selector: { ids }, patch: { message: entry }, mode })
    expect(refused).toMatchObject({
      succeededCount: 0,
      errors: [{ code: 'VALIDATION_FAILED', path: ['input', 'mode'] }],
    })
    expect(await rowCounts()).toEqual(before)
  })

  test('is for a hundred tickets', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 101))
    const refused = await at.update({ selector: { ids }, patch: resolve, mode: 'ALL_OR_NOTHING' })
    expect(refused.errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', path: ['input', 'mode'] }])
    const done = await at.update({ selector: { ids }, excludeIds: [ids[0]], patch: resolve, mode: 'ALL_OR_NOTHING' })
    expect(done).toMatchObject({ matchedCount: 100, succeededCount: 100, job: null })
  })
})

describe('a dry run', () => {
  test.each([['BEST_EFFORT'], ['ALL_OR_NOTHING']])('says what would fail and leaves no trace (%s)', async (mode) => {
    const at = await desk()
    const ids = [...(await at.store(someTickets(1, 3))), ...(await at.store(someTickets(1, 1), 'onebox'))]
    const before = await rowCounts()
    const input = { selector: { ids }, patch: { ...resolve, message: { body: { text: 'Bye' } } }, dryRun: true }
    const tried = await at.update({ ...input, mode, idempotencyKey: 'k' })
    expect(tried).toMatchObject({ matchedCount: 4, failedCount: 1, job: null, undoToken: null, replayed: false })
    expect(tried.results.map(({ errors }) => errors.map(({ code }) => code))).toEqual([
      ...[[], [], []],
      ['UNSUPPORTED_BY_BACKEND'],
    ])
    expect(tried.results.map(({ ticket: row }) => row?.version)).toEqual([1, 1, 1, 1])
    expect(await rowCounts()).toEqual(before)
    // The same key does it in earnest.
    expect((await at.update({ ...input, dryRun: false, idempotencyKey: 'k' })).succeededCount).toBe(3)
  })

  test('of many starts no job and tries the first hundred', async () => {
    const at = await desk()
    await at.store(someTickets(1, 130))
    const before = await rowCounts()
    const tried = await at.update({ selector: { filter: {} }, patch: resolve, dryRun: true })
    expect(tried).toMatchObject({ matchedCount: 130, succeededCount: 100, failedCount: 0, job: null })
    expect(await rowCounts()).toEqual(before)
    const entry = { body: { text: 'Bye' } }
    const said = await at.reply({ selector: { filter: {} }, entry, dryRun: true, idempotencyKey: 'k' })
    expect(said).toMatchObject({ matchedCount: 130, succeededCount: 100 })
    expect(await rowCounts()).toEqual(before)
  })
})

describe('a job', () => {
  const closeView = `mutation Close($viewId: ID!, $expected: Int!, $key: String!) {
    ticketsBulkUpdate(input: {
      selector: { viewId: $viewId }, patch: { status: RESOLVED, addTagIds: [], assignee: null }, mode: BEST_EFFORT
      expectedCount: $expected, idempotencyKey: $key
    }) {
      matchedCount succeededCount failedCount
      results { ticketId ticket { id version status } errors { code message } }
      job { id state } undoToken errors { code message }
    }
  }`

  test('of 250 tickets of which three cannot be changed names these three, and the same key is the same job', async () => {
    const at = await desk()
    await at.store(someTickets(1, 247))
    const poor = await at.store(someTickets(1, 3), 'onebox')
    const views = (await at.ask('{ views { id name } }')).data as { views: { id: string; name: string }[] }
    const viewId = views.views.find(({ name }) => name === 'All open')?.id
    const variables = { viewId, expected: 250, key: 'close all' }
    const started = (await at.ask(closeView, variables)).data as { ticketsBulkUpdate: Bulk }
    expect(started.ticketsBulkUpdate).toEqual({
      ...{ matchedCount: 250, succeededCount: 0, failedCount: 0, results: [], undoToken: null, errors: [] },
      job: { id: expect.any(String), state: 'QUEUED' },
    })
    const id = jobIdOf(started.ticketsBulkUpdate)
    expect(await at.job(id)).toMatchObject({ total: 250, processed: 0, failed: 0, finishedAt: null, failures: [] })
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 250 })

    startWorker()
    const job = await finished(at, id)
    expect(job).toMatchObject({ state: 'PARTIALLY_FAILED', total: 250, processed: 250, failed: 3 })
    expect(job).toMatchObject({ kind: 'ticketsBulkUpdate', startedBy: null, resultUrl: null })
    expect(job.failures.map(({ nodeId }) => nodeId).sort()).toEqual([...poor].sort())
    for (const { errors } of job.failures)
      expect(errors).toMatchObject([{ __typename: 'UnsupportedError', code: 'UNSUPPORTED_BY_BACKEND' }])
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 3, RESOLVED: 247 })
    expect(await deliveriesOf(at)).toHaveLength(247)

    const again = (await at.ask(closeView, variables)).data as { ticketsBulkUpdate: Bulk }
    expect(again.ticketsBulkUpdate).toMatchObject({
      ...{ matchedCount: 250, succeededCount: 247, failedCount: 3, job: { id, state: 'PARTIALLY_FAILED' }, errors: [] },
    })
    expect(await rows(sql`select id from jobs where workspace_id = ${at.workspaceId}`)).toHaveLength(1)
  })

  test('can be asked for its failures page by page, by whoever answers in the workspace', async () => {
    const [at, elsewhere] = [await desk(), await desk()]
    const gone = Array.from({ length: 101 }, unknownId)
    const id = jobIdOf(await at.update({ selector: { ids: gone }, patch: resolve }))
    for (let batch = 0; batch < 5; batch++) await at.batch(id)
    const seen: string[] = []
    const page = `query ($id: ID!, $after: String) { job(id: $id) { failures(first: 40, after: $after) {
      nodeId cursor ticket { id } errors { code } } } }`
    for (let after: string | null = null; ; ) {
      const { data } = await at.ask(page, { id, after }, 'agent')
      const { failures } = (data as { job: { failures: { nodeId: string; cursor: string }[] } }).job
      if (failures.length === 0) break
      seen.push(...failures.map(({ nodeId }) => nodeId))
      after = failures.at(-1)?.cursor ?? null
    }
    expect(seen).toEqual(gone)
    expect(await at.job(id)).toMatchObject({ state: 'FAILED', processed: 101, failed: 101 })
    expect(await elsewhere.job(id)).toBeNull()
    const node = `query ($id: ID!) { node(id: $id) { ... on Job { ${jobFields} } } }`
    expect(((await at.ask(node, { id })).data as { node: object }).node).toMatchObject({ id, state: 'FAILED' })
    for (const after of ['nonsense', 'WyJhIiwiYiJd'])
      expect((await at.ask(page, { id, after })).errors?.[0]?.message).toContain('expected a cursor')
  })

  test('does what its starter wanted, moments and all, and tells it by their name', async () => {
    const at = await desk()
    await at.store(someTickets(1, 101))
    const snoozedUntil = new Date(Date.now() + 86_400_000).toISOString()
    const patch = { status: 'ON_HOLD', snoozedUntil, message: { type: 'NOTE_PRIVATE', body: { markdown: '**Wait**' } } }
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch, clientMutationId: 'c' }, 'agent'))
    startWorker()
    expect(await finished(at, id)).toMatchObject({ state: 'SUCCEEDED', processed: 101 })
    const { workspaceId } = at
    expect(
      await rows(sql`select count(*)::int as count from tickets where workspace_id = ${workspaceId}
        and status = 'ON_HOLD' and snoozed_until = ${snoozedUntil}::timestamptz`),
    ).toEqual([{ count: 101 }])
    expect(
      await rows(sql`select distinct token_name, client_mutation_id from changes
        where workspace_id = ${workspaceId} and source = 'COMMAND'`),
    ).toEqual([{ token_name: 'agent', client_mutation_id: 'c' }])
    expect(
      await rows(sql`select count(*)::int as count, min(body_html_clean) as html from messages
        where workspace_id = ${workspaceId} and type = 'NOTE_PRIVATE'`),
    ).toMatchObject([{ count: 101, html: expect.stringContaining('<strong>Wait</strong>') }])
  })

  test('killed in the middle is finished by another worker, each ticket exactly once', async () => {
    const at = await desk()
    await at.store(someTickets(1, 200))
    const patch = { ...resolve, message: { body: { text: 'Closed.' } } }
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch }))
    for (const least of [25, 75]) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'bulk-child.ts'), connectionString], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      for (;;) {
        const { processed = 0 } = (await at.job(id)) ?? {}
        if (processed >= least) break
        await sleep(20)
      }
      await sleep(Math.random() * 60)
      child.kill('SIGKILL')
      await once(child, 'close')
      const [counts] = await rows<Record<string, number>>(sql`
        select processed, (select count(*)::int from tickets t where t.workspace_id = j.workspace_id and version > 1) as changed,
          (select count(*)::int from job_items i where i.job_id = j.id and state = 'DONE') as done
        from jobs j where id = ${uuidOf(id)}`)
      expect(counts?.changed).toBe(counts?.processed)
      expect(counts?.done).toBe(counts?.processed)
      expect(counts?.processed).toBeLessThan(200)
    }
    startWorker()
    expect(await finished(at, id)).toMatchObject({ state: 'SUCCEEDED', processed: 200, failed: 0 })
    const counted = await rows(sql`
      select (select count(*)::int from tickets where workspace_id = ${at.workspaceId} and version = 2) as tickets,
        (select count(*)::int from messages where workspace_id = ${at.workspaceId} and direction = 'OUTBOUND') as messages,
        (select count(distinct ticket_id)::int from messages where workspace_id = ${at.workspaceId} and direction = 'OUTBOUND') as answered,
        (select count(*)::int from deliveries where workspace_id = ${at.workspaceId}) as deliveries`)
    expect(counted).toEqual([{ tickets: 200, messages: 200, answered: 200, deliveries: 400 }])
  }, 120_000)

  test('on which several work at once does nothing twice', async () => {
    const at = await desk()
    await at.store(someTickets(1, 110))
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch: resolve }))
    await Promise.all(Array.from({ length: 8 }, () => at.batch(id)))
    expect(await at.job(id)).toMatchObject({ state: 'SUCCEEDED', processed: 110 })
    expect(await deliveriesOf(at)).toHaveLength(110)
    expect(
      await rows(sql`select 1 from changes where workspace_id = ${at.workspaceId} and source = 'COMMAND'`),
    ).toHaveLength(110)
  })

  test('that is cancelled stops between two batches; what was done stays', async () => {
    const at = await desk()
    await at.store(someTickets(1, 110))
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch: resolve }, 'agent'))
    await at.batch(id)
    expect(await at.job(id)).toMatchObject({ state: 'RUNNING', processed: 25 })
    at.viewers.set('colleague', {
      workspaceId: at.workspaceId,
      actorId: null,
      role: 'AGENT',
      scopes: usualScopes('AGENT'),
      tokenName: 'colleague',
    })
    expect((await at.cancel(id, 'colleague')).errors).toMatchObject([{ code: 'FORBIDDEN', path: ['input', 'id'] }])
    const cancelled = await at.cancel(id, 'agent')
    expect(cancelled).toMatchObject({
      job: { state: 'CANCELLED', processed: 25, finishedAt: expect.any(String) },
      errors: [],
    })
    await at.batch(id)
    expect(await at.job(id)).toMatchObject({ state: 'CANCELLED', processed: 25 })
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 85, RESOLVED: 25 })
    expect(await at.cancel(id)).toEqual(cancelled)
  })

  test('that is over, or is none, cannot be cancelled', async () => {
    const [at, elsewhere] = [await desk(), await desk()]
    await at.store(someTickets(1, 101))
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch: resolve }))
    expect((await elsewhere.cancel(id)).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'id'] }])
    for (let batch = 0; batch < 5; batch++) await at.batch(id)
    expect((await at.cancel(id)).errors).toMatchObject([{ code: 'ALREADY_DONE' }])
    for (const none of ['x', unknownId(), nodeIdOf('Job', crypto.randomUUID())])
      expect((await at.cancel(none)).errors).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  test('that stumbles over one ticket says so and goes on; over the database, it tries again', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 101))
    const id = jobIdOf(await at.update({ selector: { ids }, patch: resolve }))
    const failWith = (state: string) =>
      db.execute(
        sql.raw(`create or replace function stumble() returns trigger language plpgsql as $$ begin
          if new.id = '${uuidOf(ids[3] as string)}' then raise exception 'ouch' using errcode = '${state}'; end if;
          return new; end $$;
          create or replace trigger stumbling before insert on tickets for each row execute function stumble()`),
      )
    onTestFinished(async () => void (await db.execute(sql`drop function stumble cascade`)))
    await failWith('55P03') // as if somebody held the ticket for too long
    await expect(at.batch(id)).rejects.toThrow()
    expect(await at.job(id)).toMatchObject({ state: 'QUEUED', processed: 0 })
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 101 })
    await failWith('23514') // as if a rule of the table forbade it
    await at.batch(id)
    expect(await at.job(id)).toMatchObject({
      ...{ state: 'RUNNING', processed: 25, failed: 1 },
      failures: [{ nodeId: ids[3], errors: [{ __typename: 'UnexpectedError', code: 'UNEXPECTED', path: null }] }],
    })
    expect(await at.statuses()).toEqual({ PENDING_INTERNAL: 77, RESOLVED: 24 })
  })

  test('of five hundred tickets takes less than 10 s', async () => {
    const at = await desk()
    await at.store(someTickets(1, 500))
    const id = jobIdOf(await at.update({ selector: { filter: {} }, patch: resolve }))
    startWorker()
    const started = performance.now()
    expect(await finished(at, id)).toMatchObject({ state: 'SUCCEEDED', processed: 500 })
    const seconds = (performance.now() - started) / 1000
    expect(seconds, `500 tickets in ${seconds.toFixed(1)} s`).toBeLessThan(10)
  }, 60_000)
})

describe('the same answer on many tickets', () => {
  const entry = { body: { text: 'We are on it.' } }

  test('is one message on each, sent before the ticket is changed, and never twice', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 3))
    const input = { selector: { ids }, entry, patch: resolve, idempotencyKey: 'tell' }
    const done = await at.reply(input)
    expect(done).toMatchObject({ matchedCount: 3, succeededCount: 3, failedCount: 0, errors: [] })
    expect(await at.reply(input)).toMatchObject({ replayed: true, results: done.results })
    const { workspaceId } = at
    expect(
      await rows(sql`select ticket_id as id, client_message_id as key from messages
        where workspace_id = ${workspaceId} and body_text = 'We are on it.' order by created_at, id`),
    ).toEqual(ids.map((id) => ({ id: uuidOf(id), key: 'tell' })))
    expect((await deliveriesOf(at)).map(({ operation, ticketId }) => [operation, ticketId])).toEqual(
      ids.flatMap((id) => ['createMessages', 'updateTicket'].map((operation) => [operation, uuidOf(id)])),
    )
  })

  test('is not sent where the channel is closed, and that ticket stays as it was', async () => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 3))
    await db.execute(sql`update conversations set can_reply = false where ticket_id = ${uuidOf(ids[1] as string)}`)
    const done = await at.reply({ selector: { ids }, entry, patch: resolve, idempotencyKey: 'k' })
    expect(done.results.map(({ ticket: row, errors }) => [row?.status, errors.map(({ code }) => code)])).toEqual([
      ['RESOLVED', []],
      ['PENDING_INTERNAL', ['REPLY_WINDOW_CLOSED']],
      ['RESOLVED', []],
    ])
  })

  test('on more than a hundred is a job', async () => {
    const at = await desk()
    await at.store(someTickets(1, 120))
    const done = await at.reply({ selector: { filter: {} }, entry, idempotencyKey: 'k', expectedCount: 120 })
    startWorker()
    expect(await finished(at, jobIdOf(done))).toMatchObject({
      kind: 'ticketsBulkReply',
      state: 'SUCCEEDED',
      total: 120,
    })
    expect(
      await rows(sql`select count(*)::int as count, count(distinct ticket_id)::int as tickets from messages
        where workspace_id = ${at.workspaceId} and body_text = 'We are on it.'`),
    ).toEqual([{ count: 120, tickets: 120 }])
  })

  test.each<[string, object, string, string]>([
    ['without anything to say', { entry: { body: { text: ' ' } } }, 'entry.body', 'REQUIRED'],
    ['with files', { entry: { ...entry, attachmentIds: [unknownId()] } }, 'entry.attachmentIds', 'VALIDATION_FAILED'],
    [
      'as an answer to one message',
      { entry: { ...entry, parentMessageId: unknownId() } },
      'entry.parentMessageId',
      'VALIDATION_FAILED',
    ],
    ['with an empty patch', { patch: {} }, 'patch', 'REQUIRED'],
    ['to more than were seen', { expectedCount: 1 }, 'expectedCount', 'CONFLICT'],
  ])('%s is refused', async (_what, said, path, code) => {
    const at = await desk()
    const ids = await at.store(someTickets(1, 2))
    const before = await rowCounts()
    const refused = await at.reply({ selector: { ids }, entry, idempotencyKey: 'k', ...said })
    const problems = [...refused.errors, ...refused.results.flatMap(({ errors }) => errors)]
    expect(problems[0]).toMatchObject({ code, path: ['input', ...path.split('.')] })
    expect(refused.succeededCount).toBe(0)
    expect({ ...(await rowCounts()), idempotency_keys: 0 }).toEqual({ ...before, idempotency_keys: 0 })
  })

  test('without a key is no document', async () => {
    const at = await desk()
    await expect(at.reply({ selector: { filter: {} }, entry })).rejects.toThrow('idempotencyKey')
  })
})

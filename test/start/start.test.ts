// Zero-config starts, as a newcomer sees them. One after the other, since each takes a machine's full attention.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { conversationsFile } from '../support/conversations.ts'
import { descendantsOf, isAlive, type Started, start, temporaryFolder } from './command-line.ts'

const READY = /deskgraph is ready[\s\S]*Token +(\S+)\n +Try +(curl .*)\n/
const STOP_MS = 10_000

describe('start', { timeout: 90_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'deskgraph home '))
  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))

  test('copies five help desks, prints one curl line that works as pasted, and ends cleanly', async () => {
    const started = start(['start'], { DESKGRAPH_HOME: home, PORT: '0' })
    const [, token = '', curl = ''] = await started.says(READY, 60_000)
    const pasted = spawnSync('sh', ['-c', curl], { encoding: 'utf8' })
    expect(JSON.parse(pasted.stdout)).toMatchObject({ data: { tickets: { totalCount: expect.any(Number) } } })

    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(curl)?.[0]
    for (const path of ['/health/live', '/health/ready']) expect((await fetch(origin + path)).status).toBe(200)
    expect(readFileSync(join(home, 'token'), 'utf8')).toBe(token)
    expect(statSync(join(home, 'token')).mode & 0o777).toBe(0o600)
    const copied = await copiedIn(home)
    expect(copied.length).toBe(5)
    for (const { tickets, messages } of copied)
      expect({ tickets, messages }).toEqual({ tickets: expect.toSatisfy(isMany), messages: expect.toSatisfy(isMany) })

    const second = start(['start'], { DESKGRAPH_HOME: home, PORT: '0' })
    expect(await second.exit).toEqual({ code: 1, signal: null })
    expect(second.output()).toBe(
      `deskgraph: deskgraph already runs on ${home} (process ${started.pid}, at ${origin}/graphql): ` +
        'stop it, or set DESKGRAPH_HOME to another folder\n',
    )
    await endsCleanly(started)
  })

  test('a second start is ready within 10 s, with the same token and without copying again', async () => {
    const token = readFileSync(join(home, 'token'), 'utf8')
    const started = start(['start'], { DESKGRAPH_HOME: home, PORT: '0' })
    const [, sameToken] = await started.says(READY, 10_000)
    expect(sameToken).toBe(token)
    await endsCleanly(started)
  })

  test('kill -9 in the middle of the first copy leaves no process, and the next start completes it: nothing lost or doubled', async () => {
    const EACH = 120
    const data = conversationsFile(temporaryFolder(), 5 * EACH)
    const killed = start(['start', '--data', data], { DESKGRAPH_HOME: home, PORT: '0' })
    await killed.says(/copying/, 60_000)
    await vi.waitFor(async () => expect(ticketsOf(await copiedIn(home))).toBeGreaterThan(0), 30_000)
    const children = descendantsOf(killed.pid)
    expect(children.length).toBeGreaterThan(2)
    expect(ticketsOf(await copiedIn(home))).toBeLessThan(5 * EACH)
    killed.process.kill('SIGKILL')
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: STOP_MS })
    expect(killed.output()).not.toMatch(READY)

    const started = start(['start', '--data', data], { DESKGRAPH_HOME: home, PORT: '0' })
    await started.says(READY, 60_000)
    const copied = await copiedIn(home)
    for (const { conversations, ...rest } of copied) {
      expect([EACH, 3 * EACH]).toContain(conversations) // the latter where each message is one
      expect(rest).toMatchObject({ tickets: EACH, messages: 3 * EACH, attachments: 0, distinct: true })
    }
    expect(copied.length).toBe(5)
    await endsCleanly(started)
  })

  test('a signal while everything is still being started ends it cleanly too', async () => {
    const started = start(['start'], { DESKGRAPH_HOME: home, PORT: '0' })
    await started.says(/Starting/)
    await endsCleanly(started)
    expect(existsSync(join(home, 'running.json'))).toBe(false)
  })
})

async function endsCleanly(started: Started) {
  const children = descendantsOf(started.pid)
  const stoppedAt = Date.now()
  started.process.kill('SIGTERM')
  expect(await started.exit).toEqual({ code: 0, signal: null })
  expect(Date.now() - stoppedAt).toBeLessThan(STOP_MS)
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]))
}

type Copied = {
  key: string
  tickets: number
  conversations: number
  messages: number
  attachments: number
  distinct: boolean
}

/** What the copy in a data folder holds, by backend. */
async function copiedIn(home: string): Promise<Copied[]> {
  const { running } = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8'))
  const client = new pg.Client({ connectionString: running.databaseUrl })
  await client.connect()
  const { rows } = await client.query(`
    select key,
      (select count(*)::int from tickets where backend_id = backend.id) as tickets,
      (select count(*)::int from conversations where backend_id = backend.id) as conversations,
      (select count(*)::int from messages where backend_id = backend.id) as messages,
      (select count(*)::int from attachments where backend_id = backend.id) as attachments,
      (select count(*) = count(distinct external_id) from messages where backend_id = backend.id) as distinct
    from backends backend order by key`)
  await client.end()
  return rows
}

const ticketsOf = (copied: Copied[]) => copied.reduce((sum, { tickets }) => sum + tickets, 0)

function isMany(count: number): boolean {
  return count > 50
}

import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NODE_FLAGS } from '#start/node-flags.ts'
import { createTestDatabase } from '../support/database.ts'
import { descendantsOf, isAlive, run, type Started, start, temporaryFolder } from './command-line.ts'

const { connectionString } = await createTestDatabase()
const token = 'a-token-of-more-than-twenty-letters'
const query = JSON.stringify({ query: '{ viewer { tokenName } }' })

test('two processes answer on one port; one that is killed is replaced, unnoticed at the other; both end with what is under way answered', async () => {
  const served = start(['serve', '--workers', '2'], environment())
  const url = await urlOf(served)
  const [one, other] = await twoConnections(served, url)
  expect(descendantsOf(served.pid)).toEqual(expect.arrayContaining([one.pid, other.pid]))

  process.kill(one.pid, 'SIGKILL')
  let asked = 0
  await vi.waitFor(
    async () => {
      expect(await other.ask()).toMatchObject({ status: 200, body: expect.stringContaining('"tokenName":"console"') })
      asked++
      expect(gatewaysOf(served).filter((pid) => pid !== other.pid).length).toBe(1)
      expect(served.output()).toMatch(/the place of a gateway is taken/)
    },
    { timeout: 30_000, interval: 20 },
  )
  expect(asked).toBeGreaterThan(1)
  const connections = await twoConnections(served, url, other.pid)
  expect(connections.map(({ pid }) => pid)).not.toContain(one.pid)

  // A signal lets both answer what is under way, and leaves nothing behind.
  const slow = connections.map((connection) => connection.askSlowly())
  await vi.waitFor(() => expect(slow.every(({ isUnderWay }) => isUnderWay())).toBe(true))
  const children = descendantsOf(served.pid)
  served.process.kill('SIGTERM')
  await served.says(/SIGTERM: stopping[\s\S]*SIGTERM: stopping[\s\S]*SIGTERM: stopping/)
  expect((await Promise.all(slow.map(({ finish }) => finish()))).map(({ status }) => status)).toEqual([200, 200])
  expect(await served.exit).toEqual({ code: 0, signal: null })
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]))
})

test('they end with the process that started them, also by kill -9', async () => {
  const served = start(['serve', '--workers', '2', '--no-work'], environment())
  await urlOf(served)
  const children = descendantsOf(served.pid)
  expect(children.length).toBe(2)
  served.process.kill('SIGKILL')
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 5000 })
})

test('a number of processes that makes no sense is refused in one line', async () => {
  expect(await run(['serve', '--workers', '0'], environment())).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^deskgraph: --workers: [^\n]+\n$/),
  })
})

test('whoever starts the program in another way has the same memory', () => {
  const fileOf = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
  const flags = `node ${NODE_FLAGS.join(' ')}`
  expect(fileOf('src/main.ts').split('\n')[0]).toBe(`#!/usr/bin/env -S ${flags}`)
  expect(JSON.parse(fileOf('package.json')).scripts.start).toBe(`exec ${flags} src/main.ts start`)
})

function environment() {
  const file = join(temporaryFolder(), 'deskgraph.yaml')
  const settings = { baseUrl: 'http://127.0.0.1:1', accountId: '1', apiAccessToken: 'hush' }
  const backends = [{ key: 'support', name: 'Support', vendor: 'chatwoot', settings }]
  writeFileSync(file, JSON.stringify({ backends, tokens: [{ name: 'console', token, role: 'AGENT' }] }))
  const own = { DESKGRAPH_CONFIG: file, DESKGRAPH_HOME: temporaryFolder(), PORT: '0', LOG_LEVEL: 'info' }
  return { ...own, DATABASE_URL: connectionString }
}

async function urlOf(served: Started): Promise<string> {
  const [, url = ''] = await served.says(/GraphQL +(http:\S+)/)
  return url
}

/** The processes that serve, without those that were killed. */
function gatewaysOf(served: Started): number[] {
  return descendantsOf(served.pid).filter(isAlive)
}

type Connection = Awaited<ReturnType<typeof connect>>

/** One to each of two processes; `second`: which one the second is to be. */
async function twoConnections(served: Started, url: string, second?: number): Promise<[Connection, Connection]> {
  const byPid = new Map<number, Connection>()
  await vi.waitFor(
    async () => {
      const connection = await connect(served, url)
      byPid.set(connection.pid, connection)
      expect(byPid.size).toBe(2)
    },
    { timeout: 10_000, interval: 1 },
  )
  const [one, other] = [...byPid.values()] as [Connection, Connection]
  return one.pid === second ? [other, one] : [one, other]
}

/** A connection that is kept open; the log says which process has it. */
async function connect(served: Started, url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const id = randomUUID()
  expect((await ask()).status).toBe(200)
  const [line] = await served.says(new RegExp(`.*"requestId":"${id}".*`))
  return { pid: JSON.parse(line).pid as number, ask, askSlowly }

  function open() {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-request-id': id }
    const sent = request(url, { agent, method: 'POST', headers: { ...headers, 'content-length': query.length } })
    const answer = new Promise<{ status?: number; body: string }>((resolve, reject) => {
      sent.once('error', reject)
      sent.once('response', async (response) => resolve({ status: response.statusCode, body: await text(response) }))
    })
    return { sent, answer }
  }
  function ask() {
    const { sent, answer } = open()
    sent.end(query)
    return answer
  }
  /** The last byte is only sent when told. */
  function askSlowly() {
    const { sent, answer } = open()
    answer.catch(() => {})
    sent.write(query.slice(0, -1))
    return {
      isUnderWay: () => sent.socket !== null && sent.socket.bytesWritten > 0,
      finish() {
        sent.end(query.slice(-1))
        return answer
      },
    }
  }
}

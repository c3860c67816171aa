/**
 * `npm run bench:start`: how long it takes from the start of the process to the first answer over HTTP, on a database
 * that exists, and beside it how long Node takes to do nothing. A start that comes before, which fills the database and
 * the cache of compiled code, does not count.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { NODE_FLAGS } from '#start/node-flags.ts'
import { freshDatabase } from './data/database.ts'
import { spreadOf } from './statistics.ts'

const { starts } = new Command('npm run bench:start --')
  .option('--starts <count>', 'how often each is started', Number, 7)
  .parse()
  .opts<{ starts: number }>()

type Kind = { name: string; args: string[]; environment: Record<string, string>; token(): string }

const ASK_EVERY_MS = 5
const main = join(import.meta.dirname, '../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'deskgraph-cold-start-'))
const benchFolder = join(import.meta.dirname, '../.deskgraph/bench')
mkdirSync(benchFolder, { recursive: true })
const postgres = await startEmbeddedPostgres({ dataDirectory: benchFolder })
try {
  const kinds = [await serveOverPostgres(), startOnSandboxes()]
  for (const kind of kinds) await firstAnswerMs(kind, { untilReady: true })
  const took: { name: string; ms: number[] }[] = ['node, doing nothing', ...kinds.map(({ name }) => name)].map(
    (name) => ({ name, ms: [] }),
  )
  for (let count = 0; count < starts; count++) {
    took[0]?.ms.push(await nothingMs())
    for (const [index, kind] of kinds.entries()) took[index + 1]?.ms.push(await firstAnswerMs(kind))
  }
  for (const { name, ms } of took) {
    const { min, median, max } = spreadOf(ms.map((each) => each / 1000))
    console.log(`${name.padEnd(56)} ${median.toFixed(2)} s  (${min.toFixed(2)} to ${max.toFixed(2)}, ${starts} starts)`)
  }
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function serveOverPostgres(): Promise<Kind> {
  const file = join(folder, 'deskgraph.yaml')
  const token = 'a-token-for-measurements'
  const settings = { baseUrl: 'http://127.0.0.1:1', accountId: '1', apiAccessToken: 'none' }
  const backends = [{ key: 'support', name: 'Support', vendor: 'chatwoot', settings }]
  writeFileSync(file, JSON.stringify({ backends, tokens: [{ name: 'bench', token, role: 'ADMIN' }] }))
  const environment = { DATABASE_URL: await freshDatabase(postgres, 'cold_start'), DESKGRAPH_CONFIG: file }
  return { name: 'deskgraph serve, over a Postgres that runs', args: ['serve'], environment, token: () => token }
}

/** Answers from what the start before has copied. */
function startOnSandboxes(): Kind {
  const token = () => readFileSync(join(folder, 'home/token'), 'utf8')
  return { name: 'npm start, with Postgres and five sandboxes of its own', args: ['start'], environment: {}, token }
}

async function firstAnswerMs({ args, environment, token }: Kind, { untilReady = false } = {}): Promise<number> {
  const port = await freePort()
  const own = { DESKGRAPH_HOME: join(folder, 'home'), PORT: String(port), LOG_LEVEL: 'fatal', ...environment }
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...NODE_FLAGS, main, ...args], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const ready = untilReady ? saysReady(child) : child.stdout?.resume()
    while (!(await isAnswered(port, token))) {
      if (child.exitCode !== null) throw new Error(`deskgraph ${args.join(' ')} ended with code ${child.exitCode}`)
      await sleep(ASK_EVERY_MS)
    }
    const tookMs = performance.now() - startedAt
    await ready
    return tookMs
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

async function saysReady(child: ChildProcess): Promise<void> {
  let text = ''
  for await (const more of child.stdout ?? []) {
    text += more
    if (text.includes('deskgraph is ready')) return
  }
}

async function isAnswered(port: number, token: () => string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ tickets(first: 3) { nodes { number subject status backend { name } } } }' }),
    })
    const { data } = (await response.json()) as { data?: { tickets: object } }
    return data?.tickets !== undefined
  } catch {
    return false // it does not listen yet
  }
}

async function nothingMs(): Promise<number> {
  const startedAt = performance.now()
  await once(spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - startedAt
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

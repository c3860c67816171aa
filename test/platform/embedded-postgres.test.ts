import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { StartError } from '#errors.ts'
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '#platform/db/embedded.ts'

const RECOVERY_MS = 5000

const folder = mkdtempSync(join(tmpdir(), 'ü 数据 ')) // short enough for a socket
const dataDirectory = join(folder, 'data') // most tests share it: making a database takes a second
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

test('it starts on a new folder with spaces and non-ASCII letters, in UTF-8 and UTC, and keeps its data', async () => {
  const first = await start({ dataDirectory })
  await query(first.connectionString(), 'create table notes (body text)')
  await query(first.connectionString(), `insert into notes values ('Grüße, 你好')`)
  expect(await query(first.connectionString(), 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
  expect(await query(first.connectionString(), 'show timezone')).toEqual([{ TimeZone: 'UTC' }])
  await first.stop()

  const second = await start({ dataDirectory })
  expect(await query(second.connectionString(), 'select body from notes')).toEqual([{ body: 'Grüße, 你好' }])
})

test('a path too long for a socket works as well', async () => {
  const { connectionString, stop } = await start({ dataDirectory: join(folder, 'x'.repeat(120)) })
  await expect(query(connectionString(), 'select 1 as one')).resolves.toEqual([{ one: 1 }])
  await stop()
  expect(existsSync(new URL(connectionString()).searchParams.get('host') ?? '')).toBe(false)
})

test('two starts at once on a new folder share one server', async () => {
  const directory = join(folder, 'two at once')
  const both = await Promise.all([startInOwnProcess(directory), startInOwnProcess(directory)])
  expect(both[0].connectionString).toBe(both[1].connectionString)
  await expect(query(both[0].connectionString, 'select 1 as one')).resolves.toEqual([{ one: 1 }])
})

test('after kill -9 of its process no Postgres process is left', async () => {
  const owner = await startInOwnProcess(dataDirectory)
  const pid = serverPid(dataDirectory)
  expect(isAlive(pid)).toBe(true)
  owner.process.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), RECOVERY_MS)
})

test('a second process shares the running server, and takes over when the owner is killed', async () => {
  const owner = await startInOwnProcess(dataDirectory)
  const pid = serverPid(dataDirectory)
  const { connectionString } = await start({ dataDirectory })
  expect(connectionString()).toBe(owner.connectionString)
  expect(serverPid(dataDirectory)).toBe(pid)

  owner.process.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), RECOVERY_MS)
  await vi.waitFor(() => query(connectionString(), 'select 1'), RECOVERY_MS)
})

test('a Postgres that is killed is started again at the same address, and no committed row is lost', async () => {
  const { connectionString } = await start({ dataDirectory })
  await query(connectionString(), 'create table if not exists kept (id integer); insert into kept values (1)')
  process.kill(serverPid(dataDirectory), 'SIGKILL')
  await vi.waitFor(
    async () => expect(await query(connectionString(), 'select id from kept')).toEqual([{ id: 1 }]),
    RECOVERY_MS,
  )
})

test('stopping is a clean shutdown within 5 s, also while connections are open', async () => {
  const { connectionString, stop } = await start({ dataDirectory })
  const client = new pg.Client({ connectionString: connectionString() })
  client.on('error', () => {})
  await client.connect()
  const pid = serverPid(dataDirectory)
  const startedAt = Date.now()
  await stop()
  expect(Date.now() - startedAt).toBeLessThan(5000)
  expect(isAlive(pid)).toBe(false)
  expect(readFileSync(join(dataDirectory, 'postgres.log'), 'utf8').trim()).toMatch(/database system is shut down$/)
})

test('a lock file whose process id belongs to another program by now does not keep it from starting', async () => {
  const other = spawn('sleep', ['60'])
  cleanUps.push(() => other.kill())
  writeFileSync(join(clusterIn(dataDirectory), 'postmaster.pid'), `${other.pid}\n${clusterIn(dataDirectory)}\n`)
  const { connectionString } = await start({ dataDirectory })
  await expect(query(connectionString(), 'select 1 as one')).resolves.toEqual([{ one: 1 }])
})

test('a throw-away cluster is gone after stop, and the remains of killed ones go at the next start', async () => {
  const parent = join(folder, 'ephemeral')
  const leftover = join(parent, 'ephemeral-999999999-abc')
  mkdirSync(leftover, { recursive: true })
  const { stop } = await start({ dataDirectory: parent, ephemeral: true })
  expect(spawnSync('ls', [parent], { encoding: 'utf8' }).stdout.trim()).toMatch(
    new RegExp(`^ephemeral-${process.pid}-\\w+$`),
  )
  await stop()
  expect(spawnSync('ls', [parent], { encoding: 'utf8' }).stdout).toBe('')
})

test.for([
  ['a file where the folder should be', (path: string) => writeFileSync(path, ''), /cannot be used \(E\w+\)/],
  [
    'data of another major version',
    (path: string) => cluster(path, '12'),
    /was written by Postgres 12 and this program/,
  ],
] as const)('%s is reported in one line', async ([name, prepare, expected]) => {
  const path = join(folder, name)
  prepare(path)
  const error = await startEmbeddedPostgres({ dataDirectory: path }).catch((reason) => reason)
  expect(error).toBeInstanceOf(StartError)
  expect(error.message).toMatch(expected)
  expect(error.message).not.toContain('\n')
})

const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups']
const canBecomeNobody = spawnSync('setpriv', [...NOBODY, 'test', '-x', process.execPath]).status === 0

test.runIf(canBecomeNobody)(
  'root in a container without user namespaces runs it as an unprivileged account',
  async () => {
    const open = mkdtempSync(join(tmpdir(), 'deskgraph-open-'))
    cleanUps.push(() => rmSync(open, { recursive: true, force: true }))
    spawnSync('chmod', ['755', open])
    const { connectionString } = await start({ dataDirectory: join(open, 'data'), useNamespaces: false })
    await expect(query(connectionString(), 'select 1 as one')).resolves.toEqual([{ one: 1 }])
  },
)

async function start(options: EmbeddedPostgresOptions) {
  const postgres = await startEmbeddedPostgres(options)
  cleanUps.push(postgres.stop)
  return postgres
}

async function startInOwnProcess(directory: string): Promise<{ process: ChildProcess; connectionString: string }> {
  const script = join(import.meta.dirname, '../support/hold-postgres.ts')
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUps.push(() => child.kill('SIGKILL'))
  const connectionString = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()))
    child.once('exit', (code) => reject(new Error(`exit code ${code}`)))
  })
  return { process: child, connectionString }
}

async function query(connectionString: string, statement: string) {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

function clusterIn(directory: string): string {
  const name = spawnSync('ls', [directory], { encoding: 'utf8' }).stdout.match(/^postgres-\d+$/m)?.[0] ?? ''
  return join(directory, name)
}

function cluster(directory: string, majorVersion: string) {
  mkdirSync(join(directory, `postgres-${majorVersion}`), { recursive: true })
  writeFileSync(join(directory, `postgres-${majorVersion}`, 'PG_VERSION'), `${majorVersion}\n`)
}

function serverPid(directory: string): number {
  return Number.parseInt(readFileSync(join(clusterIn(directory), 'postmaster.pid'), 'utf8'), 10)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

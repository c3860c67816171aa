import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSandboxes } from '#connectors/registry.ts'
import { startSandboxes } from '#connectors/sandbox/start.ts'
import { doctor } from '#start/doctor.ts'
import { migrate } from '#start/migrate.ts'
import { sync } from '#start/sync.ts'
import { conversationsFile } from '../support/conversations.ts'
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts'
import { run, runHere, temporaryFolder } from './command-line.ts'

const { connectionString } = await createTestDatabase()
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

test('doctor says of each thing whether it is well, and fails when one is not', async () => {
  const [good, bad] = await twoSandboxes()
  const wrongToken = { ...bad, key: 'wrong', settings: { ...bad.settings, apiAccessToken: 'not-the-token' } }
  const wrongPort = {
    ...bad,
    key: 'away',
    settings: { ...bad.settings, baseUrl: 'http://127.0.0.1:1', timeoutMs: 500 },
  }
  const wrongSettings = { ...bad, key: 'broken', settings: { ...bad.settings, baseUrl: 'here' } }
  const file = configFile([good, wrongToken, wrongPort, wrongSettings])
  const { code, stdout } = await run(['doctor'], { DESKGRAPH_CONFIG: file, DATABASE_URL: connectionString })
  const lines = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('  ')), line.replace(/ {2,}/g, ' | ')]),
  )
  expect(lines).toEqual({
    configuration: `configuration | WRONG | ${file}: backends[3].settings.baseUrl: expected a URL, got "here"`,
    secrets: expect.stringMatching(/^secrets \| ok \| plain in the file: backends\[0\]\.settings\.accessKeySecret, /),
    database: expect.stringMatching(/^database \| ok \| PostgreSQL 18\.\d+, database test_/),
    migrations: expect.stringMatching(/^migrations \| ok \| \d+ applied$/),
    'row-level security': 'row-level security | ok | requests see only their workspace',
    [`backend ${good.key}`]: expect.stringMatching(/ \| ok \| .* answers in \d+ ms, credentials taken; never copied$/),
    'backend wrong': expect.stringMatching(/ \| WRONG \| Chatwoot: the credentials are refused: .*401/),
    'backend away': expect.stringMatching(/ \| WRONG \| Chatwoot: it cannot be reached: /),
  })
  expect(code).toBe(1)
  expect(stdout).not.toContain('not-the-token')
})

test('where all is well it exits with 0: after migrate and sync', async () => {
  const [good] = await twoSandboxes()
  const environment = { DESKGRAPH_CONFIG: configFile([good]), DATABASE_URL: await createEmptyDatabase() }
  const before = await runHere(() => doctor({}), environment)
  expect(before.code).toBe(1)
  expect(before.stdout).toMatch(/migrations +WRONG +0 applied, \d+ to apply: run deskgraph migrate/)
  const migrated = await runHere(() => migrate({}), environment)
  expect(migrated).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The database is up to date \(\d+ migration/),
  })
  const synced = await runHere(() => sync([good.key], {}), environment)
  expect(synced).toMatchObject({ code: 0, stdout: expect.stringMatching(/\d+ tickets copied\n$/), stderr: '' })
  const after = await runHere(() => doctor({}), environment)
  expect(after).toMatchObject({ code: 0, stdout: expect.stringMatching(/last copied (\d+ seconds? ago|now)/) })
})

test('the database that is away does not keep doctor from looking at the rest', async () => {
  const [good] = await twoSandboxes()
  const environment = { DESKGRAPH_CONFIG: configFile([good]), DATABASE_URL: 'postgres://127.0.0.1:1/desk' }
  const { code, stdout } = await runHere(() => doctor({}), environment)
  expect(code).toBe(1)
  expect(stdout).toMatch(/database +WRONG +the database cannot be reached \(connect ECONNREFUSED/)
  expect(stdout).toMatch(/backend \S+ +ok/)
})

async function twoSandboxes() {
  const sandboxes = (await loadSandboxes()).filter(({ vendor }) => ['alibaba', 'chatwoot'].includes(vendor))
  const data = conversationsFile(temporaryFolder(), 20)
  const { backends, close } = await startSandboxes({ sandboxes, data, log: quiet })
  onTestFinished(close)
  const [chatwoot, alibaba] = ['chatwoot', 'alibaba'].map((vendor) =>
    backends.find((backend) => backend.vendor === vendor),
  )
  if (!alibaba || !chatwoot) throw new Error('expected two sandboxes')
  return [alibaba, chatwoot] as const
}

function configFile(backends: object[]): string {
  const file = join(temporaryFolder(), 'deskgraph.json')
  writeFileSync(file, JSON.stringify({ backends }))
  return file
}

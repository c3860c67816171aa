/** Credentials in the configuration file, encrypted: by the real command line, on files as people write them. */
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readConfig } from '#config.ts'
import { migrate } from '#start/migrate.ts'
import { newSecretKey, readSecretKeys } from '#start/secret-keys.ts'
import { secretStatesIn } from '#start/secret-texts.ts'
import { encryptSecrets, rotateSecrets } from '#start/secrets.ts'
import { run, runHere, temporaryFolder } from './command-line.ts'

const written = `# our desks
backends:
  - key: support   # the first one
    name: Support
    vendor: chatwoot
    settings: { baseUrl: https://chat.example.com, accountId: 1, apiAccessToken: 'hush-hush-1', webhookSecrets: [hush-hush-hush-hush-2] }
  - key: sales
    name: Sales
    vendor: comm100
    settings:
      apiUrl: https://api15.comm100.io/v4
      auth:
        grant: password
        email: owner@example.com
        clientId: client
        password: |
          hush-hush-3
tokens:
  - name: one
    token: hush-$\${hush}-4
  - { name: two, token: "\${TWO}" }
database:
  url: postgres://me:hush-hush-5@localhost/desk  # on this machine
`
const [first, second] = [newSecretKey(new Date(0)), newSecretKey(new Date(1))]
const idOf = (key: string) => key.split(':', 1)[0] as string
const secretsIn = (file: string, keys: string) => {
  const { config: read, problems } = readConfig({ config: file }, { DESKGRAPH_SECRET_KEYS: keys, TWO: 'two-two' })
  // Which keys there are is another matter.
  const config = read && { ...read, secretKeys: null }
  return { config, problems: problems.map((line) => line.replace(`${file}: `, '')) }
}

test('everything but the credentials stays as it was written, and they open as what they were', async () => {
  const file = fileOf(written)
  chmodSync(file, 0o664)
  if (process.getuid?.() === 0) chownSync(file, 12345, 12345)
  const { mode, uid, gid } = statSync(file)
  const { config: before } = secretsIn(file, '')
  const { code, stdout, stderr } = await run(['secrets', 'encrypt', '--config', file], { DESKGRAPH_SECRET_KEYS: first })
  expect({ code, stdout, stderr }).toEqual({
    ...{ code: 0, stderr: '' },
    stdout: `${file}: 5 secrets encrypted with the key ${idOf(first)}.\n`,
  })
  const text = readFileSync(file, 'utf8')
  expect(text).not.toContain('hush')
  expect(text.replace(/"enc:[^"]+"/g, '…')).toBe(
    written
      .replace(`'hush-hush-1'`, '…')
      .replace('hush-hush-hush-hush-2', '…')
      .replace('|\n          hush-hush-3', '…')
      .replace(`hush-$\${hush}-4`, '…')
      .replace('postgres://me:hush-hush-5@localhost/desk', '…'),
  )
  expect(secretsIn(file, first)).toEqual({ config: before, problems: [] })
  expect(statSync(file)).toMatchObject({ mode, uid, gid })
})

test('rotation needs the old key once, and afterwards the new one is enough', () => {
  const file = fileOf(written)
  withKeys(first, () => encryptSecrets({ config: file }))
  const { config: before } = secretsIn(file, first)
  const rotate = () => rotateSecrets({ config: file })
  expect(() => withKeys(second, rotate)).toThrow(`cannot be decrypted with the key ${idOf(first)}`)
  expect(secretsIn(file, first).config).toEqual(before)
  const keyFile = join(temporaryFolder(), 'keys')
  writeFileSync(keyFile, `# newest first\n${second}\n${first}\n`)
  vi.stubEnv('DESKGRAPH_SECRET_KEY_FILE', keyFile)
  withKeys('', rotate)
  vi.unstubAllEnvs()
  expect(secretsIn(file, second)).toEqual({ config: before, problems: [] })
  expect(secretStatesIn(readFileSync(file, 'utf8'), readSecretKeys({}).keys).map(({ keyId }) => keyId)).toEqual([
    ...[idOf(second), null, idOf(second), idOf(second), idOf(second), idOf(second)],
  ])
})

test('a missing key is one line that names a place and the key', async () => {
  const file = fileOf(written)
  withKeys(first, () => encryptSecrets({ config: file }))
  const { code, stdout, stderr } = await runHere(() => migrate({ config: file }), {
    TWO: 'two',
    DATABASE_URL: 'postgres://x/y',
  })
  expect({ code, stdout, stderr }).toEqual({
    ...{ code: 1, stdout: '' },
    stderr:
      `deskgraph: ${file}: backends[0].settings.apiAccessToken: is encrypted with the key ${idOf(first)} (as 4 more are): ` +
      'add it to DESKGRAPH_SECRET_KEYS, or to the file in DESKGRAPH_SECRET_KEY_FILE\n',
  })
})

test('a credential opens in its own place only, with its own key only, and only as it was written', () => {
  const settings = (token: string) => ({ baseUrl: 'https://chat.example.com', accountId: '1', apiAccessToken: token })
  const backend = (key: string, token: string) => ({ key, name: key, vendor: 'chatwoot', settings: settings(token) })
  const file = fileOf(
    JSON.stringify({ backends: [backend('a', 'token-of-a'), backend('b', 'token-of-b')] }, null, '\t'),
  )
  withKeys(first, () => encryptSecrets({ config: file }))
  const { backends } = JSON.parse(readFileSync(file, 'utf8')) as { backends: ReturnType<typeof backend>[] }
  const [ofA = '', ofB = ''] = backends.map((each) => each.settings.apiAccessToken)
  const problemsOf = (list: object[], keys = first) =>
    secretsIn(fileOf(JSON.stringify({ backends: list })), keys).problems

  expect(problemsOf([backend('b', ofB), backend('a', ofA)])).toEqual([])
  const line = (index: number) =>
    expect.stringContaining(`backends[${index}].settings.apiAccessToken: cannot be decrypted`)
  expect(problemsOf([backend('a', ofB), backend('b', ofA)])).toEqual([line(0), line(1)])
  expect(problemsOf([backend('a', `${ofA.slice(0, -1)}${ofA.endsWith('A') ? 'Q' : 'A'}`)])).toEqual([line(0)])
  expect(problemsOf([backend('a', ofA)], `${idOf(first)}:${second.split(':')[1]}`)).toEqual([line(0)])
})

test('keys that are none are refused without being shown', () => {
  const { problems } = readConfig({}, { DESKGRAPH_SECRET_KEYS: 'hush-hush' })
  expect(problems).toEqual([expect.stringMatching(/^DESKGRAPH_SECRET_KEYS: expected keys as /)])
  expect(problems.join()).not.toContain('hush-hush')
})

function withKeys(keys: string, work: () => void): void {
  vi.stubEnv('DESKGRAPH_SECRET_KEYS', keys)
  const silenced = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    work()
  } finally {
    vi.stubEnv('DESKGRAPH_SECRET_KEYS', '')
    silenced.mockRestore()
  }
}

function fileOf(text: string): string {
  const file = join(temporaryFolder(), 'deskgraph.yaml')
  writeFileSync(file, text)
  return file
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createKey, listKeys, revokeKey } from '#start/keys.ts'
import { sync } from '#start/sync.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Finished, run, runHere, start, temporaryFolder } from './command-line.ts'

const { connectionString, pool } = await createTestDatabase()
const settings = { baseUrl: 'http://127.0.0.1:1', accountId: '1', apiAccessToken: 'hush' }
const backends = [{ key: 'support', name: 'Support', vendor: 'chatwoot', settings }]

function environmentOf(content: object) {
  const file = join(temporaryFolder(), 'deskgraph.yaml')
  writeFileSync(file, JSON.stringify(content))
  return { DESKGRAPH_CONFIG: file, DATABASE_URL: connectionString, DESKGRAPH_HOME: temporaryFolder() }
}

test('a server that others can reach starts only with somebody who may sign in; a key from the command line is enough', async () => {
  const environment = { ...environmentOf({ backends }), HOST: '0.0.0.0', PORT: '0' }
  expect(await run(['serve', '--no-work'], environment)).toMatchObject({
    code: 1,
    stdout: '',
    stderr:
      `deskgraph: nobody could sign in, but HOST is 0.0.0.0: set tokens or identityProviders in ${environment.DESKGRAPH_CONFIG}, ` +
      'make an API key (deskgraph keys create), or set HOST to 127.0.0.1\n',
  })
  const created = await run(['keys', 'create', 'first', '--role', 'admin', '--expires', '90d'], environment)
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^dgk_\w{49}\n$/) })
  expect(created.stderr).toMatch(/^ADMIN \S+, works until 2\d{3}-\S+Z: .*KEYS_ADMIN\nThe secret is shown only now:\n$/)

  const served = start(['serve', '--no-work'], environment)
  const [, port] = (await served.says(/GraphQL +http:\/\/0\.0\.0\.0:(\d+)/)) as unknown as string[]
  const statusWith = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = '{"query":"{ viewer { tokenName } }"}'
    return (await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })).status
  }
  const secret = created.stdout.trim()
  expect(await statusWith(secret)).toBe(200)
  const listed = await runHere(() => listKeys({ all: true }), environment)
  expect(listed.stdout).toMatch(/^workspace +name +secret[^\n]+\ndefault +first +dgk_\w{4}… +ADMIN +usable /)
  expect(listed.stdout).not.toContain(secret)
  expect(await runHere(() => revokeKey('first', {}), environment)).toMatchObject({ code: 0, stderr: '' })
  await expect.poll(() => statusWith(secret), { timeout: 4000, interval: 200 }).toBe(401)
})

test('what cannot be a key is refused in one line', async () => {
  const environment = environmentOf({
    workspaces: [
      { key: 'one', name: 'One', backends },
      { key: 'two', name: 'Two', backends },
    ],
  })
  const create = (options: Parameters<typeof createKey>[1]) => () => createKey('x', options)
  const commands = [
    create({ role: 'agnt' }),
    create({ role: 'AGENT', workspace: 'one', scopes: 'TICKETS_READ,KEYS_ADMIN' }),
    create({ role: 'CONTACT', workspace: 'one', actor: 'nobody@example.com' }),
    create({ role: 'AGENT' }),
    create({ role: 'AGENT', expires: '2001-01-01' }),
    () => sync(['support'], {}),
  ]
  const answers: Finished[] = []
  for (const command of commands) answers.push(await runHere(command, environment))
  expect(answers.map(({ code, stdout }) => ({ code, stdout }))).toEqual(answers.map(() => ({ code: 1, stdout: '' })))
  expect(answers.map(({ stderr }) => stderr)).toEqual([
    'deskgraph: --role: expected CONTACT, AGENT, ADMIN, INTEGRATION, got agnt (did you mean AGENT?)\n',
    'deskgraph: --scopes: AGENT cannot have KEYS_ADMIN\n',
    'deskgraph: --actor: there is no contact nobody@example.com in this workspace\n',
    'deskgraph: --workspace: expected one of one, two, got none\n',
    'deskgraph: --expires: expected a time to come, as 90d, 12h or 2030-01-31, got 2001-01-01\n',
    'deskgraph: there are several backends support: say one/support or two/support\n',
  ])
  const { rows } = await pool.query(`select from api_keys where name = 'x'`)
  expect(rows).toEqual([])
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { run, temporaryFolder } from './command-line.ts'

const chatwoot = { baseUrl: 'https://chat.example.com', accountId: '1', apiAccessToken: 'hush-hush' }
const backend = { key: 'support', name: 'Support', vendor: 'chatwoot', settings: chatwoot }

test('every mistake in the file is a line that names the path, what was expected and what came, and no secret is shown', async () => {
  const file = configFile(`
workspace: { kee: main, locale: not a locale }
backends:
  - { key: support, name: Support, vendor: chatwot }
  - key: support
    name: ''
    vendor: chatwoot
    settings: { baseUrl: chat.example.com, acountId: 3, apiAccessToken: [hush-hush], timeoutMs: fast }
  - { key: Big Sales, name: Sales, vendor: comm100, settings: { apiUrl: https://api15.comm100.io/v4, auth: { grant: hush } } }
tokens: [{ name: one, token: hush-hush, tokenSha256: hush-hush }, { name: one }, hush-hush]
server: { port: 99999, graphiql: maybe }
database: { url: mysql://me:hush-hush@example.com/desk }
sever: {}
`)
  const { code, stdout, stderr } = await run(['migrate'], { DESKGRAPH_CONFIG: file, PORT: 'http', LOG_LEVEL: 'loud' })
  const [wrong, inFile] = ['deskgraph: ', `deskgraph: ${file}: `]
  expect(stderr.trim().split('\n').toSorted()).toEqual(
    [
      `${wrong}PORT: expected a whole number from 0 to 65535, got "http"`,
      `${wrong}LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"`,
      `${inFile}workspace.kee: not known here, did you mean key?`,
      `${inFile}workspace.locale: expected a language tag such as en or pt-BR, got "not a locale"`,
      `${inFile}backends[0].vendor: expected one of comm100, chatwoot, deskhero, alibaba, onebox, got "chatwot" (did you mean chatwoot?)`,
      `${inFile}backends[1].key: expected a key of its own, got that of backends[0] ("support")`,
      `${inFile}backends[1].name: expected a text that is not empty, got ""`,
      `${inFile}backends[1].settings.baseUrl: expected a URL, got "chat.example.com"`,
      `${inFile}backends[1].settings.accountId: expected a text like /^\\d+$/, got nothing`,
      `${inFile}backends[1].settings.acountId: not known here, did you mean accountId?`,
      `${inFile}backends[1].settings.apiAccessToken: expected a text, got a list`,
      `${inFile}backends[1].settings.timeoutMs: expected a number, got "fast"`,
      `${inFile}backends[2].key: expected a key of small letters, digits, - and _, got "Big Sales"`,
      `${inFile}backends[2].settings.auth.grant: expected one of password, refreshToken, apiKey, got "hush"`,
      `${inFile}tokens[0]: expected either token or tokenSha256`,
      `${inFile}tokens[0].tokenSha256: expected 64 hexadecimal digits (small letters), got something else (not shown, since it may be secret)`,
      `${inFile}tokens[1]: expected either token or tokenSha256`,
      `${inFile}tokens[1].name: expected a name of its own, got that of tokens[0] ("one")`,
      `${inFile}tokens[2]: expected an object, got something else (not shown, since it may be secret)`,
      `${inFile}server.port: expected at most 65535, got 99999`,
      `${inFile}server.graphiql: expected true or false, got "maybe"`,
      `${inFile}database.url: expected an address such as postgres://user:password@host:5432/database, got "mysql://…@example.com/desk"`,
      `${inFile}sever: not known here, did you mean server?`,
    ].toSorted(),
  )
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).not.toContain('hush-hush')
})

test('a variable that is not set is named with the path where it stands', () => {
  const settings = { ...chatwoot, apiAccessToken: `\${CHATWOOT_TOKEN}`, baseUrl: `https://\${CHATWOOT_HOST:-chat}/` }
  expect(problemsOf({ backends: [{ ...backend, settings }] })).toEqual([
    `backends[0].settings.baseUrl: expected \${NAME}, the name of an environment variable (a plain \${ is written $\${)`,
    'backends[0].settings.apiAccessToken: the environment variable CHATWOOT_TOKEN is not set',
  ])
})

test('values come from the environment, as the kind of value the place wants', () => {
  const file = configFile(`
backends:
  - key: support
    name: A $\${real} name
    vendor: chatwoot
    settings: { baseUrl: "https://\${CHAT_HOST}", accountId: 7, apiAccessToken: "\${TOKEN}", timeoutMs: "\${WAIT_MS}" }
server: { port: "\${SOME_PORT}", graphiql: "\${WITH_GRAPHIQL}" }
`)
  const environment = {
    CHAT_HOST: 'chat.example.com',
    TOKEN: '0123',
    WAIT_MS: '500',
    SOME_PORT: '4100',
    WITH_GRAPHIQL: 'false',
  }
  const { config, problems } = readConfig({ config: file }, environment)
  expect(problems).toEqual([])
  expect(config?.server).toMatchObject({ host: '127.0.0.1', port: 4100, graphiql: false })
  expect(config?.workspaces[0]?.backends[0]).toMatchObject({
    name: `A \${real} name`,
    settings: { baseUrl: 'https://chat.example.com', accountId: '7', apiAccessToken: '0123', timeoutMs: 500 },
  })
})

test('a database whose password is not written as addresses have it is refused, without a word of it', () => {
  expect(readConfig({}, { DATABASE_URL: 'postgres://me:hush-100%@db.example/desk' }).problems).toEqual([
    'DATABASE_URL: expected an address such as postgres://user:password@host:5432/database, got "postgres://…@db.example/desk"',
  ])
})

test('the option wins over the environment, the environment over the file, the file over the default', () => {
  const file = configFile({ server: { host: '::1', port: 4001 }, database: { url: 'postgres://file/desk' } })
  const environment = { PORT: '4002', HOST: '', DATABASE_URL: 'postgres://environment/desk' }
  const { config } = readConfig({ config: file, port: '4003' }, environment)
  expect(config).toMatchObject({
    server: { host: '::1', port: 4003 },
    database: { url: 'postgres://environment/desk' },
  })
  expect(readConfig({ config: file }, environment).config?.server.port).toBe(4002)
  expect(readConfig({}, {}).config?.server).toMatchObject({ host: '127.0.0.1', port: 4000, graphiql: true })
})

test('a file that is missing, or neither YAML nor JSON, is refused without being quoted', () => {
  expect(readConfig({ config: '/nowhere.yaml' }, {}).problems).toEqual([
    '/nowhere.yaml: cannot be read: there is no such file',
  ])
  const file = configFile('tokens: [\n  { token: hush-hush')
  expect(readConfig({ config: file }, {}).problems).toEqual([
    expect.stringMatching(/: is neither JSON nor YAML: .*line 2/),
  ])
  expect(readConfig({ config: file }, {}).problems.join()).not.toContain('hush')
})

test('a backend whose settings do not fit does not hide the others', () => {
  const file = configFile({
    backends: [backend, { ...backend, key: 'other', settings: { ...chatwoot, baseUrl: 'x' } }],
  })
  const { config, problems } = readConfig({ config: file }, {})
  expect(config?.workspaces[0]?.backends.map(({ key }) => key)).toEqual(['support'])
  expect(problems).toHaveLength(1)
})

test('several workspaces each have their own; what two of them share or what stands beside them is named', () => {
  const other = { ...backend, key: 'sales' }
  const provider = {
    key: 'own',
    issuer: 'https://login.example.com',
    audience: 'desk',
    jwksUrl: 'https://login.example.com/keys',
    role: 'AGENT',
  }
  const workspaces = [
    {
      key: 'one',
      name: 'One',
      backends: [backend, other],
      tokens: [{ name: 'a', token: 'hush-hush' }],
      identityProviders: [provider],
    },
    { key: 'two', name: 'Two', backends: [backend], tokens: [{ name: 'a', token: 'hush' }] },
  ]
  const { config, problems } = readConfig({ config: configFile({ workspaces }) }, {})
  expect(problems).toEqual([])
  expect(config?.workspaces.map(({ key, backends, tokens }) => [key, backends.length, tokens.length])).toEqual([
    ['one', 2, 1],
    ['two', 1, 1],
  ])
  expect(config?.workspaces[0]?.identityProviders[0]).toMatchObject({ algorithms: ['RS256'], clockSkewSeconds: 30 })

  const wrong = [
    { ...workspaces[0], key: 'two', backends: [backend, { ...backend, settings: { ...chatwoot, baseUrl: 'x' } }] },
    { ...workspaces[1], tokens: [{ name: 'a', token: 'hush-hush' }], identityProviders: [provider] },
  ]
  expect(problemsOf({ backends: [], workspaces: wrong }).toSorted()).toEqual([
    'backends: expected nothing beside workspaces, where each has its own, got something',
    'workspaces[0].backends[1].key: expected a key of its own, got that of workspaces[0].backends[0] ("support")',
    'workspaces[0].backends[1].settings.baseUrl: expected a URL, got "x"',
    'workspaces[1].identityProviders[0].audience: expected one of its own for this issuer, or claims.workspace in both, got that of workspaces[0].identityProviders[0]',
    'workspaces[1].key: expected a key of its own, got that of workspaces[0] ("two")',
    'workspaces[1].tokens[0].token: expected a token of its own, got that of workspaces[0].tokens[0]',
  ])
})

test('who may come in is checked: algorithms fit their keys, scopes their role', () => {
  const provider = {
    key: 'own',
    issuer: 'me',
    audience: 'desk',
    role: 'AGENT',
    jwksUrl: 'https://login.example.com/keys',
  }
  const tokens = [
    { name: 'key:x', token: 'a', role: 'AGENT', scopes: ['TICKETS_READ', 'KEYS_ADMIN'] },
    { name: 'b', token: 'b', role: 'CONTACT', expiresAt: 'soon' },
  ]
  const identityProviders = [
    { ...provider, algorithms: ['RS256', 'HS256'] },
    { ...provider, key: 'b', audience: 'b', sharedSecret: 'hush-hush' },
    { ...provider, key: 'c', audience: 'c', jwksUrl: 'http://login.example.com/keys', role: undefined },
    { ...provider, key: 'd', audience: 'd', jwksUrl: undefined, publicKey: 'hush-hush', personBy: 'externalId' },
    { ...provider, key: 'e', audience: 'e', algorithms: ['none'] },
  ]
  const problems = problemsOf({ tokens, identityProviders })
  expect(problems.join()).not.toContain('hush-hush')
  expect(problems.map((problem) => problem.slice(0, problem.indexOf(':'))).toSorted()).toEqual([
    'identityProviders[0].algorithms',
    'identityProviders[1]', // one key too many
    'identityProviders[1].sharedSecret',
    'identityProviders[2]', // no role
    'identityProviders[2].jwksUrl',
    'identityProviders[3].personBackend',
    'identityProviders[3].publicKey',
    'identityProviders[4].algorithms[0]',
    'tokens[0].name',
    'tokens[0].scopes',
    'tokens[1].actor',
    'tokens[1].expiresAt',
  ])
})

function problemsOf(content: object): string[] {
  const file = configFile(content)
  return readConfig({ config: file }, {}).problems.map((problem) => problem.replace(`${file}: `, ''))
}

function configFile(content: string | object): string {
  const file = join(temporaryFolder(), 'deskgraph.yaml')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

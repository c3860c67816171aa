/** Two companies in one deployment, from one configuration: the same keys everywhere, and nothing of one at the other. */
import { writeFileSync } from 'node:fs'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '#config.ts'
import { chatwootSandbox } from '#connectors/chatwoot/sandbox.ts'
import { addAgent, addChannel, addContact, emptyDesk } from '#connectors/sandbox/build.ts'
import { openTicket, receiveMessage } from '#connectors/sandbox/changes.ts'
import { serveSandbox } from '#connectors/sandbox/server.ts'
import { openStorage } from '#platform/storage/storage.ts'
import type { Life } from '../../src/start/life.ts'
import { openService, openStore } from '../../src/start/service.ts'
import { registerWebhooks } from '../../src/start/webhook-registration.ts'
import { createTestDatabase } from '../support/database.ts'
import { temporaryStorage } from '../support/storage.ts'
import { log } from './door.ts'

const { connectionString, db } = await createTestDatabase()
const companies = ['alpha', 'beta'] as const
type Company = (typeof companies)[number]

const secret = 'what beta and its provider share, and nobody else'
const closers: (() => unknown)[] = []
const life: Life = {
  signal: new AbortController().signal,
  async hold(_name, opening, close) {
    const thing = await opening
    closers.push(() => close(thing))
    return thing
  },
}
let url = ''
const desks = {} as Record<Company, ReturnType<typeof emptyDesk>>
const ticketIds = {} as Record<Company, number>
const tokens = {} as Record<Company, string>

beforeAll(async () => {
  const workspaces = await Promise.all(
    companies.map(async (key) => {
      const desk = emptyDesk()
      addAgent(desk)
      addContact(desk)
      addChannel(desk)
      desks[key] = desk
      ticketIds[key] = openTicket(desk, { subject: `Secret of ${key}`, first: { text: `Only ${key} knows` } }).id
      const { settings, close } = await serveSandbox(chatwootSandbox, desk)
      closers.push(close)
      const backends = [{ key: 'support', name: 'Support', vendor: 'chatwoot', settings, syncEverySeconds: 3600 }]
      return { key, name: `Company ${key}`, backends }
    }),
  )
  const provider = {
    key: 'own',
    issuer: 'https://login.beta.example',
    audience: 'desk',
    sharedSecret: secret,
    role: 'ADMIN',
  }
  const file = `${temporaryStorage().folder ?? '/tmp'}/config.json`
  const content = {
    workspaces: [
      { ...workspaces[0], tokens: [{ name: 'root', token: 'token-of-alpha', role: 'ADMIN' }] },
      { ...workspaces[1], identityProviders: [provider] },
    ],
  }
  writeFileSync(file, JSON.stringify(content))
  const { config, problems } = readConfig({ config: file }, {})
  expect(problems).toEqual([])
  const store = await openStore({ databaseUrl: connectionString, workspaces: config?.workspaces ?? [], log, life })
  const server = { host: '127.0.0.1', port: 0, graphiql: false }
  const gateway = { server, database: { poolSize: 5 }, localToken: null, graphiql: false }
  url = (await openService(store, {
    rowLevelSecurity: true,
    gateway,
    isWorker: true,
    storage: openStorage({ folder: '/nowhere', s3: null, maxBytes: 10 }),
  })) as string
  await registerWebhooks(url, store.backends, log)
  tokens.alpha = 'token-of-alpha'
  tokens.beta = await new SignJWT({ sub: 'bea' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://login.beta.example')
    .setAudience('desk')
    .setExpirationTime('5 minutes')
    .sign(Buffer.from(secret))
  await vi.waitFor(async () => {
    for (const company of companies) expect(await subjectsOf(company)).toHaveLength(1)
  }, 20_000)
})
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

test('each sees its own tickets, under the same keys', async () => {
  for (const company of companies) {
    expect(await subjectsOf(company)).toEqual([`Secret of ${company}`])
    const { viewer, backends } = await ask<Seen>(company, '{ viewer { tenant { key } role } backends { id key } }')
    expect({ viewer, keys: backends.map(({ key }) => key) }).toEqual({
      viewer: { tenant: { key: company }, role: 'ADMIN' },
      keys: ['support'],
    })
    const foreign = company === 'alpha' ? 'beta' : 'alpha'
    const ref = { number: { backendId: backends[0]?.id, number: String(ticketIds[company]) } }
    const byRef = 'query($ref: TicketRef!) { ticketByRef(ref: $ref) { subject } }'
    expect(await ask(company, byRef, { ref })).toEqual({ ticketByRef: { subject: `Secret of ${company}` } })
    expect(await ask(foreign, byRef, { ref })).toEqual({ ticketByRef: null })
  }
})
type Seen = { viewer: object; backends: { id: string; key: string }[] }

test('a webhook reaches the workspace in its address, and without one neither of two', async () => {
  const text = `News for beta ${Math.random()}`
  receiveMessage(desks.beta, { ticketId: ticketIds.beta, text })
  const newest = '{ tickets(first: 1) { nodes { preview } } }'
  await vi.waitFor(
    async () => expect(await ask('beta', newest)).toEqual({ tickets: { nodes: [{ preview: text }] } }),
    5000,
  )
  expect(JSON.stringify(await ask('alpha', newest))).not.toContain(text)
  const statuses = ['support', 'alpha/support', 'gamma/support', 'alpha/other'].map(
    async (place) => (await fetch(new URL(`/webhooks/${place}`, url), { method: 'POST', body: '{}' })).status,
  )
  expect(await Promise.all(statuses)).toEqual([404, 401, 404, 404])
})

test('an address of one workspace opens nothing of another', async () => {
  const create = `mutation { attachmentUploadCreate(input: { name: "a.txt", contentType: "text/plain", sizeBytes: 5 }) {
    uploadUrl errors { message } } }`
  const { attachmentUploadCreate } = await ask<{ attachmentUploadCreate: { uploadUrl: string } }>('alpha', create)
  const [start, ticket, signature] =
    /^(.*\/)([^.]+)\.(.+)$/.exec(new URL(attachmentUploadCreate.uploadUrl).pathname)?.slice(1) ?? []
  const { rows } = await db.execute<{ key: string; id: string }>('select key, id from workspaces')
  const [alpha, beta] = companies.map((company) => rows.find(({ key }) => key === company)?.id as string)
  const said = Buffer.from(ticket ?? '', 'base64url').toString()
  expect(said).toContain(alpha)
  const turned = Buffer.from(said.replace(alpha as string, beta as string)).toString('base64url')
  const put = (path: string) => fetch(new URL(path, url), { method: 'PUT', body: 'hello' })
  expect((await put(`${start}${turned}.${signature}`)).status).toBe(404)
})

async function ask<Data>(company: Company, query: string, variables = {}): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[company]}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

async function subjectsOf(company: Company): Promise<string[]> {
  const { tickets } = await ask<{ tickets: { nodes: { subject: string }[] } }>(
    company,
    '{ tickets { nodes { subject } } }',
  )
  return tickets.nodes.map(({ subject }) => subject)
}

/** Tokens of the configuration and API keys: made and revoked in the graph, known to every gateway. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { actors } from '#domain/actors/table.ts'
import { makeKey, type NewKey } from '#domain/api-keys/making.ts'
import { looksLikeSecret } from '#domain/api-keys/secret.ts'
import { apiKeys } from '#domain/api-keys/table.ts'
import { idempotencyKeys } from '#domain/idempotency/table.ts'
import { openDatabase } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { scopesOfRole } from '#platform/graphql/scopes.ts'
import { sha256 } from '#sha256.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeCompany, openDoor } from './door.ts'

const { db, pool } = await createTestDatabase()
const company = await makeCompany(db, 'acme')
const other = await makeCompany(db, 'other')
const carl = await company.person({ displayName: 'Carl', email: 'carl@customer.example' })
const ana = await company.person({ type: 'AGENT', displayName: 'Ana', email: 'ana@acme.example' })

const root = 'the-token-of-the-configuration'
const tokens = [{ name: 'root', sha256: sha256(root), role: 'ADMIN' as const }]
const workspace = { id: company.workspaceId, tokens }

const made = async (values: Partial<NewKey> = {}) => {
  const usual = { workspaceId: company.workspaceId, name: randomUUID(), role: 'AGENT' as const, actorId: null }
  const scopes = [...scopesOfRole[values.role ?? 'AGENT'].usual]
  const key = await makeKey(db, {
    ...usual,
    scopes,
    expiresAt: null,
    createdAt: new Date(),
    createdBy: null,
    ...values,
  })
  return key as NonNullable<typeof key>
}
const create = `mutation($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
  secret apiKey { id name hint role scopes isUsable createdBy expiresAt lastUsedAt actor { displayName } }
  errors { __typename code path message ... on ForbiddenError { missingScopes } } } }`
const revoke = `mutation($input: NodeActionInput!) { apiKeyRevoke(input: $input) {
  apiKey { isUsable revokedAt } errors { __typename code path } } }`
const list = `query($all: Boolean!) { apiKeys(first: 100, includeRevoked: $all) { totalCount nodes { id name } } }`

type Door = Awaited<ReturnType<typeof openDoor>>
const creating = async ({ ask }: Door, token: string, input: object) =>
  ((await ask(token, create, { input })).data as never as { apiKeyCreate: Created }).apiKeyCreate
type Created = {
  secret: string | null
  apiKey: { id: string; name: string; scopes: string[]; hint: string } | null
  errors: { code: string; path: string[]; missingScopes?: string[] }[]
}

test('an administrator makes a key; its secret is in that answer and nowhere else', async () => {
  const door = await openDoor(db, [workspace])
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const input = { name: '  portal  of Carl ', role: 'CONTACT', actorId: nodeIdOf('Contact', carl), expiresAt }
  const { secret, apiKey, errors } = await creating(door, root, input)
  expect({ apiKey, errors }).toMatchObject({
    apiKey: { name: 'portal of Carl', role: 'CONTACT', isUsable: true, createdBy: 'root', expiresAt, lastUsedAt: null },
    errors: [],
  })
  expect(secret).toMatch(/^dgk_[0-9A-Za-z]{49}$/)
  expect(await door.ask(secret)).toMatchObject({
    data: { viewer: { role: 'CONTACT', tokenName: 'key:portal of Carl', actor: { displayName: 'Carl' } } },
  })
  const { rows } = await pool.query(`select * from api_keys`)
  expect(JSON.stringify(rows)).not.toContain(secret)
  expect(secret?.startsWith(apiKey?.hint as string)).toBe(true)
  expect(await db.select().from(idempotencyKeys)).toEqual([])
  await expect
    .poll(async () => (await db.select().from(apiKeys).where(eq(apiKeys.name, 'portal of Carl')))[0]?.lastUsedAt)
    .toBeInstanceOf(Date)
})

test('nobody gives what they do not have, nor what a role cannot have', async () => {
  const door = await openDoor(db, [workspace])
  const some = await made({ role: 'ADMIN', scopes: ['KEYS_ADMIN', 'TICKETS_READ'] })
  const program = await made({ role: 'INTEGRATION', scopes: [...scopesOfRole.ADMIN.most] })
  const name = 'never made'
  const refused = async (token: string, input: object) => {
    const { errors, apiKey, secret } = await creating(door, token, { name, ...input })
    expect({ apiKey, secret }).toEqual({ apiKey: null, secret: null })
    return errors[0]
  }
  expect(await refused(some.secret, { role: 'AGENT', scopes: ['TICKETS_READ', 'NOTES_READ'] })).toMatchObject({
    ...{ code: 'FORBIDDEN', path: ['input', 'scopes'], missingScopes: ['NOTES_READ'] },
  })
  expect(await refused(root, { role: 'AGENT', scopes: ['KEYS_ADMIN'] })).toMatchObject({ path: ['input', 'scopes'] })
  expect(
    await refused(root, { role: 'CONTACT', actorId: nodeIdOf('Contact', carl), scopes: ['NOTES_READ'] }),
  ).toMatchObject({
    code: 'VALIDATION_FAILED',
  })
  expect(await refused(program.secret, { role: 'ADMIN' })).toMatchObject({ code: 'FORBIDDEN', path: ['input', 'role'] })
  expect(await refused(root, { role: 'CONTACT' })).toMatchObject({ code: 'REQUIRED', path: ['input', 'actorId'] })
  expect(await refused(root, { role: 'CONTACT', actorId: nodeIdOf('Agent', ana) })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refused(root, { role: 'AGENT', actorId: nodeIdOf('Contact', carl) })).toMatchObject({
    code: 'NOT_FOUND',
  })
  const stranger = await other.person({ displayName: 'Stranger' })
  expect(await refused(root, { role: 'CONTACT', actorId: nodeIdOf('Contact', stranger) })).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await refused(root, { role: 'AGENT', expiresAt: new Date(0) })).toMatchObject({ path: ['input', 'expiresAt'] })

  const agent = await made()
  expect(await refused(agent.secret, { role: 'AGENT' })).toMatchObject({
    code: 'FORBIDDEN',
    missingScopes: ['KEYS_ADMIN'],
  })
  expect(await door.ask(agent.secret, list, { all: true })).toMatchObject({
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
  const key = nodeIdOf('ApiKey', agent.id)
  expect((await door.ask(agent.secret, revoke, { input: { id: key } })).data).toMatchObject({
    apiKeyRevoke: { apiKey: null, errors: [{ code: 'FORBIDDEN' }] },
  })
  expect(await door.ask(agent.secret, 'query($id: ID!) { node(id: $id) { id } }', { id: key })).toMatchObject({
    data: { node: null },
  })

  const usual = await creating(door, some.secret, { name: 'usual', role: 'AGENT' })
  expect(usual.apiKey?.scopes).toEqual(['TICKETS_READ'])
  expect((await creating(door, root, { name: 'usual', role: 'AGENT' })).errors).toMatchObject([
    { path: ['input', 'name'] },
  ])
})

test('a key may be that of a bot', async () => {
  const door = await openDoor(db, [workspace])
  const bot = await company.person({ type: 'CHATBOT', displayName: 'Robo' })
  const input = { name: 'robo', role: 'AGENT', actorId: nodeIdOf('Bot', bot) }
  const { secret } = await creating(door, root, input)
  expect(await door.authenticate(secret as string)).toMatchObject({ actorId: bot, role: 'AGENT' })
})

test('a revoked key is refused by every gateway within three seconds', async () => {
  const clock = { ms: Date.now() }
  const doors = await Promise.all([0, 1].map(() => openDoor(db, [workspace], { now: () => clock.ms })))
  const [one, two] = doors as [Door, Door]
  const { id, secret } = await made()
  for (const { ask } of doors) expect((await ask(secret)).status).toBe(200)
  const input = { id: nodeIdOf('ApiKey', id) }
  expect((await one.ask(root, revoke, { input })).data).toMatchObject({
    apiKeyRevoke: { apiKey: { isUsable: false }, errors: [] },
  })
  clock.ms += 3001
  for (const { ask } of doors) expect((await ask(secret)).status).toBe(401)
  const listed = async (all: boolean) =>
    ((await two.ask(root, list, { all })).data as never as { apiKeys: { nodes: { id: string }[] } }).apiKeys.nodes
  expect((await listed(true)).map((key) => key.id)).toContain(input.id)
  expect((await listed(false)).map((key) => key.id)).not.toContain(input.id)
})

test('a key ends to the moment, also while a gateway remembers it', async () => {
  const clock = { ms: Date.now() }
  const { ask } = await openDoor(db, [workspace], { now: () => clock.ms })
  const { secret } = await made({ expiresAt: new Date(clock.ms + 1000) })
  expect((await ask(secret)).status).toBe(200)
  clock.ms += 1000
  expect((await ask(secret)).status).toBe(401)
})

test('a key asks the database once in three seconds, however many requests come at once', async () => {
  const clock = { ms: Date.now() }
  const { authenticate } = await openDoor(db, [workspace], { now: () => clock.ms })
  const { secret } = await made()
  const asked: string[] = []
  const { query } = pool
  pool.query = ((statement: { text?: string }, ...rest: unknown[]) => {
    if (String(statement.text).includes('from api_keys')) asked.push(String(statement.text))
    return (query as (...given: unknown[]) => unknown).call(pool, statement, ...rest)
  }) as typeof pool.query
  await Promise.all(Array.from({ length: 50 }, () => authenticate(secret)))
  for (let count = 0; count < 50; count++) await authenticate(secret)
  const garbage = 'dgk_0000000000000000000000000000000000000000000000000'
  expect(await Promise.all([authenticate(garbage), authenticate(`${secret}x`), authenticate('dgk_')])).toEqual([
    null,
    null,
    null,
  ])
  pool.query = query
  expect(asked).toHaveLength(1)
  expect(looksLikeSecret(secret)).toBe(true)
  expect(looksLikeSecret(secret.replace(/.$/, (digit) => (digit === 'a' ? 'b' : 'a')))).toBe(false)
})

test('a key opens its own workspace, and none where that is not served', async () => {
  const { secret } = await made({ workspaceId: other.workspaceId })
  const both = await openDoor(db, [workspace, { id: other.workspaceId }])
  expect(await both.authenticate(secret)).toMatchObject({ workspaceId: other.workspaceId })
  const { ask } = await openDoor(db, [workspace])
  expect((await ask(secret)).status).toBe(401)
})

test('the key of a contact who became part of another is that contact’s', async () => {
  const [gone, kept] = [await company.person({}), await company.person({})]
  const { secret } = await made({ role: 'CONTACT', actorId: gone })
  await db.update(actors).set({ mergedIntoId: kept }).where(eq(actors.id, gone))
  const { authenticate } = await openDoor(db, [workspace])
  expect(await authenticate(secret)).toMatchObject({ actorId: kept, role: 'CONTACT' })
})

test('the key of an agent whose account the help desk closed opens nothing, until it is open again', async () => {
  const agent = await company.person({ type: 'AGENT', displayName: 'Al' })
  const { secret } = await made({ actorId: agent })
  const clock = { ms: Date.now() }
  const { authenticate } = await openDoor(db, [workspace], { now: () => clock.ms })
  for (const isActive of [true, false, true]) {
    await db.update(actors).set({ isActive }).where(eq(actors.id, agent))
    clock.ms += 3001
    expect((await authenticate(secret))?.actorId).toBe(isActive ? agent : undefined)
  }
})

test('while the database is away keys are neither good nor bad: 503, and tokens of the configuration go on', async () => {
  const away = openDatabase({ connectionString: 'postgres://127.0.0.1:1/nowhere' })
  const { ask } = await openDoor(db, [workspace], { doorDb: away.db })
  const { secret } = await made()
  const { status, headers, errors } = await ask(secret)
  expect({ status, errors }).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
  expect(headers.get('retry-after')).toBe('2')
  expect((await ask('garbage')).status).toBe(401)
  expect((await ask(root)).status).toBe(200)
  await away.close()
})

test('a token of the configuration may have scopes, a person and an end', async () => {
  const clock = { ms: Date.now() }
  const own = [
    {
      ...{ name: 'portal', sha256: sha256('portal'), role: 'CONTACT' as const, scopes: ['TICKETS_READ'] as const },
      ...{ actor: { by: 'email' as const, email: 'carl@customer.example' }, expiresAt: new Date(clock.ms + 1000) },
    },
  ]
  const { authenticate } = await openDoor(db, [{ ...workspace, tokens: own }], { now: () => clock.ms })
  expect(await authenticate('portal')).toEqual({
    ...{ workspaceId: company.workspaceId, actorId: carl, role: 'CONTACT', tokenName: 'portal' },
    scopes: new Set(['TICKETS_READ']),
  })
  clock.ms += 1000
  expect(await authenticate('portal')).toBeNull()
})

/** Tokens of the company's own identity provider: what is let in, and every way to forge one that is not. */
import { createHmac } from 'node:crypto'
import { exportJWK, exportSPKI, type JWTPayload, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { makeCompany, openDoor } from './door.ts'
import { audience, configured, issuer, makePair, seconds, serveKeys, signed, usualClaims } from './provider.ts'

const { db } = await createTestDatabase()
const company = await makeCompany(db, 'acme')
await company.person({ type: 'AGENT', displayName: 'Ana', email: 'Ana@Acme.example' })
await company.person({ displayName: 'Carl', email: 'carl@customer.example', identifier: 'c-1' })
const [first, second, foreign] = await Promise.all([makePair('one'), makePair('two'), makePair('one')])
const provider = await serveKeys(first)
afterAll(() => provider.close())
const byUrl = configured({ keys: { jwksUrl: provider.url } })
const workspace = { id: company.workspaceId, key: 'acme' }

const MINUTE_MS = 60_000
const encoded = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const header = { alg: 'RS256', kid: 'one', typ: 'JWT' }

test('a good token is its person, with the role it says and what is usual for that', async () => {
  const { ask, authenticate } = await openDoor(db, [{ ...workspace, identityProviders: [byUrl] }])
  const answer = await ask(await signed(first))
  expect(answer).toMatchObject({
    status: 200,
    data: { viewer: { role: 'AGENT', tokenName: 'jwt:staff:ana', actor: { displayName: 'Ana' } } },
  })
  expect(await authenticate(await signed(first))).toMatchObject({ workspaceId: company.workspaceId })
  expect((await authenticate(await signed(first)))?.scopes.has('NOTES_WRITE')).toBe(true)
})

/** Which request it was says nothing about the token. */
const withoutRequest = (errors: unknown) => JSON.stringify(errors).replace(/"requestId":"[^"]+"/, '')

describe('a forged token', async () => {
  const { ask } = await openDoor(db, [{ ...workspace, identityProviders: [byUrl] }], { forFile: true })
  const publicPem = await exportSPKI(first.publicKey)
  const foreignJwk = await exportJWK(foreign.publicKey)
  const good = await signed(first)
  const [goodHeader, goodClaims, goodSignature] = good.split('.') as [string, string, string]
  const rawly = async (claims: string) => {
    const unsigned = `${encoded(header)}.${encoded(claims)}`
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', first.privateKey, Buffer.from(unsigned))
    return `${unsigned}.${Buffer.from(signature).toString('base64url')}`
  }
  const hmac = (alg: string, key: string, more = {}) => {
    const unsigned = `${encoded({ ...header, alg, ...more })}.${encoded(usualClaims({ role: 'ADMIN' }))}`
    return `${unsigned}.${createHmac('sha256', key).update(unsigned).digest('base64url')}`
  }
  const claiming = (claims: JWTPayload) => signed(first, usualClaims(claims))
  const without = (name: string) => {
    const { [name]: _gone, ...claims } = usualClaims()
    return signed(first, claims)
  }
  const forged: Record<string, Promise<string> | string> = {
    'without signature': `${goodHeader}.${goodClaims}.`,
    'alg none': `${encoded({ alg: 'none', typ: 'JWT' })}.${goodClaims}.`,
    'alg None, signature kept': `${encoded({ ...header, alg: 'None' })}.${goodClaims}.${goodSignature}`,
    'HS256 with the public key': hmac('HS256', publicPem),
    'HS256 with the public key, trimmed': hmac('HS256', publicPem.trim()),
    'HS256 with an empty key': hmac('HS256', '\0'),
    'of another pair with the same kid': signed(foreign),
    'of an algorithm that is not pinned': new SignJWT(usualClaims())
      .setProtectedHeader({ ...header, alg: 'HS512' })
      .sign(Buffer.from('x'.repeat(64))),
    'other claims under a good signature': `${goodHeader}.${encoded(usualClaims({ role: 'ADMIN' }))}.${goodSignature}`,
    'of another issuer': claiming({ iss: 'https://login.evil.example/' }),
    'of an issuer that begins alike': claiming({ iss: `${issuer}evil` }),
    'for another audience': claiming({ aud: 'somebody-else' }),
    'for nobody in particular': without('aud'),
    'without issuer': without('iss'),
    'without subject': without('sub'),
    'without end': without('exp'),
    'expired by more than the skew': claiming({ exp: seconds() - 31 }),
    'not valid yet': claiming({ nbf: seconds() + 90 }),
    'issued in the future': claiming({ iat: seconds() + 90 }),
    'that never ends, as 1e400': rawly(JSON.stringify(usualClaims()).replace(/"exp":\d+/, '"exp":1e400')),
    'whose end is a text': claiming({ exp: `${seconds() + 300}` as never }),
    'whose end is no whole number': claiming({ exp: seconds() + 300.5 }),
    'whose subject is an object': claiming({ sub: { id: 'ana' } as never }),
    'whose subject is empty': claiming({ sub: '' }),
    'whose subject holds NUL': claiming({ sub: 'ana\0' }),
    'whose subject is half a character': rawly(JSON.stringify(usualClaims()).replace('"ana"', '"\\ud800"')),
    'without a role': without('role'),
    'with a role we do not know': claiming({ role: 'ROOT' }),
    'with a role of JavaScript': claiming({ role: 'constructor' }),
    'with kid a path': signed(foreign, usualClaims(), { kid: '../../../../dev/null' }),
    'with kid an injection': signed(foreign, usualClaims(), { kid: "one' union select 'x" }),
    'with kid __proto__': signed(foreign, usualClaims(), { kid: '__proto__' }),
    'with an embedded key': signed(foreign, usualClaims(), { jwk: foreignJwk as never }),
    'with an embedded key, rightly signed': signed(first, usualClaims(), { jwk: foreignJwk as never }),
    'with a key elsewhere': signed(foreign, usualClaims(), { jku: `${provider.url}/evil`, kid: 'evil' } as never),
    'with a certificate elsewhere': signed(first, usualClaims(), { x5u: 'https://evil.example/cert' } as never),
    'with a certificate along': signed(first, usualClaims(), { x5c: ['MIIB'] } as never),
    'with crit nobody understands': signed(first, usualClaims(), { crit: ['b64'], b64: true } as never),
    'with crit of a made-up word': `${encoded({ ...header, crit: ['x'], x: 1 })}.${goodClaims}.${goodSignature}`,
    'with padding': `${goodHeader}=.${goodClaims}.${goodSignature}`,
    'with another spelling of the signature': `${goodHeader}.${goodClaims}.${respelled(goodSignature)}`,
    'in plain base64': `${goodHeader}.${goodClaims}.${goodSignature.replaceAll('-', '+').replaceAll('_', '/')}!`,
    'of four parts': `${good}.${goodSignature}`,
    'of empty parts': '..',
    'whose claims are a list': rawly('[]'),
    'whose claims are no JSON': rawly('{"iss":'),
    'that is very long': claiming({ filler: 'x'.repeat(9000) }),
  }

  test.each(Object.entries(forged))('%s is refused', async (_name, token) => {
    const { status, data, errors } = await ask(await token)
    expect({ status, data, errors }).toEqual({ status: 401, errors: [expect.objectContaining(refusal)] })
  })

  test('has nothing else wrong with it', async () => {
    for (const token of [good, rawly(JSON.stringify(usualClaims())), claiming({ filler: 'x'.repeat(3000) })])
      expect((await ask(await token)).status).toBe(200)
    expect(respelled(goodSignature)).not.toBe(goodSignature)
    expect(Buffer.from(respelled(goodSignature), 'base64url')).toEqual(Buffer.from(goodSignature, 'base64url'))
  })

  const refusal = { extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } }
  test('looks like no token at all: the same answer after the same time', async () => {
    await ask(good)
    const tokens = {
      none: null,
      garbage: 'garbage',
      forged: await signed(foreign),
      expired: await forged['without end'],
    }
    const answers = await Promise.all(
      Object.values(tokens).map(async (token) => {
        const { status, errors, headers, ms } = await ask(token ?? null)
        return {
          ms,
          seen: {
            status,
            errors: withoutRequest(errors),
            type: headers.get('content-type'),
            auth: headers.get('www-authenticate'),
          },
        }
      }),
    )
    for (const { seen } of answers) expect(seen).toEqual(answers[0]?.seen)
    for (const { ms } of answers) expect(ms).toBeGreaterThan(19)
  })
})

/** The last digit of a signature of 256 bytes holds four bits that no byte needs. */
function respelled(signature: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = digits.indexOf(signature.at(-1) as string)
  return signature.slice(0, -1) + digits[last + 1]
}

test('a token ends to the moment, also while the gateway remembers it', async () => {
  const clock = { ms: Date.now() }
  const { ask } = await openDoor(db, [{ ...workspace, identityProviders: [byUrl] }], { now: () => clock.ms })
  const token = await signed(first, usualClaims({ exp: seconds(clock.ms) + 1 }))
  expect((await ask(token)).status).toBe(200)
  clock.ms += 31_000 - (clock.ms % 1000) - 1
  expect((await ask(token)).status).toBe(200)
  clock.ms += 1
  expect((await ask(token)).status).toBe(401)
})

test('within the skew a clock may be wrong', async () => {
  const { ask } = await openDoor(db, [{ ...workspace, identityProviders: [byUrl] }])
  expect((await ask(await signed(first, usualClaims({ exp: seconds() - 20 })))).status).toBe(200)
  expect((await ask(await signed(first, usualClaims({ nbf: seconds() + 20, iat: seconds() + 20 })))).status).toBe(200)
})

describe('keys of a provider', () => {
  const clocked = async (own: typeof provider) => {
    const clock = { ms: Date.now() }
    const identityProviders = [configured({ keys: { jwksUrl: own.url }, clockSkewSeconds: 300 })]
    const { ask } = await openDoor(db, [{ ...workspace, identityProviders }], { now: () => clock.ms })
    const later = (pair: typeof first, header = {}) =>
      signed(pair, usualClaims({ iat: seconds(clock.ms), exp: seconds(clock.ms) + 300 }), header)
    return { clock, statusOf: async (pair: typeof first, header = {}) => (await ask(await later(pair, header))).status }
  }

  test('are rotated without a restart, at once, and the old one is refused within three seconds', async () => {
    const own = await serveKeys(first)
    const { clock, statusOf } = await clocked(own)
    expect(await statusOf(first)).toBe(200)
    own.published = [second]
    expect(await statusOf(second)).toBe(200)
    clock.ms += 3001
    expect(await statusOf(first)).toBe(401)
    own.close()
  })

  test('that are withdrawn alone are refused after five minutes', async () => {
    const own = await serveKeys(first, second)
    const { clock, statusOf } = await clocked(own)
    expect(await statusOf(first)).toBe(200)
    own.published = [second]
    clock.ms += 5 * MINUTE_MS + 1000
    await statusOf(second) // fetches beside
    const laterStatus = () => {
      clock.ms += 3001
      return statusOf(first)
    }
    await expect.poll(laterStatus).toBe(401)
    own.close()
  })

  test('are not asked for by every token that names an unknown one', async () => {
    const own = await serveKeys(first)
    const { clock, statusOf } = await clocked(own)
    const flood = () => Promise.all(Array.from({ length: 20 }, (_, index) => statusOf(foreign, { kid: `x${index}` })))
    for (let round = 0; round < 3; round++) expect(new Set(await flood())).toEqual(new Set([401]))
    expect(own.fetches).toBeLessThanOrEqual(3)
    clock.ms += 31_000
    own.published = [second]
    expect(await statusOf(second)).toBe(200)
    own.close()
  })

  test('stay as they were while the provider is broken, for a day', async () => {
    const own = await serveKeys(first)
    const { clock, statusOf } = await clocked(own)
    expect(await statusOf(first)).toBe(200)
    for (const mode of ['broken', 'garbage', 'moved', 'endless'] as const) {
      own.mode = mode
      clock.ms += 6 * MINUTE_MS
      expect(await statusOf(first)).toBe(200)
      expect(await statusOf(foreign, { kid: 'unknown' })).toBe(401)
    }
    clock.ms += 24 * 60 * MINUTE_MS
    expect(await statusOf(first)).toBe(503)
    own.mode = 'well'
    clock.ms += MINUTE_MS
    expect(await statusOf(first)).toBe(200)
    own.close()
  })

  test('that never came are a reason to try again, not to refuse', async () => {
    const own = await serveKeys(first)
    own.mode = 'broken'
    const { statusOf } = await clocked(own)
    expect(await statusOf(first)).toBe(503)
    own.mode = 'well'
    expect(await statusOf(first)).toBe(200)
    own.close()
  })
})

describe('what claims mean', () => {
  const secret = 'a secret of both, of 32 characters or more'
  const shared = { sharedSecret: secret }
  const bySecret = (claims: JWTPayload) =>
    new SignJWT(usualClaims(claims)).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))
  const viewerOf = async (provider: Partial<typeof byUrl>, claims: JWTPayload) => {
    const own = configured({ keys: shared, algorithms: ['HS256'], ...provider })
    const { authenticate } = await openDoor(db, [{ ...workspace, identityProviders: [own] }])
    return authenticate(await bySecret(claims))
  }
  const customer = { role: 'CONTACT' as const, claims: { ...byUrl.claims, role: null } }

  test('a shared secret and a public key prove a token as well', async () => {
    expect(await viewerOf({}, {})).toMatchObject({ role: 'AGENT' })
    const publicKey = await exportSPKI(second.publicKey)
    const own = configured({ keys: { publicKey } })
    const { ask } = await openDoor(db, [{ ...workspace, identityProviders: [own] }])
    expect((await ask(await signed(second))).status).toBe(200)
    expect((await ask(await signed(first))).status).toBe(401)
    const unsigned = `${encoded({ alg: 'HS256' })}.${encoded(usualClaims())}`
    const confused = `${unsigned}.${createHmac('sha256', publicKey).update(unsigned).digest('base64url')}`
    expect((await ask(confused)).status).toBe(401)
  })

  test('words of the provider are roles as it is configured, wherever they stand', async () => {
    const claims = { ...byUrl.claims, role: 'realm_access.roles' }
    const roles = { 'desk-lead': 'ADMIN', desk: 'AGENT' } as const
    const said = (words: string[]) => ({ role: undefined, realm_access: { roles: words } }) as JWTPayload
    expect(await viewerOf({ claims, roles }, said(['offline', 'desk']))).toMatchObject({ role: 'AGENT' })
    expect(await viewerOf({ claims, roles }, said(['desk', 'desk-lead']))).toMatchObject({ role: 'ADMIN' })
    expect(await viewerOf({ claims, roles }, said(['offline']))).toBeNull()
    expect(await viewerOf({ claims, roles, role: 'CONTACT' }, said(['offline']))).toMatchObject({ role: 'CONTACT' })
    // A group that happens to be called like a role of ours was given no role.
    expect(await viewerOf({ claims, roles }, said(['ADMIN']))).toBeNull()
  })

  test('scopes are those the token names and the role can have; none where it names none', async () => {
    const claims = { ...byUrl.claims, scopes: 'scope' }
    const given = await viewerOf({ claims }, { scope: 'openid TICKETS_READ KEYS_ADMIN tickets_write' })
    expect([...(given?.scopes ?? [])]).toEqual(['TICKETS_READ'])
    expect((await viewerOf({ claims }, {}))?.scopes.size).toBe(0)
  })

  test('a customer is the contact of a verified mail address; others see nothing', async () => {
    const known = await viewerOf(customer, { email: 'CARL@customer.example' })
    expect(known?.actorId).toEqual(expect.any(String))
    expect(await viewerOf(customer, { email: 'carl@customer.example', email_verified: false })).toMatchObject({
      ...{ role: 'CONTACT', actorId: null },
    })
    expect(await viewerOf(customer, { email: 'stranger@customer.example' })).toMatchObject({ actorId: null })
    // Whoever has an agent's address at the portal's provider is no agent.
    expect(await viewerOf(customer, { email: 'ana@acme.example' })).toMatchObject({ actorId: null })
    expect(
      await viewerOf({ ...customer, trustsEmail: true }, { email_verified: undefined, email: 'carl@customer.example' }),
    ).toMatchObject({ actorId: known?.actorId })
    const claims = { ...customer.claims, person: 'sub' }
    expect(await viewerOf({ ...customer, claims, personBy: 'identifier' }, { sub: 'c-1' })).toMatchObject({
      actorId: known?.actorId,
    })
    expect(await viewerOf({ ...customer, claims, personBy: 'identifier' }, { sub: 'c-2' })).toMatchObject({
      actorId: null,
    })
  })

  test('a claim says of which workspace it is; another is not entered', async () => {
    const other = await makeCompany(db, 'other')
    const own = configured({ keys: shared, algorithms: ['HS256'], claims: { ...byUrl.claims, workspace: 'org' } })
    const { authenticate } = await openDoor(db, [
      { ...workspace, identityProviders: [own] },
      { id: other.workspaceId, key: 'other', identityProviders: [own] },
    ])
    expect(await authenticate(await bySecret({ org: 'acme' }))).toMatchObject({ workspaceId: company.workspaceId })
    expect(await authenticate(await bySecret({ org: 'other' }))).toMatchObject({
      ...{ workspaceId: other.workspaceId, actorId: null },
    })
    for (const org of ['third', undefined, ['acme'], { toString: 'acme' }])
      expect(await authenticate(await bySecret({ org }))).toBeNull()
    expect(await authenticate(await bySecret({ org: 'acme', aud: `${audience}2` }))).toBeNull()
  })
})

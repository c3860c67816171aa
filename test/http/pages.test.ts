// Browsers: which pages may ask, what a foreign page cannot make a browser do, and what every answer tells them.
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { gatewayForTest, testToken } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const ask = JSON.stringify({ query: '{ __typename }' })

test('only pages on the list may ask, and a preflight tells them so', async () => {
  const { url, headers } = await gatewayForTest(db, { allowedOrigins: ['https://desk.example.com'] })
  const from = (origin: string, init: RequestInit = {}) =>
    fetch(url, { method: 'POST', body: ask, ...init, headers: { ...headers, ...init.headers, origin } })
  const preflight = (origin: string) =>
    from(origin, {
      ...{ method: 'OPTIONS', body: null },
      headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,x-mine' },
    })

  for (const origin of ['https://desk.example.com', new URL(url).origin, 'http://localhost:5173']) {
    const answer = await from(origin)
    expect(answer.status, origin).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
    const before = await preflight(origin)
    expect(before.status).toBe(204)
    expect(before.headers.get('access-control-allow-headers')).toBe('authorization,x-mine')
  }
  for (const origin of [
    'https://evil.example',
    'null',
    'https://desk.example.com.evil.example',
    'http://localhost.evil',
  ]) {
    for (const answer of [await from(origin), await preflight(origin)]) {
      expect(answer.status, origin).toBe(403)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  }
})

test('what a foreign page can make a browser send without asking first is refused', async () => {
  const { url } = await gatewayForTest(db)
  // No header but the few that need no preflight; the token is in one that does.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a'])
    expect((await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: ask })).status).toBe(401)
  expect((await fetch(`${url}?query={__typename}`)).status).toBe(401)
})

test('a mutation by GET is refused, a query is not', async () => {
  const { url } = await gatewayForTest(db)
  const get = (query: string) =>
    fetch(`${url}?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${testToken}` } })
  expect((await get('{ __typename }')).status).toBe(200)
  const refused = await get('mutation { __typename }')
  expect(refused.status).toBe(405)
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test('every answer forbids browsers to guess its type, to run it, to frame it and to tell its address', async () => {
  const { url, headers } = await gatewayForTest(db, { graphiql: { token: null, tabs: [] } })
  const behindTls = { 'x-forwarded-proto': 'https' }
  const answers = [
    await fetch(url, { method: 'POST', headers: { ...headers, ...behindTls }, body: ask }),
    await fetch(url, { method: 'POST', headers: { ...headers, ...behindTls }, body: '{' }),
    await fetch(url, { method: 'POST', headers: behindTls }),
    await fetch(url, { headers: { ...behindTls, accept: 'text/html' } }),
    await fetch(new URL('/nothing', url), { headers: behindTls }),
    await fetch(new URL('/health/live', url), { headers: behindTls }),
    await fetch(new URL('/', url), { headers: behindTls, redirect: 'manual' }),
  ]
  for (const { headers, status } of answers) {
    expect(headers.get('x-content-type-options'), String(status)).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/)
    expect(headers.get('x-powered-by')).toBeNull()
  }
  expect((await fetch(new URL('/health/live', url))).headers.get('strict-transport-security')).toBeNull()
})

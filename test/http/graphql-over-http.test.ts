import { auditServer } from 'graphql-http'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { gatewayForTest, testToken } from '../support/gateway.ts'

const { db } = await createTestDatabase()

test('every audit of GraphQL over HTTP passes', async () => {
  const { url } = await gatewayForTest(db)
  const fetchFn = (target: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${testToken}`)
    return fetch(target, { ...init, headers })
  }
  const results = await auditServer({ url, fetchFn })
  expect(results.length).toBeGreaterThanOrEqual(61)
  expect(results.filter(({ status }) => status !== 'ok').map((result) => `${result.id} ${result.name}`)).toEqual([])
})

test('without a token, or with a wrong one, nothing is answered', async () => {
  const { url } = await gatewayForTest(db)
  for (const authorization of [undefined, '', 'Bearer', 'Bearer wrong', `Basic ${testToken}`, testToken]) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: '{"query":"{ __typename }"}',
    })
    expect(response.status, String(authorization)).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  }
})

test('a broken resolver is masked: no cause leaves the house', async () => {
  const broken = {
    ...db,
    select: () => {
      throw new Error('secret of the house')
    },
  } as unknown as typeof db
  const { ask } = await gatewayForTest(db, { dbOf: () => broken, workspaceId: '00000000-0000-7000-8000-000000000001' })
  const { errors, data } = await ask('{ backends { id } }')
  expect(data).toBeNull()
  expect(errors).toMatchObject([
    { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } },
  ])
  expect(JSON.stringify(errors)).not.toContain('secret')
})

test('a document or a body that is too large is refused at once, and named', async () => {
  const { ask, url, headers } = await gatewayForTest(db)
  for (const document of [`{ ${'a: __typename '.repeat(20_000)} }`, '{a'.repeat(20_000)]) {
    const started = performance.now()
    const { errors } = await ask(document)
    expect(errors?.[0]?.message).toContain('may be')
    expect(performance.now() - started).toBeLessThan(500)
  }
  const body = JSON.stringify({ query: '{ __typename }', variables: { text: 'x'.repeat(2_000_000) } })
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(413)
})

test('liveness needs no database, readiness follows it', async () => {
  let isUp = false
  const { url } = await gatewayForTest(db, { store: { isUp: () => isUp, onDown() {} } })
  const health = (path: string) => fetch(new URL(path, url)).then(({ status }) => status)
  expect(await health('/health/live')).toBe(200)
  expect(await health('/health/ready')).toBe(503)
  isUp = true
  expect(await health('/health/ready')).toBe(200)
})

test('the page for people holds a token only under a loopback name', async () => {
  const { url } = await gatewayForTest(db, { graphiql: { token: 'shown', tabs: ['query Inbox { __typename }'] } })
  const page = await fetch(url, { headers: { accept: 'text/html' } })
  expect(await page.text()).toContain('Bearer shown')
  // `fetch` cannot set Host: a rebinding site's request is written by hand.
  const { request } = await import('node:http')
  const status = await new Promise((resolve) =>
    request(url, { headers: { accept: 'text/html', host: 'evil.example' } }, (response) => {
      response.resume() // a connection that is still being read keeps the gateway from closing
      resolve(response.statusCode)
    }).end(),
  )
  expect(status).toBe(421)
})

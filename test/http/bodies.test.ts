// What comes in at the door, byte by byte: too much, packed, broken, half, in many headers. All is refused quickly.
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { gatewayForTest, testToken } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const ask = JSON.stringify({ query: '{ __typename }' })

/** Sends what it is given as it is, and gives the beginning of the answer. */
function raw(url: string, parts: (string | Buffer)[], { end = false } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    let text = ''
    for (const part of parts) socket.write(part)
    if (end) socket.end()
    socket.on('data', (chunk) => {
      text += chunk
      if (text.includes('\r\n\r\n')) socket.destroy()
    })
    socket.on('error', () => {}).on('close', () => resolve(text))
    socket.on('end', () => socket.destroy())
  })
}

const head = (more: string[]) =>
  ['POST /graphql HTTP/1.1', 'host: a', `authorization: Bearer ${testToken}`, ...more, '', ''].join('\r\n')

test('what is not one JSON object in plain UTF-8 is refused with its status and a code, and never quoted', async () => {
  const { url, headers } = await gatewayForTest(db)
  const post = async (body: string | Uint8Array, more: Record<string, string> = {}) => {
    const response = await fetch(url, { method: 'POST', headers: { ...headers, ...more }, body: body as never })
    const { errors } = (await response.json()) as { errors: [{ message: string; extensions: { code: string } }] }
    expect(errors[0].extensions).toMatchObject({
      code: expect.stringMatching(/^(BAD_USER_INPUT|LIMIT_EXCEEDED|QUERY_TOO_COMPLEX)$/),
    })
    expect(JSON.stringify(errors)).not.toMatch(/secret|position|token|originalError/i)
    return response.status
  }
  expect(await post('{"query": secret')).toBe(400)
  expect(await post('')).toBe(400)
  expect(await post('null')).toBe(400)
  expect(await post('"secret"')).toBe(400)
  expect(await post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBe(400)
  expect(await post(`[${Array(100).fill(ask).join(',')}]`), 'a batch').toBe(400)
  expect(await post(`{"query":"{ __typename }","variables":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`)).toBe(
    400,
  )
  expect(await post(ask, { 'content-type': 'text/plain' })).toBe(415)
  expect(await post('query=%7B__typename%7D', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415)
  expect(await post('--a\r\n\r\n--a--', { 'content-type': 'multipart/form-data; boundary=a' })).toBe(415)
  expect(await post(ask, { 'content-type': 'application/json; charset=utf-16' })).toBe(415)
  expect(await post(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }), 'a gzip bomb').toBe(415)
  expect(await post(JSON.stringify({ query: '{ a }', variables: { text: 'x'.repeat(2_000_000) } }))).toBe(413)
})

test('a body that says no length is read up to the limit and no further', async () => {
  const { url } = await gatewayForTest(db)
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const answer = await raw(url, [
    head(['content-type: application/json', 'transfer-encoding: chunked']),
    ...Array<string>(40).fill(chunk),
  ])
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(answer).toContain('LIMIT_EXCEEDED')
})

test('half a body, ten thousand headers and two lengths are ended at once, and others notice nothing', async () => {
  const { url, ask: other } = await gatewayForTest(db)
  const started = performance.now()
  const json = 'content-type: application/json'
  const [half, many, two] = await Promise.all([
    raw(url, [head([json, 'content-length: 100']), '{"query":'], { end: true }),
    raw(url, [head(Array.from({ length: 10_000 }, (_, index) => `x-${index}: 1`))]),
    raw(url, [head([json, 'content-length: 5', 'transfer-encoding: chunked']), '0\r\n\r\n']),
    other('{ __typename }').then(({ data }) => expect(data).toEqual({ __typename: 'Query' })),
  ])
  expect(half).toMatch(/^(HTTP\/1.1 400 .*[\s\S]*)?$/)
  expect(many).toMatch(/^HTTP\/1.1 431 /)
  expect(two).toMatch(/^HTTP\/1.1 400 /)
  expect(performance.now() - started).toBeLessThan(2000)
})

test('bodies that never end take no slot from others, and the memory they may fill together is bounded', async () => {
  const { url, ask: other } = await gatewayForTest(db, { requestsAtOnce: 1 })
  const begun = head(['content-type: application/json', 'content-length: 1000000'])
  const before = process.memoryUsage.rss()
  const closed = Array.from({ length: 100 }, () => raw(url, [begun, Buffer.alloc(900_000, 'x')]))
  const refused = (await Promise.race(closed)) as string
  expect(refused).toMatch(/^HTTP\/1.1 503 /)
  expect(refused).toContain('OVERLOADED')
  expect((await other('{ __typename }')).data).toEqual({ __typename: 'Query' })
  expect(process.memoryUsage.rss() - before).toBeLessThan(400_000_000)
})

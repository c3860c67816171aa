/** Every request has an id: in its answer, in its errors, in its lines of the log; and one line says how it went. */
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { openLog } from '#platform/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway, testToken } from '../support/gateway.ts'

type Line = Record<string, unknown> & { msg: string; requestId?: string; err?: { message: string; stack: string } }

const { db } = await createTestDatabase()
const lines: Line[] = []
const log = openLog({ level: 'trace', to: { write: (line) => void lines.push(JSON.parse(line)) } })
const trustedProxies = ['127.0.0.1', '10.0.0.0/8']
const gateway = await openTestGateway(db, { log, trustedProxies })
afterAll(() => gateway.close())
const send = (document: string, headers: Record<string, string> = {}, url = gateway.url) =>
  fetch(url, { method: 'POST', headers: { ...gateway.headers, ...headers }, body: JSON.stringify({ query: document }) })
const linesOf = (id: string | null) => lines.filter(({ requestId }) => requestId === id)
/** The line is written when the answer is out, perhaps after the client has it. */
async function accessLineOf(id: string | null): Promise<Line> {
  for (;;) {
    const line = linesOf(id).find(({ msg }) => msg === 'request')
    if (line) return line
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('the id of a client is kept when it is well-formed, and another one is made when not', async () => {
  const given = await send('{ __typename }', { 'x-request-id': 'trace-0123456789' })
  expect(given.headers.get('x-request-id')).toBe('trace-0123456789')
  for (const bad of ['short', 'with a blank', `long${'x'.repeat(200)}`, '<script>x</script>', '']) {
    const { headers } = await send('{ __typename }', { 'x-request-id': bad })
    expect(headers.get('x-request-id'), bad).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  }
})

test.each(['/', '/health/live', '/health/ready', '/nowhere', '/graphql'])('%s answers with an id', async (path) => {
  const { headers } = await fetch(new URL(path, gateway.url), { redirect: 'manual' })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('one line says who asked what, from where, and how it went, and holds nothing of the document', async () => {
  const answer = await send('query Names($x: Boolean = false) { __typename @skip(if: $x) } # hush-hush')
  await answer.text()
  const line = await accessLineOf(answer.headers.get('x-request-id'))
  expect(line).toMatchObject({
    ...{ level: 30, method: 'POST', path: '/graphql', status: 200, operation: 'query Names', tokenName: 'tests' },
    ...{ clientAddress: '127.0.0.1', durationMs: expect.any(Number) },
  })
  expect(JSON.stringify(line)).not.toMatch(new RegExp(`hush-hush|${testToken}`))
  const refused = await send('{ __typename }', { authorization: 'Bearer hush-hush-12345' })
  const refusal = await accessLineOf(refused.headers.get('x-request-id'))
  expect(refusal).toMatchObject({ status: 401 })
  expect(JSON.stringify(lines)).not.toContain('hush-hush')
  const lost = await fetch(new URL('/no/where?key=hush-hush', gateway.url))
  expect(await accessLineOf(lost.headers.get('x-request-id'))).toMatchObject({ path: 'unknown', status: 404 })
})

test('only proxies of ours are believed where a request came from', async () => {
  const seen = async (forwarded: string, url?: string) => {
    const { headers } = await send('{ __typename }', { 'x-forwarded-for': forwarded }, url)
    return (await accessLineOf(headers.get('x-request-id'))).clientAddress
  }
  expect(await seen('203.0.113.9, 10.1.2.3')).toBe('203.0.113.9')
  expect(await seen('198.51.100.1, 203.0.113.9, ::ffff:10.1.2.3')).toBe('203.0.113.9')
  expect(await seen('not an address')).toBe('127.0.0.1')
  const unproxied = await openTestGateway(db, { log })
  expect(await seen('203.0.113.9', unproxied.url)).toBe('127.0.0.1')
  await unproxied.close()
})

test('a failure is masked with the id of its request, and the log has its cause without what was written', async () => {
  const boom = await openTestGateway(db, { log, workspaceId: gateway.workspaceId })
  await db.execute(sql`alter table tags rename to tags_elsewhere`)
  try {
    const text = `mutation { tagCreate(input: {name: "hush-hush words"}) { errors { message } } }`
    const answers = await Promise.all([send(text, {}, boom.url), send(text, {}, boom.url)])
    for (const answer of answers) {
      const id = answer.headers.get('x-request-id')
      const { errors } = (await answer.json()) as { errors: { message: string; extensions: object }[] }
      expect(errors).toEqual([expect.objectContaining({ message: 'Unexpected error.' })])
      expect(errors[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: id })
      const failure = linesOf(id).find(({ msg }) => msg === 'a resolver failed')
      expect(failure?.err?.message).toMatch(/^Failed query: .*tags/s)
      expect(failure?.err?.stack).toMatch(/^Error: Failed query\n/)
    }
    expect(JSON.stringify(lines)).not.toContain('hush-hush')
  } finally {
    await db.execute(sql`alter table tags_elsewhere rename to tags`)
    await boom.close()
  }
})

test('requests at the same time keep their ids apart', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `concurrent-${index}`)
  await Promise.all(ids.map((id) => send('{ tickets { totalCount } }', { 'x-request-id': id })))
  for (const id of ids) expect((await accessLineOf(id)).requestId).toBe(id)
})

import { describe, expect, it } from 'vitest'
import { addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { openOnebox } from './open.ts'

const right = { email: 'desk@onebox.example', password: 'sandbox-login-password', siteId: '188' }

async function open(options: Parameters<typeof openOnebox>[0] = {}) {
  const desk = emptyDesk({ now: () => new Date('2026-03-01T10:00:00Z'), firstId: 515_001 })
  const tickets = Array.from({ length: 30 }, () => addTicket(desk))
  for (const ticket of tickets)
    for (const type of ['REPLY_INBOUND', 'REPLY_OUTBOUND'] as const)
      addMessage(desk, { ticketId: ticket.id, type, text: 'a/b' })
  const { base } = await openOnebox({ desk, ...options })
  const login = (body: unknown, headers = {}) =>
    fetch(`${base}/api/authenticate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const { token } = (await (await login(right)).json()) as { token: string }
  const get = async (path: string, bearer = token) => {
    const answer = await fetch(base + path, { headers: { authorization: `Bearer ${bearer}` } })
    return { status: answer.status, body: await answer.json() }
  }
  return { desk, tickets, base, login, token, get }
}

const failure = (errorCode: unknown, userMessage: unknown) => ({
  _meta: { status: 'ERROR', count: 1 },
  records: expect.objectContaining({ errorCode, userMessage }),
})

describe('the sandbox at the door', () => {
  it('issues a JWT of HS256 with the claims of OneBox', async () => {
    const { token } = await open({ tokenLifeMs: 900_000 })
    const [head = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(head)).toEqual({ typ: 'JWT', alg: 'HS256' })
    const { exp, iat, nbf, ...rest } = JSON.parse(claims)
    expect(exp - iat).toBeCloseTo(900, 3)
    expect(nbf).toBe(iat)
    expect(rest).toEqual({ iss: '127.0.0.1', sub: '55', sid: '188', jti: expect.any(String) })
  })

  it.each([{ ...right, password: 'no' }, { ...right, siteId: '1' }, {}, 'no json'])(
    'refuses the login %j with a code that is text',
    async (body) => {
      const { login } = await open()
      const answer = await login(body)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject(
        failure('401', expect.stringContaining('you are not authorized to log into this site')),
      )
    },
  )

  it('takes the login as a form too', async () => {
    const { login } = await open()
    expect(
      (await login(new URLSearchParams(right).toString(), { 'content-type': 'application/x-www-form-urlencoded' }))
        .status,
    ).toBe(200)
  })

  it('refuses a token that is missing, changed or unsigned with a code that is a number', async () => {
    const { base, get, token } = await open()
    const [head, , signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ exp: 9e12 })).toString('base64url')
    for (const bad of ['', `${head}.${forged}.${signature}`, `${head}.${forged}.`, `${token}x.y`]) {
      expect(await get('/api/ticketrz', bad)).toMatchObject({ status: 401, body: failure(401, 'Invalid token') })
    }
    expect((await fetch(`${base}/api/ticketrz`)).status).toBe(401)
  })

  it('refuses a token that is over', async () => {
    const { get } = await open({ tokenLifeMs: 1 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await get('/api/ticketrz')).toMatchObject({ status: 401, body: failure(401, 'Expired token') })
  })

  it('answers a rate limit as the quota window', async () => {
    const { get } = await open({ rateLimit: { calls: 2, windowMs: 60_000 } })
    const statuses = [await get('/api/ticketrz'), await get('/api/ticketrz'), await get('/api/ticketrz')]
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 401])
    expect(statuses[2]?.body).toMatchObject(
      failure(401, 'time limit reached please try again tomorrow at 18:00 - 06:00'),
    )
  })
})

describe('the sandbox’ lists', () => {
  it('give 20 rows and one more when not told, the limit as text and names instead of codes', async () => {
    const { get, tickets } = await open()
    const { body } = await get('/api/ticketrz')
    expect(body).toMatchObject({ limit: '20', offset: 0, count: 21, total: 30 })
    expect(body.data[0]).toMatchObject({
      Id: String(tickets[0]?.id),
      Status: expect.any(String),
      Media: 'Email',
      Requestor: expect.stringContaining('Contact'),
      Attachments: [],
      Tags: '',
    })
    expect(body.data[0]).not.toHaveProperty('StatusId')
  })

  it('send three rows for a limit of two, and go on after an id or an offset', async () => {
    const { get, tickets } = await open()
    expect((await get('/api/ticketrz?limit=2')).body).toMatchObject({ limit: '2', count: 3, total: 30 })
    const after = (await get(`/api/ticketrz?sinceId=${tickets[27]?.id}&limit=10&offset=1`)).body
    expect(after).toMatchObject({ count: 1, total: 2, offset: 1 })
  })

  it.each([
    'ticketrz?limit=x',
    'ticketrz?offset=-1',
    'ticketrz?sinceId=a',
    'message?lastUpdate=2026-01-01',
    'message?lastUpdate=2026-01-01T00:00:00Z',
  ])('refuse %s', async (path) => {
    const { get } = await open()
    expect(await get(`/api/${path}`)).toMatchObject({ status: 400, body: failure(400, expect.any(String)) })
  })

  it('of messages by time of change name their ticket and have Content as an object', async () => {
    const { get } = await open()
    const { body } = await get('/api/message?lastUpdate=2026-03-01%2010:00&limit=5')
    expect(body).toMatchObject({ limit: '5', count: 6, total: 60 })
    expect(body.data[0]).toMatchObject({
      ObjectName: 'Ticket',
      Processing: '1',
      Content: { Body: 'a/b', ContentType: 'text/plain' },
    })
    expect((await get('/api/message?lastUpdate=2026-03-02%2000:00')).body).toMatchObject({ count: 0, total: 0 })
  })

  it('of connections hold live secrets, as the vendor’s do', async () => {
    const { get } = await open()
    expect((await get('/api/connection')).body.data[0]).toMatchObject({
      Password: expect.stringContaining('sandbox-page'),
      Token: expect.stringContaining('sandbox-page'),
    })
  })
})

describe('the sandbox’ tickets', () => {
  it('are bare objects with codes and ids', async () => {
    const { get, tickets } = await open()
    const { body } = await get(`/api/ticketrz/${tickets[0]?.id}`)
    expect(body).toMatchObject({
      Id: String(tickets[0]?.id),
      Requestor: expect.stringMatching(/^\d+$/),
      Assignee: null,
      MediaId: 'EMAIL',
      StatusId: expect.stringMatching(/^TS/),
      ExpireDate: '3000-01-01 00:00:00',
    })
    expect(body).not.toHaveProperty('Status')
  })

  it('have threads with groups, repeated ids and contents that differ, slashes escaped', async () => {
    const { get, tickets, base, token } = await open()
    const threads = await Promise.all(
      tickets.map(async ({ id }) => (await get(`/api/ticket/conversations/${id}`)).body),
    )
    expect(threads[0]).toMatchObject({ response_code: '200', response_status: 'Success', type: 'message' })
    expect(threads.some(({ data }) => data.some((row: { data?: unknown[] }) => Array.isArray(row.data)))).toBe(true)
    expect(
      threads.some(
        ({ data }) => data.length === 2 && data[0].Id === data[1].Id && data[0].Incoming !== data[1].Incoming,
      ),
    ).toBe(true)
    expect(threads.some(({ data }) => data[0].Content !== data[0].Contents[0].Body)).toBe(true)
    const text = await (
      await fetch(`${base}/api/ticket/conversations/${tickets[0]?.id}`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).text()
    expect(text).toContain('a\\/b')
  })

  it('that are not there, or on paths that are not there, are 404 in the envelope', async () => {
    const { get } = await open()
    for (const path of [
      '/api/ticketrz/1',
      '/api/ticket/conversations/1',
      '/api/message/1',
      '/api/connection/1',
      '/api/nothing',
      '/api/ticket',
    ]) {
      expect(await get(path)).toMatchObject({ status: 404, body: failure(404, expect.any(String)) })
    }
  })

  it('can be deleted', async () => {
    const { base, token, tickets, get } = await open()
    const path = `/api/ticketrz/${tickets[0]?.id}`
    const answer = await fetch(base + path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
    expect([answer.status, await answer.json()]).toEqual([200, {}])
    expect((await get(path)).status).toBe(404)
  })
})

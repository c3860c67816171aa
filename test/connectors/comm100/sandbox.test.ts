import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comm100Sandbox, password } from '#connectors/comm100/sandbox.ts'
import { recycleTicket } from '#connectors/sandbox/changes.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { filledDesk } from './site.ts'

let served: ServedSandbox
let token = ''
beforeAll(async () => {
  const desk = filledDesk()
  recycleTicket(desk, 110)
  served = await serveSandbox(comm100Sandbox, desk)
  token = String((await grant({})).body.access_token)
})
afterAll(() => served.close())

async function grant(changes: Record<string, string>) {
  const form = {
    grant_type: 'password',
    email: password.email,
    password: password.password,
    client_id: password.clientId,
    ...changes,
  }
  const response = await fetch(`${served.origins.dash}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${served.origins.api}/v4/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    ...init,
  })
  // biome-ignore lint/suspicious/noExplicitAny: any answer of the vendor
  return { status: response.status, body: (await response.json().catch(() => null)) as any }
}

describe('signing in', () => {
  test('tokens come from the other host only', async () => {
    expect((await grant({})).body).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect((await call('oauth/token', { method: 'POST' })).status).toBe(404)
  })
  test('wrong credentials, clients and grants are refused', async () => {
    expect(await grant({ password: 'no' })).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await grant({ client_id: 'no' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await grant({ grant_type: 'magic' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    })
    const json = await fetch(`${served.origins.dash}/oauth/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(400)
  })
  test('a missing, wrong or siteless credential gets 401', async () => {
    expect(await call('ticketing/tickets', { headers: {} })).toMatchObject({
      status: 401,
      body: { code: 'Unauthorized', message: expect.any(String) },
    })
    expect((await call('ticketing/tickets', { headers: { authorization: 'Bearer no' } })).status).toBe(401)
    const basic = `Basic ${Buffer.from('owner@comm100.example:sandbox-api-key').toString('base64')}`
    expect((await call('ticketing/tags', { headers: { authorization: basic } })).status).toBe(401)
    expect((await call('ticketing/tags?siteId=10001', { headers: { authorization: basic } })).status).toBe(200)
  })
})

describe('lists', () => {
  test('go back 30 days unless told otherwise, in pages of 20', async () => {
    const recent = (await call('ticketing/tickets')).body
    const all = (await call('ticketing/tickets?time=2000-01-01T00:00:00Z')).body
    expect(all.total).toBe(119)
    expect(recent.total).toBeLessThan(60)
    expect(all.tickets).toHaveLength(20)
    expect(all.previousPage).toBeNull()
    expect(new URL(all.nextPage).origin).toBe(served.origins.api)
    expect(new URL(all.nextPage).searchParams.get('time')).toBe('2000-01-01T00:00:00Z')
  })
  test('leave out what is in the recycle bin, which its number still finds', async () => {
    const { body } = await call('ticketing/tickets?time=2000-01-01T00:00:00Z&pageSize=50&pageIndex=3')
    expect(body.tickets.map(({ id }: { id: number }) => id)).not.toContain(110)
    expect((await call('ticketing/tickets/110')).body).toMatchObject({ id: 110, isInRecycleBin: true })
  })
  test('refuse pages that are too large, dates that are none and unknown includes', async () => {
    for (const query of ['pageSize=51', 'pageSize=0', 'pageIndex=0', 'time=yesterday', 'include=everything']) {
      expect(await call(`ticketing/tickets?${query}`), query).toMatchObject({
        status: 400,
        body: { code: 'BadParameter', message: expect.any(String) },
      })
    }
  })
  test('carry only what was included', async () => {
    const [bare] = (await call('ticketing/tickets?time=2000-01-01T00:00:00Z&pageSize=1')).body.tickets
    expect(Object.keys(bare)).not.toEqual(expect.arrayContaining(['messages']))
    expect(bare).not.toHaveProperty('draft')
    const [rich] = (
      await call('ticketing/tickets?time=2000-01-01T00:00:00Z&pageSize=1&include=ticketingMessage,ticketingTag')
    ).body.tickets
    expect(rich.messages.length).toBeGreaterThan(0)
    expect(rich).toHaveProperty('tags')
  })
  test('of tags and views are bare arrays', async () => {
    expect((await call('ticketing/tags')).body).toHaveLength(2)
    expect((await call('ticketing/views')).body[0]).not.toHaveProperty('viewCondition')
    expect((await call('ticketing/views?include=viewCondition')).body[0]).toHaveProperty('viewCondition')
  })
})

describe('the wire', () => {
  test('has ids as numbers and as text, GUIDs in both cases, sentinels, base64 and uneven fractions', async () => {
    const ticket = (await call('ticketing/tickets/105?include=ticketingDraft,ticketingMessage')).body
    expect(ticket.id).toBe(105)
    expect(ticket.draft).toMatchObject({
      ticketId: '105',
      metadata: { decoration: { email: { cc: 'c@example.org;' } } },
    })
    expect(ticket.assigneeId).toMatch(/^[0-9A-F-]{36}$/)
    expect(ticket.channelAccountId).toMatch(/^[0-9a-f-]{36}$/)
    expect(ticket).toMatchObject({
      reopenedTime: '1970-01-01T00:00:00Z',
      mergedToTargetId: 0,
      resolvedById: '00000000-0000-0000-0000-000000000000',
    })
    const bodies = JSON.stringify(ticket.messages.map(({ body }: { body: string }) => body))
    expect(bodies).toContain('data:text/plain;base64,')
    expect(ticket.messages.every(({ type }: { type: string }) => ['text', 'html'].includes(type))).toBe(true)
    const notes = (await call('ticketing/tickets/101/notes')).body
    expect(notes).toMatchObject([{ ticketId: '101', noteMentions: [{ ticketId: '101', isReadByAgent: false }] }])
  })
  test('answers what does not exist with 404', async () => {
    for (const path of [
      'ticketing/tickets/1',
      'ticketing/tickets/105/nothing',
      'ticketing/messages/11112222-3333-4444-8555-666677778888',
      'ticketing/tickets?viewId=no',
    ]) {
      expect(await call(path), path).toMatchObject({ status: 404, body: { code: 'NotFound' } })
    }
    expect((await call('ticketing/tickets/101/draft')).status).toBe(404)
  })
  test('counts unread tickets by view', async () => {
    const [view] = (await call('ticketing/views')).body
    const { body } = await call('ticketing/tickets:unreadCount', {
      method: 'POST',
      body: JSON.stringify({ viewIds: [view.id] }),
      headers: { authorization: `Bearer ${token}` },
    })
    expect(body.allCount).toBeGreaterThanOrEqual(body.unreadCounts[0].unreadCount)
  })
  test('keeps a limit when it has one', async () => {
    const limited = await serveSandbox(comm100Sandbox, filledDesk(1), { rateLimit: { calls: 1, windowMs: 60_000 } })
    const statuses = [
      (await fetch(`${limited.origins.api}/v4/ticketing/tags`)).status,
      (await fetch(`${limited.origins.api}/v4/ticketing/tags`)).status,
    ]
    expect(statuses).toEqual([401, 429])
    await limited.close()
  })
})

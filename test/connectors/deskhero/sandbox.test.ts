import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deskheroSandbox } from '#connectors/deskhero/sandbox.ts'
import { addAgent, addMessage, addTag, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'

let served: ServedSandbox
let ticketId: number
beforeAll(async () => {
  const desk = emptyDesk({ firstId: 1000 })
  addAgent(desk)
  addTag(desk, { name: 'printer' })
  for (let count = 0; count < 130; count += 1) ticketId = addTicket(desk).id
  addMessage(desk, {
    ticketId,
    text: 'hello',
    html: `<p>hello</p>${'<i>more</i>'.repeat(99)}`,
    attachments: [{ contentType: 'image/png' }],
  })
  addMessage(desk, { ticketId, text: 'x'.repeat(300), html: `<p>${'x'.repeat(300)}</p>`, type: 'REPLY_OUTBOUND' })
  served = await serveSandbox(deskheroSandbox, desk)
})
afterAll(() => served.close())

async function get(
  path: string,
  headers: Record<string, string> = { authorization: `Bearer ${served.settings.token}` },
) {
  const url = path.startsWith('http')
    ? path
    : `${served.origins.api}${path.startsWith('/') ? path : `/api/sandbox/v1/${path}`}`
  const response = await fetch(url, { headers })
  const text = await response.text()
  // biome-ignore lint/suspicious/noExplicitAny: whatever the sandbox says
  const body: any = /^[{[]/.test(text) ? JSON.parse(text) : text
  return { status: response.status, type: response.headers.get('content-type'), body }
}

describe('it is strict', () => {
  test.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer x' }],
    ['another scheme', { authorization: 'deskhero-sandbox-token' }],
  ])('%s is 403 with ProblemDetails', async (_, headers) => {
    const answer = await get('tickets', headers as Record<string, string>)
    expect(answer).toMatchObject({
      status: 403,
      type: expect.stringContaining('application/problem+json'),
      body: { title: 'Forbidden', status: 403 },
    })
  })

  test('another tenant, another version, no such call', async () => {
    expect((await get('/api/other/v1/tickets')).status).toBe(403)
    expect((await get('/api/sandbox/v9/tickets')).status).toBe(400)
    expect((await get('nothing')).status).toBe(404)
    expect((await get('/api/s/v1/tickets')).status).toBe(404)
  })

  test.each([
    'page=0',
    'page=x',
    'take=0',
    'take=-1',
    'sort_by_key=nope',
    'sort_order=2',
    'filters=last_updated:gte:2026',
    'include_imported=yes',
  ])('%s is 400 and names the argument', async (query) => {
    const answer = await get(`tickets?${query}`)
    expect(answer.status).toBe(400)
    expect(Object.keys(answer.body.errors)).toEqual([query.split('=')[0]])
  })

  test('a missing ticket is 400, since no 404 is documented', async () => {
    expect(await get('tickets/999999')).toMatchObject({ status: 400, body: { detail: 'Ticket 999999 was not found.' } })
    expect((await get('tickets/abc')).body.errors).toHaveProperty('id')
  })

  test('no more than 100 rows are given, whatever is asked for', async () => {
    expect((await get('tickets?take=500')).body.items).toHaveLength(100)
    expect((await get('tickets?take=500&page=2')).body.items).toHaveLength(30)
    expect((await get('tickets?take=500&page=3')).body.items).toEqual([])
    expect((await get('tickets')).body.items).toHaveLength(25)
  })

  test('too many calls are 429 with Retry-After', async () => {
    const limited = await serveSandbox(deskheroSandbox, emptyDesk(), { rateLimit: { calls: 2, windowMs: 60_000 } })
    const call = () =>
      fetch(`${limited.origins.api}/api/sandbox/v1/tickets`, {
        headers: { authorization: `Bearer ${limited.settings.token}` },
      })
    expect([(await call()).status, (await call()).status]).toEqual([200, 200])
    const refused = await call()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await limited.close()
  })
})

describe('it speaks as the pages say', () => {
  test('a ticket with its thread', async () => {
    const { data } = (await get(`tickets/${ticketId}`)).body
    expect(Object.keys(data)).toEqual([
      'ticket',
      'conversations',
      'suggested_reply',
      'auto_saved_reply',
      'more_like_this',
      'quick_actions',
      'more_from_requester',
    ])
    expect(Object.keys(data.conversations[0]).sort()).toEqual([
      'created',
      'created_by',
      'email_addresses',
      'id',
      'last_message_extracted',
      'last_updated',
      'last_updated_by',
      'requester',
      'sys_attachments',
      'sys_content_rich',
      'sys_status',
      'ticket_id',
      'type',
    ])
    expect(data.conversations[0]).toMatchObject({
      type: 1,
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$/),
    })
    expect(data.conversations[0].requester).not.toHaveProperty('id')
    expect(data.conversations[1].sys_content_rich.plain_preview).toHaveLength(201)
    expect(data.ticket).not.toHaveProperty('conversations')
  })

  test('sorted by the last change, newest first', async () => {
    const { items } = (await get('tickets?take=1&sort_by_key=last_updated&sort_order=1')).body
    expect(items).toMatchObject([{ id: ticketId }])
  })

  test('lists carry no entries; these are asked for by id', async () => {
    const { body: list } = await get('lists/key/sys_tags')
    expect(list).toMatchObject({ type: 2, unique_key: 'sys_tags', entries_count: 1 })
    expect((await get(`list_entries/${list.id}/grouped`)).body.items).toMatchObject([{ label: 'printer' }])
    expect((await get('lists/key/none')).status).toBe(400)
    expect((await get('tenants/get_current')).body.items).toHaveLength(1)
  })

  test('a file opens with its signature only', async () => {
    const url = new URL((await get(`tickets/${ticketId}`)).body.data.conversations[0].sys_attachments[0].download_url)
    expect((await get(url.href, {})).status).toBe(200)
    expect((await get(`${url.origin}${url.pathname}`)).status).toBe(403)
  })
})

describe('it is strict about what it takes', () => {
  async function send(method: string, path: string, body: unknown, type = 'application/json') {
    const response = await fetch(`${served.origins.api}/api/sandbox/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${served.settings.token}`, 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: whatever the sandbox says
    const answer: any = text === '' ? null : JSON.parse(text)
    return { status: response.status, body: answer }
  }
  const content = { sys_content_rich: { html: '<p>x</p>' } }

  test.each([
    ['no list', { type: 5, ...content }, '$'],
    ['an empty list', [], '$'],
    ['no type', [content], '$[0].type'],
    ['an unknown type', [{ type: 7, ...content }], '$[0].type'],
    ['a read-only field', [{ type: 5, ...content, created: '2020-01-01T00:00:00' }], '$[0]'],
    [
      'a read-only preview',
      [{ type: 5, sys_content_rich: { html: 'x', plain_preview: 'x' } }],
      '$[0].sys_content_rich',
    ],
    ['nothing said', [{ type: 5 }], '$[0]'],
    ['another ticket', [{ type: 5, ticket_id: 1, ...content }], '$[0].ticket_id'],
    ['an unknown file', [{ type: 5, sys_attachments: [{ id: 1 }] }], '$[0].sys_attachments'],
    ['an unknown contact', [{ type: 1, requester: { user_id: 1 }, ...content }], '$[0].requester.user_id'],
    ['an unknown status', [{ type: 2, sys_status: { id: 99 }, ...content }], '$[0].sys_status.id'],
  ])('an entry with %s is 400 and names the place', async (_, body, place) => {
    const answer = await send('POST', `ticket_conversations/${ticketId}`, body)
    expect(answer.status).toBe(400)
    expect(Object.keys(answer.body.errors)).toEqual([place])
  })

  test('one entry that is not valid keeps all of them out', async () => {
    const before = (await get(`tickets/${ticketId}`)).body.data.conversations.length
    await send('POST', `ticket_conversations/${ticketId}`, [
      { type: 2, ...content },
      { type: 9, ...content },
    ])
    expect((await get(`tickets/${ticketId}`)).body.data.conversations).toHaveLength(before)
  })

  test('new entries are answered whole, enums taken by name too; a status moves the ticket', async () => {
    const entry = { type: 'NOTE_PRIVATE', sys_status: { id: 4 }, last_message_extracted: 'short', ...content }
    const { status, body } = await send('POST', `ticket_conversations/${ticketId}`, [entry])
    expect(status).toBe(200)
    expect(body.data).toMatchObject([
      { type: 2, ticket_id: ticketId, last_message_extracted: 'short', sys_content_rich: { html: '<p>x</p>' } },
    ])
    expect((await get(`tickets/${ticketId}`)).body.data.ticket.sys_status.id).toBe(4)
  })

  test('`PUT tickets` blanks what it is not told to leave alone', async () => {
    const row = { id: ticketId, label: 'Kept', sys_status: { id: 2 }, requester: { email: 'a@b.example' } }
    await send('PUT', 'tickets?properties=sys_priority', [{ id: ticketId, sys_priority: { id: 12 } }])
    expect((await send('PUT', 'tickets', [{ id: ticketId, sys_priority: { id: 11 } }])).body.errors).toHaveProperty([
      '$[0].label',
    ])
    expect((await get(`tickets/${ticketId}`)).body.data.ticket.sys_priority.id).toBe(12)
    expect((await send('PUT', 'tickets', [row])).body.data).toMatchObject([{ label: 'Kept', sys_priority: null }])
    expect((await send('PUT', 'tickets?properties=nope', [row])).body.errors).toHaveProperty('properties')
    expect((await send('PUT', 'tickets?properties=label', [{ id: 1, label: 'x' }])).body.detail).toContain('not found')
  })

  test('new tickets need a subject and a requester; merging needs two that stand alone', async () => {
    const { errors } = (await send('POST', 'tickets', [{}])).body
    expect(Object.keys(errors)).toEqual(['$[0].label', '$[0].requester'])
    const into = { merge_to_ticket_id: ticketId, merge_from_ticket_ids: [ticketId] }
    expect((await send('POST', 'tickets/merge', into)).body.detail).toContain('into itself')
    expect((await send('POST', 'tickets/merge', { ...into, merge_from_ticket_ids: ['x'] })).status).toBe(400)
  })

  test('a body of another kind is 415, one that is no JSON is 400', async () => {
    expect((await send('POST', 'tickets', '[]', 'text/plain')).status).toBe(415)
    expect((await send('POST', 'attachments', {})).status).toBe(415)
    expect((await send('POST', 'tickets', '[')).body.errors).toHaveProperty('$')
  })
})

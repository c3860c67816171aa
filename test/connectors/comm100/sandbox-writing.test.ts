/** The sandbox is as strict as the vendor: spoken to without the connector. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comm100Sandbox, password } from '#connectors/comm100/sandbox.ts'
import type { JsonObject } from '#connectors/contract.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { base64, zero } from './fixtures.ts'
import { smallDesk } from './orders.ts'

const { desk, id } = smallDesk()
let served: ServedSandbox
let token = ''
beforeAll(async () => {
  served = await serveSandbox(comm100Sandbox, desk)
  const { email, password: secret, clientId } = password
  const form = { grant_type: 'password', email, password: secret, client_id: clientId }
  const response = await fetch(`${served.origins.dash}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  token = ((await response.json()) as { access_token: string }).access_token
})
afterAll(() => served.close())

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${served.origins.api}${path.startsWith('/') ? '' : '/v4/'}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  // biome-ignore lint/suspicious/noExplicitAny: any answer of the vendor
  return { status: response.status, text, body: (text === '' ? null : JSON.parse(text)) as any }
}

const ticket = () => ({ subject: 'S', channelId: id.mail, contactOrVisitorId: id.kai })
const message = (): JsonObject => ({
  ticketId: 1,
  sentById: id.ada,
  sentByType: 'agent',
  type: 'text',
  metadata: {},
  channelId: 'Email',
  body: 'hello',
})

describe('tickets', () => {
  test.each(['subject', 'channelId', 'contactOrVisitorId'])('%s is required to create and to update', async (field) => {
    const body = { ...ticket(), [field]: undefined }
    for (const [method, path] of [
      ['POST', 'ticketing/tickets'],
      ['PUT', 'ticketing/tickets/1'],
    ] as const)
      expect(await call(method, path, body)).toMatchObject({
        status: 400,
        body: { code: 'BadParameter', message: `${field} is required.` },
      })
  })
  test.each([
    { status: 'closed' },
    { priority: 'none' },
    { assigneeType: 'none' },
    { contactOrVisitorType: 'somebody' },
    { contactOrVisitorType: 'visitor' },
    { assigneeId: '11112222-3333-4444-8555-666677778888' },
    { tagIds: ['x'] },
    { tagIds: 'x' },
    { isInRecycleBin: 'yes' },
    { subject: 7 },
  ])('%j is refused and changes nothing', async (wrong) => {
    const before = (await call('GET', 'ticketing/tickets/1')).body
    expect(await call('PUT', 'ticketing/tickets/1', { ...ticket(), ...wrong })).toMatchObject({ status: 400 })
    expect((await call('GET', 'ticketing/tickets/1')).body).toEqual(before)
  })
  test('what is left out or null stays, the zero GUID takes away', async () => {
    const { body } = await call('PUT', 'ticketing/tickets/1', { ...ticket(), assigneeId: null })
    expect(body).toMatchObject({ id: 1, subject: 'S', priority: 'high', assigneeId: id.ada.toUpperCase() })
    const cleared = await call('PUT', 'ticketing/tickets/1', { ...ticket(), assigneeId: zero })
    expect(cleared).toMatchObject({ status: 200, body: { assigneeId: zero, assigneeType: 'none' } })
  })
  test('creating answers 201 with the ticket; a message that is wrong makes none', async () => {
    const before = desk.tickets.size
    expect(await call('POST', 'ticketing/tickets', { ...ticket(), messages: [{ body: 'x' }] })).toMatchObject({
      status: 400,
    })
    expect(desk.tickets.size).toBe(before)
    const made = await call('POST', 'ticketing/tickets', { ...ticket(), lastMessage: {}, messages: [message()] })
    expect(made).toMatchObject({ status: 201, body: { id: expect.any(Number), subject: 'S', totalReplies: 1 } })
  })
  test('recycle and merge answer 200 without a body, delete 204, read and unread the ticket', async () => {
    expect(await call('POST', 'ticketing/tickets/2:recycle')).toMatchObject({ status: 200, text: '' })
    expect(await call('POST', 'ticketing/tickets/1:merge', { sourceId: '2' })).toMatchObject({ status: 200, text: '' })
    expect((await call('GET', 'ticketing/tickets/2')).body).toMatchObject({ mergedToTargetId: 1 })
    expect((await call('POST', 'ticketing/tickets/1:merge', { sourceId: 2 })).status).toBe(400)
    expect((await call('POST', 'ticketing/tickets/1:merge', { sourceId: 1 })).status).toBe(400)
    expect((await call('POST', 'ticketing/tickets/1:merge', {})).status).toBe(400)
    expect((await call('POST', 'ticketing/tickets/1:merge', { sourceId: 999 })).status).toBe(404)
    expect(await call('POST', 'ticketing/tickets/1:read')).toMatchObject({ status: 200, body: { isReadByAgent: true } })
    expect(await call('POST', 'ticketing/tickets/1:unread')).toMatchObject({
      status: 200,
      body: { isReadByAgent: false },
    })
    expect(await call('DELETE', 'ticketing/tickets/2')).toMatchObject({ status: 204, text: '' })
    expect((await call('DELETE', 'ticketing/tickets/2')).status).toBe(404)
  })
  test('nothing goes without a token or as another kind of body', async () => {
    expect((await call('DELETE', 'ticketing/tickets/1', undefined, { authorization: 'Bearer no' })).status).toBe(401)
    expect((await call('POST', '/api/v2/ticket/attachments', new FormData(), { authorization: '' })).status).toBe(401)
    expect((await call('PUT', 'ticketing/tickets/1', ticket(), { 'content-type': 'text/plain' })).status).toBe(400)
  })
})

describe('messages, notes and files', () => {
  test.each(['sentById', 'sentByType', 'type', 'metadata', 'channelId', 'ticketId'])(
    '%s is required',
    async (field) => {
      const refused = await call('POST', 'ticketing/messages', { ...message(), [field]: null })
      expect(refused).toMatchObject({ status: 400, body: { message: `${field} is required.` } })
    },
  )
  test.each([
    { type: 'markdown' },
    { sentByType: 'bot' },
    { sentById: id.kai },
    { channelId: id.mail },
    { channelId: 'Fax' },
    { metadata: 'x' },
    { body: 'data:text/plain;base64,%%%' },
    { body: '' },
    { attachments: [{ fileKey: 'unknown' }] },
    { messageDelivery: { status: 'flying' } },
    { time: 'soon' },
  ])('%j is refused', async (wrong) => {
    const before = desk.tickets.get(1)?.messages.length
    expect((await call('POST', 'ticketing/messages', { ...message(), ...wrong })).status).toBe(400)
    expect(desk.tickets.get(1)?.messages.length).toBe(before)
  })
  test('plain and base64 bodies are the same text', async () => {
    for (const body of ['Grüße', base64('Grüße')]) {
      expect((await call('POST', 'ticketing/messages', { ...message(), body })).status).toBe(201)
      expect(desk.tickets.get(1)?.messages.at(-1)?.text).toBe('Grüße')
    }
  })
  test('a note needs a text and agents that exist; it cannot be changed', async () => {
    expect((await call('POST', 'ticketing/notes', { ticketId: 1 })).status).toBe(400)
    expect(
      (await call('POST', 'ticketing/notes', { ticketId: 1, text: 'x', noteMentions: [{ agentId: id.kai }] })).status,
    ).toBe(400)
    const made = await call('POST', 'ticketing/notes', { ticketId: '1', text: 'x' })
    expect(made).toMatchObject({ status: 201, body: { ticketId: '1', agentId: id.ada.toUpperCase() } })
    for (const method of ['PUT', 'DELETE'])
      expect((await call(method, `ticketing/notes/${made.body.id}`, { text: 'y' })).status).toBe(404)
    expect((await call('DELETE', `ticketing/messages/${id.failed}`)).status).toBe(404)
  })
  test('an upload answers in the words of version 2, and is served with its bytes', async () => {
    const form = new FormData()
    expect((await call('POST', '/api/v2/ticket/attachments', form)).status).toBe(400)
    form.set('file', new File(['bytes'], 'a.txt', { type: 'text/plain' }))
    const { body } = await call('POST', '/api/v2/ticket/attachments', form)
    expect(body).toEqual({
      attachments: [{ guid: expect.any(String), fileName: 'a.txt', url: expect.any(String), isAvailable: true }],
    })
    const served = await fetch(body.attachments[0].url)
    expect([served.headers.get('content-type'), await served.text()]).toEqual(['text/plain', 'bytes'])
  })
})

test('a draft needs a type and metadata, comes back as it was put, and is gone when it is deleted', async () => {
  const number = (await call('POST', 'ticketing/tickets', ticket())).body.id as number
  const path = `ticketing/tickets/${number}/draft`
  const draft = { type: 'html', body: base64('<p>So far</p>'), metadata: { context: null }, attachments: [] }
  for (const wrong of [{ type: null }, { type: 'video' }, { metadata: 'x' }, { attachments: [{ fileKey: 'none' }] }])
    expect((await call('PUT', path, { ...draft, ...wrong })).status).toBe(400)
  expect((await call('GET', path)).status).toBe(404)
  expect((await call('PUT', path, { ...draft, lastUpdatedById: id.ben })).body).toMatchObject({
    ...{ ticketId: String(number), type: 'html', metadata: { context: null }, lastUpdatedById: id.ben },
  })
  expect((await call('GET', `ticketing/tickets/${number}`)).body.ifHasDraft).toBe(true)
  expect((await call('DELETE', path)).status).toBe(204)
  expect((await call('DELETE', path)).status).toBe(404)
})

test('contacts and tags need their names, and names of tags and identities are used once', async () => {
  expect((await call('POST', 'global/contacts', { name: 'X' })).status).toBe(400)
  const identity = { contactIdentityType: 'Email', value: 'kai@example.org' }
  expect(await call('POST', 'global/contacts', { name: 'X', contactIdentities: [identity] })).toMatchObject({
    status: 400,
    body: { code: 'ContactIdentityExists' },
  })
  expect((await call('PUT', `global/contacts/${id.lu}`, { name: 'X' })).status).toBe(400)
  expect((await call('POST', 'ticketing/tags', { name: 'billing' })).body).toMatchObject({ code: 'TagNameExists' })
  expect((await call('POST', 'ticketing/tags', {})).status).toBe(400)
  expect((await call('DELETE', `ticketing/tags/${id.ada}`)).status).toBe(404)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxBotToken, sandboxToken } from '#connectors/chatwoot/sandbox-gate.ts'
import { addAgent, addContact, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { serve } from './support.ts'

const desk = emptyDesk()
const ana = addAgent(desk, { role: 'administrator' })
for (let index = 0; index < 40; index += 1) addContact(desk)
addContact(desk, { type: 'VISITOR' })
for (let index = 0; index < 60; index += 1) {
  const ticket = addTicket(desk, {
    status: index < 55 ? 'PENDING_INTERNAL' : 'RESOLVED',
    assigneeId: index < 5 ? ana.id : null,
    createdAt: new Date(1.76e12 + index * 1000),
  })
  ticket.updatedAt = ticket.createdAt
}
const talkative = addTicket(desk, { createdAt: new Date(1.75e12) })
for (let index = 0; index < 130; index += 1)
  addMessage(desk, { ticketId: talkative.id, at: new Date(1.75e12 + index * 1000), text: String(index) })

let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve(desk)
})
afterAll(() => served.close())

async function get(
  path: string,
  { headers = { api_access_token: sandboxToken }, ...init }: RequestInit & { headers?: Record<string, string> } = {},
) {
  const answer = await fetch(`${served.origins.api}/api/v1/accounts/1${path}`, { ...init, headers, redirect: 'manual' })
  const text = await answer.text()
  // Loosely typed on purpose: these tests look at the wire.
  return { status: answer.status, headers: answer.headers, text, json: JSON.parse(text || 'null') }
}

describe('the door', () => {
  it('refuses a missing, wrong or bot token with 401', async () => {
    expect(await get('/agents', { headers: {} })).toMatchObject({ status: 401, json: { errors: [expect.any(String)] } })
    expect(await get('/agents', { headers: { api_access_token: 'x' } })).toMatchObject({
      status: 401,
      json: { error: 'Invalid Access Token' },
    })
    expect(await get('/agents', { headers: { api_access_token: sandboxBotToken } })).toMatchObject({
      status: 401,
      json: { error: expect.stringContaining('bots') },
    })
  })
  it('takes the header in both spellings', async () => {
    expect((await get('/agents', { headers: { 'Api-Access-Token': sandboxToken } })).status).toBe(200)
  })
  it('knows no other account and no other path', async () => {
    const answer = await fetch(`${served.origins.api}/api/v1/accounts/2/agents`, {
      headers: { api_access_token: sandboxToken },
    })
    expect(answer.status).toBe(404)
    expect(await get('/nonsense')).toMatchObject({ status: 404, json: { error: 'Resource could not be found' } })
    expect((await get('/conversations/99999')).status).toBe(404)
  })
  it('says 429 in plain text with Retry-After', async () => {
    const limited = await serve(desk, { rateLimit: { calls: 1, windowMs: 60_000 } })
    const call = () =>
      fetch(`${limited.origins.api}/api/v1/accounts/1/agents`, { headers: { api_access_token: sandboxToken } })
    await (await call()).text()
    const refused = await call()
    expect([refused.status, await refused.text(), Number(refused.headers.get('retry-after')) > 0]).toEqual([
      429,
      'Retry later\n',
      true,
    ])
    await limited.close()
  })
})

describe('conversations', () => {
  it('are open ones only unless asked otherwise, 25 a page, without a number of pages', async () => {
    const { json } = await get('/conversations')
    expect(json.data.payload).toHaveLength(25)
    expect(json.data.meta).toEqual({ mine_count: 5, assigned_count: 5, unassigned_count: 50, all_count: 55 })
    expect((await get('/conversations?page=3')).json.data.payload).toHaveLength(5)
    expect((await get('/conversations?page=4')).json.data.payload).toEqual([])
    expect((await get('/conversations?status=all')).json.data.meta.all_count).toBe(61)
    expect((await get('/conversations?status=all&assignee_type=me')).json.data.payload).toHaveLength(5)
  })
  it('come all at once with `updated_within`', async () => {
    expect((await get('/conversations?status=all&updated_within=999999999')).json.data.payload).toHaveLength(61)
    expect((await get('/conversations?status=all&updated_within=60')).json.data.payload).toHaveLength(0)
  })
  it('hold their last message only', async () => {
    const { json } = await get(`/conversations/${talkative.id}`)
    expect(json.messages).toMatchObject([
      { content: '129', updated_at: expect.stringContaining('T'), created_at: expect.any(Number) },
    ])
    expect(json.unread_count).toBe(10)
    expect(json.meta).not.toHaveProperty('assignee')
    expect(json.snoozed_until).toBeNull()
  })
  it('can be filtered, and wrong keys are refused', async () => {
    const filter = (attribute_key: string) =>
      get('/conversations/filter', {
        method: 'POST',
        body: JSON.stringify({
          payload: [{ attribute_key, filter_operator: 'equal_to', values: ['resolved'], query_operator: null }],
        }),
      })
    expect((await filter('status')).json).toMatchObject({ meta: { all_count: 5 }, payload: expect.any(Array) })
    expect(await filter('shoe_size')).toMatchObject({
      status: 422,
      json: { error: expect.stringContaining('Invalid attribute key') },
    })
  })
})

describe('messages', () => {
  const ids = async (query: string) =>
    (await get(`/conversations/${talkative.id}/messages${query}`)).json.payload.map(
      ({ content }: { content: string }) => Number(content),
    )
  const idOf = (index: number) => talkative.messages[index]?.id
  it('are the newest twenty, twenty before, a hundred after, or a thousand between', async () => {
    expect(await ids('')).toEqual(Array.from({ length: 20 }, (_, index) => 110 + index))
    expect(await ids(`?before=${idOf(50)}`)).toEqual(Array.from({ length: 20 }, (_, index) => 30 + index))
    expect(await ids('?after=0')).toHaveLength(100)
    expect((await ids(`?after=${idOf(100)}`))[0]).toBe(101)
    expect(await ids(`?after=${idOf(10)}&before=${idOf(125)}`)).toHaveLength(115)
  })
  it('leave out what rows do not have', async () => {
    const [first] = (await get(`/conversations/${talkative.id}/messages`)).json.payload
    for (const key of ['updated_at', 'sender_type', 'account_id', 'attachments']) expect(first).not.toHaveProperty(key)
    expect(first).toMatchObject({ message_type: 0, sender: { type: 'contact', thumbnail: '' } })
  })
})

it('contacts are 15 a page, without visitors', async () => {
  const { json } = await get('/contacts')
  expect([json.payload.length, json.meta.count]).toEqual([15, 40])
})

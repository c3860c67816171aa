/** The sandbox's answers to changes, as the vendor's own server gives them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sandboxBotToken, sandboxToken } from '#connectors/chatwoot/sandbox-gate.ts'
import { addAgent, addBot, addChannel, addMessage, addTag, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { serve } from './support.ts'

const desk = emptyDesk()
const ana = addAgent(desk, { role: 'administrator' })
let served: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  served = await serve(desk)
})
afterAll(() => served.close())

async function call(method: string, path: string, body?: unknown, token = sandboxToken) {
  const answer = await fetch(`${served.origins.api}/api/v1/accounts/1${path}`, {
    method,
    headers: { api_access_token: token, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  // Loosely typed on purpose: these tests look at the wire.
  return { status: answer.status, text, json: JSON.parse(text || 'null') }
}
const get = (path: string) => call('GET', path)

describe('changes', () => {
  const at = new Date(1.76e12)
  const open = addTicket(desk, { createdAt: at, status: 'PENDING_INTERNAL', assigneeId: ana.id })
  const asked = addMessage(desk, { ticketId: open.id, at, text: 'Hello' })
  addTag(desk, { name: 'vip' })
  addBot(desk)
  const apiCall = addTicket(desk, { createdAt: at, channelId: addChannel(desk, { type: 'API' }).id })
  const answered = addMessage(desk, { ticketId: apiCall.id, at, type: 'REPLY_OUTBOUND', text: 'Hi' })
  const on = `/conversations/${open.id}`

  it('are answered as the vendor answers them', async () => {
    const status = await call('POST', `${on}/toggle_status`, { status: 'snoozed', snoozed_until: 1_900_000_000 })
    expect(status.json).toEqual({
      meta: {},
      payload: {
        success: true,
        conversation_id: open.id,
        current_status: 'snoozed',
        snoozed_until: '2030-03-17T17:46:40.000Z',
      },
    })
    for (const name of ['toggle_priority', 'mute', 'unmute'])
      expect(await call('POST', `${on}/${name}`, {})).toMatchObject({ status: 200, text: '' })
    const made = await call('POST', `${on}/messages`, {
      content: 'x',
      private: true,
      echo_id: 'e-1',
      content_attributes: { a: 1 },
    })
    expect(made.json).toMatchObject({ message_type: 1, private: true, echo_id: 'e-1', content_attributes: { a: 1 } })
    const [last] = (await get(`${on}/messages?after=${made.json.id - 1}`)).json.payload
    expect(last).not.toHaveProperty('echo_id')
  })
  it('that name what is not there are dropped, taken for nothing, or end in an internal error', async () => {
    expect((await call('POST', `${on}/labels`, { labels: ['vip', 'nothing'] })).json).toEqual({ payload: ['vip'] })
    expect((await call('POST', `${on}/assignments`, { assignee_id: 99_999 })).json).toBeNull()
    expect((await get(on)).json.meta).not.toHaveProperty('assignee')
    expect((await call('POST', `${on}/toggle_status`, { status: 'closed' })).status).toBe(500)
    expect((await call('POST', `${on}/toggle_priority`, { priority: 'normal' })).status).toBe(500)
    expect((await call('POST', '/conversations', { inbox_id: 1 })).status).toBe(404)
    expect((await call('POST', `${on}/messages`, '{"content":')).status).toBe(400)
  })
  it('of custom attributes replace them all, unless told to merge', async () => {
    const set = async (body: object) => (await call('POST', `${on}/custom_attributes`, body)).json
    await set({ custom_attributes: { a: 1 } })
    expect(await set({ custom_attributes: { b: 2 }, merge: true })).toEqual({ custom_attributes: { a: 1, b: 2 } })
    expect(await set({ custom_attributes: { c: 3 } })).toEqual({ custom_attributes: { c: 3 } })
  })
  it('are refused in the vendor’s words', async () => {
    const refused = async (body: object) => (await call('POST', `${on}/messages`, body)).json
    expect(await refused({ content: 'x', message_type: 'incoming' })).toEqual({
      error: 'Incoming messages are only allowed in Api inboxes',
    })
    expect(await refused({ content: 'x', cc_emails: 'a@x.example, Ana <b>' })).toEqual({
      error: 'Invalid email address',
    })
    expect(await refused({ content: 'x'.repeat(150_001) })).toMatchObject({
      error: expect.stringContaining('too long'),
    })
    expect(await call('PATCH', `${on}/messages/${asked.id}`, { status: 'failed' })).toMatchObject({
      status: 403,
      json: { error: 'Message status update is only allowed for API inboxes' },
    })
    const failed = { status: 'failed', external_error: 'no route' }
    expect((await call('PATCH', `/conversations/${apiCall.id}/messages/${answered.id}`, failed)).json).toMatchObject({
      status: 'failed',
      content_attributes: { external_error: 'no route' },
    })
  })
  it('by a bot are few', async () => {
    const asBot = (path: string, body: object) => call('POST', path, body, sandboxBotToken)
    expect((await asBot(`${on}/messages`, { content: 'Beep' })).json.sender).toMatchObject({ type: 'agent_bot' })
    expect((await asBot(`${on}/toggle_status`, { status: 'open' })).status).toBe(200)
    expect((await asBot(`${on}/labels`, { labels: [] })).status).toBe(401)
  })
})

// What the sandboxes post when their desk changes: the vendors' real shapes, signed where the vendor signs.
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chatwootSandbox } from '#connectors/chatwoot/sandbox.ts'
import { sandboxToken } from '#connectors/chatwoot/sandbox-gate.ts'
import { comm100Sandbox } from '#connectors/comm100/sandbox.ts'
import { addAgent, addChannel, emptyDesk } from '#connectors/sandbox/build.ts'
import {
  changeStatus,
  changeTicket,
  deleteMessage,
  deleteTicket,
  openTicket,
  receiveMessage,
  sendReply,
} from '#connectors/sandbox/changes.ts'
import type { Sandbox } from '#connectors/sandbox/sandbox.ts'
import { serveSandbox } from '#connectors/sandbox/server.ts'

test('Chatwoot posts a message with its type as a word and its time as text, inside its conversation', async () => {
  const { desk, ticket, listener, settings } = await opened(chatwootSandbox)
  await register(settings.baseUrl as string, { url: listener.url })
  const message = receiveMessage(desk, { ticketId: ticket.id, text: 'Halo' })
  const post = await listener.next('message_created')
  expect(post.body).toMatchObject({
    ...{ event: 'message_created', id: message.id, content: 'Halo', message_type: 'incoming', private: false },
    created_at: message.at.toISOString(),
    account: { id: 1 },
    inbox: { id: ticket.channelId, name: expect.any(String) },
    sender: { id: ticket.requesterId, type: 'contact' },
    conversation: {
      ...{ id: ticket.id, status: 'pending', created_at: expect.any(Number), updated_at: expect.any(Number) },
      messages: [{ id: message.id, message_type: 0, created_at: expect.any(Number) }],
      meta: { assignee: null },
    },
  })
  expect(JSON.stringify(post.body)).not.toMatch(/access_token|pubsub_token|hmac_identifier/)

  sendReply(desk, { ticketId: ticket.id, text: 'Hello', isSystemLine: true })
  sendReply(desk, { ticketId: ticket.id, text: 'Answer' })
  expect((await listener.next('message_created')).body).toMatchObject({ content: 'Answer', message_type: 'outgoing' })
  expect((await listener.next('conversation_status_changed')).body).toMatchObject({ id: ticket.id, status: 'open' })
  deleteMessage(desk, { ticketId: ticket.id, messageId: message.id })
  expect((await listener.next('message_updated')).body).toMatchObject({ content_attributes: { deleted: true } })
  changeStatus(desk, { ticketId: ticket.id, status: 'RESOLVED' })
  expect((await listener.next('conversation_status_changed')).body).toMatchObject({ id: ticket.id, status: 'resolved' })
  const { id } = openTicket(desk, { first: { text: 'Hi' } })
  expect((await listener.next('conversation_created')).body).toMatchObject({ id })
})

test('Chatwoot signs the time and the raw body, and numbers every delivery', async () => {
  const { desk, ticket, listener, settings } = await opened(chatwootSandbox)
  const [secret = ''] = settings.webhookSecrets as string[]
  expect(await register(settings.baseUrl as string, { url: listener.url })).toMatchObject({
    status: 200,
    body: { payload: { webhook: { id: 1, url: listener.url, account_id: 1, secret } } },
  })
  receiveMessage(desk, { ticketId: ticket.id, text: 'Halo' })
  const { headers, raw } = await listener.next('message_created')
  const timestamp = headers['x-chatwoot-timestamp'] as string
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5)
  const expected = createHmac('sha256', secret).update(`${timestamp}.${raw}`).digest('hex')
  expect(headers['x-chatwoot-signature']).toBe(`sha256=${expected}`)
  expect(headers['x-chatwoot-delivery']).toMatch(/^[0-9a-f-]{36}$/)
})

test('Chatwoot tells neither of read marks nor of a deletion, and only what was subscribed to', async () => {
  const { desk, ticket, listener, settings } = await opened(chatwootSandbox)
  await register(settings.baseUrl as string, { url: listener.url, subscriptions: ['conversation_updated'] })
  changeTicket(desk, ticket.id, { isReadByAgent: true, unreadCount: 0 })
  receiveMessage(desk, { ticketId: ticket.id, text: 'not subscribed to' })
  changeTicket(desk, ticket.id, { priority: 'URGENT' })
  deleteTicket(desk, ticket.id)
  expect((await listener.next('conversation_updated')).body).toMatchObject({ priority: 'urgent' })
  expect(listener.posts).toEqual([])
})

test('webhooks of Chatwoot can be listed, changed and removed, and wrong ones are refused', async () => {
  const { desk, ticket, listener, settings } = await opened(chatwootSandbox)
  const url = settings.baseUrl as string
  for (const wrong of [{}, { url: 'nonsense' }, { url: 'ftp://x' }, { url: listener.url, subscriptions: ['nothing'] }])
    expect((await register(url, wrong)).status).toBe(422)
  expect((await register(url, { webhook: { url: listener.url, name: 'ours' } })).status).toBe(200)
  expect((await register(url, { url: listener.url })).status).toBe(422)
  const list = async () => (await register(url, undefined, 'GET')).body as { payload: { webhooks: object[] } }
  expect((await list()).payload.webhooks).toMatchObject([{ id: 1, name: 'ours' }])
  await register(url, { subscriptions: ['message_created'] }, 'PATCH', '/1')
  expect((await list()).payload.webhooks).toMatchObject([{ subscriptions: ['message_created'] }])
  expect((await register(url, undefined, 'DELETE', '/1')).status).toBe(200)
  expect((await register(url, undefined, 'DELETE', '/1')).status).toBe(404)
  receiveMessage(desk, { ticketId: ticket.id, text: 'nobody listens' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(listener.posts).toEqual([])
})

test('Comm100 posts numbers for words under capital names, to an address that ends in the secret', async () => {
  const { desk, ticket, listener, settings, control } = await opened(comm100Sandbox)
  const [secret = ''] = settings.webhookSecrets as string[]
  await control({ address: listener.url })
  await control({ address: listener.url })
  changeStatus(desk, { ticketId: ticket.id, status: 'RESOLVED' })
  const post = await listener.next()
  expect(post.path).toBe(`/hooks/${secret}`)
  expect(post.body).toEqual({
    ...{ SiteId: 10001, TriggerId: expect.any(String), TriggerName: 'Ticket Status Change' },
    ...{ ChannelAccountId: expect.any(String), ChannelId: 'Email' },
    TicketInfo: expect.objectContaining({
      ...{ Id: ticket.id, Subject: 'Hello', Status: 5, Priority: 3, MergedToTargetId: 0 },
      ...{ ReopenedTime: '1970-01-01T00:00:00Z', Messages: null },
    }),
  })
  changeTicket(desk, ticket.id, { isReadByAgent: true, unreadCount: 0 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(listener.posts).toEqual([])
  receiveMessage(desk, { ticketId: ticket.id, text: 'Hi' })
  expect((await listener.next()).body).toMatchObject({ TicketInfo: { Id: ticket.id } })
})

test('a post that is answered with 503, or not at all, is made again; a refusal is final', async () => {
  const { desk, ticket, listener, control } = await opened(comm100Sandbox)
  await control({ address: listener.url })
  listener.answers.push(503, 'reset', 200)
  changeTicket(desk, ticket.id, { priority: 'LOW' })
  await vi.waitFor(() => expect(listener.posts).toHaveLength(3), 3000)
  expect(new Set(listener.posts.map(({ raw }) => raw)).size).toBe(1)
  listener.posts.length = 0
  listener.answers.push(404)
  changeTicket(desk, ticket.id, { priority: 'HIGH' })
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(listener.posts).toHaveLength(1)
})

test('a vendor that posts nothing says so at its control address', async () => {
  const plain: Sandbox = {
    vendor: 'plain',
    hosts: ['api'],
    open: () => ({ settings: {}, handle: () => ({ status: 200 }) }),
  }
  const served = await serveSandbox(plain, emptyDesk())
  onTestFinished(() => served.close())
  const answer = await fetch(`${served.origins.api}/__sandbox/webhook`, {
    method: 'POST',
    body: '{"address":"http://x"}',
  })
  expect(answer.status).toBe(404)
})

// ------------------------------------------------------------------ the stage

async function opened(sandbox: Sandbox) {
  const desk = emptyDesk()
  addAgent(desk)
  addChannel(desk)
  const ticket = openTicket(desk, { subject: 'Hello', first: { text: 'first' } })
  const served = await serveSandbox(sandbox, desk)
  const listener = await listen()
  onTestFinished(async () => {
    await served.close()
    listener.close()
  })
  const control = (body: object) =>
    fetch(`${served.origins.api}/__sandbox/webhook`, { method: 'POST', body: JSON.stringify(body) })
  return { ...served, desk, ticket, listener, control }
}

async function register(baseUrl: string, body: object | undefined, method = 'POST', rest = '') {
  const answer = await fetch(`${baseUrl}/api/v1/accounts/1/webhooks${rest}`, {
    method,
    headers: { api_access_token: sandboxToken, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text ? JSON.parse(text) : null }
}

type Post = { path: string; headers: IncomingHttpHeaders; raw: string; body: Record<string, unknown> }

/** Writes down what is posted to it; `answers` are given first, then 200. */
async function listen() {
  const posts: Post[] = []
  const answers: (number | 'reset')[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const raw = Buffer.concat(chunks).toString()
    posts.push({ path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw) })
    const answer = answers.shift() ?? 200
    if (answer === 'reset') return void request.socket.resetAndDestroy()
    response.writeHead(answer).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...{ posts, answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks` },
    /** Takes the next post, or the next of an event. */
    async next(event?: string): Promise<Post> {
      return await vi.waitFor(() => {
        const index = posts.findIndex(({ body }) => event === undefined || body.event === event)
        expect(index).toBeGreaterThanOrEqual(0)
        return posts.splice(index, 1)[0] as Post
      }, 2000)
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What goes out for each operation, seen by a server that writes every call down. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { markerKey } from '#connectors/chatwoot/words.ts'
import type { Session } from '#connectors/contract.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { can, contact, file, message, newTicket } from './orders.ts'
import { sessionOf } from './support.ts'

type Call = { call: string; body?: unknown; contentType?: string; token?: string }
type Scripted = { httpStatus?: number; body?: unknown } | undefined

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Answers by `METHOD /path`; without an answer, changes get an empty 200 and look-ups a 404. */
async function record(answers: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('latin1')
    const call = `${request.method} ${request.url?.replace('/api/v1/accounts/7', '')}`
    const contentType = request.headers['content-type']
    calls.push({
      call,
      ...(contentType ? { contentType } : {}),
      ...(text
        ? { body: contentType === 'application/json' ? JSON.parse(Buffer.from(text, 'latin1').toString()) : text }
        : {}),
      token: request.headers.api_access_token as string,
    })
    const answer = answers[call]
    const scripted = typeof answer === 'function' ? answer() : answer
    const { httpStatus, body } = (
      scripted && typeof scripted === 'object' && 'httpStatus' in scripted
        ? scripted
        : { httpStatus: scripted === undefined && request.method === 'GET' ? 404 : 200, body: scripted }
    ) as NonNullable<Scripted>
    response.writeHead(httpStatus ?? 200, { 'content-type': 'application/json' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const session: Session = sessionOf({ baseUrl, accountId: 7, apiAccessToken: 'token-of-test', ...settings })
  return {
    session,
    calls,
    /** What was changed: everything but look-ups. */
    changes: () => calls.filter(({ call }) => !call.startsWith('GET ')).map(({ call, body }) => [call, body]),
  }
}

const at = { ticketExternalId: '7:42', conversationExternalId: '7:42' }
const state = (partial: Record<string, unknown> = {}) => ({
  id: 42,
  status: 'open',
  priority: null,
  labels: ['old', 'kept'],
  custom_attributes: { order: 'A-1', seats: 4 },
  snoozed_until: null,
  unread_count: 0,
  muted: false,
  meta: {},
  ...partial,
})
const found = (partial?: Record<string, unknown>) => ({ 'GET /conversations/42': state(partial) })
const people = { 'GET /agents': [{ id: 5, name: 'Ana (B)' }], 'GET /teams': [{ id: 8, name: 'Repairs' }] }

describe('a message', () => {
  const made = { 'POST /conversations/42/messages': { id: 900 } }
  const send = async (partial: Parameters<typeof message>[0], answers: Record<string, unknown> = {}) => {
    const server = await record({ ...made, ...people, ...answers })
    const receipt = await can(server.session, 'createMessages')({ ...at, messages: [message(partial)] })
    return { ...server, receipt }
  }

  it('is a JSON post that carries the token and our id', async () => {
    const { calls, receipt } = await send({ text: ' a\n\tb \n', marker: 'm-1' })
    expect(calls).toEqual([
      {
        call: 'POST /conversations/42/messages',
        contentType: 'application/json',
        token: 'token-of-test',
        body: {
          content: ' a\n\tb \n',
          message_type: 'outgoing',
          private: false,
          content_attributes: { [markerKey]: 'm-1' },
        },
      },
    ])
    expect(receipt).toEqual({
      ticketExternalId: '7:42',
      messages: [{ externalId: '900', conversationExternalId: '7:42' }],
    })
  })
  it('takes Markdown before text, HTML for mails, addresses without names, and the message it answers', async () => {
    const { calls } = await send({
      text: 'bold',
      markdown: '**bold**',
      html: '<b>bold</b>',
      parentExternalId: '899',
      contentAttributes: { colour: 'red' },
      addresses: [
        { email: 'a@x.example', name: 'A', direction: 'CC' },
        { email: 'b@x.example', name: null, direction: 'CC' },
        { email: 'c@x.example', name: null, direction: 'BCC' },
        { email: 'd@x.example', name: null, direction: 'TO' },
      ],
    })
    expect(calls[0]?.body).toEqual({
      content: '**bold**',
      message_type: 'outgoing',
      private: false,
      content_attributes: { colour: 'red', in_reply_to: 899, [markerKey]: 'marker-1' },
      to_emails: 'd@x.example',
      cc_emails: 'a@x.example,b@x.example',
      bcc_emails: 'c@x.example',
      email_html_content: '<b>bold</b>',
    })
  })
  it('that is a note is private, goes to nobody and links the agents it mentions', async () => {
    const { calls } = await send({
      type: 'NOTE_PRIVATE',
      text: 'Look',
      html: '<p>Look</p>',
      mentionedAgentExternalIds: ['5'],
      addresses: [{ email: 'a@x.example', name: null, direction: 'CC' }],
    })
    expect(calls.map(({ call }) => call)).toEqual(['GET /agents', 'POST /conversations/42/messages'])
    expect(calls[1]?.body).toEqual({
      content: 'Look[](mention://user/5/Ana%20B)',
      message_type: 'outgoing',
      private: true,
      content_attributes: { [markerKey]: 'marker-1' },
    })
  })
  it('of the contact is incoming, one sent elsewhere has its id there, one of a bot names the bot', async () => {
    const inbound = await send({ type: 'REPLY_INBOUND', sourceId: 'wamid.1' })
    expect(inbound.calls[0]?.body).toMatchObject({ message_type: 'incoming', private: false, source_id: 'wamid.1' })
    const bot = await send({ sender: contact({ type: 'CHATBOT', externalId: 'bot:3' }) })
    expect(bot.calls[0]?.body).toMatchObject({ sender_type: 'AgentBot', sender_id: 3 })
  })
  it('with files is a form whose text keeps its line ends', async () => {
    const bytes = new Uint8Array([0, 255, 13, 10])
    const { calls } = await send({ text: 'one\ntwo', attachments: [file('a "b".bin', 'application/x-b', bytes)] })
    const { contentType = '', body } = calls[0] as Call
    const boundary = /boundary=(.+)$/.exec(contentType)?.[1]
    const part = (name: string, text: string) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`
    expect(contentType).toContain('multipart/form-data')
    expect(body).toBe(
      [
        part('content', 'one\ntwo'),
        part('message_type', 'outgoing'),
        part('private', 'false'),
        part('content_attributes', JSON.stringify({ [markerKey]: 'marker-1' })),
        `--${boundary}\r\ncontent-disposition: form-data; name="attachments[]"; filename="a %22b%22.bin"\r\n`,
        'content-type: application/x-b\r\n\r\n\0\xff\r\n\r\n',
        `--${boundary}--\r\n`,
      ].join(''),
    )
  })
  it('that Chatwoot has no place for is refused before anything goes out', async () => {
    for (const partial of [
      { type: 'FORWARD' },
      { type: 'NOTE_PUBLIC' },
      { type: 'SUGGESTED_REPLY' },
      { at: new Date() },
      { type: 'NOTE_PRIVATE', mentionedAgentExternalIds: ['99'] },
      { addresses: [{ email: 'nobody', name: null, direction: 'CC' }] },
    ] as Parameters<typeof message>[0][]) {
      const { session, changes } = await record({ ...made, ...people })
      const sent = can(session, 'createMessages')({ ...at, messages: [message(partial)] })
      await expect(sent).rejects.toBeInstanceOf(RefusedError)
      expect(changes()).toEqual([])
    }
  })
  it('whose answer names no message may have been sent', async () => {
    const { session, calls } = await record({ 'POST /conversations/42/messages': {} })
    await expect(can(session, 'createMessages')({ ...at, messages: [message()] })).rejects.toBeInstanceOf(TryAgainError)
    expect(calls).toHaveLength(1)
  })
  it('of another account is gone without a call', async () => {
    const { session, calls } = await record()
    const sent = can(session, 'createMessages')({ ...at, ticketExternalId: '8:42', messages: [message()] })
    await expect(sent).rejects.toBeInstanceOf(GoneError)
    expect(calls).toEqual([])
  })
  it('that the guard against floods refuses waits a minute', async () => {
    const { session } = await record({
      'POST /conversations/42/messages': { httpStatus: 422, body: { error: 'Validation failed: Too many messages' } },
    })
    const sent = can(session, 'createMessages')({ ...at, messages: [message()] })
    await expect(sent).rejects.toMatchObject({ name: 'TryAgainError', retryAfterMs: 60_000 })
  })
})

describe('a message that is there', () => {
  const one = (row: Record<string, unknown>) => ({
    'GET /conversations/42/messages?after=900&before=901': { payload: [{ id: 900, ...row }] },
  })
  const order = { ...at, messageExternalId: '900', isNote: false }
  it('is deleted, unless it is deleted or gone', async () => {
    const { session, changes } = await record(one({ content_attributes: {} }))
    await can(session, 'deleteMessage')(order)
    expect(changes()).toEqual([['DELETE /conversations/42/messages/900', undefined]])
    for (const answers of [one({ content_attributes: { deleted: true } }), one({ id: 950 })]) {
      const again = await record(answers)
      await can(again.session, 'deleteMessage')(order)
      expect(again.changes()).toEqual([])
    }
  })
  it('is sent again when it failed, and only then', async () => {
    const { session, changes } = await record(one({ status: 'failed' }))
    await can(session, 'resendMessage')(order)
    expect(changes()).toEqual([['POST /conversations/42/messages/900/retry', undefined]])
    const sent = await record(one({ status: 'sent' }))
    await expect(can(sent.session, 'resendMessage')(order)).rejects.toThrow('failed messages')
    expect(sent.changes()).toEqual([])
  })
})

describe('a ticket', () => {
  type Changes = Parameters<NonNullable<Session['operations']['updateTicket']>>[0]['changes']
  const update = async (changes: Changes, before: Record<string, unknown> = {}, answers = {}, settings = {}) => {
    const server = await record(
      { ...found(before), ...people, 'POST /conversations/42/labels': { payload: ['kept', 'new'] }, ...answers },
      settings,
    )
    await can(server.session, 'updateTicket')({ ticketExternalId: '7:42', changes })
    return server.changes()
  }
  const status = 'POST /conversations/42/toggle_status'
  const tag = (name: string) => ({ externalId: name, name })

  it('gets each status by its word', async () => {
    expect(await update({ status: 'NEW' })).toEqual([[status, { status: 'pending' }]])
    expect(await update({ status: 'RESOLVED' })).toEqual([[status, { status: 'resolved' }]])
    expect(await update({ status: 'ON_HOLD' })).toEqual([[status, { status: 'snoozed' }]])
    expect(await update({ status: 'PENDING_INTERNAL' }, { status: 'resolved' })).toEqual([[status, { status: 'open' }]])
    expect(await update({ rawStatus: 'resolved', status: 'NEW' })).toEqual([[status, { status: 'resolved' }]])
    const statusMap = { pending: 'PENDING_EXTERNAL' }
    expect(await update({ status: 'PENDING_EXTERNAL' }, {}, {}, { statusMap })).toEqual([
      [status, { status: 'pending' }],
    ])
  })
  it('is snoozed until a second, snoozed otherwise and woken up', async () => {
    const until = new Date('2031-01-01T00:00:00.500Z')
    const asleep = { status: 'snoozed', snoozed_until: '2031-01-01T00:00:01.000Z' }
    const seconds = Date.parse('2031-01-01T00:00:01Z') / 1000
    expect(await update({ snoozedUntil: until })).toEqual([[status, { status: 'snoozed', snoozed_until: seconds }]])
    expect(await update({ snoozedUntil: until, status: 'ON_HOLD' }, asleep)).toEqual([])
    expect(await update({ status: 'ON_HOLD' }, asleep)).toEqual([])
    expect(await update({ snoozedUntil: null }, asleep)).toEqual([[status, { status: 'open' }]])
    expect(await update({ snoozedUntil: null, status: 'ON_HOLD' }, asleep)).toEqual([
      [status, { status: 'open' }],
      [status, { status: 'snoozed' }],
    ])
    expect(await update({ snoozedUntil: null })).toEqual([])
  })
  it('gets and loses a priority, an agent, a team', async () => {
    const [priority, assignments] = ['POST /conversations/42/toggle_priority', 'POST /conversations/42/assignments']
    const held = { priority: 'low', meta: { assignee: { id: 5 }, team: { id: 8 } } }
    expect(await update({ priority: 'NORMAL' })).toEqual([[priority, { priority: 'medium' }]])
    expect(await update({ priority: null }, held)).toEqual([[priority, { priority: null }]])
    const ana = { type: 'AGENT', externalId: '5' } as const
    expect(await update({ assignee: ana, departmentExternalId: '8' })).toEqual([
      [assignments, { assignee_id: 5 }],
      [assignments, { team_id: 8 }],
    ])
    expect(await update({ assignee: null, departmentExternalId: null }, held)).toEqual([
      [assignments, { assignee_id: null }],
      [assignments, { team_id: null }],
    ])
    expect(await update({ assignee: ana, departmentExternalId: '8', priority: 'LOW' }, held)).toEqual([])
  })
  it('is given to a bot, or back to who had it when the server knows no bots', async () => {
    const bot = { type: 'CHATBOT', externalId: 'bot:3' } as const
    const order = { ticketExternalId: '7:42', changes: { assignee: bot } }
    const held = found({ meta: { assignee: { id: 5 } } })
    const { session, changes } = await record(held)
    await expect(can(session, 'updateTicket')(order)).rejects.toThrow('bot:3')
    const given = ['POST /conversations/42/assignments', { assignee_id: 3, assignee_type: 'AgentBot' }]
    expect(changes()).toEqual([given])
    const holders = [5, 3]
    const older = await record({
      'GET /conversations/42': () => state({ meta: { assignee: { id: holders.shift() }, assignee_type: 'User' } }),
    })
    await expect(can(older.session, 'updateTicket')(order)).rejects.toBeInstanceOf(RefusedError)
    expect(older.changes()).toEqual([given, ['POST /conversations/42/assignments', { assignee_id: 5 }]])
  })
  it('keeps the labels nobody spoke of, and its other custom attributes', async () => {
    expect(await update({ tags: { all: [], added: [tag('new')], removed: [tag('old')] } })).toEqual([
      ['POST /conversations/42/labels', { labels: ['kept', 'new'] }],
    ])
    expect(await update({ tags: { all: [], added: [tag('kept')], removed: [tag('gone')] } })).toEqual([])
    const customFields = [
      { key: 'order', value: null },
      { key: 'plan', value: true },
    ]
    expect(await update({ customFields })).toEqual([
      ['POST /conversations/42/custom_attributes', { custom_attributes: { seats: 4, plan: true } }],
    ])
    expect(await update({ customFields: [{ key: 'seats', value: 4 }] })).toEqual([])
  })
  it('refuses what cannot be before anything goes out', async () => {
    for (const changes of [
      { subject: 'x' },
      { requester: contact() },
      { channelExternalId: 'Channel::Api' },
      { channelAccountExternalId: '3' },
      { contactLanguage: 'de' },
      { status: 'PENDING_EXTERNAL' },
      { rawStatus: 'closed' },
      { status: 'RESOLVED', snoozedUntil: new Date() },
      { assignee: { type: 'AGENT', externalId: '99' } },
      { assignee: { type: 'CHATBOT', externalId: 'captain:1' } },
      { departmentExternalId: '99' },
    ] as Changes[]) {
      const server = await record({ ...found(), ...people })
      const updated = can(server.session, 'updateTicket')({ ticketExternalId: '7:42', changes })
      await expect(updated).rejects.toBeInstanceOf(RefusedError)
      expect(server.changes()).toEqual([])
    }
  })
  it('is read, unread, muted, heard and deleted', async () => {
    const mark = async (isRead: boolean, unread_count: number) => {
      const server = await record(found({ unread_count }))
      const done = can(
        server.session,
        'markTicket',
      )({
        ticketExternalId: '7:42',
        side: 'AGENT',
        isRead,
        conversationExternalIds: ['7:42'],
      })
      return { done, ...server }
    }
    const read = await mark(true, 2)
    await read.done
    expect(read.changes()).toEqual([['POST /conversations/42/update_last_seen', undefined]])
    const readAgain = await mark(true, 0)
    await readAgain.done
    expect(readAgain.changes()).toEqual([])
    const unread = await mark(false, 0)
    await expect(unread.done).rejects.toThrow('nothing to mark unread')
    expect(unread.changes()).toEqual([['POST /conversations/42/unread', undefined]])
    for (const [isMuted, muted, expected] of [
      [true, false, [['POST /conversations/42/mute', undefined]]],
      [false, true, [['POST /conversations/42/unmute', undefined]]],
      [true, true, []],
    ] as const) {
      const server = await record(found({ muted }))
      await can(server.session, 'muteConversation')({ ...at, isMuted })
      expect(server.changes()).toEqual(expected)
    }
    for (const answer of [undefined, { httpStatus: 404, body: { error: 'Resource could not be found' } }]) {
      const server = await record({ 'DELETE /conversations/42': answer })
      await can(server.session, 'deleteTicket')({ ticketExternalId: '7:42' })
      expect(server.changes()).toEqual([['DELETE /conversations/42', undefined]])
    }
  })
})

describe('a new ticket', () => {
  const world = {
    ...people,
    'GET /inboxes': {
      payload: [
        { id: 2, channel_type: 'Channel::FacebookPage' },
        { id: 3, channel_type: 'Channel::Email', lock_to_single_conversation: true },
        { id: 4, channel_type: 'Channel::Api' },
      ],
    },
    'GET /contacts/9/conversations': { payload: [] },
    'POST /conversations': {
      id: 77,
      messages: [{ id: 901, content_attributes: { [markerKey]: 'marker-1' } }],
    },
  }
  it('is one call with its first message', async () => {
    const { session, changes } = await record(world)
    const order = newTicket(
      {
        subject: 'Lamp',
        requester: contact({ externalId: '9', email: 'm@x.example' }),
        status: 'NEW',
        assignee: { type: 'AGENT', externalId: '5' },
        departmentExternalId: '8',
        contactLanguage: 'pt',
        customFields: [{ key: 'seats', value: 4 }],
      },
      [message({ text: 'Hi' })],
    )
    expect(await can(session, 'createTicket')(order)).toEqual({
      ticketExternalId: '7:77',
      messages: [{ externalId: '901', conversationExternalId: '7:77' }],
    })
    expect(changes()).toEqual([
      [
        'POST /conversations',
        {
          inbox_id: 3,
          contact_id: 9,
          status: 'pending',
          assignee_id: 5,
          team_id: 8,
          additional_attributes: {
            mail_subject: 'Lamp',
            conversation_language: 'pt',
            [markerKey]: 'ticket-marker',
          },
          custom_attributes: { seats: 4 },
          message: {
            content: 'Hi',
            message_type: 'outgoing',
            private: false,
            content_attributes: { [markerKey]: 'marker-1' },
          },
        },
      ],
    ])
  })
  it('with files is a form of nested names', async () => {
    const { session, changes } = await record(world)
    const attachments = [file('a.txt', 'text/plain', new TextEncoder().encode('abc'))]
    await can(
      session,
      'createTicket',
    )(newTicket({ subject: 'Lamp', requester: contact({ externalId: '9' }) }, [message({ text: 'Hi', attachments })]))
    const body = String(changes()[0]?.[1])
    const names = [...body.matchAll(/name="([^"]+)"/g)].map(([, name]) => name)
    expect(names).toEqual([
      'inbox_id',
      'contact_id',
      'additional_attributes[mail_subject]',
      `additional_attributes[${markerKey}]`,
      'message[content]',
      'message[message_type]',
      'message[private]',
      'message[content_attributes]',
      'message[attachments][]',
      'a.txt',
    ])
  })
  it('goes to the inbox that is named, by number, channel or setting', async () => {
    const inboxOf = async (fields: object, settings = {}) => {
      const { session, changes } = await record(world, settings)
      await can(
        session,
        'createTicket',
      )(newTicket({ subject: 's', requester: contact({ externalId: '9' }), ...fields }))
      return (changes()[0]?.[1] as { inbox_id: number } | undefined)?.inbox_id
    }
    expect(await inboxOf({ channelAccountExternalId: '4' })).toBe(4)
    expect(await inboxOf({ channelExternalId: 'Channel::Email' })).toBe(3)
    expect(await inboxOf({}, { newTicketInboxId: 3 })).toBe(3)
    expect(await inboxOf({})).toBe(4)
  })
  it('is refused where it would end in another conversation, or nowhere', async () => {
    for (const [fields, messages, answers] of [
      [{ channelAccountExternalId: '2' }, [], {}],
      [{ channelAccountExternalId: '99' }, [], {}],
      [{ channelExternalId: 'Channel::Line' }, [], {}],
      [
        { channelAccountExternalId: '3' },
        [],
        { 'GET /contacts/9/conversations': { payload: [{ id: 1, inbox_id: 3 }] } },
      ],
      [{ channelAccountExternalId: '3' }, [message({ type: 'REPLY_INBOUND' })], {}],
      [{}, [message(), message()], {}],
      [{ requester: contact({ type: 'AGENT', externalId: '5' }) }, [], {}],
    ] as const) {
      const { session, changes } = await record({ ...world, ...answers })
      const order = newTicket({ subject: 's', requester: contact({ externalId: '9' }), ...fields }, [...messages])
      await expect(can(session, 'createTicket')(order)).rejects.toBeInstanceOf(RefusedError)
      expect(changes()).toEqual([])
    }
  })
  it('is found by our id among the newest, until they are older than the order', async () => {
    const page = (number: number) =>
      `GET /conversations?status=all&assignee_type=all&sort_by=created_at_desc&page=${number}`
    const rows = (list: unknown[]) => ({ data: { meta: {}, payload: list } })
    const since = new Date('2026-05-01T00:00:00Z')
    const fresh = { id: 1, created_at: since.getTime() / 1000 }
    const ours = { id: 77, created_at: fresh.created_at, additional_attributes: { [markerKey]: 'ticket-marker' } }
    const order = newTicket({ subject: 's', requester: contact() })
    const first = await record({ [page(1)]: rows([fresh]), [page(2)]: rows([ours]) })
    expect(await can(first.session, 'findTicket')(order, since)).toBe('7:77')
    const old = { ...fresh, created_at: fresh.created_at - 3600 }
    const none = await record({ [page(1)]: rows([fresh, old]) })
    expect(await can(none.session, 'findTicket')(order, since)).toBeNull()
    expect(none.calls).toHaveLength(1)
  })
})

describe('contacts', () => {
  const fields = {
    name: 'Ida',
    email: 'i@x.example',
    phone: '+351',
    identifier: 'crm',
    avatarUrl: 'https://x.example/i',
  }
  it('are made and changed; what is cleared has calls of its own', async () => {
    const { session, changes } = await record({ 'POST /contacts': { payload: { contact: { id: 11 } } } })
    const customFields = [{ key: 'plan', value: 'gold' }]
    expect(await can(session, 'createContact')({ ...fields, isBlocked: true, language: 'pt', customFields })).toEqual({
      contactExternalId: '11',
    })
    await can(
      session,
      'updateContact',
    )({
      externalId: '11',
      name: null,
      phone: null,
      avatarUrl: null,
      customFields: [{ key: 'plan', value: null }],
    })
    await can(session, 'updateContact')({ externalId: '11', language: 'de' })
    expect(changes()).toEqual([
      [
        'POST /contacts',
        {
          name: 'Ida',
          email: 'i@x.example',
          phone_number: '+351',
          identifier: 'crm',
          avatar_url: 'https://x.example/i',
          blocked: true,
          custom_attributes: { plan: 'gold' },
        },
      ],
      ['PUT /contacts/11', { name: '', phone_number: null }],
      ['POST /contacts/11/destroy_custom_attributes', { custom_attributes: ['plan'] }],
      ['DELETE /contacts/11/avatar', undefined],
    ])
  })
  it('are found by the whole identifier, address or phone only', async () => {
    const many = Array.from({ length: 15 }, (_, index) => ({ id: index, email: `i@x.example.${index}` }))
    const { session, calls } = await record({
      'GET /contacts/search?q=crm&page=1': { payload: [{ id: 1, identifier: 'crm-2' }] },
      'GET /contacts/search?q=i%40x.example&page=1': { payload: many },
      'GET /contacts/search?q=i%40x.example&page=2': { payload: [{ id: 12, email: 'I@x.example' }] },
    })
    expect(await can(session, 'findContact')(fields)).toBe('12')
    expect(calls).toHaveLength(3)
  })
  it('are merged one by one, those that are gone were before', async () => {
    const { session, changes } = await record({
      'GET /contacts/1': { payload: { id: 1 } },
      'GET /contacts/2': { payload: { id: 2 } },
    })
    await can(session, 'mergeContacts')({ targetExternalId: '1', sourceExternalIds: ['2', '3', '1'] })
    expect(changes()).toEqual([['POST /actions/contact_merge', { base_contact_id: 1, mergee_contact_id: 2 }]])
    const gone = can(session, 'mergeContacts')({ targetExternalId: '4', sourceExternalIds: ['2'] })
    await expect(gone).rejects.toBeInstanceOf(GoneError)
  })
})

it('labels are called by their number', async () => {
  const { session, changes } = await record({
    'GET /labels': { payload: [{ id: 6, title: 'vip', color: '#111111' }] },
    'POST /labels': { id: 7, title: 'later' },
  })
  expect(await can(session, 'createTag')({ name: 'Later', color: '#222222' })).toEqual({ tagExternalId: 'later' })
  expect(await can(session, 'createTag')({ name: 'VIP', color: null })).toEqual({ tagExternalId: 'vip' })
  await can(session, 'updateTag')({ externalId: 'vip', name: 'vip', color: '#333333' })
  await can(session, 'deleteTag')({ externalId: 'vip' })
  await can(session, 'deleteTag')({ externalId: 'nothing' })
  expect(changes()).toEqual([
    ['POST /labels', { title: 'Later', color: '#222222' }],
    ['PATCH /labels/6', { title: 'vip', color: '#333333' }],
    ['DELETE /labels/6', undefined],
  ])
})

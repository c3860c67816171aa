/** What each operation leaves at the vendor, and how it comes back as a record. */
import { afterEach, describe, expect, test } from 'vitest'
import { comm100 } from '#connectors/comm100/connector.ts'
import type { CreateTicket, Operations, TicketChanges } from '#connectors/operations.ts'
import { addMessage, addTicket } from '#connectors/sandbox/build.ts'
import { changeTicket } from '#connectors/sandbox/changes.ts'
import { type DeskTicket, guidOf } from '#connectors/sandbox/desk.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { actor, file, markerId, outgoing, smallDesk, threadOf, ticketOf, written } from './orders.ts'
import { openSite, type Site, type SiteOptions } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function open(options: SiteOptions = {}) {
  const small = smallDesk()
  site = await openSite(small.desk, options)
  const { session } = site
  const operations = session.operations as Required<Operations>
  return {
    ...small,
    ...site,
    operations,
    deskTicket: (id: number) => small.desk.tickets.get(id) as DeskTicket,
    change: (changes: TicketChanges) => operations.updateTicket({ ticketExternalId: '1', changes }),
    send: (message: Parameters<typeof outgoing>[0], ticketExternalId = '1') =>
      operations.createMessages({ ticketExternalId, conversationExternalId: null, messages: [outgoing(message)] }),
  }
}
const onTicket = { ticketExternalId: '1' }

/** What the vendor itself changes along with a field. */
const follows = [
  ...['raw', 'updatedAt', 'conversations', 'events', 'replyingAgentMode', 'channelAccountExternalId'],
  ...['lastMessageChannelExternalId', 'lastMessageChannelAccountExternalId'],
]

describe('fields of a ticket', () => {
  test.each<
    [
      string,
      (id: ReturnType<typeof smallDesk>['id']) => TicketChanges,
      (id: ReturnType<typeof smallDesk>['id']) => object,
    ]
  >([
    ['subject', () => ({ subject: 'Ümläut 🎂' }), () => ({ subject: 'Ümläut 🎂' })],
    ['priority', () => ({ priority: 'LOW' }), () => ({ priority: 'LOW' })],
    [
      'agent',
      ({ ben }) => ({ assignee: { type: 'AGENT', externalId: ben } }),
      ({ ben }) => ({ assignee: { type: 'AGENT', externalId: ben } }),
    ],
    [
      'bot',
      ({ bot }) => ({ assignee: { type: 'CHATBOT', externalId: bot } }),
      ({ bot }) => ({ assignee: { type: 'CHATBOT', externalId: bot } }),
    ],
    ['nobody', () => ({ assignee: null }), () => ({ assignee: null })],
    ['no department', () => ({ departmentExternalId: null }), () => ({ departmentExternalId: null })],
    [
      'requester',
      ({ lu }) => ({ requester: actor('CONTACT', lu) }),
      ({ lu }) => ({ requester: { type: 'CONTACT', externalId: lu } }),
    ],
    [
      'channel',
      ({ telegram }) => ({ channelExternalId: telegram }),
      ({ telegram }) => ({ channelExternalId: telegram }),
    ],
    [
      'account',
      ({ telegramAccount }) => ({ channelAccountExternalId: telegramAccount }),
      ({ telegramAccount }) => ({ channelAccountExternalId: telegramAccount }),
    ],
    [
      'languages',
      () => ({ contactLanguage: 'de', agentLanguage: 'fr' }),
      () => ({ contactLanguage: 'de', agentLanguage: 'fr' }),
    ],
    [
      'no languages',
      () => ({ contactLanguage: null, agentLanguage: null }),
      () => ({ contactLanguage: null, agentLanguage: null }),
    ],
    ['translation', () => ({ isAutoTranslationOn: true }), () => ({ isAutoTranslationOn: true })],
    ['a raw status', () => ({ rawStatus: 'onHold' }), () => ({ status: 'ON_HOLD' })],
  ])('%s is set, the others stay, and setting it again writes nothing', async (_name, changes, expected) => {
    const { session, change, sent, id } = await open()
    const before = await ticketOf(session, 1)
    await change(changes(id))
    const after = await ticketOf(session, 1)
    expect(after).toMatchObject(expected(id))
    const touched = new Set([...Object.keys(expected(id)), ...follows])
    const others = (ticket: object) =>
      Object.fromEntries(
        Object.entries(ticket).filter(([key]) => !touched.has(key) && !/^(status|priority)Detail$|At$/.test(key)),
      )
    expect(others(after)).toEqual(others(before))
    await change(changes(id))
    expect(sent).toHaveLength(1)
  })

  test.each(Object.entries(comm100.writing.statuses))('status %s comes back as it was set', async (status, label) => {
    const { session, change } = await open()
    await change({ status: status as keyof typeof comm100.writing.statuses })
    expect(await ticketOf(session, 1)).toMatchObject({ status, statusDetail: label })
  })

  test('a status that the settings call otherwise is written by their word', async () => {
    const { session, change } = await open({
      settings: { statusMap: { onHold: 'PENDING_EXTERNAL', pendingExternal: 'ON_HOLD' } },
    })
    await change({ status: 'ON_HOLD' })
    expect(await ticketOf(session, 1)).toMatchObject({ status: 'ON_HOLD', statusDetail: { raw: 'pendingExternal' } })
  })

  test('a requester the vendor does not know is made a contact, once', async () => {
    const { session, change, desk } = await open()
    const requester = actor('CONTACT', null, { name: 'Mo', email: 'mo@example.org' })
    await change({ requester })
    await change({ requester })
    expect([...desk.contacts.values()].filter(({ email }) => email === 'mo@example.org')).toHaveLength(1)
    const found = await session.ticket('1')
    expect(found?.contacts).toContainEqual(expect.objectContaining({ displayName: 'Mo', email: 'mo@example.org' }))
  })

  test('tags are added and taken away beside those that somebody else just set', async () => {
    const { session, change, desk, id, tags } = await open()
    changeTicket(desk, 1, { tagIds: [tags[0].id, tags[1].id] })
    const urgent = { externalId: id.urgent, name: 'urgent' }
    await change({ tags: { all: [], added: [], removed: [urgent] } })
    expect((await ticketOf(session, 1)).tags).toEqual([{ externalId: id.billing, name: 'billing' }])
    await change({ tags: { all: [], added: [{ externalId: 'brand new', name: 'brand new' }], removed: [] } })
    expect((await ticketOf(session, 1)).tags?.map(({ name }) => name)).toEqual(['billing', 'brand new'])
    await change({ tags: { all: [], added: [], removed: (await ticketOf(session, 1)).tags ?? [] } })
    expect((await ticketOf(session, 1)).tags).toEqual([])
  })

  test.each<[string, TicketChanges]>([
    ['no priority', { priority: null }],
    ['custom fields', { customFields: [{ key: 'a', value: 1 }] }],
    ['who answers', { replyingAgentMode: 'BOT_ONLY' }],
    ['an unknown status', { status: 'UNKNOWN' }],
  ])('%s is refused before anything goes out', async (_name, changes) => {
    const { change, sent } = await open()
    await expect(change(changes)).rejects.toBeInstanceOf(RefusedError)
    expect(sent).toEqual([])
  })

  test('what is kept here only is in no record', async () => {
    const { session } = await open()
    const ticket = await ticketOf(session, 1)
    for (const field of ['category', 'snoozedUntil', 'isSpam']) expect(ticket, field).not.toHaveProperty(field)
    for (const conversation of ticket.conversations) {
      expect(conversation).not.toHaveProperty('isMuted')
      expect(conversation).not.toHaveProperty('snoozedUntil')
    }
  })

  test('every refused capability and field has its words', () => {
    for (const [name, { level, note }] of Object.entries(comm100.capabilities))
      if (level === 'READ_ONLY' || level === 'UNSUPPORTED') expect(note, name).toBeTruthy()
  })
})

describe('bin, deletion, merging, reading', () => {
  test('recycle, restore and delete, each twice', async () => {
    const { operations, session, sent, deskTicket } = await open()
    for (let turn = 0; turn < 2; turn += 1) await operations.recycleTicket(onTicket)
    expect((await ticketOf(session, 1)).isRecycled).toBe(true)
    expect(sent).toHaveLength(1)
    for (let turn = 0; turn < 2; turn += 1) await operations.restoreTicket(onTicket)
    expect((await ticketOf(session, 1)).isRecycled).toBe(false)
    expect(sent).toHaveLength(2)
    for (let turn = 0; turn < 2; turn += 1) await operations.deleteTicket(onTicket)
    expect(await session.ticket('1')).toBeNull()
    expect(deskTicket(1)).toBeUndefined()
  })

  test('a ticket that is not there is gone', async () => {
    const { operations } = await open()
    for (const ticketExternalId of ['999', '../tags'])
      for (const operation of ['recycleTicket', 'restoreTicket'] as const)
        await expect(operations[operation]({ ticketExternalId })).rejects.toBeInstanceOf(GoneError)
  })

  test('merging goes into the target, passes over what is merged, and the source says where it went', async () => {
    const { operations, session, sent } = await open()
    const order = { targetExternalId: '1', sourceExternalIds: ['2', '3'] }
    await operations.mergeTickets({ ...order, sourceExternalIds: ['2'] })
    await operations.mergeTickets(order)
    await operations.mergeTickets(order)
    expect(sent.map(({ path }) => path)).toEqual(['/v4/ticketing/tickets/1:merge', '/v4/ticketing/tickets/1:merge'])
    for (const id of [2, 3]) expect((await ticketOf(session, id)).mergedIntoExternalId).toBe('1')
    expect((await threadOf(session, 1)).map(({ body }) => body.text)).toEqual(['Question 1'])
    expect((await threadOf(session, 2)).map(({ body }) => body.text)).toEqual(['Question 2'])
    await expect(operations.mergeTickets({ ...order, targetExternalId: '3' })).rejects.toThrow(
      'already merged into ticket 1',
    )
  })

  test('read and unread are for agents; the contact side is refused', async () => {
    const { operations, session, sent } = await open()
    const mark = (isRead: boolean, side: 'AGENT' | 'CONTACT' = 'AGENT') =>
      operations.markTicket({ ...onTicket, side, isRead, conversationExternalIds: [] })
    await mark(true)
    await mark(true)
    expect(await ticketOf(session, 1)).toMatchObject({ isReadByAgent: true, unreadMessageCount: 0 })
    await mark(false)
    expect(await ticketOf(session, 1)).toMatchObject({ isReadByAgent: false, unreadMessageCount: 1 })
    await expect(mark(false, 'CONTACT')).rejects.toBeInstanceOf(RefusedError)
    expect(sent).toHaveLength(3)
  })
})

describe('messages', () => {
  const text = '  Ümläut 🎂\r\n\ttab <b>&amp; data:text/plain;base64,x  '

  test('a reply is in the thread with its exact text, its sender and our marker', async () => {
    const { session, send, id } = await open()
    const receipt = await send({ body: written(text), sender: actor('AGENT', id.ben) })
    const [, reply] = await threadOf(session, 1)
    expect(reply).toMatchObject({
      externalId: receipt.messages?.[0]?.externalId,
      type: 'REPLY_OUTBOUND',
      direction: 'OUTBOUND',
      body: { text },
      sender: { type: 'AGENT', externalId: id.ben },
      marker: markerId,
      delivery: { status: 'SENT' },
    })
    expect((await ticketOf(session, 1)).conversations).toHaveLength(1)
  })

  test('an HTML reply with copies comes back as it was written', async () => {
    const { session, send } = await open()
    await send({
      subject: 'Re: you',
      body: written('Hi', '<p>Hi <b>Kai</b> &amp; all</p>'),
      addresses: [
        { email: 'kai@example.org', name: 'Kai', direction: 'TO' },
        { email: 'a@example.org', name: null, direction: 'CC' },
        { email: 'b@example.org', name: null, direction: 'BCC' },
      ],
    })
    expect((await threadOf(session, 1)).at(-1)).toMatchObject({
      subject: 'Re: you',
      contentType: 'HTML',
      body: { html: '<p>Hi <b>Kai</b> &amp; all</p>' },
      addresses: [
        { email: 'kai@example.org', name: 'Kai', direction: 'TO' },
        { email: 'a@example.org', name: null, direction: 'CC' },
        { email: 'b@example.org', name: null, direction: 'BCC' },
      ],
    })
  })

  test('files arrive with the same bytes, at messages and notes, also alone', async () => {
    const { session, send } = await open()
    const png = file('scan ü.png', 'image/png', 'not really a picture \u0000\u0001')
    await send({ body: written(''), attachments: [png] })
    await send({
      type: 'NOTE_PRIVATE',
      attachments: [file('a.txt', 'text/plain', 'A'), file('b.pdf', 'application/pdf', 'B')],
    })
    const [, reply, note] = await threadOf(session, 1)
    expect(reply).toMatchObject({
      contentType: 'IMAGE',
      body: {},
      attachments: [{ name: 'scan ü.png', kind: 'IMAGE', sizeBytes: png.sizeBytes }],
    })
    expect(note?.attachments?.map(({ name }) => name)).toEqual(['a.txt', 'b.pdf'])
    for (const [message, index, bytes] of [
      [reply, 0, await png.bytes()],
      [note, 1, new TextEncoder().encode('B')],
    ] as const) {
      const { externalId = '', vendorUrl = null, fileKey = null } = message?.attachments?.[index] ?? {}
      const opened = await session.openAttachment?.({
        externalId,
        vendorUrl,
        fileKey,
        ticketExternalId: '1',
        messageExternalId: message?.externalId ?? '',
      })
      expect(new Uint8Array(await new Response(opened?.body).arrayBuffer())).toEqual(new Uint8Array(bytes))
    }
  })

  test('without an upload nothing with a file goes out', async () => {
    const { send, sent } = await open({ settings: { uploadPath: null } })
    await expect(send({ attachments: [file('a.txt', 'text/plain', 'A')] })).rejects.toThrow('uploadPath')
    expect(sent).toEqual([])
  })

  test('a note is for agents only, with its mentions, and never a message', async () => {
    const { session, send, requests, id, deskTicket } = await open()
    const receipt = await send({
      type: 'NOTE_PRIVATE',
      body: written(text),
      sender: actor('AGENT', id.ben),
      mentionedAgentExternalIds: [id.ada],
    })
    const ticket = await ticketOf(session, 1)
    const noteId = receipt.messages?.[0]?.externalId
    expect((await threadOf(session, 1)).at(-1)).toMatchObject({
      externalId: noteId,
      type: 'NOTE_PRIVATE',
      isInternal: true,
      body: { text },
      sender: { externalId: id.ben },
    })
    expect(ticket.mentions).toMatchObject([{ messageExternalId: noteId, agent: { externalId: id.ada }, isRead: false }])
    expect(deskTicket(1).messages.at(-1)?.type).toBe('NOTE_PRIVATE')
    expect(requests).not.toContain('api POST /v4/ticketing/messages')
  })

  test('an entry in the name of the contact, with a time of its own, is where it belongs', async () => {
    const { session, send, id } = await open()
    await send({ body: written('now') })
    const at = new Date(Date.now() - 1_800_000)
    await send({ type: 'REPLY_INBOUND', body: written('by phone'), at, sourceId: 'call-7' })
    expect((await threadOf(session, 1)).map(({ body }) => body.text)).toEqual(['Question 1', 'by phone', 'now'])
    expect((await threadOf(session, 1))[1]).toMatchObject({
      type: 'REPLY_INBOUND',
      direction: 'INBOUND',
      at,
      sourceId: 'call-7',
      sender: { type: 'CONTACT', externalId: id.kai },
    })
    await send({
      type: 'REPLY_INBOUND',
      body: written('and Mo'),
      sender: actor('CONTACT', null, { name: 'Mo', email: 'mo@example.org' }),
    })
    expect((await threadOf(session, 1)).at(-1)?.sender?.externalId).not.toBe(id.kai)
  })

  test('the sender is the agent of the sign-in address when none is named or configured', async () => {
    const { session, send, id } = await open({
      settings: { agentId: undefined },
      twist: (_host, { path }, answer) =>
        path.endsWith('/global/agents')
          ? { status: 200, body: [{ id: id.ben, email: 'Owner@comm100.example' }] }
          : answer,
    })
    await send({})
    expect((await threadOf(session, 1)).at(-1)?.sender?.externalId).toBe(id.ben)
    await site?.close()
    const second = await open({ settings: { agentId: undefined } })
    await expect(second.send({})).rejects.toThrow('agentId')
    await second.send({ sender: actor('AGENT', null, { email: 'ADA@example.com' }) })
    expect((await threadOf(second.session, 1)).at(-1)?.sender?.externalId).toBe(id.ada)
  })

  test('a ticket on two channels is answered in the conversation that is meant', async () => {
    const { session, operations, desk, id } = await open()
    const {
      conversations: [first],
    } = await ticketOf(session, 1)
    // The customer goes on by Telegram.
    addMessage(desk, {
      ticketId: 1,
      text: 'here now',
      clientData: {
        type: 'text',
        channelId: 'Telegram',
        metadata: {
          channel: { channelAccount: id.telegramAccount, isFromChannelToPlatform: true },
          source: { conversationId: 'tg-1' },
        },
        isInternal: false,
      },
    })
    const telegram = (await ticketOf(session, 1)).conversations.find(({ externalId }) => externalId === '1:tg-1')
    for (const [conversationExternalId, marker] of [
      [first?.externalId ?? '', 'by mail'],
      [telegram?.externalId ?? '', 'by telegram'],
    ])
      await operations.createMessages({
        ...onTicket,
        conversationExternalId: conversationExternalId ?? '',
        messages: [outgoing({ body: written(marker ?? '') })],
      })
    const after = (await ticketOf(session, 1)).conversations
    expect(after.map(({ channelExternalId, messages }) => [channelExternalId, messages.at(-1)?.body.text])).toEqual([
      ['Email', 'by mail'],
      ['Telegram', 'by telegram'],
    ])
    await expect(
      operations.createMessages({ ...onTicket, conversationExternalId: '1:none', messages: [outgoing()] }),
    ).rejects.toBeInstanceOf(GoneError)
  })

  test.each<[string, Parameters<typeof outgoing>[0]]>([
    ['a forward', { type: 'FORWARD' }],
    ['a message passed on', { forwarded: { messageExternalId: 'x', includesAttachments: false } }],
    ['a public note', { type: 'NOTE_PUBLIC' }],
    ['a note with a time', { type: 'NOTE_PRIVATE', at: new Date() }],
    ['a note of a contact', { type: 'NOTE_PRIVATE', sender: actor('CONTACT', 'x') }],
    ['a mention outside notes', { mentionedAgentExternalIds: ['x'] }],
    ['an answer to a note', { parentExternalId: 'note:x' }],
    ['a reply-to address', { addresses: [{ email: 'a@example.org', name: null, direction: 'REPLY_TO' }] }],
  ])('%s is refused before anything goes out', async (_name, message) => {
    const { send, sent } = await open()
    await expect(send({ attachments: [file('a.txt', 'text/plain', 'A')], ...message })).rejects.toBeInstanceOf(
      RefusedError,
    )
    expect(sent).toEqual([])
  })

  test('copies on a channel that has none are refused', async () => {
    const { send } = await open()
    const addresses = [{ email: 'a@example.org', name: null, direction: 'CC' as const }]
    await expect(send({ addresses }, '2')).rejects.toThrow('e-mail only')
  })

  test('editing changes text, form and internal, and twice is once', async () => {
    const { session, operations, send, sent } = await open()
    const messageExternalId =
      (await send({ attachments: [file('a.txt', 'text/plain', 'A')] })).messages?.[0]?.externalId ?? ''
    const order = { ...onTicket, conversationExternalId: '', messageExternalId, isNote: false }
    sent.length = 0
    for (let turn = 0; turn < 2; turn += 1)
      await operations.updateMessage({ ...order, body: written('new', '<p>new</p>') })
    expect(sent).toHaveLength(1)
    expect((await threadOf(session, 1)).at(-1)).toMatchObject({
      body: { html: '<p>new</p>' },
      isInternal: false,
      marker: markerId,
      attachments: [{ name: 'a.txt' }],
    })
    await operations.updateMessage({ ...order, isInternal: true })
    expect((await threadOf(session, 1)).at(-1)).toMatchObject({ type: 'NOTE_PRIVATE', isInternal: true })
    for (const wrong of [
      { ...order, isNote: true },
      { ...order, messageExternalId: `note:${messageExternalId}` },
      { ...order, mentionedAgentExternalIds: ['x'] },
    ])
      await expect(operations.updateMessage({ ...wrong, body: written('x') })).rejects.toBeInstanceOf(RefusedError)
  })

  test('a failed message goes out again; one that did not fail is refused in the vendor’s words', async () => {
    const { session, operations, id } = await open()
    const order = { ticketExternalId: '3', conversationExternalId: '', messageExternalId: id.failed, isNote: false }
    await operations.resendMessage(order)
    expect((await threadOf(session, 3)).at(-1)).toMatchObject({ delivery: { status: 'SENT' } })
    await expect(operations.resendMessage(order)).rejects.toThrow('Only a failed message')
  })
})

describe('a new ticket', () => {
  const orderFor = (
    requester: CreateTicket['fields']['requester'],
    changes: Partial<CreateTicket> = {},
  ): CreateTicket => ({
    marker: markerId,
    fields: { subject: 'New one', requester },
    createdBy: null,
    originalConversationId: null,
    messages: [
      outgoing({
        type: 'REPLY_INBOUND',
        body: written('First', '<p>First</p>'),
        attachments: [file('a.txt', 'text/plain', 'A')],
      }),
    ],
    ...changes,
  })

  test('is there with its fields, its first message and file, and is found by our word', async () => {
    const { session, operations, id } = await open()
    const order = orderFor(actor('CONTACT', id.lu), { createdBy: actor('AGENT', id.ben) })
    const receipt = await operations.createTicket({
      ...order,
      fields: { ...order.fields, status: 'ON_HOLD', priority: 'LOW', channelExternalId: id.mail },
    })
    const ticket = await ticketOf(session, receipt.ticketExternalId ?? '')
    expect(ticket).toMatchObject({
      subject: 'New one',
      status: 'ON_HOLD',
      priority: 'LOW',
      requester: { externalId: id.lu },
      createdBy: { externalId: id.ben },
    })
    // Our word is not shown as the vendor's.
    expect(ticket.originalConversationId).toBeNull()
    const [first] = await threadOf(session, ticket.externalId)
    expect(first).toMatchObject({
      externalId: receipt.messages?.[0]?.externalId,
      type: 'REPLY_INBOUND',
      body: { html: '<p>First</p>' },
      marker: markerId,
      attachments: [{ name: 'a.txt' }],
    })
    expect(await operations.findTicket(order, new Date())).toBe(ticket.externalId)
    expect(await operations.findTicket({ ...order, marker: 'another' }, new Date())).toBeNull()
  })

  test('of somebody new takes several messages, without ids of them', async () => {
    const { session, operations, desk } = await open()
    const order = orderFor(actor('CONTACT', null, { name: 'Mo', email: 'mo@example.org' }), {
      messages: [
        outgoing({ type: 'REPLY_INBOUND', body: written('one'), at: new Date('2026-01-01T00:00:00Z') }),
        outgoing({ body: written('two'), at: new Date('2026-01-01T00:00:10Z') }),
      ],
    })
    expect(await operations.findTicket(order, new Date())).toBeNull()
    const { ticketExternalId = '', messages } = await operations.createTicket(order)
    expect(messages).toEqual([null, null])
    expect((await threadOf(session, ticketExternalId)).map(({ body, at }) => [body.text, at.toISOString()])).toEqual([
      ['one', '2026-01-01T00:00:00.000Z'],
      ['two', '2026-01-01T00:00:10.000Z'],
    ])
    expect([...desk.contacts.values()].filter(({ email }) => email === 'mo@example.org')).toHaveLength(1)
    expect(await operations.findTicket(order, new Date())).toBe(ticketExternalId)
  })

  test('without our word it is found by subject, requester and first message', async () => {
    const { operations, desk, id, kai } = await open({ settings: { leavesMarkers: false } })
    const other = addTicket(desk, { subject: 'New one', requesterId: kai.id })
    addMessage(desk, { ticketId: other.id, text: 'Something else' })
    const order = orderFor(actor('CONTACT', id.kai))
    expect(await operations.findTicket(order, new Date())).toBeNull()
    const { ticketExternalId } = await operations.createTicket(order)
    expect(await operations.findTicket(order, new Date())).toBe(ticketExternalId)
    expect(await operations.findTicket({ ...order, messages: [] }, new Date())).not.toBeNull()
    const nameless = { ...order, fields: { ...order.fields, requester: actor('CONTACT', null, { name: 'Kai' }) } }
    expect(await operations.findTicket(nameless, new Date())).toBe(ticketExternalId)
  })

  test('without messages is made too; with a note, or without a channel, it is refused', async () => {
    const { session, operations, id, sent } = await open()
    const { ticketExternalId = '', messages } = await operations.createTicket(
      orderFor(actor('CONTACT', id.kai), { messages: [] }),
    )
    expect(messages).toEqual([])
    expect(await ticketOf(session, ticketExternalId)).toMatchObject({ subject: 'New one', status: 'NEW' })
    sent.length = 0
    await expect(
      operations.createTicket(orderFor(actor('CONTACT', id.kai), { messages: [outgoing({ type: 'NOTE_PRIVATE' })] })),
    ).rejects.toThrow('add it afterwards')
    await site?.close()
    const second = await open({ settings: { newTicketChannelId: undefined } })
    await expect(second.operations.createTicket(orderFor(actor('CONTACT', id.kai)))).rejects.toThrow(
      'newTicketChannelId',
    )
    expect([...sent, ...second.sent]).toEqual([])
  })
})

describe('contacts and tags', () => {
  test('a contact is made, found by any of its identities, and changed', async () => {
    const { operations, desk, sent } = await open()
    const order = { name: 'Mo', email: 'mo@example.org', phone: '+491', identifier: 'C-9' }
    expect(await operations.findContact(order)).toBeNull()
    const { contactExternalId = '' } = await operations.createContact(order)
    for (const by of [{ email: 'MO@example.org' }, { phone: '+491' }, { identifier: 'C-9' }])
      expect(await operations.findContact(by)).toBe(contactExternalId)
    sent.length = 0
    const changes = {
      externalId: contactExternalId,
      name: 'Moe',
      email: null,
      phone: '+492',
      customFields: [{ key: 'company', value: 'ACME' }],
    }
    for (let turn = 0; turn < 2; turn += 1) await operations.updateContact(changes)
    expect(sent).toHaveLength(1)
    expect([...desk.contacts.values()].at(-1)).toMatchObject({
      name: 'Moe',
      email: null,
      phone: '+492',
      identifier: 'C-9',
      customFields: { company: 'ACME' },
    })
  })
  test('an identity that somebody else has is refused in the vendor’s words', async () => {
    const { operations, id } = await open()
    const refusal = await operations
      .createContact({ name: 'X', email: 'kai@example.org' })
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RefusedError)
    expect(refusal).toMatchObject({
      message: expect.stringContaining('A contact with this identity exists.'),
      provider: { httpStatus: 400, code: 'ContactIdentityExists' },
    })
    await expect(operations.updateContact({ externalId: id.kai, isBlocked: true })).rejects.toThrow('blocks')
    await operations.updateContact({ externalId: id.kai, isBlocked: false })
  })
  test('a tag is made once, renamed, and deleted twice', async () => {
    const { operations, session, id } = await open()
    const { tagExternalId } = await operations.createTag({ name: 'new', color: '#fff' })
    expect((await operations.createTag({ name: 'new', color: null })).tagExternalId).toBe(tagExternalId)
    await operations.updateTag({ externalId: id.urgent, name: 'very urgent', color: null })
    expect((await ticketOf(session, 1)).tags).toEqual([{ externalId: id.urgent, name: 'very urgent' }])
    for (let turn = 0; turn < 2; turn += 1) await operations.deleteTag({ externalId: id.urgent })
    expect((await ticketOf(session, 1)).tags).toEqual([])
  })
})

describe('the vendor says no', () => {
  test('a merged ticket takes nothing more', async () => {
    const { operations, change, send } = await open()
    await operations.mergeTickets({ targetExternalId: '2', sourceExternalIds: ['1'] })
    for (const attempt of [() => change({ subject: 'x' }), () => send({}), () => send({ type: 'NOTE_PRIVATE' })]) {
      const refusal = await attempt().catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(RefusedError)
      expect(refusal).toMatchObject({
        message: expect.stringContaining('was merged'),
        provider: { code: 'TicketMerged', httpStatus: 400 },
      })
    }
  })
  test('ids and words it does not know are refused', async () => {
    const { change } = await open()
    await expect(change({ assignee: { type: 'AGENT', externalId: guidOf('agent', 1) } })).rejects.toThrow('assigneeId')
    await expect(change({ rawStatus: 'frozen' })).rejects.toThrow('frozen')
  })
  test('a missing permission is a refusal when writing, not a case for the credentials', async () => {
    const { operations, send } = await open({
      twist: (host, { method }, answer) =>
        host === 'dash' || method === 'GET'
          ? answer
          : { status: 403, body: { code: 'NoPermission', message: 'You may not do this.' } },
    })
    await operations.updateTicket({ ...onTicket, changes: {} })
    for (const attempt of [() => send({}), () => operations.deleteTicket(onTicket)])
      await expect(attempt()).rejects.toMatchObject({
        name: 'RefusedError',
        message: expect.stringContaining('You may not do this.'),
        provider: { code: 'NoPermission' },
      })
  }, 10_000)
  test('the limit is waited for by whoever comes back later', async () => {
    const { operations, sent } = await open({
      twist: (host, { method }, answer) =>
        host === 'dash' || method === 'GET'
          ? answer
          : {
              status: 429,
              headers: { 'retry-after': '7' },
              body: { code: 'RateLimitExceeded', message: 'Too many requests.' },
            },
    })
    await expect(operations.deleteTicket(onTicket)).rejects.toMatchObject({ name: 'TryAgainError', retryAfterMs: 7000 })
    expect(sent).toHaveLength(1)
  })
  test('an expired token is renewed, and the write goes out once more', async () => {
    let isExpired = true
    const { operations, sent, requests, deskTicket } = await open({
      // Refused before it is carried out.
      before: (host, { method }) => {
        if (host === 'dash' || method === 'GET' || !isExpired) return null
        isExpired = false
        return { status: 401, body: { code: 'Unauthorized', message: 'expired' } }
      },
    })
    await operations.recycleTicket(onTicket)
    expect(deskTicket(1).isRecycled).toBe(true)
    expect(sent).toHaveLength(2)
    expect(requests.filter((line) => line.startsWith('dash'))).toHaveLength(2)
  })
})

describe('an answer that is lost', () => {
  const lost = [
    ['time-out', /\/messages$/],
    ['500', /\/messages$/],
    ['reset', /\/messages$/],
    ['cut', /\/messages$/],
    ['malformed', /\/messages$/],
    ['html', /\/messages$/],
  ] as const
  test.each(lost)('%s: the reply is not sent twice and the thread shows it once', async (kind, path) => {
    const { session, send, sent, faults } = await open({ settings: { timeoutMs: 300 } })
    faults.next(kind, { isCarriedOut: true, path })
    await expect(send({ body: written('only once') })).rejects.toBeInstanceOf(TryAgainError)
    expect(sent).toHaveLength(1)
    const ours = (await threadOf(session, 1)).filter(({ marker }) => marker === markerId)
    expect(ours.map(({ body }) => body.text)).toEqual(['only once'])
  })
  test('a note is there once, with the same text', async () => {
    const { session, send, sent, faults } = await open()
    faults.next('500', { isCarriedOut: true, path: /\/notes$/ })
    await expect(send({ type: 'NOTE_PRIVATE', body: written('only once') })).rejects.toBeInstanceOf(TryAgainError)
    expect(sent).toHaveLength(1)
    expect((await threadOf(session, 1)).filter(({ body }) => body.text === 'only once')).toHaveLength(1)
  })
  test('a ticket is made once and found', async () => {
    const { operations, sent, faults, id, desk } = await open()
    const order: CreateTicket = {
      marker: markerId,
      fields: { subject: 'Once', requester: actor('CONTACT', id.kai), channelExternalId: 'Email' },
      createdBy: null,
      originalConversationId: null,
      messages: [outgoing({ type: 'REPLY_INBOUND' })],
    }
    faults.next('reset', { isCarriedOut: true, path: /\/tickets$/ })
    await expect(operations.createTicket(order)).rejects.toBeInstanceOf(TryAgainError)
    expect(sent).toHaveLength(1)
    const made = [...desk.tickets.values()].filter(({ subject }) => subject === 'Once')
    expect(made).toHaveLength(1)
    expect(await operations.findTicket(order, new Date())).toBe(String(made[0]?.id))
  })
  test('everything else can simply be repeated', async () => {
    const { operations, session, change, faults, sent } = await open()
    faults.next('500', { isCarriedOut: true, path: /:merge$/ })
    const merge = () => operations.mergeTickets({ targetExternalId: '1', sourceExternalIds: ['2'] })
    await expect(merge()).rejects.toBeInstanceOf(TryAgainError)
    await merge()
    expect(sent.filter(({ path }) => path.endsWith(':merge'))).toHaveLength(1)
    const tagged = () => change({ tags: { all: [], added: [{ externalId: 'x', name: 'x' }], removed: [] } })
    faults.next('500', { isCarriedOut: true, path: /ticketing\/tickets\/1$/, count: 1 })
    await tagged()
    faults.next('reset', { isCarriedOut: true, path: /ticketing\/tickets\/1$/ })
    await tagged()
    expect((await ticketOf(session, 1)).tags?.map(({ name }) => name)).toEqual(['urgent', 'x'])
    faults.next('500', { isCarriedOut: true, path: /tickets\/3$/ })
    await operations.deleteTicket({ ticketExternalId: '3' }).catch(() => null)
    await operations.deleteTicket({ ticketExternalId: '3' })
    expect(await session.ticket('3')).toBeNull()
  })
})

/** What goes over the wire, word for word. */
import { describe, expect, it } from 'vitest'
import { addChannel, addMessage } from '#connectors/sandbox/build.ts'
import { RefusedError } from '#errors.ts'
import { messageWire, threadWire, ticketId } from './fixtures.ts'
import { json, openOnebox } from './open.ts'
import { answerOn, at, deskWith, file, newTicket, reply } from './orders.ts'

type Opened = Awaited<ReturnType<typeof openOnebox>>

function changesOf({ calls }: Opened) {
  return calls.filter(({ name }) => !name.startsWith('GET') && name !== 'POST /api/authenticate')
}

/** The one change that was asked for. */
function sent(opened: Opened) {
  const changes = changesOf(opened)
  expect(changes).toHaveLength(1)
  const [{ name, body, headers }] = changes as [(typeof changes)[0]]
  expect(headers.authorization).toMatch(/^Bearer eyJ/)
  return { name, headers, body: headers['content-type']?.includes('json') ? JSON.parse(body) : body }
}

const plain = { Body: ' Hello <b>&amp; you\r\n', BodyText: ' Hello <b>&amp; you\r\n', ContentType: 'text/plain' }

describe('a reply', () => {
  it('to an e-mail goes the other way round, names its users and answers the last message that came in', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    addMessage(desk, { ticketId: ticket.id, type: 'REPLY_OUTBOUND', text: 'Yes' })
    const last = addMessage(desk, { ticketId: ticket.id, text: 'Until when?' })
    addMessage(desk, { ticketId: ticket.id, type: 'REPLY_OUTBOUND', text: 'Nine' })
    const opened = await openOnebox(at(desk))
    await opened.session.operations.createMessages?.(answerOn(ticket))
    expect(sent(opened)).toMatchObject({ name: 'POST /api/message', headers: { 'content-type': 'application/json' } })
    expect(sent(opened).body).toEqual({
      ConnectionId: 630,
      MethodId: null,
      Subject: 'Re: Opening hours',
      From: 'help@toko.example',
      To: 'rani@mail.example',
      Cc: null,
      Bcc: null,
      Users: [
        { IdentityId: 'help@toko.example', Name: 'help@toko.example', RoleId: 'MSR1' },
        { IdentityId: 'rani@mail.example', Name: 'Rani', RoleId: 'MSR2' },
      ],
      ConversationId: null,
      PreviousId: last.id,
      PrevRemoteId: null,
      Attachments: [],
      Content: { ...plain, Encoding: 'UTF-8' },
    })
  })

  it('carries addresses, HTML, a subject and files as base64', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const opened = await openOnebox({ ...at(desk), settings: { zone: 'Asia/Jakarta' } })
    await opened.session.operations.createMessages?.(
      answerOn(ticket, {
        subject: 'Your lamp',
        body: { text: 'Hi', html: '<p>Hi</p>', markdown: null, editorjs: null },
        sender: { type: 'AGENT', externalId: '7', name: 'Dimas', email: null, phone: null },
        addresses: [
          { email: 'boss@mail.example', name: 'Boss', direction: 'TO' },
          { email: 'rani@mail.example', name: null, direction: 'TO' },
          { email: 'c@mail.example', name: null, direction: 'CC' },
          { email: 'b@mail.example', name: 'B', direction: 'BCC' },
        ],
        attachments: [file('a.txt', 'hello')],
      }),
    )
    expect(sent(opened).body).toMatchObject({
      Subject: 'Your lamp',
      From: 'help@toko.example',
      To: 'boss@mail.example,rani@mail.example',
      Cc: 'c@mail.example',
      Bcc: 'b@mail.example',
      Users: [
        { IdentityId: 'help@toko.example', Name: 'Dimas', RoleId: 'MSR1' },
        { IdentityId: 'boss@mail.example', Name: 'Boss', RoleId: 'MSR2' },
        { IdentityId: 'rani@mail.example', Name: 'rani@mail.example', RoleId: 'MSR2' },
        { IdentityId: 'c@mail.example', Name: 'c@mail.example', RoleId: 'MSR3' },
        { IdentityId: 'b@mail.example', Name: 'B', RoleId: 'MSR4' },
      ],
      Attachments: [
        { Description: 'a.txt', File: { Date: '2026-03-01 19:00:00', Name: 'a.txt', Content: btoa('hello') } },
      ],
      Content: { Body: '<p>Hi</p>', BodyText: 'Hi', ContentType: 'text/html', Encoding: 'UTF-8' },
    })
  })

  it.each([
    ['FACEBOOK', { MethodId: 'COMMENT', ConversationId: null, PreviousId: expect.any(Number) }],
    ['WHATSAPP', { MethodId: 'DIRECT', ConversationId: null, PreviousId: expect.any(Number) }],
    ['INSTAGRAM', { MethodId: 'DIRECT', ConversationId: expect.any(Number), PreviousId: expect.any(Number) }],
    ['LIVE_CHAT', { MethodId: null, ConversationId: expect.any(Number), PreviousId: expect.any(Number) }],
  ] as const)('on %s is told by what its thread is found, and has no users', async (type, expected) => {
    const { desk, ticket, question } = deskWith(type)
    const opened = await openOnebox(at(desk))
    await opened.session.operations.createMessages?.(answerOn(ticket))
    const { body } = sent(opened)
    expect(body).toMatchObject({ ...expected, PreviousId: question.id, Subject: 'Opening hours', From: '143313725' })
    expect(body.ConversationId ?? 1_000_000 + ticket.id).toBe(1_000_000 + ticket.id)
    expect(body).not.toHaveProperty('Users')
  })

  /** A vendor that gives this thread and takes everything. */
  async function answering(rows: object[], order = {}, settings = {}) {
    const opened = await openOnebox({
      settings,
      override({ method, path }) {
        if (method === 'GET' && path.includes('conversations')) return json(threadWire(rows))
        return path === '/api/message' && method === 'POST' ? json({ data: [messageWire()] }) : undefined
      },
    })
    const { conversationExternalId = null, ...message } = order as { conversationExternalId?: string }
    const messages = [reply(message)]
    await opened.session.operations.createMessages?.({ ticketExternalId: ticketId, conversationExternalId, messages })
    return sent(opened).body
  }

  it('to a post is a comment and no new post', async () => {
    expect(await answering([messageWire({ MethodId: 'POST' })])).toMatchObject({
      MethodId: 'COMMENT',
      PreviousId: 4410077,
    })
    const tweet = messageWire({ MediaId: 'TWTR', MethodId: 'POST', From: 'rani' })
    const body = { text: 'Yes @Rani', html: null, markdown: null, editorjs: null }
    expect(await answering([tweet], { body })).toMatchObject({ MethodId: 'MENTION', To: 'rani' })
  })

  it('to a mention that does not name the customer is refused, and not changed', async () => {
    const tweet = messageWire({ MediaId: 'TWTR', MethodId: 'MENTION', From: 'rani' })
    await expect(answering([tweet])).rejects.toThrow(/name the customer, e.g. @rani/)
    await expect(answering([messageWire({ MediaId: 'TWTR', MethodId: 'MENTION' })])).rejects.toThrow(RefusedError)
  })

  it('names the message it answers, and stays in its conversation', async () => {
    const rows = [
      messageWire({ Id: '1', ConversationId: '7', Date: '2024-03-04 01:00:00' }),
      messageWire({ Id: '2', ConversationId: '7', Date: '2024-03-04 03:00:00', Incoming: '0' }),
      messageWire({ Id: '3', ConversationId: '8', Date: '2024-03-04 02:00:00' }),
      messageWire({ Id: '4', ConversationId: null, Date: '2024-03-04 00:00:00' }),
    ]
    expect(await answering(rows)).toMatchObject({ PreviousId: 3 })
    expect(await answering(rows, { parentExternalId: '1' })).toMatchObject({ PreviousId: 1 })
    expect(await answering(rows, { parentExternalId: '2' })).toMatchObject({ PreviousId: 3 })
    expect(await answering(rows, { conversationExternalId: '7' })).toMatchObject({ PreviousId: 1 })
    expect(await answering(rows, { conversationExternalId: `ticket:${ticketId}` })).toMatchObject({ PreviousId: 4 })
    await expect(answering(rows, { conversationExternalId: '9' })).rejects.toThrow(/no message of the contact in/)
  })

  it('to a message whose id stands twice takes the one that came in', async () => {
    const out = messageWire({ Incoming: '0', Content: 'Yes', Date: '2024-03-05 00:00:00' })
    const body = await answering([out, messageWire()], { parentExternalId: '4410077:out' })
    expect(body).toMatchObject({ PreviousId: 4410077, From: '55667788', To: '8123400099', ConnectionId: 912 })
  })

  it('from a mailbox that was one of many, or from another one, has the address of the connection', async () => {
    const { desk, ticket, question } = deskWith('EMAIL')
    const other = addChannel(desk, { account: { id: 631, name: 'Second', address: 'second@toko.example' } })
    const to = ['help@toko.example', 'x@mail.example'].map((email) => ({ email, name: null, direction: 'TO' as const }))
    question.addresses = to
    const opened = await openOnebox(at(desk))
    await opened.session.operations.createMessages?.(answerOn(ticket))
    expect(sent(opened).body).toMatchObject({ ConnectionId: 630, From: 'help@toko.example' })
    opened.calls.length = 0
    const through = answerOn(ticket, { channelAccountExternalId: String(other.account.id) })
    await expect(opened.session.operations.createMessages?.(through)).rejects.toThrow(/ConnectionId is wrong/)
    expect(sent(opened).body).toMatchObject({ ConnectionId: 631, From: 'second@toko.example' })
    const nowhere = answerOn(ticket, { channelAccountExternalId: '9' })
    await expect(opened.session.operations.createMessages?.(nowhere)).rejects.toThrow(RefusedError)
  })

  it.each([
    ['a note', { type: 'NOTE_PRIVATE' }],
    ['a public note', { type: 'NOTE_PUBLIC' }],
    ['words of the contact', { type: 'REPLY_INBOUND' }],
    ['a forward', { type: 'FORWARD' }],
    ['a message passed on', { forwarded: { messageExternalId: '1', includesAttachments: true } }],
    ['a time', { at: new Date(0) }],
    ['an address on a chat', { addresses: [{ email: 'a@b.example', name: null, direction: 'CC' }] }],
    ['eleven files', { attachments: Array.from({ length: 11 }, () => file('a', 'a')) }],
    ['a file too large', { attachments: [{ ...file('a', 'a'), sizeBytes: 11 * 1024 * 1024 }] }],
  ])('with %s is refused, and nothing is sent', async (_name, changes) => {
    const { desk, ticket } = deskWith('FACEBOOK')
    const opened = await openOnebox(at(desk))
    const order = answerOn(ticket, changes as object)
    await expect(opened.session.operations.createMessages?.(order)).rejects.toThrow(RefusedError)
    expect(changesOf(opened)).toEqual([])
    expect(ticket.messages).toHaveLength(1)
  })

  it('comes one at a time', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const order = { ...answerOn(ticket), messages: [reply(), reply()] }
    await expect(opened.session.operations.createMessages?.(order)).rejects.toThrow(RefusedError)
    expect(changesOf(opened)).toEqual([])
  })
})

describe('a new ticket', () => {
  it('goes as JSON under the names of the reference', async () => {
    const opened = await openOnebox()
    await opened.session.operations.createTicket?.(newTicket({ category: 'Request' }))
    expect(sent(opened)).toMatchObject({
      name: 'POST /api/ticket/create',
      headers: { 'content-type': 'application/json' },
      body: {
        fullName: 'Sari',
        contact: 'sari@mail.example',
        subject: 'Broken lamp',
        category: 'Request',
        content: ' Hello <b>&amp; you\r\n',
      },
    })
  })

  it('has a category though none was given, and HTML where the settings say so', async () => {
    const opened = await openOnebox({ settings: { newTicketCategory: 'Question', newTicketContent: 'html' } })
    const body = { text: 'Hi', html: '<p>Hi</p>', markdown: null, editorjs: null }
    await opened.session.operations.createTicket?.(newTicket({}, { body }))
    expect(sent(opened).body).toMatchObject({ category: 'Question', content: '<p>Hi</p>' })
  })

  it('with files goes as a form', async () => {
    const opened = await openOnebox()
    const attachments = [file('a.txt', 'hello'), file('b.csv', '1,2', 'text/csv')]
    await opened.session.operations.createTicket?.(newTicket({}, { attachments }))
    const { headers, body } = sent(opened)
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    const form = await new Response(body, { headers: { 'content-type': headers['content-type'] as string } }).formData()
    expect([...form.keys()]).toEqual(['fullName', 'contact', 'subject', 'category', 'content', 'attachment', 'file'])
    expect([(form.get('attachment') as File).name, await (form.get('file') as File).text()]).toEqual(['a.txt', '1,2'])
  })

  it('for a contact whose address was not given asks OneBox for it', async () => {
    const { desk, contact } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const requester = { type: 'CONTACT', externalId: String(contact.id), name: null, email: null, phone: null } as const
    await opened.session.operations.createTicket?.(newTicket({ requester }))
    expect(sent(opened).body).toMatchObject({ fullName: 'Rani', contact: 'rani@mail.example' })
  })

  it.each([
    ['no message', (order: ReturnType<typeof newTicket>) => ({ ...order, messages: [] })],
    ['two', (order) => ({ ...order, messages: [...order.messages, ...order.messages] })],
    ['words of ours', (order) => ({ ...order, messages: [reply()] })],
    ['a note', (order) => ({ ...order, messages: [reply({ type: 'NOTE_PRIVATE' })] })],
    ['three files', () => newTicket({}, { attachments: [file('a', 'a'), file('b', 'b'), file('c', 'c')] })],
    [
      'no e-mail address',
      () => newTicket({ requester: { type: 'CONTACT', externalId: 'WHATP:62', name: 'R', email: null, phone: '62' } }),
    ],
  ] as [string, (order: ReturnType<typeof newTicket>) => ReturnType<typeof newTicket>][])(
    'with %s is refused, and nothing is sent',
    async (_name, change) => {
      const opened = await openOnebox()
      await expect(opened.session.operations.createTicket?.(change(newTicket()))).rejects.toThrow(RefusedError)
      expect(changesOf(opened)).toEqual([])
    },
  )
})

it('a ticket is deleted by its id', async () => {
  const { desk, ticket } = deskWith('EMAIL')
  const opened = await openOnebox(at(desk))
  await opened.session.operations.deleteTicket?.({ ticketExternalId: String(ticket.id) })
  expect(sent(opened)).toMatchObject({ name: `DELETE /api/ticketrz/${ticket.id}`, body: '' })
})

it('a contact is created under the names its answer has', async () => {
  const opened = await openOnebox()
  const order = { name: 'Sari', email: 'sari@mail.example', phone: '+62 1', language: 'id', identifier: 'c-1' }
  await opened.session.operations.createContact?.(order)
  expect(sent(opened)).toMatchObject({
    name: 'POST /api/contactrz',
    body: { Name: 'Sari', Email: 'sari@mail.example', Phone: '+62 1', Mobile: '+62 1' },
  })
  await expect(opened.session.operations.createContact?.({ language: 'id' })).rejects.toThrow(RefusedError)
})

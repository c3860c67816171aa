/** The exact request of each operation, as it arrives. */
import { afterEach, describe, expect, test } from 'vitest'
import { conversationOf } from '#connectors/comm100/sandbox-words.ts'
import type { Operations, OutgoingDraft } from '#connectors/operations.ts'
import { changeTicket } from '#connectors/sandbox/changes.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import { guidOf } from '#connectors/sandbox/desk.ts'
import { RefusedError } from '#errors.ts'
import { base64, zero } from './fixtures.ts'
import { actor, file, markerId, outgoing, smallDesk, written } from './orders.ts'
import { openSite, type Site, type SiteOptions } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function open(options: SiteOptions = {}) {
  const small = smallDesk()
  site = await openSite(small.desk, options)
  const operations = site.session.operations as Required<Operations>
  return { ...small, ...site, operations, ticket: (id: number) => small.desk.tickets.get(id) as DeskTicket }
}
const onTicket = { ticketExternalId: '1' }

/** Ticket 1 as it is written back when nothing changes. */
function whole({ id, ticket }: Pick<Awaited<ReturnType<typeof open>>, 'id' | 'ticket'>) {
  return {
    subject: 'Subject 1',
    originalConversationId: conversationOf(ticket(1)),
    assigneeId: id.ada.toUpperCase(),
    assigneeType: 'agent',
    departmentAssigneeId: id.department.toUpperCase(),
    channelId: id.mail,
    channelAccountId: id.mailAccount,
    contactOrVisitorId: id.kai.toUpperCase(),
    contactOrVisitorType: 'contact',
    createdById: id.kai,
    createdByType: 'contact',
    status: 'new',
    priority: 'high',
    isReadByAgent: false,
    isInRecycleBin: false,
    contactLanguage: 'en',
    agentLanguage: '',
    autoTranslationStatus: false,
    tagIds: [id.urgent.toUpperCase()],
  }
}

describe('tickets', () => {
  test('updateTicket writes the whole ticket back', async () => {
    const { operations, sent, requests, ...rest } = await open()
    await operations.updateTicket({ ...onTicket, changes: { subject: 'Other', status: 'RESOLVED' } })
    expect(requests.filter((line) => line.startsWith('api'))).toEqual([
      'api GET /v4/ticketing/tickets/1',
      'api PUT /v4/ticketing/tickets/1',
    ])
    expect(sent).toMatchObject([
      { method: 'PUT', path: '/v4/ticketing/tickets/1', query: '', headers: { 'content-type': 'application/json' } },
    ])
    expect(sent[0]?.headers.authorization).toMatch(/^Bearer /)
    expect(sent[0]?.body).toEqual({ ...whole(rest), subject: 'Other', status: 'resolved' })
  })
  test('with an API key every write names the site', async () => {
    const auth = { grant: 'apiKey', email: 'owner@comm100.example', apiKey: 'sandbox-api-key', siteId: '10001' }
    const { operations, sent } = await open({ settings: { auth } })
    await operations.markTicket({ ...onTicket, side: 'AGENT', isRead: true, conversationExternalIds: [] })
    expect(sent).toMatchObject([{ path: '/v4/ticketing/tickets/1:read', query: 'siteId=10001' }])
  })
  test('unassigning writes the zero GUID and no type, or null by the setting', async () => {
    const { operations, sent, ...rest } = await open()
    await operations.updateTicket({ ...onTicket, changes: { assignee: null, departmentExternalId: null } })
    const { assigneeType, ...others } = whole(rest)
    expect(sent[0]?.body).toEqual({ ...others, assigneeId: zero, departmentAssigneeId: zero })
    await site?.close()
    const second = await open({ settings: { nobodyId: null } })
    await second.operations.updateTicket({ ...onTicket, changes: { assignee: null } })
    expect(second.sent[0]?.body).toMatchObject({ assigneeId: null })
  })
  test.each([
    ['delete', 'deleteTicket', 'DELETE', '/v4/ticketing/tickets/1'],
    ['recycle', 'recycleTicket', 'POST', '/v4/ticketing/tickets/1:recycle'],
  ] as const)('%s', async (_name, operation, method, path) => {
    const { operations, sent } = await open()
    await operations[operation](onTicket)
    expect(sent).toMatchObject([{ method, path, body: '' }])
  })
  test('restore writes the whole ticket back as not recycled', async () => {
    const { operations, sent, desk, ...rest } = await open()
    changeTicket(desk, 1, { isRecycled: true })
    await operations.restoreTicket(onTicket)
    expect(sent).toMatchObject([{ method: 'PUT', path: '/v4/ticketing/tickets/1' }])
    expect(sent[0]?.body).toEqual({ ...whole(rest), isInRecycleBin: false })
  })
  test('read and unread', async () => {
    const { operations, sent } = await open()
    for (const isRead of [true, false])
      await operations.markTicket({ ...onTicket, side: 'AGENT', isRead, conversationExternalIds: [] })
    expect(sent).toMatchObject([
      { method: 'POST', path: '/v4/ticketing/tickets/1:read', body: '' },
      { method: 'POST', path: '/v4/ticketing/tickets/1:unread', body: '' },
    ])
  })
  test('merging is one call per source, at the target', async () => {
    const { operations, sent } = await open()
    await operations.mergeTickets({ targetExternalId: '1', sourceExternalIds: ['2', '3'] })
    expect(sent).toMatchObject([
      { method: 'POST', path: '/v4/ticketing/tickets/1:merge', body: { sourceId: 2 } },
      { method: 'POST', path: '/v4/ticketing/tickets/1:merge', body: { sourceId: 3 } },
    ])
  })
  test('createTicket', async () => {
    const { operations, sent, id } = await open()
    await operations.createTicket({
      marker: markerId,
      fields: {
        subject: 'New one',
        requester: actor('CONTACT', id.kai),
        status: 'PENDING_INTERNAL',
        priority: 'URGENT',
        assignee: { type: 'CHATBOT', externalId: id.bot },
        departmentExternalId: id.department,
        channelExternalId: id.mail,
        channelAccountExternalId: id.mailAccount,
        contactLanguage: 'de',
        agentLanguage: 'en',
        isAutoTranslationOn: true,
        tags: { all: [{ externalId: id.billing, name: 'billing' }], added: [], removed: [] },
      },
      createdBy: actor('AGENT', id.ben),
      originalConversationId: null,
      messages: [outgoing({ type: 'REPLY_INBOUND', at: new Date('2026-01-02T03:04:05Z') })],
    })
    expect(sent).toMatchObject([{ method: 'POST', path: '/v4/ticketing/tickets' }])
    expect(sent[0]?.body).toEqual({
      subject: 'New one',
      contactOrVisitorId: id.kai,
      contactOrVisitorType: 'contact',
      status: 'pendingInternal',
      priority: 'urgent',
      assigneeId: id.bot,
      assigneeType: 'chatbot',
      departmentAssigneeId: id.department,
      channelId: id.mail,
      channelAccountId: id.mailAccount,
      contactLanguage: 'de',
      agentLanguage: 'en',
      autoTranslationStatus: true,
      tagIds: [id.billing],
      originalConversationId: `deskgraph:${markerId}`,
      createdById: id.ben,
      createdByType: 'agent',
      messages: [
        {
          type: 'text',
          body: base64('Hello'),
          sentById: id.kai,
          sentByType: 'contact',
          channelId: 'Email',
          time: '2026-01-02T03:04:05.000Z',
          metadata: {
            channel: { channelAccount: id.mailAccount, isFromChannelToPlatform: true },
            source: { contactIdentityId: null, conversationId: `deskgraph:${markerId}` },
            decoration: { email: { ...noMail, subject: 'New one' } },
            context: { deskgraph: markerId },
          },
        },
      ],
    })
  })
  test('findTicket asks for what the requester has changed since', async () => {
    const { operations, requests, sent, id } = await open()
    const order = {
      marker: markerId,
      fields: { subject: 'Not there', requester: actor('CONTACT', id.kai) },
      createdBy: null,
      originalConversationId: null,
      messages: [],
    }
    expect(await operations.findTicket(order, new Date())).toBeNull()
    expect(requests.filter((line) => line.startsWith('api'))).toEqual(['api GET /v4/ticketing/tickets'])
    expect(sent).toEqual([])
  })
})

const noMail = { from: null, to: null, cc: null, bcc: null, quote: '', ifHasAttachmentNotReceived: false }

describe('messages', () => {
  test('an e-mail reply with copies, a file and a parent', async () => {
    const { operations, sent, id, ticket } = await open()
    const parent = guidOf('message', ticket(1).messages[0]?.id ?? 0)
    await operations.createMessages({
      ...onTicket,
      conversationExternalId: `1:${conversationOf(ticket(1))}`,
      messages: [
        outgoing({
          subject: 'Re: Subject 1',
          body: written('Grüße', '<p>Grüße</p>'),
          sender: actor('AGENT', id.ben),
          addresses: [
            { email: 'kai@example.org', name: 'Kai', direction: 'TO' },
            { email: 'a@example.org', name: null, direction: 'CC' },
            { email: 'b@example.org', name: 'Poe, Ada', direction: 'CC' },
            { email: 'c@example.org', name: null, direction: 'BCC' },
          ],
          attachments: [file('a.txt', 'text/plain', 'bytes')],
          parentExternalId: parent,
          isRead: false,
          sourceId: '<mail@example.com>',
          showInlineImages: true,
          showInCorrespondence: false,
        }),
      ],
    })
    const [upload, message] = sent
    expect(upload).toMatchObject({ method: 'POST', path: '/api/v2/ticket/attachments' })
    expect(upload?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(upload?.body).toMatch(
      /Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text\/plain\r\n\r\nbytes\r\n/,
    )
    expect(message).toMatchObject({ method: 'POST', path: '/v4/ticketing/messages' })
    expect(message?.body).toEqual({
      ticketId: 1,
      type: 'html',
      body: base64('<p>Grüße</p>'),
      sentById: id.ben,
      sentByType: 'agent',
      channelId: 'Email',
      parentId: parent,
      originalId: '<mail@example.com>',
      isRead: false,
      showInlineImage: true,
      ifDisplayInTicketCorrespondences: false,
      attachments: [
        { fileKey: expect.any(String), name: 'a.txt', size: 5, type: 'file', url: expect.stringContaining('http') },
      ],
      metadata: {
        channel: { channelAccount: id.mailAccount, isFromChannelToPlatform: false },
        source: {
          contactIdentityId: expect.any(String),
          conversationId: conversationOf(ticket(1)),
        },
        decoration: {
          email: {
            ...noMail,
            subject: 'Re: Subject 1',
            to: 'Kai <kai@example.org>;',
            cc: 'a@example.org;b@example.org;',
            bcc: 'c@example.org;',
          },
        },
        context: { deskgraph: markerId },
      },
    })
  })
  test('a reply on a channel of plain text goes as text', async () => {
    const { operations, sent, id } = await open()
    await operations.createMessages({
      ticketExternalId: '2',
      conversationExternalId: null,
      messages: [outgoing({ body: written('Hello', '<p>Hello</p>') })],
    })
    expect(sent).toMatchObject([
      {
        path: '/v4/ticketing/messages',
        body: {
          type: 'text',
          body: base64('Hello'),
          channelId: 'Telegram',
          sentById: id.ada,
          metadata: { channel: { channelAccount: id.telegramAccount }, decoration: { chat: { title: 'Subject 2' } } },
        },
      },
    ])
  })
  test('without markers nothing of ours is left', async () => {
    const { operations, sent } = await open({ settings: { leavesMarkers: false } })
    await operations.createMessages({ ...onTicket, conversationExternalId: null, messages: [outgoing()] })
    expect(sent[0]?.body).toMatchObject({ metadata: { context: null } })
    expect(JSON.stringify(sent)).not.toContain(markerId)
  })
  test('a note goes to the notes, with its mentions', async () => {
    const { operations, sent, id } = await open()
    const note = outgoing({
      type: 'NOTE_PRIVATE',
      body: written('Ask <Kai>', '<p>Ask &lt;Kai&gt;</p>'),
      sender: actor('AGENT', id.ben),
      mentionedAgentExternalIds: [id.ada],
    })
    await operations.createMessages({ ...onTicket, conversationExternalId: null, messages: [note] })
    expect(sent).toMatchObject([{ method: 'POST', path: '/v4/ticketing/notes' }])
    expect(sent[0]?.body).toEqual({
      ticketId: 1,
      agentId: id.ben,
      text: base64('Ask <Kai>'),
      noteMentions: [{ agentId: id.ada }],
    })
  })
  test('resend', async () => {
    const { operations, sent, id } = await open()
    const order = { ticketExternalId: '3', conversationExternalId: '', messageExternalId: id.failed, isNote: false }
    await operations.resendMessage(order)
    expect(sent).toMatchObject([{ method: 'POST', path: `/v4/ticketing/messages/${id.failed}:resend`, body: '' }])
  })
  test('editing writes the whole message back', async () => {
    const { operations, sent, id } = await open()
    const order = { ticketExternalId: '3', conversationExternalId: '', messageExternalId: id.failed, isNote: false }
    await operations.updateMessage({ ...order, body: written('found') })
    expect(sent).toMatchObject([{ method: 'PUT', path: `/v4/ticketing/messages/${id.failed}` }])
    expect(sent[0]?.body).toEqual({
      ticketId: '3',
      sentById: id.ada,
      sentByType: 'agent',
      time: expect.any(String),
      type: 'text',
      body: base64('found'),
      metadata: expect.objectContaining({ channel: expect.anything() }),
      originalId: '',
      channelId: 'Email',
      translatedBody: '',
      ifDisplayInTicketCorrespondences: true,
      isOriginalSentToContact: true,
      showInlineImage: false,
      isRead: false,
      isInternal: false,
    })
  })
})

describe('drafts', () => {
  const draft = (changes: Partial<OutgoingDraft> = {}): OutgoingDraft => ({
    ...{ type: 'REPLY_OUTBOUND', subject: null, body: written('Soon'), addresses: [], attachments: [] },
    ...{ quotedText: null, metadata: null, writer: null, ...changes },
  })
  const nothing = { files: null, location: null, buttons: null, quickReplies: null }

  test('a draft is put as a whole, in one call', async () => {
    const { operations, sent, requests, id } = await open()
    const receipt = await operations.saveDraft({
      ...onTicket,
      draft: draft({
        ...{ subject: 'Re: 1', body: written('Grüße', '<p>Grüße</p>'), quotedText: 'You wrote' },
        addresses: [
          { email: 'a@example.org', name: null, direction: 'CC' },
          { email: 'b@example.org', name: 'Bo', direction: 'CC' },
        ],
        metadata: { context: { own: 1 }, decoration: { location: 'here', email: { subject: 'old' } } },
        writer: actor('AGENT', id.ben),
      }),
    })
    expect(requests.filter((line) => line.startsWith('api'))).toEqual(['api PUT /v4/ticketing/tickets/1/draft'])
    const email = {
      ...{ from: null, to: null, bcc: null, cc: 'a@example.org;Bo <b@example.org>;', subject: 'Re: 1' },
      ...{ quote: 'You wrote', ifHasAttachmentNotReceived: false },
    }
    expect(sent[0]?.body).toEqual({
      ...{ ticketId: '1', type: 'html', body: base64('<p>Grüße</p>'), attachments: [], lastUpdatedById: id.ben },
      metadata: {
        ...{ channel: null, source: null, context: { own: 1 } },
        decoration: { ...nothing, location: 'here', email },
      },
    })
    expect(receipt).toEqual({
      ticketExternalId: '1',
      draft: { externalId: '1', fileKeys: [], savedAt: expect.any(Date) },
    })
  })
  test('plain text goes as text, and nobody is named where nobody is known', async () => {
    const { operations, sent } = await open()
    await operations.saveDraft({ ...onTicket, draft: draft() })
    expect(sent[0]?.body).toMatchObject({ type: 'text', body: base64('Soon') })
    expect(sent[0]?.body).not.toHaveProperty('lastUpdatedById')
  })
  test('files are uploaded once, then named by their key', async () => {
    const { operations, sent } = await open()
    const attached = file('a.txt', 'text/plain', 'abc')
    const { draft: made } = await operations.saveDraft({ ...onTicket, draft: draft({ attachments: [attached] }) })
    const [fileKey = null] = made?.fileKeys ?? []
    expect(fileKey).toEqual(expect.any(String))
    sent.length = 0
    await operations.saveDraft({ ...onTicket, draft: draft({ attachments: [{ ...attached, fileKey }] }) })
    expect(sent).toMatchObject([{ method: 'PUT', body: { attachments: [{ fileKey, name: 'a.txt', size: 3 }] } }])
  })
  test('deleting one that is not there is done already', async () => {
    const { operations, sent } = await open()
    await operations.deleteDraft({ ...onTicket, type: 'REPLY_OUTBOUND' })
    expect(sent).toMatchObject([{ method: 'DELETE', path: '/v4/ticketing/tickets/1/draft' }])
  })
  test('a note is never saved as the draft of a reply', async () => {
    const { operations, sent } = await open()
    for (const type of ['NOTE_PRIVATE', 'FORWARD'] as const) {
      await expect(operations.saveDraft({ ...onTicket, draft: draft({ type }) })).rejects.toThrow(RefusedError)
      await expect(operations.deleteDraft({ ...onTicket, type })).rejects.toThrow(RefusedError)
    }
    expect(sent).toEqual([])
  })
})

describe('people and tags', () => {
  test('contacts, in both generations', async () => {
    const order = { name: 'Mo', email: 'mo@example.org', phone: '+491', identifier: 'C-9' }
    const { operations, sent } = await open()
    await operations.createContact({ ...order, customFields: [{ key: 'company', value: 'ACME' }] })
    const identities = (kind: string) => [
      { [kind]: 'externalID', value: 'C-9' },
      { [kind]: 'Email', value: 'mo@example.org' },
      { [kind]: 'SMS', value: '+491' },
    ]
    expect(sent).toMatchObject([{ method: 'POST', path: '/v4/global/contacts' }])
    expect(sent[0]?.body).toEqual({
      name: 'Mo',
      contactIdentities: identities('contactIdentityType'),
      customFields: { company: 'ACME' },
    })
    await site?.close()
    const second = await open({ settings: { contactsPath: 'contact/contacts' } })
    await second.operations.createContact(order)
    expect(second.sent).toMatchObject([
      { path: '/v4/contact/contacts', body: { name: 'Mo', contactIdentities: identities('type') } },
    ])
  })
  test('a contact is written back whole', async () => {
    const { operations, sent, id } = await open()
    await operations.updateContact({ externalId: id.lu, name: 'Lulu', phone: null, email: 'lulu@example.org' })
    expect(sent).toMatchObject([{ method: 'PUT', path: `/v4/global/contacts/${id.lu}` }])
    expect(sent[0]?.body).toEqual({
      name: 'Lulu',
      contactIdentities: [
        expect.objectContaining({ contactIdentityType: 'email', value: 'lulu@example.org' }),
        expect.objectContaining({ contactIdentityType: 'externalid', value: 'C-7' }),
      ],
      customFields: [],
    })
  })
  test('tags', async () => {
    const { operations, sent, id } = await open()
    await operations.createTag({ name: 'new', color: null })
    await operations.updateTag({ externalId: id.billing, name: 'money', color: '#fff' })
    await operations.deleteTag({ externalId: id.urgent })
    expect(sent.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/v4/ticketing/tags', { name: 'new' }],
      ['PUT', `/v4/ticketing/tags/${id.billing}`, { name: 'money' }],
      ['DELETE', `/v4/ticketing/tags/${id.urgent}`, ''],
    ])
  })
})

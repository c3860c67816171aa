import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '#connectors/contract.ts'
import { onebox } from '#connectors/onebox/connector.ts'
import { messageFrom } from '#connectors/onebox/map-message.ts'
import { ticketFrom, type WholeTicket } from '#connectors/onebox/map-ticket.ts'
import { learnNames } from '#connectors/onebox/names.ts'
import { channelsFrom } from '#connectors/onebox/people.ts'
import { messagesIn } from '#connectors/onebox/thread.ts'
import { takeNotes } from '#connectors/reading.ts'
import { contactWire, contentWire, messageWire, rowWire, threadWire, ticketId, ticketWire } from './fixtures.ts'

const given = { baseUrl: 'https://desk.example', email: 'a@b.example', password: 'x', siteId: 188 }
const settings = onebox.settings.parse(given)

function thread(answer: unknown) {
  const notes = takeNotes()
  return { keyed: messagesIn(answer as Json, ticketId, notes), misfits: notes.misfits }
}

function mapped(changes: JsonObject = {}, more: object = {}) {
  const notes = takeNotes()
  const context = {
    settings: onebox.settings.parse({ ...given, ...more }),
    notes,
    contact: contactWire,
    attachments: () => [],
    place: 0,
  }
  const message = messageFrom(
    { externalId: String(changes.Id ?? '4410077'), copy: 0, message: messageWire(changes) },
    context,
  )
  return { message, misfits: notes.misfits }
}

const fetchedAt = new Date('2026-05-01T00:00:00Z')

function ticket(changes: Partial<WholeTicket> = {}, more: object = {}) {
  const notes = takeNotes()
  const messages = messagesIn(threadWire([messageWire()]) as Json, ticketId, notes)
  const whole = {
    ticket: ticketWire(),
    row: rowWire(),
    messages,
    details: new Map(),
    contact: contactWire,
    isContactNew: true,
    ...changes,
  }
  const found = ticketFrom(whole, {
    settings: onebox.settings.parse({ ...given, ...more }),
    names: learnNames(),
    notes,
    fetchedAt,
  })
  return { ...found, record: found.tickets[0] as NonNullable<(typeof found.tickets)[0]>, misfits: notes.misfits }
}

describe('a row of a thread becomes a message, field by field', () => {
  const { message, misfits } = mapped()

  it.each([
    ['Id', 'externalId', '4410077'],
    ['ConnectionId', 'channelAccountExternalId', '912'],
    ['Subject', 'subject', 'Jam buka'],
    ['Date', 'at', new Date('2024-03-04T02:11:09Z')],
    ['ReceiveDate', 'receivedAt', new Date('2024-03-04T02:11:12Z')],
    ['SendDate', 'sentAt', null],
    ['MediaId', 'channelExternalId', 'FCBK'],
    ['PriorityId', 'priority', null],
    ['Incoming', 'direction', 'INBOUND'],
    ['Incoming (kind)', 'type', 'REPLY_INBOUND'],
    ['From', 'sender', { type: 'CONTACT', externalId: '40021', name: 'Rani Putri' }],
    ['From, To, Cc, Bcc of a comment', 'addresses', []],
    ['StatusId', 'statusDetail', { raw: 'MSS3', label: 'MSS3' }],
    [
      'Retry, BatchId, Processing',
      'delivery',
      { status: 'DELIVERED', at: new Date('2024-03-04T02:11:12Z'), retryCount: 2, groupId: 'B-17' },
    ],
    ['Attachment', 'attachments', []],
    ['Spam', 'isSpam', false],
    ['RemoteId', 'sourceId', '55667788_4455'],
    ['ParentId', 'parentExternalId', '4410001'],
    ['PreviousId', 'previousExternalId', '4410050'],
    ['CreateDate', 'createdAt', new Date('2024-03-04T02:11:13Z')],
    ['Creator', 'createdBy', { type: 'AGENT', externalId: '1' }],
    ['ModifyDate', 'updatedAt', new Date('2024-03-04T02:12:00Z')],
    ['Modifier', 'updatedBy', { type: 'AGENT', externalId: '1' }],
    ['ExpireDate', 'expiresAt', null],
    ['ViewDate', 'readAt', new Date('2024-03-04T03:00:00Z')],
    ['FromName', 'senderName', 'Rani Putri'],
    ['ContentType', 'contentType', 'HTML'],
  ] as const)('%s', (_wire, field, value) => {
    expect(message[field]).toEqual(value)
  })

  it('keeps in the metadata what has no field of its own', () => {
    expect(message.metadata).toEqual({
      ObjectName: 'Ticket',
      ObjectId: ticketId,
      Description: 'from the page',
      Remarks: 'checked',
      MediaId: 'FCBK',
      MethodId: 'COMMENT',
      PriorityValue: '0',
      PriorityId: 'MSP1',
      TypeId: 'MST2',
      SecrecyId: 'MSC4',
      SourceId: 'SRC9',
      Reply: '0',
      Processing: 1,
      From: '8123400099',
      To: '55667788',
      PrevRemoteId: '55667788_4400',
      ParentRemoteId: '55667788_4300',
    })
  })

  it('keeps every field of Contents as a part', () => {
    expect(message.body.parts).toEqual([
      {
        id: '4410077',
        contentType: 'text/html',
        encoding: 'UTF-8',
        body: 'Apakah toko buka hari ini?',
        text: 'Apakah toko buka hari ini?',
        templateId: '31',
        meta: { lang: 'id' },
      },
    ])
  })

  it('fits without a note, and keeps the whole row as raw', () => {
    expect(misfits).toEqual([])
    expect(message.raw).toEqual(messageWire())
  })
})

describe('an e-mail', () => {
  it('has its addresses, and only an e-mail has', () => {
    const { message } = mapped({
      MediaId: 'EMAIL',
      From: 'rani@mail.example',
      To: 'help@desk.example, "Toko, Pusat" <toko@desk.example>',
      Cc: 'a@x.example;b@x.example',
      Bcc: 'c@x.example',
    })
    expect(message.addresses).toEqual([
      { email: 'rani@mail.example', name: 'Rani Putri', direction: 'FROM' },
      { email: 'help@desk.example', name: null, direction: 'TO' },
      { email: 'toko@desk.example', name: 'Toko, Pusat', direction: 'TO' },
      { email: 'a@x.example', name: null, direction: 'CC' },
      { email: 'b@x.example', name: null, direction: 'CC' },
      { email: 'c@x.example', name: null, direction: 'BCC' },
    ])
    expect(message.sender?.externalId).toBe('40021')
  })

  it('from somebody else than the contact has that sender', () => {
    const { message } = mapped({ MediaId: 'EMAIL', From: 'boss@mail.example', FromName: 'Boss' })
    expect(message.sender).toEqual({
      type: 'CONTACT',
      externalId: 'EMAIL:boss@mail.example',
      name: 'Boss',
      email: 'boss@mail.example',
      phone: null,
    })
  })
})

describe('a message that went out', () => {
  it('has no sender, since Creator is "1" on both directions', () => {
    const { message } = mapped({ Incoming: '0', FromName: null, From: '55667788', SendDate: '2024-03-04 02:20:00' })
    expect(message).toMatchObject({
      type: 'REPLY_OUTBOUND',
      direction: 'OUTBOUND',
      sender: null,
      senderName: null,
      sentAt: new Date('2024-03-04T02:20:00Z'),
    })
  })

  it.each([
    [{ SendDate: '2024-03-04 02:20:00', RemoteId: null }, 'SENT'],
    [{ SendDate: null, RemoteId: '1_2' }, 'SENT'],
    [{ SendDate: null, RemoteId: null, Processing: '1' }, 'SENDING'],
    [{ SendDate: null, RemoteId: null, Processing: 0 }, 'QUEUED'],
  ])('%j is %s', (changes, status) => {
    expect(mapped({ Incoming: '0', ...changes }).message.delivery?.status).toBe(status)
  })

  it('has the state the settings give its code', () => {
    expect(
      mapped({ Incoming: '0', StatusId: 'mss5' }, { deliveryStatusMap: { MSS5: 'FAILED' } }).message.delivery?.status,
    ).toBe('FAILED')
  })
})

describe('a phone number', () => {
  it('is the contact however it is written', () => {
    expect(mapped({ MediaId: 'WHATP', From: '628123400099' }).message.sender?.externalId).toBe('40021')
  })

  it('of somebody unknown is a sender by channel', () => {
    expect(mapped({ MediaId: 'WHATP', From: '62811' }).message.sender).toMatchObject({
      externalId: 'WHATP:62811',
      phone: '62811',
    })
  })
})

describe('a ticket', () => {
  it('keeps codes as raw and names as labels, and never one over the other', () => {
    const { record, misfits } = ticket()
    expect(record).toMatchObject({
      externalId: ticketId,
      number: ticketId,
      subject: 'Jam buka',
      status: 'PENDING_INTERNAL',
      statusDetail: { raw: 'TS2', label: 'Open' },
      priority: 'LOW',
      priorityDetail: { raw: 'TP1', label: 'Low' },
      category: 'Question',
      requester: { type: 'CONTACT', externalId: '40021', name: 'Rani Putri', email: 'rani@mail.example' },
      assignee: { type: 'AGENT', externalId: '77', name: 'dimas' },
      createdBy: { externalId: '1' },
      channelExternalId: 'FCBK',
      channelAccountExternalId: '912',
      reopenedAt: null,
      createdAt: new Date('2024-03-04T02:11:13Z'),
      updatedAt: new Date('2024-03-05T06:00:00Z'),
      lastStatusChangedAt: new Date('2024-03-05T05:59:00Z'),
      tags: [
        { externalId: 'jam', name: 'jam' },
        { externalId: 'toko', name: 'toko' },
      ],
    })
    expect(record.raw).toMatchObject({ StatusId: 'TS2', Status: 'Open', Requestor: '40021', Assignee: null })
    expect(misfits).toEqual([])
  })

  it.each([
    ['TS7', null, 'RESOLVED'],
    ['TS99', 'Closed', 'RESOLVED'],
    ['TS99', 'on hold', 'ON_HOLD'],
    ['TS99', 'Pending', 'PENDING_EXTERNAL'],
    ['TS99', 'New', 'NEW'],
    ['TS99', 'Solved', 'RESOLVED'],
  ])('with status %s %s is %s', (StatusId, Status, status) => {
    expect(ticket({ ticket: ticketWire({ StatusId }), row: rowWire({ Status }) }).record.status).toBe(status)
  })

  it('of an unknown state is UNKNOWN, keeps the word, and says so', () => {
    const { record, misfits } = ticket({
      ticket: ticketWire({ StatusId: 'TS42' }),
      row: rowWire({ Status: 'Menunggu', Priority: 'Segera' }),
    })
    expect(record).toMatchObject({
      status: 'UNKNOWN',
      statusDetail: { raw: 'TS42', label: 'Menunggu' },
      priority: null,
      priorityDetail: { raw: 'TP1', label: 'Segera' },
    })
    expect(misfits.map(({ kind, field, raw }) => [kind, field, raw])).toEqual([
      ['unmapped', 'status', 'TS42'],
      ['unmapped', 'priority', 'Segera'],
    ])
  })

  it('goes by the statusMap first, by code or by name', () => {
    expect(ticket({}, { statusMap: { TS2: 'ON_HOLD' } }).record.status).toBe('ON_HOLD')
    expect(ticket({}, { statusMap: { open: 'NEW' } }).record.status).toBe('NEW')
  })

  it('does not take the name of an older list row', () => {
    const { record } = ticket({ ticket: ticketWire({ StatusId: 'TS7', ModifyDate: '2024-03-06 00:00:00' }) })
    expect(record).toMatchObject({ status: 'RESOLVED', statusDetail: { raw: 'TS7', label: 'Closed' } })
  })

  it('says how long it took, in seconds', () => {
    const changes = {
      CreateDate: '2024-03-04 00:00:00',
      CloseDate: '2024-03-05 00:00:01',
      ResolutionTime: '86401',
      SolveUser: '77',
    }
    expect(ticket({ ticket: ticketWire(changes) }).record).toMatchObject({
      resolutionTimeSeconds: 86401,
      resolvedAt: new Date('2024-03-05T00:00:01Z'),
      resolvedBy: { externalId: '77' },
    })
  })

  it('assigned to several has the first, and all are agents', () => {
    const { record, agents } = ticket({
      ticket: ticketWire({ AssigneeList: '77,78', AssigneeTextList: 'dimas, sari' }),
    })
    expect(record.assignee?.externalId).toBe('77')
    expect(agents.map(({ externalId, displayName }) => [externalId, displayName])).toEqual([
      ['77', 'dimas'],
      ['78', 'sari'],
    ])
  })

  it('has the whole set of its tags, also the empty one, and none where no list row told', () => {
    expect(ticket({ row: rowWire({ Tags: '' }) }).record.tags).toEqual([])
    expect(ticket({ row: rowWire({ Tags: 'a, a,' }) }).record.tags).toEqual([{ externalId: 'a', name: 'a' }])
    expect(ticket({ row: null }).record).not.toHaveProperty('tags')
  })

  it('leaves out whatever is kept in our store only', () => {
    const { record } = ticket()
    for (const field of [
      ...['isReadByAgent', 'isReadByContact', 'unreadMessageCount', 'isRecycled', 'recycledAt', 'isSpam', 'hasDraft'],
      ...['mergedIntoExternalId', 'snoozedUntil', 'contactLanguage', 'agentLanguage', 'departmentExternalId', 'drafts'],
      ...['isAutoTranslationOn', 'replyingAgentMode', 'mentions'],
    ])
      expect(record).not.toHaveProperty(field)
    for (const conversation of record.conversations)
      for (const field of ['isMuted', 'canReply', 'snoozedUntil', 'unreadCount', 'agentLastSeenAt'])
        expect(conversation).not.toHaveProperty(field)
    expect(mapped().message).not.toHaveProperty('isRead')
  })

  it('whose contact cannot be read still has its requester and their name', () => {
    const { record, contacts } = ticket({ contact: null, isContactNew: false })
    expect(record.requester).toMatchObject({ externalId: '40021', name: 'Rani Putri' })
    expect(contacts.map(({ externalId }) => externalId)).toEqual(['40021', 'FCBK:8123400099'])
  })

  it('without a contact has whoever wrote first', () => {
    const { record } = ticket({ ticket: ticketWire({ ContactId: null, Requestor: null }), contact: null })
    expect(record.requester?.externalId).toBe('FCBK:8123400099')
  })
})

describe('dates', () => {
  it('are in the zone of the settings', () => {
    expect(mapped({}, { zone: 'Asia/Jakarta' }).message.at).toEqual(new Date('2024-03-03T19:11:09Z'))
  })

  it('that say never are null', () => {
    const { message } = mapped({ ExpireDate: '0000-00-00 00:00:00', ViewDate: null })
    expect(message).toMatchObject({ expiresAt: null, readAt: null })
    expect(mapped({ ExpireDate: '2031-01-01 00:00:00' }).message.expiresAt).toEqual(new Date('2031-01-01T00:00:00Z'))
  })
})

describe('words nobody has published', () => {
  it('unknown direction: agents only, and noted', () => {
    const { message, misfits } = mapped({ Incoming: '7' })
    expect(message).toMatchObject({ type: 'UNKNOWN', isInternal: true })
    expect(misfits).toMatchObject([{ kind: 'unmapped', field: 'direction', raw: '7' }])
  })

  it('unknown channel: OTHER under its own code, and noted', () => {
    const notes = takeNotes()
    const [channel] = channelsFrom([{ Id: '5', MediaId: 'TIKTK', Name: 'Shop' }], settings, notes)
    expect(channel).toMatchObject({
      externalId: 'TIKTK',
      type: 'OTHER',
      name: 'TIKTK',
      accounts: [{ externalId: '5', name: 'Shop' }],
    })
    expect(notes.misfits).toMatchObject([{ kind: 'unmapped', subject: 'channel', raw: 'TIKTK' }])
    const told = channelsFrom(
      [{ Id: '5', MediaId: 'TIKTK' }],
      onebox.settings.parse({ ...given, channelMap: { TIKTK: 'API' } }),
      takeNotes(),
    )
    expect(told[0]?.type).toBe('API')
  })

  it.each([
    ['FCBK', 'FACEBOOK'],
    ['EMAIL', 'EMAIL'],
    ['WHATP', 'WHATSAPP'],
    ['INST', 'INSTAGRAM'],
  ])('channel %s is %s', (MediaId, type) => {
    expect(channelsFrom([{ Id: '5', MediaId }], settings, takeNotes())[0]?.type).toBe(type)
  })

  it('unknown content type: UNKNOWN, with its text', () => {
    const { message, misfits } = mapped({ Contents: [contentWire({ ContentType: 'application/x-odd', Body: 'b' })] })
    expect(message).toMatchObject({ contentType: 'UNKNOWN', body: { text: 'b' } })
    expect(misfits).toMatchObject([{ kind: 'unmapped', field: 'contentType' }])
  })
})

describe('the thread of the answer', () => {
  const outgoing = { Incoming: '0', Content: 'Buka sampai jam 9', FromName: null, From: '55667788', To: '8123400099' }

  it('is flat though groups stand in it', () => {
    const nested = threadWire([
      messageWire(),
      { type: 'message', ticketId, data: [messageWire({ Id: '5' }), { data: [messageWire({ Id: '6' })] }] },
    ])
    expect(thread(nested).keyed.map(({ externalId }) => externalId)).toEqual(['4410077', '5', '6'])
  })

  it('is not followed deeper than five groups, and nothing is lost', () => {
    let deep: object = messageWire({ Id: '7' })
    for (let depth = 0; depth < 7; depth += 1) deep = { data: [deep] }
    const { keyed, misfits } = thread(threadWire([messageWire(), deep]))
    expect(keyed).toHaveLength(1)
    expect(misfits).toMatchObject([{ kind: 'parked', subject: 'message' }])
    expect(JSON.stringify(misfits)).toContain('"7"')
  })

  it('keeps both messages that share an Id, by the same keys in either order', () => {
    const one = thread(threadWire([messageWire(), messageWire(outgoing)])).keyed
    const other = thread(threadWire([{ data: [messageWire(outgoing)] }, messageWire()])).keyed
    for (const keyed of [one, other]) {
      expect(new Map(keyed.map(({ externalId, message }) => [externalId, message.Content]))).toEqual(
        new Map([
          ['4410077', 'Apakah toko buka hari ini?'],
          ['4410077:out', 'Buka sampai jam 9'],
        ]),
      )
    }
  })

  it('puts the question before the answer though Id and Date are the same', () => {
    const messages = thread(threadWire([messageWire(outgoing), messageWire()])).keyed
    expect(ticket({ messages }).record.conversations[0]?.messages.map(({ externalId }) => externalId)).toEqual([
      '4410077',
      '4410077:out',
    ])
  })

  it('has a message once though it is sent twice', () => {
    expect(thread(threadWire([messageWire(), messageWire()])).keyed).toHaveLength(1)
  })

  it('keeps three messages of one Id apart', () => {
    const three = [
      messageWire(outgoing),
      messageWire({ ...outgoing, Content: 'Senin libur' }),
      messageWire({ Content: 'Halo?' }),
    ]
    expect(thread(threadWire(three)).keyed.map(({ externalId }) => externalId)).toEqual([
      '4410077',
      '4410077:out',
      '4410077:out:2',
    ])
  })

  it('prefers Contents over a Content that differs', () => {
    const { message } = mapped({
      Content: 'Ada yang bisa dibantu?',
      Contents: [contentWire({ Body: 'Ada yang bisa dibantu', BodyText: 'Ada yang bisa dibantu' })],
    })
    expect(message.body).toMatchObject({ html: 'Ada yang bisa dibantu', text: 'Ada yang bisa dibantu' })
    expect(message.raw).toMatchObject({ Content: 'Ada yang bisa dibantu?' })
  })

  it('reads Content where it is text and where it is an object', () => {
    expect(mapped({ Contents: [], Content: '  a < b & c\n' }).message).toMatchObject({
      contentType: 'TEXT',
      body: { text: '  a < b & c\n' },
    })
    expect(
      mapped({ Contents: null, Content: contentWire({ Body: '<p>x</p>', BodyText: null }) }).message,
    ).toMatchObject({ contentType: 'HTML', body: { html: '<p>x</p>' } })
    expect(
      mapped({ Contents: null, Content: contentWire({ Body: '<p>x</p>', BodyText: null }) }).message.body.text,
    ).toBeUndefined()
  })

  it('gives plain text to the byte', () => {
    const text = '\r\n  Hai \u00a0👋🏽 <b>no tag</b>\t\n'
    const { message } = mapped({
      Content: 'x',
      Contents: [
        contentWire({ Body: text, BodyText: 'other', ContentType: 'TEXT/PLAIN; charset=utf-8', Encoding: null }),
      ],
    })
    expect(message).toMatchObject({ contentType: 'TEXT', body: { text } })
  })

  it('without a content type is plain text', () => {
    expect(mapped({ Contents: [contentWire({ ContentType: null })] }).message.contentType).toBe('TEXT')
  })

  it('joins several parts by an empty line and keeps each', () => {
    const { body } = mapped({
      Contents: [contentWire({ Body: '<p>1</p>', BodyText: '1' }), contentWire({ Body: '<p>2</p>', BodyText: '2' })],
    }).message
    expect(body).toMatchObject({
      html: '<p>1</p>\n\n<p>2</p>',
      text: '1\n\n2',
      parts: [{ id: '4410077' }, { id: '4410077:2' }],
    })
  })

  it('reads numbers and flags however they are written', () => {
    const { message } = mapped({
      Id: 4410077,
      Incoming: 1,
      Spam: true,
      Processing: '1',
      Creator: 9,
      Modifier: '9',
      Retry: 3,
    })
    expect(message).toMatchObject({
      direction: 'INBOUND',
      isSpam: true,
      createdBy: { externalId: '9' },
      updatedBy: { externalId: '9' },
      delivery: { retryCount: 3 },
    })
  })

  it('groups by ConversationId, and what has none belongs together', () => {
    const rows = [
      messageWire({ Id: '1', ConversationId: null }),
      messageWire({ Id: '2' }),
      messageWire({ Id: '3', ConversationId: '' }),
    ]
    const messages = thread(threadWire(rows)).keyed
    const { conversations } = ticket({ messages }).record
    expect(
      conversations.map(({ externalId, messages }) => [externalId, messages.map(({ externalId }) => externalId)]),
    ).toEqual([
      [`ticket:${ticketId}`, ['1', '3']],
      ['660012', ['2']],
    ])
    expect(conversations.every(({ raw }) => raw === undefined)).toBe(true)
  })

  it('parks what is no message, what has no Id, what is of another type or another ticket, and goes on', () => {
    const odd = [
      null,
      'x',
      { Incoming: '1' },
      { type: 'call', data: [{ Id: '8' }] },
      messageWire({ Id: '9', ObjectId: '1' }),
      messageWire(),
    ]
    const { keyed, misfits } = thread(threadWire(odd))
    expect(keyed.map(({ externalId }) => externalId)).toEqual(['4410077'])
    expect(misfits.map(({ kind, problem }) => [kind, problem])).toEqual([
      ['parked', expect.stringContaining('expected a message, got null')],
      ['parked', expect.stringContaining('expected a message, got "x"')],
      ['parked', expect.stringContaining('with an Id')],
      ['parked', expect.stringContaining('got call')],
      ['parked', expect.stringContaining('got one of ticket 1')],
    ])
  })

  it.each([
    ['text', 'a'],
    ['a number', 3],
    ['a flat object', { Id: 3 }],
  ])('that is %s is parked', (_name, data) => {
    expect(thread(threadWire(data))).toMatchObject({ keyed: [], misfits: [{ kind: 'parked' }] })
  })

  it('may be a list with gaps, written as an object', () => {
    expect(thread(threadWire({ 0: messageWire(), 2: messageWire({ Id: '5' }) })).keyed).toHaveLength(2)
  })

  it('keeps a message or a ticket without any date, with the nearest there is', () => {
    const messages = thread(
      threadWire([messageWire(), messageWire({ Id: '5', Date: null, ReceiveDate: 'soon', CreateDate: null })]),
    ).keyed
    const { record, misfits } = ticket({ messages })
    const dated = new Date('2024-03-04T02:11:09Z')
    expect(record.conversations.flatMap(({ messages }) => messages).map(({ at }) => at)).toEqual([dated, dated])
    expect(misfits).toMatchObject([{ kind: 'unmapped', subject: 'message', externalId: '5', field: 'createdAt' }])
    const dateless = { Id: ticketId }
    expect(ticket({ ticket: dateless, row: null }).record.createdAt).toEqual(dated)
    expect(
      ticket({ ticket: { ...dateless, ModifyDate: '2024-05-05 00:00:00' }, row: null, messages: [] }).record.createdAt,
    ).toEqual(
      ticket({ ticket: { ...dateless, CreateDate: '2024-05-05 00:00:00' }, row: null, messages: [] }).record.createdAt,
    )
    const bare = ticket({ ticket: dateless, row: null, messages: messages.slice(1) })
    expect([bare.record.createdAt, bare.record.conversations[0]?.messages[0]?.at]).toEqual([fetchedAt, fetchedAt])
    expect(bare.misfits.filter(({ field }) => field === 'createdAt').map(({ subject }) => subject)).toEqual([
      'ticket',
      'message',
    ])
  })
})

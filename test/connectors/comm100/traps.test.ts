import { describe, expect, test } from 'vitest'
import { tokenUrlOf } from '#connectors/comm100/auth.ts'
import { openChannelBook } from '#connectors/comm100/channels.ts'
import { nextLink } from '#connectors/comm100/client.ts'
import { gapsIn, type Range, takeNewest, withNumber } from '#connectors/comm100/gaps.ts'
import type { JsonObject } from '#connectors/contract.ts'
import { base64, ids, mapped, wireMessage, wireNote, wireTicket, zero } from './fixtures.ts'

describe('ids', () => {
  test('a ticket id is text whether it came as a number or as text', () => {
    expect(mapped(wireTicket({ id: '4711' })).ticket.externalId).toBe('4711')
    expect(mapped(wireTicket({ id: 4711 })).ticket.externalId).toBe('4711')
  })
  test('GUIDs in either case are the same thing', () => {
    const one = mapped(
      wireTicket({ tags: [{ id: ids.tag.toLowerCase(), name: 'billing' }], tagIds: [ids.tag.toUpperCase()] }),
    ).ticket
    expect(one.tags).toHaveLength(1)
  })
  test('the channel id is what the vendor sends, unchanged', () => {
    expect(mapped(wireTicket({ channelId: 'C0ffEE12-5A5A-4B4B-8C8C-D1D2D3D4D5D6' })).ticket.channelExternalId).toBe(
      'C0ffEE12-5A5A-4B4B-8C8C-D1D2D3D4D5D6',
    )
  })
  test('a note never has the id of a message', () => {
    const { entries } = mapped(wireTicket(), { messages: [wireMessage({ id: ids.note })], notes: [wireNote()] })
    expect(entries.map(({ externalId }) => externalId)).toEqual([
      ids.note.toLowerCase(),
      `note:${ids.note.toLowerCase()}`,
    ])
  })
})

describe('the ways to say "nothing"', () => {
  const { ticket, found } = mapped(
    wireTicket({
      assigneeId: zero,
      assigneeType: 'none',
      departmentAssigneeId: zero,
      resolvedById: zero,
      resolvedByType: 'none',
      mergedToTargetId: 0,
      reopenedTime: '1970-01-01T00:00:00Z',
      resolvedTime: '1970-01-01T00:00:00Z',
      replyingAgent: '',
      channelAccountId: zero,
      originalConversationId: '',
      contactLanguage: '',
      draft: null,
      ifHasDraft: false,
    }),
    { messages: [wireMessage({ parentId: zero, translatedBody: '' })] },
  )
  test('are null', () => {
    expect(ticket).toMatchObject({
      assignee: null,
      departmentExternalId: null,
      resolvedBy: null,
      mergedIntoExternalId: null,
      reopenedAt: null,
      resolvedAt: null,
      replyingAgentMode: null,
      channelAccountExternalId: null,
      originalConversationId: null,
      contactLanguage: null,
      drafts: [],
    })
    expect(ticket.conversations[0]?.messages[0]).toMatchObject({ parentExternalId: null, translation: null })
  })
  test('are no misfits', () => expect(found.misfits).toEqual([]))
  test('mergedToTargetId "0" as text is no merge', () =>
    expect(mapped(wireTicket({ mergedToTargetId: '0' })).ticket.mergedIntoExternalId).toBeNull())
  test('the system has no id of its own', () => {
    expect(mapped(wireTicket({ createdById: zero, createdByType: 'system' })).ticket.createdBy).toEqual({
      type: 'SYSTEM',
      externalId: 'system',
    })
  })
  test('a ticket since 1970 is as old as its first message', () => {
    const old = mapped(wireTicket({ createdTime: '1970-01-01T00:00:00Z' }), { messages: [wireMessage()] }).ticket
    expect(old.createdAt.toISOString()).toBe('2026-03-01T08:10:53.400Z')
  })
  test('a ticket and a message without any time are kept, as old as the answer', () => {
    const timeless = wireTicket({ createdTime: null, lastUpdatedTime: '1970-01-01T00:00:00Z' })
    const { ticket, entries, found } = mapped(timeless, { messages: [wireMessage({ time: null })] })
    expect([ticket.createdAt, entries[0]?.at]).toEqual(Array(2).fill(new Date('2026-05-01T00:00:00Z')))
    expect(found.misfits).toMatchObject([
      { kind: 'unmapped', subject: 'ticket', field: 'createdAt' },
      { kind: 'unmapped', subject: 'message', field: 'time' },
    ])
    const noted = mapped(timeless, { notes: [wireNote({ createdTime: '2026-03-01T09:00:00Z' })] })
    expect(noted.ticket.createdAt).toEqual(new Date('2026-03-01T09:00:00Z'))
  })
})

describe('bodies', () => {
  const bodyOf = (changes: JsonObject) => mapped(wireTicket(), { messages: [wireMessage(changes)] })
  test('base64 is decoded as UTF-8, byte for byte', () => {
    const text = '  Ümläut 🎂\r\n\ttab  \u2028 '
    expect(bodyOf({ type: 'text', body: base64(text) }).entries[0]?.body).toEqual({ text })
  })
  test('plain text stays as it came', () => {
    expect(bodyOf({ type: 'text', body: ' plain <b>text</b> ' }).entries[0]?.body).toEqual({
      text: ' plain <b>text</b> ',
    })
  })
  test('only the exact prefix means base64', () => {
    const text = 'see data:text/plain;base64,aGFsbG8='
    expect(bodyOf({ type: 'text', body: text }).entries[0]?.body).toEqual({ text })
    const other = 'data:text/html;base64,aGFsbG8='
    expect(bodyOf({ type: 'text', body: other }).entries[0]?.body).toEqual({ text: other })
  })
  test('HTML is decided by type, not by the prefix nor by how it looks', () => {
    expect(bodyOf({ type: 'html', body: base64('hello') }).entries[0]?.body).toEqual({ html: 'hello' })
    expect(bodyOf({ type: 'text', body: base64('<p>111</p>') }).entries[0]?.body).toEqual({ text: '<p>111</p>' })
  })
  test('what is no base64 or no UTF-8 is kept and counted', () => {
    const broken = bodyOf({ type: 'text', body: 'data:text/plain;base64,%%%' })
    expect(broken.entries[0]?.body).toEqual({ text: 'data:text/plain;base64,%%%' })
    const latin = bodyOf({
      type: 'text',
      body: `data:text/plain;base64,${Buffer.from([0x67, 0xfc, 0x6e]).toString('base64')}`,
    })
    expect(latin.entries[0]?.body.text).toBe('g\ufffdn')
    expect([...broken.found.misfits, ...latin.found.misfits].map(({ field }) => field)).toEqual(['body', 'body'])
  })
  test('NUL cannot come in through base64', () => {
    expect(bodyOf({ type: 'text', body: base64('a\0b') }).entries[0]?.body.text).toBe('a\ufffdb')
  })
  test('an unknown kind of content is shown as text and counted', () => {
    const { entries, found } = bodyOf({ type: 'hologram', body: 'x' })
    expect(entries[0]).toMatchObject({ contentType: 'UNKNOWN', body: { text: 'x' } })
    expect(found.misfits).toMatchObject([{ kind: 'unmapped', field: 'type' }])
  })
  test('a note is plain text, or by the setting HTML when it looks like it', () => {
    const notes = [wireNote({ text: base64('<p>for Kai</p>') })]
    expect(mapped(wireTicket(), { notes }).entries[0]?.body).toEqual({ text: '<p>for Kai</p>' })
    expect(mapped(wireTicket(), { notes }, { noteFormat: 'auto' }).entries[0]?.body).toEqual({ html: '<p>for Kai</p>' })
  })
})

describe('mail addresses', () => {
  test('lists end with a semicolon and may have names', () => {
    const metadata = {
      decoration: {
        email: { from: '"Poe, Ada" <ada@example.org>;', to: 'a@example.org;b@example.org;', cc: ';', bcc: '' },
      },
    }
    const [message] = mapped(wireTicket(), { messages: [wireMessage({ metadata })] }).entries
    expect(message?.addresses).toEqual([
      { email: 'ada@example.org', name: 'Poe, Ada', direction: 'FROM' },
      { email: 'a@example.org', name: null, direction: 'TO' },
      { email: 'b@example.org', name: null, direction: 'TO' },
    ])
  })
  test('metadata may be JSON text', () => {
    const metadata = JSON.stringify({ channel: { isFromChannelToPlatform: false } })
    expect(mapped(wireTicket(), { messages: [wireMessage({ metadata })] }).entries[0]?.direction).toBe('OUTBOUND')
  })
})

describe('direction', () => {
  const kindOf = (changes: JsonObject) => mapped(wireTicket(), { messages: [wireMessage(changes)] })
  test('the flag of the channel wins over the sender', () => {
    expect(kindOf({ sentByType: 'agent', sentById: ids.agent }).entries[0]?.direction).toBe('INBOUND')
  })
  test.each([
    ['contact', 'INBOUND'],
    ['visitor', 'INBOUND'],
    ['agent', 'OUTBOUND'],
    ['chatbot', 'OUTBOUND'],
    ['system', 'SYSTEM'],
  ])('without the flag, what a %s wrote is %s', (sentByType, direction) => {
    expect(kindOf({ sentByType, metadata: null }).entries[0]?.direction).toBe(direction)
  })
  test('what cannot be told is for agents only, and counted', () => {
    const { entries, found } = kindOf({ sentByType: 'none', metadata: null })
    expect(entries[0]).toMatchObject({ type: 'UNKNOWN', isInternal: true })
    expect(found.misfits).toMatchObject([{ kind: 'unmapped', field: 'direction' }])
  })
})

describe('words that are not known', () => {
  test('a status becomes UNKNOWN and is counted', () => {
    const { ticket, found } = mapped(wireTicket({ status: 'frozen' }))
    expect(ticket).toMatchObject({ status: 'UNKNOWN', statusDetail: { raw: 'frozen' } })
    expect(found.misfits).toMatchObject([{ kind: 'unmapped', field: 'status', raw: 'frozen' }])
  })
  test('the setting for statuses wins', () => {
    expect(mapped(wireTicket({ status: 'frozen' }), {}, { statusMap: { frozen: 'ON_HOLD' } }).ticket.status).toBe(
      'ON_HOLD',
    )
  })
  test("v2's closed is resolved, and case does not matter", () => {
    expect(mapped(wireTicket({ status: 'Closed' })).ticket.status).toBe('RESOLVED')
  })
  test('a broken message, note or mention is parked and the others stay', () => {
    const { entries, ticket, found } = mapped(wireTicket({ noteMentions: [{ id: 1 }] }), {
      messages: [wireMessage(), { body: 'no id' }, 'nonsense'],
      notes: [wireNote(), 7],
    })
    expect(entries).toHaveLength(2)
    expect(ticket.mentions).toEqual([])
    expect(found.misfits.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([
      'parked mention',
      'parked message',
      'parked message',
      'parked note',
    ])
  })
  test('spans may be in another unit', () => {
    expect(
      mapped(wireTicket({ firstResponseTimeSpan: 1500 }), {}, { spanUnit: 'milliseconds' }).ticket
        .firstResponseTimeSeconds,
    ).toBe(2)
  })
})

describe('one thread of messages and notes', () => {
  const at = (second: number) => `2026-03-01T08:00:${String(second).padStart(2, '0')}Z`
  const number = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const message = (n: number, time: string, changes: JsonObject = {}) =>
    wireMessage({ id: number(n), time, metadata: null, messageDelivery: null, ...changes })

  test('is in the order of time, whichever order the lists have', () => {
    const { entries } = mapped(wireTicket(), {
      messages: [message(3, at(30)), message(2, at(10)), message(1, at(10))],
      notes: [wireNote({ createdTime: at(20) })],
    })
    const order = entries
      .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.sequence - b.sequence)
      .map(({ externalId }) => externalId)
    expect(order).toEqual([number(1), number(2), `note:${ids.note.toLowerCase()}`, number(3)])
  })
  test('parts of one delivery keep the order they are sent in', () => {
    const part = (n: number, orderNum: number) =>
      message(n, at(1), { messageDelivery: { status: 'success', groupId: ids.parent, orderNum } })
    const { entries } = mapped(wireTicket(), { messages: [part(1, 2), part(2, 1)] })
    expect(entries.map(({ externalId }) => externalId)).toEqual([number(2), number(1)])
  })
  test('is one conversation per named conversation, else per channel; replies go on where the channel was', () => {
    const named = (conversationId: string | null) => ({ metadata: { source: { conversationId } } })
    const { ticket } = mapped(wireTicket(), {
      messages: [
        message(1, at(1), named('1848')),
        message(2, at(2), { ...named(null), sentByType: 'agent' }),
        message(3, at(3), { ...named(null), channelId: 'Telegram' }),
        message(4, at(4), named('1999')),
      ],
      notes: [wireNote({ createdTime: at(5) })],
    })
    expect(ticket.conversations.map((one) => [one.externalId, one.channelExternalId, one.messages.length])).toEqual([
      ['4711:1848', 'Email', 3],
      ['4711:Telegram', 'Telegram', 1],
      ['4711:1999', 'Email', 1],
    ])
  })
  test('opens the original conversation when no message names one', () => {
    const { ticket } = mapped(wireTicket(), { messages: [message(1, at(1))] })
    expect(ticket.conversations.map(({ externalId }) => externalId)).toEqual(['4711:884433_20260301'])
  })
  test('a ticket without messages still has its conversation', () => {
    expect(mapped().ticket.conversations).toMatchObject([{ externalId: '4711:884433_20260301', messages: [] }])
  })
  test('a message without a time takes the time of the ticket and is counted', () => {
    const { entries, found } = mapped(wireTicket(), { messages: [wireMessage({ time: null })] })
    expect(entries[0]?.at.toISOString()).toBe('2026-03-01T08:10:53.400Z')
    expect(found.misfits).toMatchObject([{ kind: 'unmapped', field: 'time' }])
  })
})

describe('channels', () => {
  test('a GUID gets its name from the first message, or from the setting', () => {
    const { book } = mapped(wireTicket(), { messages: [wireMessage({ channelId: 'Telegram' })] })
    const types = Object.fromEntries(book.records().map(({ externalId, type }) => [externalId, type]))
    expect(types).toEqual({ [ids.channel]: 'TELEGRAM', Telegram: 'TELEGRAM' })
    const configured = mapped(
      wireTicket(),
      {},
      { channelNames: { [ids.channel.toLowerCase()]: 'SecureMessaging' } },
    ).book
    expect(configured.records()).toMatchObject([{ externalId: ids.channel, type: 'PORTAL', name: 'SecureMessaging' }])
  })
  test('an account is listed once', () => {
    const book = openChannelBook({ configured: {}, accounts: { [ids.account.toUpperCase()]: 'Help' }, learned: {} })
    book.see(ids.channel, ids.account)
    book.see('Email', ids.account)
    expect(book.records().flatMap(({ accounts }) => accounts)).toEqual([{ externalId: ids.account, name: 'Help' }])
  })
})

describe('secrets', () => {
  test('signed addresses and tokens are nowhere in a record', () => {
    const ticket = wireTicket({ access_token: 'LIVE-TOKEN', nested: { Password: 'LIVE-PASSWORD' } })
    const text = JSON.stringify(mapped(ticket, { messages: [wireMessage()], notes: [wireNote()] }).found)
    expect(text).not.toMatch(/LIVE-/)
  })
  test('a broken ticket is parked without them', () => {
    const { found } = mapped({ subject: 'no id', access_token: 'LIVE-TOKEN' })
    expect(found.misfits).toMatchObject([{ kind: 'parked', subject: 'ticket', raw: { subject: 'no id' } }])
    expect(JSON.stringify(found)).not.toMatch(/LIVE-/)
  })
})

describe('nextPage', () => {
  const base = new URL('https://api15.comm100.io/v4/')
  test('is followed on the own host only', () => {
    expect(nextLink('https://api15.comm100.io/v4/ticketing/tickets?pageIndex=2', base)).toEqual({
      kind: 'page',
      link: 'https://api15.comm100.io/v4/ticketing/tickets?pageIndex=2',
    })
    expect(nextLink('/v4/ticketing/tickets?pageIndex=2', base)).toMatchObject({ kind: 'page' })
    expect(nextLink('https://evil.example/v4/ticketing/tickets', base)).toMatchObject({ kind: 'foreign' })
    expect(nextLink('https://api15.comm100.io.evil.example/v4', base)).toMatchObject({ kind: 'foreign' })
    expect(nextLink('http://169.254.169.254/latest', base)).toMatchObject({ kind: 'foreign' })
    expect(nextLink(null, base)).toEqual({ kind: 'none' })
  })
  test('is never followed without encryption where the interface has it', () => {
    expect(nextLink('http://api15.comm100.io/v4/x', base)).toEqual({
      kind: 'page',
      link: 'https://api15.comm100.io/v4/x',
    })
  })
})

test('missing numbers are those between and just around the ones seen, newest first', () => {
  const seen = [9, 5, 6, 10, 4, 9].reduce<Range[]>(withNumber, [])
  expect(seen).toEqual([
    [4, 6],
    [9, 10],
  ])
  expect(gapsIn(seen, 0)).toEqual([[7, 8]])
  expect(gapsIn(seen, 2)).toEqual([
    [2, 3],
    [7, 8],
    [11, 12],
  ])
  expect(takeNewest(gapsIn(seen, 2), 3)).toEqual({
    numbers: [12, 11, 8],
    rest: [
      [2, 3],
      [7, 7],
    ],
  })
})

test('tokens come from dash15 for api15, unless told where', () => {
  const apiUrl = 'https://api15.comm100.io/v4'
  expect(tokenUrlOf({ apiUrl }).href).toBe('https://dash15.comm100.io/oauth/token')
  expect(tokenUrlOf({ apiUrl, tokenUrl: 'https://id.example.com/t' }).href).toBe('https://id.example.com/t')
})

import { describe, expect, test } from 'vitest'
import type { JsonObject } from '#connectors/contract.ts'
import { agentFrom, takePeople } from '#connectors/deskhero/people.ts'
import { agentRef, complete, contact, entry, fullEntry, ticket } from './fixtures.ts'
import { read } from './support.ts'

const whole = read(complete())
const of = (partial: JsonObject) => read(complete({ conversations: [entry(partial)] }))
const rich = (content: JsonObject | string) => of({ sys_content_rich: content }).message?.body

describe('every field of the seed page is served', () => {
  test('ticket_id, id: the ticket, its conversation and the message', () => {
    expect(whole.ticket.externalId).toBe('1042')
    expect(whole.conversation?.externalId).toBe('5001')
    expect(whole.message).toMatchObject({ externalId: '5001', sequence: 5001 })
  })

  test('sys_status: our word, their label, id and colours', () => {
    const statusDetail = { raw: '2', label: 'Open', backgroundColor: '#fff3e0', textColor: '#e65100' }
    expect(whole.message?.statusDetail).toEqual(statusDetail)
    expect(whole.conversation).toMatchObject({ status: 'PENDING_INTERNAL', statusDetail })
    expect(whole.ticket).toMatchObject({ status: 'PENDING_INTERNAL', statusDetail })
  })

  test('created_by, last_updated_by: the requester when it is the same person, else an agent', () => {
    expect(whole.message?.createdBy).toMatchObject({ type: 'CONTACT', externalId: '902' })
    expect(whole.message?.updatedBy).toMatchObject({ type: 'AGENT', externalId: '31', email: 'ana@desk.example' })
    expect(whole.people.agents.get('31')).toMatchObject({
      displayName: 'Ana Lind',
      email: 'ana@desk.example',
      avatarUrl: 'https://pics.example/ana.png',
    })
    expect([...whole.people.agents.keys()]).toEqual(['31'])
  })

  test('requester: of the conversation, of the ticket, and a contact of its own', () => {
    expect(whole.conversation?.contact).toMatchObject({ type: 'CONTACT', externalId: '902' })
    expect(whole.ticket.requester).toMatchObject({ type: 'CONTACT', externalId: '902', name: 'Budi Santoso' })
    expect(whole.people.contacts.get('902')).toMatchObject({
      email: 'budi@customer.example',
      displayName: 'Budi Santoso',
      avatarUrl: 'https://pics.example/budi.png?s=80',
      identities: [{ channelType: 'EMAIL', value: 'budi@customer.example', isPrimary: true }],
      raw: contact,
    })
  })

  test('last_message_extracted, untouched', () => {
    expect(whole.message?.extractedText).toBe('The printer is  on fire.\n')
  })

  test('sys_attachments: KiB become bytes, the address goes without its signature', () => {
    expect(whole.message?.attachments).toEqual([
      {
        externalId: '77',
        name: 'fire.png',
        kind: 'IMAGE',
        sizeBytes: 12 * 1024,
        status: 'OK',
        statusMessage: null,
        vendorUrl: 'https://acme.deskhero.example/files/77',
        createdAt: new Date('2026-03-04T05:06:07.123Z'),
      },
    ])
  })

  test('created, last_updated without a zone and with seven digits are UTC', () => {
    expect(whole.message?.createdAt.toISOString()).toBe('2026-03-04T05:06:07.123Z')
    expect(whole.message?.updatedAt?.toISOString()).toBe('2026-03-04T05:16:07.765Z')
    expect(whole.message?.at).toEqual(whole.message?.createdAt)
    expect(whole.ticket.updatedAt?.toISOString()).toBe('2026-03-04T05:20:00.500Z')
  })

  test('type, of the message and of the conversation it opens', () => {
    expect(whole.message?.type).toBe('REPLY_INBOUND')
    expect(whole.conversation?.type).toBe('REPLY_INBOUND')
  })

  test('email_addresses', () => {
    expect(whole.message?.addresses).toEqual([
      { email: 'budi@customer.example', name: 'Budi Santoso', direction: 'FROM' },
      { email: 'help@desk.example', name: null, direction: 'TO' },
    ])
  })

  test('sys_content_rich: html, preview, reading time and the Editor.js document as they came', () => {
    const content = fullEntry.sys_content_rich as JsonObject
    expect(whole.message?.body).toEqual({
      html: content.html,
      text: content.plain_preview,
      editorjs: content.editorjs,
      readMinutes: 2,
    })
    expect(whole.message?.contentType).toBe('HTML')
  })
})

describe('a ticket', () => {
  test('its likely fields are read', () => {
    expect(whole.ticket).toMatchObject({
      number: '1042',
      subject: 'Printer',
      priority: 'HIGH',
      priorityDetail: { raw: '12', label: 'High' },
      category: 'Incident',
      assignee: { type: 'AGENT', externalId: '31' },
      departmentExternalId: '3',
      tags: [
        { externalId: '8', name: 'printer', color: '#00aa00' },
        { externalId: 'loose-word', name: 'loose-word' },
      ],
      channelExternalId: 'email',
      mergedIntoExternalId: null,
      drafts: [],
    })
    expect([...whole.people.departments.values()]).toEqual([{ externalId: '3', name: 'Second line' }])
    expect(whole.misfits).toEqual([])
  })

  test('under other likely names', () => {
    const other = {
      id: '7',
      number: 'T-7',
      subject: 'Other',
      status: 'Closed',
      priority: 'Urgent',
      assignee: 31,
      created_at: '2026-01-01 10:00:00',
    }
    const { ticket: found } = read({ ticket: other, conversations: [] })
    expect(found).toMatchObject({
      number: 'T-7',
      subject: 'Other',
      status: 'RESOLVED',
      priority: 'URGENT',
      assignee: { type: 'AGENT', externalId: '31' },
    })
    expect(found.createdAt.toISOString()).toBe('2026-01-01T10:00:00.000Z')
  })

  test('what it does not say comes from its thread', () => {
    const { ticket: found } = read({ ticket: { id: 1042 }, conversations: [fullEntry] })
    expect(found).toMatchObject({ status: 'PENDING_INTERNAL', requester: { externalId: '902' } })
    expect(found.createdAt.toISOString()).toBe('2026-03-04T05:06:07.123Z')
    expect(found.updatedAt?.toISOString()).toBe('2026-03-04T05:16:07.765Z')
  })

  test('a thread newer than its ticket raises the time of change', () => {
    const { ticket: found } = of({ last_updated: '2026-03-05T00:00:00' })
    expect(found.updatedAt?.toISOString()).toBe('2026-03-05T00:00:00.000Z')
  })

  test('times follow the configured zone', () => {
    expect(read(complete(), { zone: 'Europe/Stockholm' }).ticket.createdAt.toISOString()).toBe(
      '2026-03-04T04:06:07.000Z',
    )
  })

  test.each([
    ['New', 'NEW'],
    ['in progress', 'PENDING_INTERNAL'],
    ['Waiting for customer', 'PENDING_EXTERNAL'],
    ['On-hold', 'ON_HOLD'],
    ['CLOSED', 'RESOLVED'],
    ['constructor', 'UNKNOWN'],
  ])('status %s is %s', (label, status) => {
    const { ticket: found, misfits } = read(complete({ ticket: { ...ticket, sys_status: { id: 5, label } } }))
    expect(found.status).toBe(status)
    expect(misfits.length).toBe(status === 'UNKNOWN' ? 1 : 0)
  })

  test('the backend overrides statuses by id and by label, and priorities', () => {
    const odd = complete({
      ticket: { ...ticket, sys_status: { id: 66, label: 'With partner' }, sys_priority: { id: 9, label: 'P1' } },
    })
    expect(read(odd, { statusMap: { '66': 'ON_HOLD' } }).ticket.status).toBe('ON_HOLD')
    expect(read(odd, { statusMap: { 'with partner': 'PENDING_EXTERNAL' } }).ticket.status).toBe('PENDING_EXTERNAL')
    expect(read(odd, { priorityMap: { P1: 'URGENT' } }).ticket.priority).toBe('URGENT')
    expect(read(odd).misfits).toMatchObject([
      { kind: 'unmapped', subject: 'ticket', field: 'status', raw: { id: '66', label: 'With partner' } },
      { kind: 'unmapped', subject: 'ticket', field: 'priority' },
    ])
  })

  test('one merged into another says so', () => {
    expect(read(complete({ ticket: { ...ticket, merged_to_ticket_id: 1001 } })).ticket.mergedIntoExternalId).toBe(
      '1001',
    )
  })

  test('without an id it is refused with what came', () => {
    expect(() => read({ ticket: { label: 'x' }, conversations: [] })).toThrow(/a ticket with an id/)
  })
})

describe('labels are of any type', () => {
  test.each([
    ['text', 'text'],
    [404, '404'],
    [{ sv: 'Öppen', en: 'Open' }, 'Open'],
    [{ sv: 'Öppen' }, 'Öppen'],
    [{ value: { en: 'Deep' } }, 'Deep'],
  ])('%j is %s', (label, text) => {
    expect(read(complete({ ticket: { ...ticket, label: label as never } })).ticket.subject).toBe(text)
    const file = { id: 1, label: label as never, status: 2, size_kb: 1 }
    expect(of({ sys_attachments: [file] }).message?.attachments?.[0]?.name).toBe(text)
  })
})

describe('types of entries', () => {
  test.each([
    [1, 'REPLY_INBOUND', 'INBOUND', false],
    [2, 'NOTE_PRIVATE', 'INTERNAL', true],
    [3, 'NOTE_PUBLIC', 'INTERNAL', false],
    [4, 'FORWARD', 'OUTBOUND', false],
    [5, 'REPLY_OUTBOUND', 'OUTBOUND', false],
    [6, 'SUGGESTED_REPLY', 'INTERNAL', true],
    [0, 'UNKNOWN', 'INTERNAL', true],
    ['5', 'REPLY_OUTBOUND', 'OUTBOUND', false],
    ['NOTE_PRIVATE', 'NOTE_PRIVATE', 'INTERNAL', true],
    ['note_public', 'NOTE_PUBLIC', 'INTERNAL', false],
  ])('%s is %s, %s', (type, ours, direction, isInternal) => {
    const { message, conversation, misfits } = of({ type })
    expect(message).toMatchObject({ type: ours, direction, isInternal })
    expect(conversation?.type).toBe(ours)
    expect(misfits).toEqual([])
  })

  test.each([7, 'WHISPER', null, { id: 2 }])('%j is not known: for agents only, and noted', (type) => {
    const { message, misfits } = of({ type: type as never })
    expect(message).toMatchObject({ type: 'UNKNOWN', isInternal: true, direction: 'INTERNAL' })
    expect(misfits).toMatchObject([{ kind: 'unmapped', subject: 'message', externalId: '5001', field: 'type' }])
  })

  test('what came in is from the requester, the rest from its creator', () => {
    expect(of({ type: 1, created_by: agentRef }).message?.sender).toMatchObject({ type: 'CONTACT', externalId: '902' })
    for (const type of [2, 3, 4, 5]) {
      expect(of({ type, created_by: agentRef }).message?.sender).toMatchObject({ type: 'AGENT', externalId: '31' })
    }
  })
})

test('all eight directions of mail addresses, and one that is not known', () => {
  const words = ['UNKNOWN', 'FROM', 'TO', 'CC', 'BCC', 'FORWARDED_TO', 'RESENT_FROM', 'REPLY_TO']
  const numbers = of({ email_addresses: words.map((_, direction) => ({ email: 'a@b.example', name: 'A', direction })) })
  expect(numbers.message?.addresses?.map(({ direction }) => direction)).toEqual(words)
  const names = of({ email_addresses: words.map((direction) => ({ email: 'a@b.example', direction })) })
  expect(names.message?.addresses?.map(({ direction }) => direction)).toEqual(words)
  const odd = of({ email_addresses: [{ email: 'a@b.example', direction: 9 }, { email: '', direction: 1 }, 'x'] })
  expect(odd.message?.addresses).toEqual([{ email: 'a@b.example', name: null, direction: 'UNKNOWN' }])
  expect(odd.misfits.map(({ kind }) => kind)).toEqual(['unmapped', 'parked'])
})

test.each([
  [0, 'UNKNOWN', null],
  [1, 'UNAVAILABLE', null],
  [2, 'OK', 'https://f.example/1'],
  [3, 'WARNING', 'https://f.example/1'],
  [4, 'ERROR', null],
  ['WARNING', 'WARNING', 'https://f.example/1'],
  [8, 'UNKNOWN', null],
])('an attachment of status %s is %s and its address is %s', (status, ours, vendorUrl) => {
  const file = {
    id: 1,
    label: 'a.bin',
    size_kb: '3',
    status,
    status_message: 'scanned',
    download_url: 'https://f.example/1?sig=S',
  }
  const { message, misfits } = of({ sys_attachments: [file] })
  expect(message?.attachments).toMatchObject([{ status: ours, vendorUrl, sizeBytes: 3072, statusMessage: 'scanned' }])
  expect(misfits.length).toBe(status === 8 ? 1 : 0)
})

describe('the text of a message', () => {
  test('a preview with all the letters of the HTML is the exact text', () => {
    const plain_preview = '  a < b && c\n\n\tüber  "x" \u00a0end '
    const html =
      '<style>p > a {}</style><!-- <p>no</p> --><p>a &lt; b &amp;&amp; c</p><p title="t">&uuml;ber &#34;x&#x22;&nbsp;end</p>'
    expect(rich({ plain_preview, html })).toEqual({ html, text: plain_preview })
  })

  test.each([
    ['a shortened preview', 'Hello wor', '<p>Hello world</p>'],
    ['a preview with dots', 'Hello…', '<p>Hello world</p>'],
    ['a preview with other words', 'Hello world', '<p>Hello worlds</p>'],
  ])('%s is not', (_, plain_preview, html) => {
    expect(rich({ plain_preview, html })).toEqual({ html })
  })

  test('a preview alone is the text', () => {
    expect(rich({ plain_preview: ' x\n', html: '' })).toEqual({ text: ' x\n' })
    expect(rich({ plain_preview: 'x', html: null })).toEqual({ text: 'x' })
    expect(rich('just text')).toEqual({ text: 'just text' })
  })

  test('blocks are read only when there is neither HTML nor preview', () => {
    const editorjs: JsonObject = {
      time: 1,
      version: '2',
      blocks: [
        { id: 'a', type: 'header', data: { text: 'Steps &amp; more', level: 2 } },
        {
          id: 'b',
          type: 'list',
          data: { style: 'ordered', items: ['<b>one</b>', { content: 'two', items: [{ content: 'deeper' }] }] },
        },
        { id: 'c', type: 'delimiter', data: {} },
        { id: 'd', type: 'code', data: { code: 'if (a < b) {}' } },
      ],
    }
    expect(rich({ editorjs })).toEqual({ editorjs, text: 'Steps & more\none\ntwo\ndeeper\nif (a < b) {}' })
    expect(of({ sys_content_rich: { editorjs } }).message?.contentType).toBe('EDITORJS')
    expect(rich({ editorjs, html: '<p>h</p>' })).toEqual({ editorjs, html: '<p>h</p>' })
  })

  test('the newer tiptap is read when there is nothing else', () => {
    const tiptap = {
      type: 'doc',
      content: [
        {
          type: 'paragraph',
          content: [
            { type: 'text', text: 'a <b>' },
            { type: 'text', text: ' c' },
          ],
        },
        { type: 'paragraph', content: [{ type: 'text', text: 'd' }] },
      ],
    }
    expect(rich({ html: null, plain_preview: null, tiptap })).toEqual({ text: 'a <b> c\nd' })
  })

  test('hostile HTML is compared in linear time', () => {
    for (const piece of ['<', '<a', '<!--', '<style>', '&', '&#', '<script', '</']) {
      const started = performance.now()
      rich({ html: piece.repeat(500_000), plain_preview: 'x' })
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })

  test('no content at all is an empty message', () => {
    expect(of({ sys_content_rich: null }).message?.body).toEqual({})
  })
})

describe('contacts have no id', () => {
  test('0 and nothing fall back to the mail address, in lower case', () => {
    for (const user_id of [0, null, '0', '']) {
      const { ticket: found } = read(
        complete({ ticket: { ...ticket, requester: { user_id, email: 'Budi@Customer.EXAMPLE', name: 'B' } } }),
      )
      expect(found.requester).toMatchObject({
        type: 'CONTACT',
        externalId: 'mail:budi@customer.example',
        email: 'Budi@Customer.EXAMPLE',
      })
    }
  })

  test('somebody with a name only is a visitor of this ticket', () => {
    const { ticket: found } = read({
      ticket: { id: 3, created: '2026-01-01', requester: { name: 'Somebody' } },
      conversations: [],
    })
    expect(found.requester).toMatchObject({ type: 'VISITOR', externalId: 'ticket:3:requester', name: 'Somebody' })
  })

  test('a ticket that names nobody belongs to whoever wrote the first mail', () => {
    const { ticket: found } = read({ ticket: { id: 3 }, conversations: [entry({ requester: null })] })
    expect(found.requester).toMatchObject({ externalId: 'mail:budi@customer.example' })
  })

  test('nobody at all is null', () => {
    expect(read({ ticket: { id: 3, created: '2026-01-01' }, conversations: [] }).ticket.requester).toBeNull()
  })
})

describe('suggested replies', () => {
  const suggestion = entry({ id: 5002, type: 6, created: '2026-03-04T06:00:00' })

  test('an entry of type 6 is a record of that type, and no part of the thread', () => {
    const { ticket: found, messages } = read(
      complete({ conversations: [fullEntry, suggestion], suggested_reply: suggestion }),
    )
    expect(messages.map(({ externalId, type }) => [externalId, type])).toEqual([
      ['5001', 'REPLY_INBOUND'],
      ['5002', 'SUGGESTED_REPLY'],
    ])
    expect(found.lastActivityAt?.toISOString()).toBe('2026-03-04T05:06:07.123Z')
  })

  test.each([
    ['a text', 'Try turning it off.'],
    ['rich text', { html: 'Try turning it off.', plain_preview: 'Try turning it off.' }],
    [
      'an entry of another type',
      { id: 9, type: 5, created: '2026-03-04T06:00:00', sys_content_rich: { plain_preview: 'Try turning it off.' } },
    ],
  ])('`suggested_reply` as %s never looks sent', (_, suggested_reply) => {
    const { messages } = read(complete({ suggested_reply }))
    expect(messages).toHaveLength(2)
    expect(messages[1]).toMatchObject({
      type: 'SUGGESTED_REPLY',
      isInternal: true,
      body: { text: 'Try turning it off.' },
    })
    expect(messages[1]?.externalId).toBe(
      typeof suggested_reply === 'object' && 'id' in suggested_reply ? '9' : 'suggested:1042',
    )
  })
})

test('`auto_saved_reply` is the draft; a ticket that does not mention it says nothing about drafts', () => {
  const saved = {
    sys_content_rich: { html: '<p>soon</p>', plain_preview: 'soon' },
    last_updated: '2026-03-04T07:00:00',
    last_updated_by: agentRef,
  }
  expect(read(complete({ auto_saved_reply: saved })).ticket.drafts).toMatchObject([
    {
      externalId: 'auto:1042',
      type: 'REPLY_OUTBOUND',
      body: { html: '<p>soon</p>', text: 'soon' },
      updatedBy: { externalId: '31' },
      updatedAt: new Date('2026-03-04T07:00:00Z'),
    },
  ])
  const { auto_saved_reply: _, ...silent } = complete()
  expect('drafts' in read(silent).ticket).toBe(false)
})

test('what is kept in our store only is left out of records, so that no pull undoes it', () => {
  const saved = { sys_content_rich: { html: '<p>soon</p>', plain_preview: 'soon' }, last_updated_by: agentRef }
  const { ticket: found, message, conversation } = read(complete({ auto_saved_reply: saved }))
  const emulated = [
    ...['hasDraft', 'mentions', 'isReadByAgent', 'isReadByContact', 'unreadMessageCount'],
    ...['isRecycled', 'recycledAt', 'isSpam', 'snoozedUntil', 'customFields', 'contactLanguage', 'agentLanguage'],
    ...['isRead', 'isMuted', 'unreadCount'],
  ]
  for (const record of [found, message, conversation])
    for (const name of emulated) expect(record as object).not.toHaveProperty(name)
})

test('a ticket that does not speak of merging says nothing about it', () => {
  const { merged_to_ticket_id: _, ...silent } = ticket
  expect(read(complete({ ticket: silent })).ticket).not.toHaveProperty('mergedIntoExternalId')
  expect(read(complete({ ticket: { ...ticket, merged_to_ticket_id: 0 } })).ticket.mergedIntoExternalId).toBeNull()
})

describe('what does not fit', () => {
  test('a ticket and an entry without any time are kept, as old as the answer', () => {
    const timeless = { ...fullEntry, created: null, last_updated: null }
    const { ticket, messages, misfits } = read({ ticket: { id: 9 }, conversations: [timeless] })
    expect([ticket.createdAt, messages[0]?.at]).toEqual(Array(2).fill(new Date('2026-05-01T00:00:00Z')))
    expect(misfits.filter(({ field }) => field === 'createdAt')).toMatchObject([
      { kind: 'unmapped', subject: 'ticket', externalId: '9' },
      { kind: 'unmapped', subject: 'message', externalId: '5001' },
    ])
    const changed = read({ ticket: { id: 9, last_updated: '2026-01-02T00:00:00' }, conversations: [timeless] })
    expect([changed.ticket, changed.messages[0]].map((record) => record?.createdAt)).toEqual(
      Array(2).fill(new Date('2026-01-02T00:00:00Z')),
    )
  })

  test('a broken entry is parked, the others arrive', () => {
    const { messages, misfits } = read(
      complete({
        conversations: ['x', entry({ id: null }), fullEntry, entry({ id: 6, created: null, last_updated: {} })],
      }),
    )
    expect(messages.map(({ externalId }) => externalId)).toEqual(['5001', '6'])
    expect(misfits).toMatchObject([
      { kind: 'parked', subject: 'message' },
      { kind: 'parked', subject: 'message', problem: expect.stringContaining('an entry with an id') },
      { kind: 'unmapped', subject: 'message', externalId: '6', field: 'createdAt' },
    ])
    expect(JSON.stringify(misfits)).not.toContain('FILESECRET')
  })

  test('a thread that is no list leaves the ticket standing', () => {
    const { ticket: found, misfits } = read(complete({ conversations: 'soon' }))
    expect(found).toMatchObject({ externalId: '1042', conversations: [] })
    expect(misfits).toMatchObject([{ kind: 'parked', subject: 'thread', externalId: '1042' }])
  })

  test('values of every wrong type never throw', () => {
    for (const odd of [null, 0, -1, 1e300, '', 'x', true, [], [1], {}, { id: {} }, [[{}]]]) {
      const keys = Object.keys(fullEntry).filter((key) => key !== 'id')
      const worst = Object.fromEntries(keys.map((key) => [key, odd]))
      const fields = Object.fromEntries(
        Object.keys(ticket)
          .filter((key) => key !== 'id' && key !== 'created')
          .map((key) => [key, odd]),
      )
      const found = read({
        ticket: { ...ticket, ...fields } as JsonObject,
        conversations: [{ id: 1, ...worst } as JsonObject],
        suggested_reply: odd as never,
        auto_saved_reply: odd as never,
      })
      expect(found.ticket.conversations.length).toBeGreaterThan(0)
    }
  })
})

test('ids beyond 2^53 stay text', () => {
  expect(of({ id: '9007199254740993' }).message?.externalId).toBe('9007199254740993')
})

test('raw keeps what was not mapped and loses what opens doors', () => {
  const odd = {
    ...ticket,
    custom_7: { a: 1 },
    access_token: 'LIVESECRET',
    more: [{ Api_Key: 'LIVESECRET', url: 'https://x.example/a?sig=LIVESECRET' }],
  }
  const { ticket: found, message } = read(complete({ ticket: odd }))
  expect(found.raw).toMatchObject({ custom_7: { a: 1 }, more: [{ url: 'https://x.example/a' }] })
  const all = JSON.stringify({ found, message })
  for (const secret of ['LIVESECRET', 'FILESECRET', 'PICTURESECRET']) expect(all).not.toContain(secret)
})

test('a user of the list: full name, role, groups', () => {
  const people = takePeople('en')
  const user = {
    id: 31,
    email: 'ana@desk.example',
    given_name: 'Ana',
    family_name: 'Lind',
    full_name: null,
    profile_pic: null,
    tenant_user: { id: 1, role: 2, status: 1, groups: [{ id: 3, label: 'Second line' }] },
  }
  expect(agentFrom(user, people)).toMatchObject({
    type: 'AGENT',
    externalId: '31',
    displayName: 'Ana Lind',
    role: '2',
    raw: user,
  })
  expect([...people.departments.values()]).toEqual([{ externalId: '3', name: 'Second line' }])
})

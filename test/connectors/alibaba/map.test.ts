import { describe, expect, it } from 'vitest'
import { fingerprintOf, ticketFrom } from '#connectors/alibaba/map.ts'
import type { Json, JsonObject } from '#connectors/contract.ts'
import { parseJson } from '#connectors/http.ts'
import { takeNotes } from '#connectors/reading.ts'
import { note, ours, picture, sample, ticket } from './fixtures.ts'

const fetchedAt = new Date('2026-05-01T00:00:00Z')

function mapped(wire: Json, thread: Json, settings: { uid?: string; statusMap?: Record<string, 'ON_HOLD'> } = {}) {
  const notes = takeNotes()
  const result = ticketFrom(
    { ticket: wire, thread },
    { settings: { uid: undefined, statusMap: {}, ...settings }, notes, fetchedAt },
  )
  return { ...result, messages: result.ticket.conversations[0]?.messages ?? [], misfits: notes.misfits }
}
const firstOf = (entry: JsonObject) => {
  const result = mapped(ticket({ Description: '' }), [entry])
  const [message] = result.messages
  if (!message) throw new Error(`no message, but ${JSON.stringify(result.misfits)}`)
  return { message, misfits: result.misfits }
}

describe('every field of ListTicketNotes', () => {
  it('TicketId is the ticket, its number and its one conversation', () => {
    const { ticket: record } = mapped(ticket(), [])
    expect(record).toMatchObject({ externalId: '0007QRSTU', number: '0007QRSTU' })
    expect(record.conversations.map(({ externalId }) => externalId)).toEqual(['0007QRSTU'])
  })

  it('Uid is the requester of a ticket without a creator', () => {
    const { CreatorId: _, ...without } = ticket()
    expect(mapped(without, [], { uid: '99' }).ticket.requester).toMatchObject({ type: 'CONTACT', externalId: '99' })
    expect(mapped(without, []).ticket.requester).toBeNull()
  })

  it('Type 1 is a card when it has a schema, Type 2 a text', () => {
    const card = note({ Type: 1, Dialog: { Schema: '{"title":"Rate us","n":1}', Content: '' } })
    expect(firstOf(card).message).toMatchObject({
      contentType: 'CARD',
      body: {},
      contentAttributes: { schema: { title: 'Rate us', n: 1 } },
    })
    expect(firstOf(note()).message.contentType).toBe('TEXT')
  })

  it('Status 1 is unread, 2 read; the sample’s 6 says nothing, others are counted', () => {
    const read = (Status: Json) => firstOf(note({ Status })).message.isRead
    expect([read(1), read(2), read('1'), read(6), read(null), read(9)]).toEqual([false, true, false, null, null, null])
    expect(firstOf(note({ Status: 6 })).misfits).toEqual([])
    expect(firstOf(note({ Status: 9 })).misfits).toMatchObject([{ kind: 'unmapped', field: 'Status', raw: 9 }])
  })

  it('Tip and Schema with the text "null" are nothing, a Content "null" is somebody’s word', () => {
    const { message, misfits } = firstOf(sample())
    expect(message).toMatchObject({ contentType: 'TEXT', body: { text: 'The restore has failed' }, isRead: null })
    expect(message.contentAttributes).toBeUndefined()
    expect(misfits).toEqual([])
    const said = firstOf(note({ Dialog: { Schema: 'null', Content: 'null' } })).message
    expect(said.body).toEqual({ text: 'null' })
  })

  it('DialogId keeps all its digits beyond 2^53', () => {
    const text = JSON.stringify([note({ DialogId: 1 }), note({ DialogId: 2 })])
    const thread = parseJson(
      text
        .replace('"DialogId":1', '"DialogId":9007199254740993123')
        .replace('"DialogId":2', '"DialogId":9007199254740993124'),
    )
    const ids = mapped(ticket({ Description: '' }), thread).messages.map(({ externalId }) => externalId)
    expect(ids).toEqual(['9007199254740993123', '9007199254740993124'])
  })

  it('CreateTime is in epoch milliseconds', () => {
    const { message } = firstOf(note({ CreateTime: 1_700_000_100_000 }))
    expect(message.at.toISOString()).toBe('2023-11-14T22:15:00.000Z')
    expect(message.createdAt).toEqual(message.at)
    expect(message.sentAt).toEqual(message.at)
  })

  it('Content is the text to the letter', () => {
    const said = '  two spaces \n\ttab\r\n<not a tag> & "x" 你好 😀  \n'
    expect(firstOf(note({ Dialog: { Content: said } })).message.body).toEqual({ text: said })
  })

  it('Content that is markup from end to end is HTML', () => {
    const html = '<p>Hello <b>there</b></p>\n<p>Bye</p>'
    expect(firstOf(note({ Dialog: { Content: html } })).message).toMatchObject({ contentType: 'HTML', body: { html } })
    for (const text of ['use <div> here', 'a <b>', '<p> is a tag', 'x</p>', '1 < 2 > 0', '<T> in generics </T>']) {
      expect(firstOf(note({ Dialog: { Content: text } })).message.body).toEqual({ text })
    }
  })

  it('Role 2 is the engineer who writes to us, Role 3 is us', () => {
    const { messages, ticket: record } = mapped(ticket({ Description: '' }), [ours(), note()])
    expect(messages).toMatchObject([
      {
        type: 'REPLY_OUTBOUND',
        direction: 'OUTBOUND',
        isInternal: false,
        sender: { type: 'CONTACT', externalId: '2093471', name: 'ops@shop' },
        senderName: 'ops@shop',
      },
      {
        type: 'REPLY_INBOUND',
        direction: 'INBOUND',
        isInternal: false,
        sender: { type: 'AGENT', externalId: 'agent:Engineer Zhao', name: 'Engineer Zhao' },
        senderName: 'Engineer Zhao',
      },
    ])
    expect(record.requester).toEqual(messages[0]?.sender)
    expect(record).toMatchObject({ lastRepliedBy: { externalId: 'agent:Engineer Zhao' } })
  })

  it('any other role is shown to agents only, and counted', () => {
    for (const User of [{ Role: 1, Name: 'robot' }, { Name: 'nobody' }, null] as Json[]) {
      const { message, misfits } = firstOf(note({ User }))
      expect(message).toMatchObject({ type: 'UNKNOWN', isInternal: true, sender: null })
      expect(misfits).toMatchObject([{ kind: 'unmapped', field: 'User.Role' }])
    }
    expect(firstOf(note({ User: { Role: '2', Name: 'text' } })).message.type).toBe('REPLY_INBOUND')
  })

  it('Attachments have a name, an id that outlives the signature, and an address without it', () => {
    const again = { ...picture, Url: picture.Url.replace('1700003600', '1800003600') }
    const [first, second] = [picture, again].map((file) => firstOf(note({ Attachments: [file] })).message)
    expect(first?.attachments).toMatchObject([
      {
        name: 'console.png',
        kind: 'IMAGE',
        status: 'OK',
        vendorUrl: 'https://desk-files.oss-cn-hangzhou.aliyuncs.com/2023/11/ab12.png',
      },
    ])
    // sha256 of DialogId, Name and path, put together
    const id = '6017120a421617758a4ad9956e89962de18c5203ec558712a8f0cc0e61d26d36'
    expect([first, second].map((message) => message?.attachments?.[0]?.externalId)).toEqual([id, id])
    expect(JSON.stringify(first)).not.toMatch(/Signature|do-not-show/)
    const other = firstOf(note({ DialogId: 1, Attachments: [picture] })).message
    expect(other.attachments?.[0]?.externalId).not.toBe(first?.attachments?.[0]?.externalId)
    expect(firstOf(note({ Attachments: null })).message.attachments).toEqual([])
    expect(firstOf(note({ Attachments: [picture, picture] })).message.attachments).toHaveLength(1)
  })

  it('an attachment without an address is not ready, one that is none is parked', () => {
    const { message, misfits } = firstOf(note({ Attachments: [{ Name: 'a.pdf', Url: 'null' }, 'x'] }))
    expect(message.attachments).toMatchObject([{ name: 'a.pdf', kind: 'FILE', status: 'UNAVAILABLE', vendorUrl: null }])
    expect(misfits).toMatchObject([{ kind: 'parked', subject: 'attachment' }])
  })
})

describe('the thread', () => {
  it('is put in order by time, then by dialog id as a number', () => {
    const at = (CreateTime: number, DialogId: string) => note({ CreateTime, DialogId, Dialog: { Content: DialogId } })
    const late = 1_700_000_200_000
    const thread = [
      at(late, '100'),
      at(late, '9'),
      at(1_700_000_000_001, '500'),
      at(late, '9007199254740993002'),
      at(late, '9007199254740993001'),
    ]
    const { messages } = mapped(ticket({ Description: '' }), thread)
    expect(messages.map(({ externalId }) => externalId)).toEqual([
      '500',
      '9',
      '100',
      '9007199254740993001',
      '9007199254740993002',
    ])
    expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
  })

  it('begins with the description when none of our messages says it', () => {
    const { messages } = mapped(ticket(), [note()])
    expect(messages[0]).toMatchObject({
      externalId: 'description:0007QRSTU',
      type: 'REPLY_OUTBOUND',
      direction: 'OUTBOUND',
      body: { text: 'Since Monday no snapshots are made.' },
      at: new Date(1_700_000_000_000),
      sender: { externalId: '2093471' },
    })
    expect(messages).toHaveLength(2)
  })

  it('does not say the description twice, however the first message is written', () => {
    const plain = ours({ Dialog: { Content: 'Since Monday no snapshots are made.' } })
    const markup = ours({ Dialog: { Content: '<p>Since Monday&nbsp;no <b>snapshots</b> are made.</p>' } })
    expect(mapped(ticket(), [plain, note()]).messages).toHaveLength(2)
    expect(mapped(ticket(), [markup, note()]).messages).toHaveLength(2)
    expect(mapped(ticket({ Description: '' }), [note()]).messages).toHaveLength(1)
  })

  it('keeps a description that only an engineer repeats', () => {
    const quoted = note({ Dialog: { Content: 'Since Monday no snapshots are made.' } })
    expect(mapped(ticket(), [quoted]).messages).toHaveLength(2)
  })

  it('keeps an entry or a ticket without a time, with the nearest there is', () => {
    const timed = ours()
    const { messages, misfits } = mapped(ticket({ Description: '' }), [timed, note({ CreateTime: 'soon' })])
    expect(messages).toHaveLength(2)
    expect(new Set(messages.map(({ at }) => at.getTime()))).toEqual(new Set([Number(timed.CreateTime)]))
    expect(misfits).toMatchObject([{ kind: 'unmapped', subject: 'message', field: 'createdAt', raw: 'soon' }])
    const timeless = ticket({ CreateTime: 0 })
    expect(mapped(timeless, [timed]).ticket.createdAt).toEqual(new Date(Number(timed.CreateTime)))
    const bare = mapped(timeless, [note({ CreateTime: null })])
    expect([bare.ticket.createdAt, ...bare.messages.map(({ at }) => at)]).toEqual(Array(3).fill(fetchedAt))
    expect(bare.misfits.map(({ kind, field }) => `${kind} ${field}`)).toEqual(Array(2).fill('unmapped createdAt'))
  })

  it('parks an entry without an id; the others go on', () => {
    const { DialogId: _id, ...nameless } = note({ Attachments: [picture] })
    const { messages, misfits } = mapped(ticket({ Description: '' }), [nameless, 7, ours()])
    expect(messages.map(({ externalId }) => externalId)).toEqual(['4710'])
    expect(misfits.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(Array(2).fill('parked message'))
    expect(JSON.stringify(misfits)).not.toContain('do-not-show')
  })

  it('that is no list is noted, and the ticket is there', () => {
    const { ticket: record, misfits, messages } = mapped(ticket(), { surprise: true })
    expect(record.externalId).toBe('0007QRSTU')
    expect(messages).toHaveLength(1)
    expect(misfits).toMatchObject([{ kind: 'parked', subject: 'thread', externalId: '0007QRSTU' }])
    expect(mapped(ticket(), null).misfits).toEqual([])
  })

  it('shows an entry that comes twice once', () => {
    expect(mapped(ticket({ Description: '' }), [note(), note()]).messages).toHaveLength(1)
  })
})

describe('a ticket', () => {
  it.each([
    ['1', 'NEW'],
    ['2', 'PENDING_EXTERNAL'],
    ['3', 'PENDING_INTERNAL'],
    ['4', 'PENDING_EXTERNAL'],
    ['5', 'PENDING_INTERNAL'],
    ['6', 'RESOLVED'],
    ['assigned', 'NEW'],
    ['dealing', 'PENDING_EXTERNAL'],
    ['Handling', 'PENDING_EXTERNAL'],
    ['wait_feedback', 'PENDING_INTERNAL'],
    ['wait-feedback', 'PENDING_INTERNAL'],
    ['feedback', 'PENDING_EXTERNAL'],
    ['wait_confirm', 'PENDING_INTERNAL'],
    ['confirmed', 'RESOLVED'],
    ['7', 'UNKNOWN'],
  ])('in status %s is %s', (Value, status) => {
    const { ticket: record, misfits } = mapped(ticket({ Status: { Label: 'Word', Value } }), [])
    expect(record).toMatchObject({ status, statusDetail: { raw: Value, label: 'Word' } })
    expect(misfits).toHaveLength(status === 'UNKNOWN' ? 1 : 0)
  })

  it('reads a status that is a bare number, or only a label', () => {
    expect(mapped(ticket({ Status: 6 }), []).ticket.status).toBe('RESOLVED')
    expect(mapped(ticket({ Status: { Label: 'Completed' } }), []).ticket.status).toBe('RESOLVED')
    expect(mapped(ticket({ Status: null }), []).ticket.status).toBe('UNKNOWN')
  })

  it('takes the status of the settings first, by number or by name', () => {
    const five = ticket({ Status: { Label: '', Value: '5' } })
    expect(mapped(five, [], { statusMap: { wait_confirm: 'ON_HOLD' } }).ticket.status).toBe('ON_HOLD')
    const named = ticket({ Status: { Label: '', Value: 'wait-confirm' } })
    expect(mapped(named, [], { statusMap: { 5: 'ON_HOLD' } }).ticket.status).toBe('ON_HOLD')
  })

  it('has a priority by severity, and a category as text even when it comes as a number', () => {
    const priority = (Severity: Json) => mapped(ticket({ Severity }), []).ticket.priority
    expect(priority({ Label: 'Common', Value: '1' })).toBe('NORMAL')
    expect(priority({ Label: 'Urgent', Value: '2' })).toBe('URGENT')
    expect(priority(null)).toBeNull()
    expect(mapped(ticket({ Severity: { Value: '8' } }), []).misfits).toMatchObject([{ field: 'priority' }])
    expect(mapped(ticket({ CategoryId: 8124 }), []).ticket.category).toBe('8124')
  })

  it('has no time of change; its newest message is its last activity', () => {
    const { ticket: record } = mapped(ticket(), [note(), ours()])
    expect(record.updatedAt).toBeNull()
    expect(record.createdAt).toEqual(new Date(1_700_000_000_000))
    expect(record.lastActivityAt).toEqual(new Date(1_700_000_100_000))
  })

  // No call marks anything read, so a pull that said it would undo what is marked here.
  it('says nothing of what is kept in our store only, while its messages say whether they are read', () => {
    const { ticket: record, messages } = mapped(ticket(), [note({ Status: 1 }), ours()])
    const kept = [
      ...['assignee', 'snoozedUntil', 'contactLanguage', 'agentLanguage', 'isSpam', 'tags', 'customFields'],
      ...['isReadByAgent', 'isReadByContact', 'unreadMessageCount', 'isRecycled', 'recycledAt', 'mergedIntoExternalId'],
      ...['hasDraft', 'drafts', 'mentions'],
    ]
    expect(Object.keys(record).filter((name) => kept.includes(name))).toEqual([])
    const [conversation = {}] = record.conversations
    const keptThere = ['assignee', 'isMuted', 'unreadCount', 'snoozedUntil', 'agentLastSeenAt', 'contactLastSeenAt']
    expect(Object.keys(conversation).filter((name) => keptThere.includes(name))).toEqual([])
    expect(messages.slice(1).map(({ isRead }) => isRead)).toEqual([true, false])
  })

  it('brings the people it names', () => {
    const { agents, contacts } = mapped(ticket(), [note(), ours()])
    expect(agents).toMatchObject([{ externalId: 'agent:Engineer Zhao', displayName: 'Engineer Zhao' }])
    expect(contacts).toMatchObject([{ externalId: '2093471', displayName: 'ops@shop' }])
  })

  it('changes its fingerprint with its status, a new entry or a read entry, not with their order', () => {
    const base = fingerprintOf('2', [note(), ours()])
    expect(fingerprintOf({ Value: 'dealing' }, [ours(), note()])).toBe(base)
    expect(fingerprintOf('3', [note(), ours()])).not.toBe(base)
    expect(fingerprintOf('2', [note(), ours(), note({ DialogId: 1 })])).not.toBe(base)
    expect(fingerprintOf('2', [note({ Status: 1 }), ours()])).not.toBe(base)
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MessageRecord, Session, TicketRecord } from '#connectors/contract.ts'
import { deskhero } from '#connectors/deskhero/connector.ts'
import { deskheroSandbox } from '#connectors/deskhero/sandbox.ts'
import type { OutgoingMessage, TicketChanges, TicketField } from '#connectors/operations.ts'
import {
  addAgent,
  addChannel,
  addContact,
  addDepartment,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
} from '#connectors/sandbox/build.ts'
import type { Desk, DeskTag, DeskTicket } from '#connectors/sandbox/desk.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { actor, file, html, message, newTicket } from './orders.ts'
import { connect } from './support.ts'

let desk: Desk
let served: ServedSandbox
let session: Session
let ticket: DeskTicket
const ids = { ana: 0, ben: 0, budi: 0, mailOnly: 0, group: 0 }

beforeAll(async () => {
  desk = emptyDesk({ firstId: 1000 })
  addChannel(desk, { type: 'OTHER', name: 'API' })
  ids.ana = addAgent(desk, { name: 'Ana Lind' }).id
  ids.ben = addAgent(desk, { name: 'Ben Okoro' }).id
  ids.group = addDepartment(desk, { name: 'Second line' }).id
  ids.budi = addContact(desk, { id: 2001, name: 'Budi', email: 'budi@customer.example' }).id
  ids.mailOnly = addContact(desk, { id: 2004, name: 'Mia', email: 'Mia@customer.example' }).id
  served = await serveSandbox(deskheroSandbox, desk)
})
afterAll(() => served.close())
beforeEach(() => {
  ticket = addTicket(desk, { subject: 'Printer', requesterId: ids.budi, category: 'Incident' })
  addMessage(desk, { ticketId: ticket.id, text: 'It burns.' })
  session = connect(served.settings)
})
afterEach(() => served.faults.clear())

const operations = () => session.operations as Required<Session['operations']>
const post = (...messages: OutgoingMessage[]) =>
  operations().createMessages({ ticketExternalId: String(ticket.id), conversationExternalId: null, messages })
const update = (changes: TicketChanges) => operations().updateTicket({ ticketExternalId: String(ticket.id), changes })
const merge = (into: number, ...from: number[]) =>
  operations().mergeTickets({ targetExternalId: String(into), sourceExternalIds: from.map(String) })

/** The ticket as the vendor has it now, mapped. */
async function reread(id = ticket.id): Promise<TicketRecord & { messages: MessageRecord[] }> {
  const found = (await session.ticket(String(id)))?.tickets[0]
  if (!found) throw new Error(`no ticket ${id}`)
  return { ...found, messages: found.conversations.flatMap(({ messages }) => messages) }
}

describe('new entries', () => {
  test('a reply of plain text comes back with every character of it', async () => {
    const text = '  Hi <Budi> & "all"\r\n\n\tsee  above; it costs 3 € 😀 &amp; more '
    const receipt = await post(message(text))
    const { messages, conversations } = await reread()
    expect(messages).toHaveLength(2)
    expect(messages[1]).toMatchObject({
      externalId: receipt.messages?.[0]?.externalId,
      type: 'REPLY_OUTBOUND',
      direction: 'OUTBOUND',
      isInternal: false,
      body: { text },
      sender: { type: 'AGENT', externalId: String(ids.ana) },
    })
    // Each entry is a conversation of its own.
    expect(conversations.map(({ externalId }) => externalId)).toContain(receipt.messages?.[0]?.conversationExternalId)
    expect(ticket.messages.at(-1)).toMatchObject({ type: 'REPLY_OUTBOUND' })
  })

  test('plain text as a data URI comes back the same', async () => {
    session = connect({ ...served.settings, plainTextAs: 'data-uri' })
    await post(message(' a\n\tb 😀'))
    expect((await reread()).messages[1]).toMatchObject({ body: { text: ' a\n\tb 😀' }, contentType: 'TEXT' })
  })

  test('HTML and an Editor.js document come back as they were', async () => {
    const editorjs = { time: 1, version: '2.26.5', blocks: [{ id: 'a', type: 'paragraph', data: { text: 'hi' } }] }
    const own = '<p>Fi<b>xed</b> &amp; done.</p><ul><li>one</li></ul>'
    await post(
      message('', html('', own)),
      message('hi', { body: { ...message('hi').body, html: '<p>hi</p>', editorjs } }),
    )
    const [, first, second] = (await reread()).messages
    expect(first?.body.html).toBe(own)
    expect(second?.body).toMatchObject({ html: '<p>hi</p>', editorjs })
  })

  test('several of every type in one call keep their order, type and side; a private note stays private', async () => {
    const types = [
      ...(['UNKNOWN', 'REPLY_INBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC'] as const),
      ...(['FORWARD', 'REPLY_OUTBOUND', 'SUGGESTED_REPLY'] as const),
    ]
    const receipt = await post(...types.map((type) => message(`a ${type}`, { type })))
    const { messages } = await reread()
    const made = messages.slice(1)
    expect(made.map(({ type }) => type)).toEqual(types)
    expect(made.map(({ body }) => body.text)).toEqual(types.map((type) => `a ${type}`))
    expect(made.map(({ externalId }) => externalId)).toEqual(receipt.messages?.map((one) => one?.externalId))
    expect(made.find(({ type }) => type === 'NOTE_PRIVATE')).toMatchObject({ isInternal: true, direction: 'INTERNAL' })
    expect(made.find(({ type }) => type === 'REPLY_INBOUND')?.sender).toMatchObject({ type: 'CONTACT' })
  })

  test('mail addresses of all eight directions', async () => {
    const directions = [
      ...(['UNKNOWN', 'FROM', 'TO', 'CC'] as const),
      ...(['BCC', 'FORWARDED_TO', 'RESENT_FROM', 'REPLY_TO'] as const),
    ]
    const addresses = directions.map((direction, index) => ({ email: `p${index}@x.example`, name: null, direction }))
    await post(message('hello', { addresses }))
    expect((await reread()).messages[1]?.addresses).toEqual(addresses)
  })

  test('what came in is in the name of who sent it: a known user, a mail address, somebody new', async () => {
    const senders = [
      actor({ externalId: String(ids.budi) }),
      actor({ externalId: 'mail:mia@customer.example' }),
      actor({ email: 'new@customer.example', name: 'Nina' }),
    ]
    await post(...senders.map((sender) => message('help', { type: 'REPLY_INBOUND', sender })))
    const records = await session.ticket(String(ticket.id))
    const made = (await reread()).messages.slice(1)
    expect(made.map(({ sender }) => sender?.type)).toEqual(['CONTACT', 'CONTACT', 'CONTACT'])
    expect(made.map(({ sender }) => sender?.email)).toEqual([
      ...['budi@customer.example', 'Mia@customer.example', 'new@customer.example'],
    ])
    expect(records?.contacts.map(({ displayName }) => displayName)).toEqual(
      expect.arrayContaining(['Budi', 'Mia', 'Nina']),
    )
  })

  test('files arrive with the same bytes', async () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index % 256)
    await post(
      message('', {
        attachments: [file('Ümlaut ü.png', 'image/png', bytes), file('b.txt', 'text/plain', bytes.slice(0, 5))],
      }),
    )
    const made = (await reread()).messages[1]
    expect(made?.attachments).toMatchObject([
      { name: 'Ümlaut ü.png', kind: 'IMAGE', status: 'OK' },
      { name: 'b.txt', kind: 'FILE' },
    ])
    const opened = await session.openAttachment?.({
      externalId: made?.attachments?.[0]?.externalId ?? '',
      ticketExternalId: String(ticket.id),
      messageExternalId: made?.externalId ?? null,
      vendorUrl: null,
      fileKey: null,
    })
    expect(new Uint8Array(await new Response(opened?.body).arrayBuffer())).toEqual(bytes)
  })

  test('a message is passed on with what it said and its files', async () => {
    addMessage(desk, {
      ticketId: ticket.id,
      text: 'see',
      html: '<p>see <i>this</i></p>',
      attachments: [{ name: 'x.pdf' }],
    })
    const original = ticket.messages.at(-1)
    const addresses = [{ email: 'shop@x.example', name: 'Shop', direction: 'FORWARDED_TO' as const }]
    const forwarded = { messageExternalId: String(original?.id), includesAttachments: true }
    await post(message('Please repair.\n', { type: 'FORWARD', addresses, forwarded }))
    expect((await reread()).messages.at(-1)).toMatchObject({
      type: 'FORWARD',
      direction: 'OUTBOUND',
      addresses,
      body: { text: 'Please repair.\n', html: expect.stringContaining('<p>see <i>this</i></p>') },
      extractedText: 'Please repair.\n',
      attachments: [{ name: 'x.pdf' }],
    })
  })

  test('a note becomes public and private again; repeating changes nothing', async () => {
    const receipt = await post(message('between us', { type: 'NOTE_PRIVATE' }))
    const id = receipt.messages?.[0]?.externalId as string
    const place = {
      ticketExternalId: String(ticket.id),
      conversationExternalId: id,
      messageExternalId: id,
      isNote: true,
    }
    for (const isInternal of [false, true]) {
      await operations().updateMessage({ ...place, isInternal })
      expect((await reread()).messages[1]).toMatchObject({ externalId: id, isInternal })
      const changedAt = ticket.updatedAt
      await operations().updateMessage({ ...place, isInternal })
      expect(ticket.updatedAt).toEqual(changedAt)
    }
  })
})

describe('the fields of a ticket', () => {
  const cases: [string, () => TicketChanges, () => object, () => object][] = [
    ['subject', () => ({ subject: 'Fire' }), () => ({ subject: 'Fire' }), () => ({ subject: 'Fire' })],
    ['priority', () => ({ priority: 'URGENT' }), () => ({ priority: 'URGENT' }), () => ({ priority: 'URGENT' })],
    ['no priority', () => ({ priority: null }), () => ({ priority: null }), () => ({ priority: null })],
    ['category', () => ({ category: 'Task' }), () => ({ category: 'Task' }), () => ({ category: 'Task' })],
    ['no category', () => ({ category: null }), () => ({ category: null }), () => ({ category: null })],
    [
      'assignee',
      () => ({ assignee: { type: 'AGENT', externalId: String(ids.ben) } }),
      () => ({ assigneeId: ids.ben }),
      () => ({ assignee: { externalId: String(ids.ben), name: 'Ben Okoro' } }),
    ],
    ['no assignee', () => ({ assignee: null }), () => ({ assigneeId: null }), () => ({ assignee: null })],
    [
      'department',
      () => ({ departmentExternalId: String(ids.group) }),
      () => ({ departmentId: ids.group }),
      () => ({ departmentExternalId: String(ids.group) }),
    ],
    [
      'no department',
      () => ({ departmentExternalId: null }),
      () => ({ departmentId: null }),
      () => ({ departmentExternalId: null }),
    ],
    [
      'requester',
      () => ({ requester: actor({ externalId: 'mail:mia@customer.example' }) }),
      () => ({ requesterId: ids.mailOnly }),
      () => ({ requester: { externalId: 'mail:mia@customer.example' } }),
    ],
  ]
  test.each(cases)('%s is set, and the others stay', async (_, changes, atVendor, inRecord) => {
    const before = { subject: 'S', status: 'ON_HOLD', priority: 'LOW', category: 'Incident' } as const
    const more = { assigneeId: ids.ana, departmentId: ids.group, requesterId: ids.budi }
    Object.assign(ticket, before, more)
    await update(changes())
    expect(ticket).toMatchObject({ ...before, ...more, ...atVendor() })
    expect(await reread()).toMatchObject(inRecord())
    await update(changes())
    expect(ticket).toMatchObject({ ...before, ...more, ...atVendor() })
  })

  test('every status that can be set is shown as it, with its label', async () => {
    const statuses = Object.keys(deskhero.writing.statuses) as (keyof typeof deskhero.writing.statuses)[]
    expect(statuses).toEqual(['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD', 'RESOLVED'])
    for (const status of statuses) {
      await update({ status })
      const label = deskhero.writing.statuses[status]?.label
      expect(await reread()).toMatchObject({ status, statusDetail: { label } })
      expect(ticket.status).toBe(status)
    }
    await update({ rawStatus: 'With partner' })
    expect(await reread()).toMatchObject({ status: 'UNKNOWN', statusDetail: { label: 'With partner' } })
  })

  test('tags are added and taken away; those that somebody else set meanwhile stay', async () => {
    const [red, blue, green] = ['red', 'blue', 'green'].map((name) => addTag(desk, { name })) as DeskTag[]
    const order = (tag: DeskTag | undefined) => ({ externalId: String(tag?.id), name: tag?.name ?? '' })
    ticket.tagIds = [red?.id ?? 0, green?.id ?? 0]
    const changes = { tags: { all: [order(blue)], added: [order(blue)], removed: [order(red)] } }
    await update(changes)
    expect(ticket.tagIds).toEqual([green?.id, blue?.id])
    expect((await reread()).tags).toEqual([
      expect.objectContaining({ externalId: String(green?.id), name: 'green' }),
      expect.objectContaining({ externalId: String(blue?.id), name: 'blue' }),
    ])
    const changedAt = ticket.updatedAt
    await update(changes)
    expect(ticket.updatedAt).toEqual(changedAt)

    const receipt = await operations().createTicket(newTicket('Tagged', { tags: { ...changes.tags, removed: [] } }))
    expect((await reread(Number(receipt.ticketExternalId))).tags).toMatchObject([{ name: 'blue' }])
  })

  test('a tag that DeskHero does not have is refused, and the ticket keeps its own', async () => {
    const kept = addTag(desk, { name: 'kept' })
    ticket.tagIds = [kept.id]
    for (const externalId of ['999999', 'a-word']) {
      const unknown = { externalId, name: 'nobody has it' }
      await expect(update({ tags: { all: [unknown], added: [unknown], removed: [] } })).rejects.toThrow(RefusedError)
    }
    expect(ticket.tagIds).toEqual([kept.id])
    const byName = { externalId: 'KEPT', name: 'Kept' }
    await update({ tags: { all: [], added: [], removed: [byName] } })
    expect(ticket.tagIds).toEqual([])
  })

  test('what is kept here only never reaches DeskHero, and no record speaks of it', async () => {
    Object.assign(ticket, { isReadByAgent: false, isRecycled: true })
    const changedAt = ticket.updatedAt
    await update({ snoozedUntil: new Date(), isSpam: true, tags: { all: [], added: [], removed: [] } })
    expect(ticket.updatedAt).toEqual(changedAt)
    const record = await reread()
    const properties: Partial<Record<TicketField, keyof TicketRecord>> = { assignee: 'assignee', subject: 'subject' }
    for (const [field, level] of Object.entries(deskhero.writing.ticketFields) as [TicketField, string][]) {
      if (level === 'EMULATED') expect(record).not.toHaveProperty(properties[field] ?? field)
      if (level === 'EMULATED') expect(record.conversations[0]).not.toHaveProperty(field)
    }
    for (const name of ['isReadByAgent', 'isReadByContact', 'isRecycled', 'mentions'])
      expect(record).not.toHaveProperty(name)
  })
})

describe('new tickets', () => {
  test('with fields, several first entries and a file', async () => {
    const bytes = new TextEncoder().encode('log')
    const order = newTicket('No sound', {
      priority: 'HIGH',
      category: 'Question',
      assignee: { type: 'AGENT', externalId: String(ids.ben) },
      departmentExternalId: String(ids.group),
      requester: actor({ email: 'olu@customer.example', name: 'Olu' }),
      messages: [
        message('I hear nothing.', { type: 'REPLY_INBOUND', attachments: [file('a.log', 'text/plain', bytes)] }),
        message('Known bug.', { type: 'NOTE_PRIVATE' }),
      ],
    })
    const receipt = await operations().createTicket(order)
    const made = await reread(Number(receipt.ticketExternalId))
    expect(made).toMatchObject({
      subject: 'No sound',
      status: 'NEW',
      priority: 'HIGH',
      category: 'Question',
      assignee: { externalId: String(ids.ben) },
      departmentExternalId: String(ids.group),
      requester: { email: 'olu@customer.example', name: 'Olu' },
    })
    expect(made.messages).toMatchObject([
      { type: 'REPLY_INBOUND', body: { text: 'I hear nothing.' }, attachments: [{ name: 'a.log' }] },
      { type: 'NOTE_PRIVATE', body: { text: 'Known bug.' } },
    ])
    expect(made.messages.map(({ externalId }) => externalId)).toEqual(receipt.messages?.map((one) => one?.externalId))
  })

  test('for a known mail address there is no second contact', async () => {
    const before = desk.contacts.size
    const requester = actor({ email: 'MIA@customer.example', name: 'Other' })
    const { ticketExternalId } = await operations().createTicket(newTicket('Hi', { requester }))
    expect(desk.contacts.size).toBe(before)
    expect((await reread(Number(ticketExternalId))).requester?.externalId).toBe('mail:mia@customer.example')
  })

  test('one whose answer was lost is found by its subject, requester and first message; others are not', async () => {
    const since = new Date()
    const order = newTicket('Lost', { messages: [message('first  words', { type: 'REPLY_INBOUND' })] })
    expect(await operations().findTicket(order, since)).toBeNull()
    await operations().createTicket(
      newTicket('Lost', { messages: [message('other words', { type: 'REPLY_INBOUND' })] }),
    )
    const stranger = actor({ email: 'stranger@customer.example' })
    await operations().createTicket({ ...order, fields: { ...order.fields, requester: stranger } })
    expect(await operations().findTicket(order, since)).toBeNull()
    const { ticketExternalId } = await operations().createTicket(order)
    await operations().createTicket(newTicket('Lost', { messages: [message('third', { type: 'REPLY_INBOUND' })] }))
    expect(await operations().findTicket(order, since)).toBe(ticketExternalId)
    const later = new Date(Date.now() + 3_600_000)
    expect(await operations().findTicket(order, later)).toBeNull()
  })

  test('without messages it is found when only one fits; with several nobody can tell', async () => {
    const order = newTicket('Bare')
    const { ticketExternalId } = await operations().createTicket(order)
    expect(await operations().findTicket(order, new Date())).toBe(ticketExternalId)
    await operations().createTicket(order)
    await expect(operations().findTicket(order, new Date())).rejects.toThrow(/cannot be told/)
  })

  test('one that was left without its first entries is not taken for done', async () => {
    const order = newTicket('Half made', { messages: [message('never arrived')] })
    served.faults.next('500', { path: /ticket_conversations/ })
    await expect(operations().createTicket(order)).rejects.toThrow(TryAgainError)
    await expect(operations().findTicket(order, new Date())).rejects.toThrow(/was made, but its first entries/)
  })
})

describe('merging and removing', () => {
  test('many go into one with their threads; repeating changes nothing', async () => {
    const others = ['one', 'two'].map((text) => {
      const other = addTicket(desk, { requesterId: ids.budi })
      addMessage(desk, { ticketId: other.id, text })
      return other
    })
    const sources = others.map(({ id }) => id)
    await merge(ticket.id, ...sources)
    expect((await reread()).messages.map(({ body }) => body.text).sort()).toEqual(['It burns.', 'one', 'two'])
    for (const id of sources) expect((await reread(id)).mergedIntoExternalId).toBe(String(ticket.id))
    const changedAt = ticket.updatedAt
    await merge(ticket.id, ...sources)
    expect(ticket.updatedAt).toEqual(changedAt)
    await expect(merge(sources[0] as number, sources[1] as number)).rejects.toThrow(RefusedError)
  })

  test('a ticket is removed for good, once', async () => {
    await operations().deleteTicket({ ticketExternalId: String(ticket.id) })
    expect(desk.tickets.has(ticket.id)).toBe(false)
    expect(await session.ticket(String(ticket.id))).toBeNull()
    await operations().deleteTicket({ ticketExternalId: String(ticket.id) })
  })
})

describe('refusals', () => {
  test('a merged ticket takes nothing more, in the words of DeskHero', async () => {
    const other = addTicket(desk, { requesterId: ids.budi })
    await merge(other.id, ticket.id)
    const words = new RegExp(`Ticket ${ticket.id} was merged into ticket ${other.id}`)
    await expect(post(message('late'))).rejects.toThrow(words)
    await expect(update({ subject: 'late' })).rejects.toThrow(words)
    await expect(update({ subject: 'late' })).rejects.toThrow(RefusedError)
  })

  test('a user who may only read', async () => {
    session = connect({ ...served.settings, token: 'deskhero-sandbox-reader-token' })
    await session.check()
    const error = await post(message('x')).catch((caught) => caught)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error.message).toContain('permission READ, this needs EDIT')
    session = connect({ ...served.settings, token: 'wrong' })
    await expect(post(message('x'))).rejects.toThrow(FixCredentialsError)
  })

  test('values that are not valid, named by their place', async () => {
    const addresses = [{ email: 'no address', name: null, direction: 'TO' as const }]
    await expect(post(message('x', { addresses }))).rejects.toThrow(/not a valid e-mail address/)
    await expect(update({ assignee: { type: 'AGENT', externalId: '99999' } })).rejects.toThrow(/'99999' is not valid/)
    await expect(post(message(''))).rejects.toThrow(/needs content or attachments/)
    expect((await reread()).messages).toHaveLength(1)
  })

  test('a ticket that is gone is a GoneError', async () => {
    desk.tickets.delete(ticket.id)
    await expect(post(message('x'))).rejects.toThrow(GoneError)
    await expect(update({ subject: 'x' })).rejects.toThrow(GoneError)
  })
})

describe('an answer that is lost', () => {
  test.each(['time-out', '500', 'reset', 'cut', 'malformed', 'html'] as const)(
    '%s after a reply was taken: it is not sent twice',
    async (kind) => {
      session = connect({ ...served.settings, timeoutMs: 250 })
      served.faults.next(kind, { isCarriedOut: true, path: /ticket_conversations/ })
      await expect(post(message('only  once'))).rejects.toThrow(TryAgainError)
      const { messages } = await reread()
      expect(messages.filter(({ body }) => body.text === 'only  once')).toHaveLength(1)
    },
  )

  test('a new ticket is made once, and found', async () => {
    const order = newTicket('Made once')
    served.faults.next('reset', { isCarriedOut: true, path: /v1\/tickets$/ })
    await expect(operations().createTicket(order)).rejects.toThrow(TryAgainError)
    const made = [...desk.tickets.values()].filter(({ subject }) => subject === 'Made once')
    expect(made).toHaveLength(1)
    expect(await operations().findTicket(order, new Date())).toBe(String(made[0]?.id))
  })

  test('changes, merging and removing can simply be repeated', async () => {
    const lost = (path: RegExp) => served.faults.next('500', { isCarriedOut: true, path })
    lost(/v1\/tickets$/)
    await expect(update({ subject: 'Again' })).rejects.toThrow(TryAgainError)
    await update({ subject: 'Again' })
    expect(ticket.subject).toBe('Again')

    const other = addTicket(desk, { requesterId: ids.budi })
    lost(/merge$/)
    await expect(merge(ticket.id, other.id)).rejects.toThrow(TryAgainError)
    await merge(ticket.id, other.id)
    expect(other.mergedIntoId).toBe(ticket.id)

    session = connect({ ...served.settings, timeoutMs: 5000 })
    await operations().deleteTicket({ ticketExternalId: String(ticket.id) })
    await operations().deleteTicket({ ticketExternalId: String(ticket.id) })
    expect(desk.tickets.has(ticket.id)).toBe(false)
  })
})

/** Each operation over real HTTP against the sandbox: what the help desk has afterwards, and what a pull would bring. */
import { afterEach, describe, expect, it } from 'vitest'
import { chatwoot } from '#connectors/chatwoot/connector.ts'
import { sandboxAgentToken, sandboxToken } from '#connectors/chatwoot/sandbox-gate.ts'
import type { TicketChanges } from '#connectors/operations.ts'
import {
  addAgent,
  addBot,
  addChannel,
  addContact,
  addDepartment,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
} from '#connectors/sandbox/build.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { can, contact, file, message, newTicket, reread } from './orders.ts'
import { serve, sessionOf } from './support.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A desk with a mail ticket and an API ticket of the same contact, and a session of the administrator. */
async function office({ token }: { token?: string } = {}) {
  const desk = emptyDesk({ statuses: ['NEW', 'PENDING_INTERNAL', 'ON_HOLD', 'RESOLVED'] })
  const [boss, ana] = [addAgent(desk, { role: 'administrator', name: 'Boss' }), addAgent(desk, { name: 'Ana (B)' })]
  const bot = addBot(desk)
  const team = addDepartment(desk)
  const [vip, later] = [addTag(desk, { name: 'vip' }), addTag(desk, { name: 'later' })]
  const mail = addChannel(desk, { type: 'EMAIL' })
  const api = addChannel(desk, { type: 'API' })
  const marta = addContact(desk, { name: 'Marta', email: 'marta@example.com' })
  const at = new Date(Date.now() - 600_000)
  const made = { requesterId: marta.id, status: 'PENDING_INTERNAL', createdAt: at } as const
  const ticket = addTicket(desk, { ...made, channelId: mail.id, tagIds: [later.id], customFields: { order: 'A-1' } })
  const question = addMessage(desk, { ticketId: ticket.id, text: 'It is broken', at })
  const call = addTicket(desk, { ...made, channelId: api.id })
  addMessage(desk, { ticketId: call.id, text: 'Hello', at })
  const served = await serve(desk)
  closing.push(served.close)
  const session = token ? sessionOf({ ...served.settings, apiAccessToken: token }) : served.session
  const externalId = `1:${ticket.id}`
  return {
    ...{
      desk,
      boss,
      ana,
      bot,
      team,
      vip,
      later,
      mail,
      api,
      marta,
      ticket,
      question,
      call,
      served,
      session,
      externalId,
    },
    place: { ticketExternalId: externalId, conversationExternalId: externalId },
    update: (changes: TicketChanges) => can(session, 'updateTicket')({ ticketExternalId: externalId, changes }),
    read: (id = externalId) => reread(session, id),
  }
}

describe('what is written', () => {
  it('comes back with the same text, our id and its addresses', async () => {
    const { session, place, read, question } = await office()
    const text = '  Two spaces,\na tab\t, "quotes" & <b>no tags</b> — ünïcödé 🎉\n\n'
    const addresses = [
      { email: 'cc@example.com', name: null, direction: 'CC' },
      { email: 'bcc@example.com', name: null, direction: 'BCC' },
    ] as const
    const order = message({ text, marker: 'm-1', addresses: [...addresses], parentExternalId: String(question.id) })
    const receipt = await can(session, 'createMessages')({ ...place, messages: [order] })
    const { last, ticket } = await read()
    expect(last).toMatchObject({
      externalId: receipt.messages?.[0]?.externalId,
      type: 'REPLY_OUTBOUND',
      direction: 'OUTBOUND',
      body: { text },
      marker: 'm-1',
      parentExternalId: String(question.id),
      sender: { type: 'AGENT', name: 'Boss' },
      addresses,
      contentAttributes: expect.not.objectContaining({ deskgraph_id: expect.anything() }),
    })
    expect(ticket.isReadByAgent).toBe(true)
  })
  it('as HTML comes back as HTML in a mail inbox', async () => {
    const { session, place, read } = await office()
    await can(session, 'createMessages')({ ...place, messages: [message({ text: 'bold', html: '<b>bold</b>' })] })
    expect((await read()).last?.body).toMatchObject({ text: 'bold', html: '<b>bold</b>' })
  })
  it('with files keeps text and bytes', async () => {
    const { session, place, read } = await office()
    const bytes = new Uint8Array([0, 255, 13, 10, 45, 45])
    const attachments = [file('a b.bin', 'application/octet-stream', bytes), file('ü.png', 'image/png', bytes)]
    const text = 'one\ntwo\r\nthree\n'
    await can(session, 'createMessages')({ ...place, messages: [message({ text, attachments, marker: 'm-2' })] })
    const { last } = await read()
    expect(last).toMatchObject({ body: { text }, marker: 'm-2', type: 'REPLY_OUTBOUND' })
    expect(last?.attachments).toMatchObject([
      { name: 'a b.bin', sizeBytes: 6 },
      { name: 'ü.png', kind: 'IMAGE' },
    ])
    const { externalId = '', vendorUrl = null } = last?.attachments?.[0] ?? {}
    const locator = { externalId, ticketExternalId: '', messageExternalId: null, vendorUrl, fileKey: null }
    const opened = await session.openAttachment?.(locator)
    expect(new Uint8Array(await new Response(opened?.body).arrayBuffer())).toEqual(bytes)
  })
  it('as a note stays private, and mentions without showing it', async () => {
    const { session, place, read, ana } = await office()
    const mentionedAgentExternalIds = [String(ana.id)]
    const note = message({ type: 'NOTE_PRIVATE', text: 'Have a look', mentionedAgentExternalIds })
    await can(session, 'createMessages')({ ...place, messages: [note] })
    const { last, ticket } = await read()
    expect(last).toMatchObject({
      type: 'NOTE_PRIVATE',
      direction: 'INTERNAL',
      isInternal: true,
      body: { text: 'Have a look' },
      marker: 'marker-1',
    })
    expect(ticket.mentions).toMatchObject([
      { messageExternalId: last?.externalId, agent: { name: 'Ana (B)'.replaceAll(/[()]/g, '') } },
    ])
  })
  it('in the name of the contact is taken in an API inbox and refused in others', async () => {
    const { session, place, read, call, marta } = await office()
    const inbound = [message({ type: 'REPLY_INBOUND', text: 'Me again', sourceId: 'ext-1' })]
    await can(session, 'createMessages')({ ...place, ticketExternalId: `1:${call.id}`, messages: inbound })
    expect((await read(`1:${call.id}`)).last).toMatchObject({
      type: 'REPLY_INBOUND',
      body: { text: 'Me again' },
      sourceId: 'ext-1',
      sender: { externalId: String(marta.id) },
    })
    const refused = can(session, 'createMessages')({ ...place, messages: inbound })
    await expect(refused).rejects.toThrow('Incoming messages are only allowed in Api inboxes')
    await expect(refused).rejects.toBeInstanceOf(RefusedError)
  })
  it('can be a bot speaking', async () => {
    const { session, place, read, bot } = await office()
    const sender = contact({ type: 'CHATBOT', externalId: `bot:${bot.id}` })
    await can(session, 'createMessages')({ ...place, messages: [message({ sender })] })
    expect((await read()).last?.sender).toMatchObject({ type: 'CHATBOT', externalId: `bot:${bot.id}` })
  })
  it('into nothing is gone', async () => {
    const { session } = await office()
    const order = { ticketExternalId: '1:999999', conversationExternalId: null, messages: [message()] }
    await expect(can(session, 'createMessages')(order)).rejects.toBeInstanceOf(GoneError)
  })
  it.each(['time-out', '500', 'reset', 'cut', 'html'] as const)(
    'and carried out is not sent again when its answer ends in %s',
    async (kind) => {
      const { served, place, read } = await office()
      const session = sessionOf({ ...served.settings, timeoutMs: 300 })
      served.faults.next(kind, { isCarriedOut: true, path: /\/messages$/ })
      const sent = can(session, 'createMessages')({ ...place, messages: [message({ text: 'Once', marker: 'm-3' })] })
      await expect(sent).rejects.toBeInstanceOf(TryAgainError)
      const { written } = await read()
      expect(written.filter(({ marker }) => marker === 'm-3')).toMatchObject([{ body: { text: 'Once' } }])
      expect(written).toHaveLength(2)
    },
  )
})

describe('a message that is there', () => {
  it('is deleted, once', async () => {
    const { session, place, read, ticket, question } = await office()
    const order = { ...place, messageExternalId: String(question.id), isNote: false }
    await can(session, 'deleteMessage')(order)
    const { updatedAt } = ticket
    await can(session, 'deleteMessage')(order)
    await can(session, 'deleteMessage')({ ...order, messageExternalId: '999999' })
    expect(ticket.updatedAt).toBe(updatedAt)
    expect((await read()).last).toMatchObject({ isDeleted: true, externalId: String(question.id) })
  })
  it('is sent again when it failed', async () => {
    const { session, place, read, desk, ticket } = await office()
    const delivery = { status: 'FAILED', failReason: 'mailbox full', retryCount: 0 } as const
    const failed = addMessage(desk, { ticketId: ticket.id, type: 'REPLY_OUTBOUND', text: 'x', delivery })
    const order = { ...place, messageExternalId: String(failed.id), isNote: false }
    await can(session, 'resendMessage')(order)
    expect((await read()).last?.delivery).toEqual({ status: 'SENT', failReason: null })
    await expect(can(session, 'resendMessage')(order)).rejects.toBeInstanceOf(RefusedError)
    expect(failed.delivery?.retryCount).toBe(1)
  })
})

describe('a ticket', () => {
  const tag = (name: string) => ({ externalId: name, name })

  it.each(['NEW', 'RESOLVED', 'ON_HOLD', 'PENDING_INTERNAL'] as const)('becomes %s', async (status) => {
    const { update, read, ticket } = await office()
    await update({ status: status === 'PENDING_INTERNAL' ? 'RESOLVED' : status })
    if (status === 'PENDING_INTERNAL') await update({ status })
    const { statuses } = chatwoot.writing
    expect((await read()).ticket).toMatchObject({ status, statusDetail: statuses[status] })
    const { updatedAt } = ticket
    await update({ status })
    expect(ticket.updatedAt).toBe(updatedAt)
  })
  it('is snoozed until a moment and woken up again', async () => {
    const { update, read } = await office()
    const snoozedUntil = new Date('2031-01-01T00:00:00Z')
    await update({ snoozedUntil })
    expect((await read()).ticket).toMatchObject({ status: 'ON_HOLD', snoozedUntil })
    await update({ snoozedUntil: null, status: 'ON_HOLD' })
    expect((await read()).ticket).toMatchObject({ status: 'ON_HOLD', snoozedUntil: null })
    await update({ snoozedUntil })
    await update({ snoozedUntil: null })
    expect((await read()).ticket).toMatchObject({ status: 'PENDING_INTERNAL', snoozedUntil: null })
  })
  it('takes every field, keeps what is not named, and loses what is cleared', async () => {
    const { update, read, ana, team, ticket } = await office()
    const changes: TicketChanges = {
      priority: 'HIGH',
      assignee: { type: 'AGENT', externalId: String(ana.id) },
      departmentExternalId: String(team.id),
      tags: { all: [], added: [tag('vip')], removed: [] },
      customFields: [{ key: 'plan', value: 'gold' }],
    }
    await update(changes)
    const set = {
      priority: 'HIGH',
      assignee: { externalId: String(ana.id) },
      departmentExternalId: String(team.id),
      tags: expect.arrayContaining([tag('vip'), tag('later')]),
      customFields: [
        { key: 'order', value: 'A-1' },
        { key: 'plan', value: 'gold' },
      ],
    }
    expect((await read()).ticket).toMatchObject(set)
    const { updatedAt } = ticket
    await update(changes)
    await update({})
    expect(ticket.updatedAt).toBe(updatedAt)
    expect((await read()).ticket).toMatchObject(set)
    await update({
      priority: null,
      assignee: null,
      departmentExternalId: null,
      tags: { all: [], added: [], removed: [tag('vip'), tag('later')] },
      customFields: [{ key: 'order', value: null }],
    })
    expect((await read()).ticket).toMatchObject({
      priority: null,
      assignee: null,
      departmentExternalId: null,
      tags: [],
      customFields: [{ key: 'plan', value: 'gold' }],
    })
  })
  it('goes to a bot, which makes it pending, and with another status stays as asked', async () => {
    const { update, read, bot } = await office()
    const assignee = { type: 'CHATBOT', externalId: `bot:${bot.id}` } as const
    await update({ assignee })
    expect((await read()).ticket).toMatchObject({ status: 'NEW', assignee: { type: 'CHATBOT' } })
    await update({ assignee: null, status: 'PENDING_INTERNAL' })
    await update({ assignee, status: 'RESOLVED' })
    expect((await read()).ticket).toMatchObject({ status: 'RESOLVED', assignee: { externalId: `bot:${bot.id}` } })
  })
  it('opened with the token of an agent still belongs to whom it belonged', async () => {
    const { update, read, boss } = await office({ token: sandboxAgentToken })
    await update({ status: 'RESOLVED' })
    await update({ status: 'PENDING_INTERNAL' })
    expect((await read()).ticket).toMatchObject({ status: 'PENDING_INTERNAL', assignee: null })
    await update({ status: 'RESOLVED', assignee: { type: 'AGENT', externalId: String(boss.id) } })
    await update({ status: 'PENDING_INTERNAL' })
    expect((await read()).ticket.assignee).toMatchObject({ externalId: String(boss.id) })
  })
  it('refuses an unknown agent, team, label and status, and stays as it was', async () => {
    const { update, read, ticket } = await office()
    const before = { ...ticket }
    for (const changes of [
      { assignee: { type: 'AGENT', externalId: '99999' } },
      { departmentExternalId: '99999' },
      { rawStatus: 'closed' },
      { status: 'PENDING_EXTERNAL' },
      { subject: 'Another' },
    ] as TicketChanges[])
      await expect(update(changes)).rejects.toBeInstanceOf(RefusedError)
    expect(ticket).toEqual(before)
    const unknown = update({ tags: { all: [], added: [tag('nobody-made-me')], removed: [] } })
    await expect(unknown).rejects.toThrow('nobody-made-me')
    expect((await read()).ticket.tags).toEqual([tag('later')])
  })
  it('is read and unread by agents; the contact does that alone', async () => {
    const { session, read, externalId, ticket } = await office()
    const mark = (isRead: boolean, side: 'AGENT' | 'CONTACT' = 'AGENT') =>
      can(session, 'markTicket')({ ticketExternalId: externalId, side, isRead, conversationExternalIds: [] })
    const { updatedAt } = ticket
    for (const isRead of [true, true, false, false]) {
      await mark(isRead)
      const { ticket: record, last } = await read()
      expect([record.isReadByAgent, record.unreadMessageCount, last?.isRead]).toEqual([isRead, isRead ? 0 : 1, isRead])
    }
    // A look moves no time stamp.
    expect(ticket.updatedAt).toBe(updatedAt)
    await expect(mark(true, 'CONTACT')).rejects.toBeInstanceOf(RefusedError)
  })
  it('without a word of the contact cannot be unread', async () => {
    const { session, desk } = await office()
    const ticketExternalId = `1:${addTicket(desk, { isReadByAgent: true }).id}`
    const order = { ticketExternalId, side: 'AGENT', isRead: false, conversationExternalIds: [] } as const
    await expect(can(session, 'markTicket')({ ...order, conversationExternalIds: [] })).rejects.toThrow('no message')
  })
  it('is muted, which blocks the contact and resolves it, and heard again', async () => {
    const { session, place, read, marta } = await office()
    const mute = (isMuted: boolean) => can(session, 'muteConversation')({ ...place, isMuted })
    await mute(true)
    await mute(true)
    const muted = await read()
    expect([muted.conversation?.isMuted, muted.ticket.status, marta.isBlocked]).toEqual([true, 'RESOLVED', true])
    expect(muted.messages.filter(({ body }) => body.text?.includes('has muted'))).toHaveLength(1)
    await mute(false)
    expect([(await read()).conversation?.isMuted, marta.isBlocked]).toEqual([false, false])
  })
  it('is deleted for good by an administrator only', async () => {
    const { session, externalId, served } = await office()
    const agent = sessionOf({ ...served.settings, apiAccessToken: sandboxAgentToken })
    const refused = can(agent, 'deleteTicket')({ ticketExternalId: externalId })
    await expect(refused).rejects.toThrow('You are not authorized to do this action')
    await expect(refused).rejects.toBeInstanceOf(RefusedError)
    expect(await session.ticket(externalId)).not.toBeNull()
    await can(session, 'deleteTicket')({ ticketExternalId: externalId })
    await can(session, 'deleteTicket')({ ticketExternalId: externalId })
    expect(await session.ticket(externalId)).toBeNull()
  })
  it('whose change was carried out without an answer is changed once', async () => {
    const { update, served, read } = await office()
    served.faults.next('500', { isCarriedOut: true, path: /toggle_status$/ })
    await expect(update({ status: 'RESOLVED' })).rejects.toBeInstanceOf(TryAgainError)
    await update({ status: 'RESOLVED' })
    const { ticket, messages } = await read()
    expect(ticket.status).toBe('RESOLVED')
    expect(messages.filter(({ body }) => body.text?.includes('marked resolved'))).toHaveLength(1)
  })
  it('says nothing of what is kept here alone', async () => {
    const { ticket, conversation } = await (await office()).read()
    const emulated = Object.entries(chatwoot.writing.ticketFields).flatMap(([field, level]) =>
      level === 'EMULATED' ? [field] : [],
    )
    expect(emulated).toEqual(expect.arrayContaining(['category', 'isSpam', 'replyingAgentMode']))
    for (const field of [...emulated, 'isRecycled', 'recycledAt', 'mergedIntoExternalId', 'hasDraft', 'drafts']) {
      expect(ticket).not.toHaveProperty(field)
      expect(conversation).not.toHaveProperty(field)
    }
    const { operations } = sessionOf({ baseUrl: 'http://localhost', accountId: 1, apiAccessToken: sandboxToken })
    for (const name of ['recycleTicket', 'restoreTicket', 'mergeTickets', 'updateMessage'])
      expect(operations).not.toHaveProperty(name)
  })
})

describe('a new ticket', () => {
  it('comes with its fields, first message and files, and is found by our id', async () => {
    const { session, desk, read, ana, team, mail, marta } = await office()
    const since = new Date()
    const bytes = new TextEncoder().encode('a report')
    const order = newTicket(
      {
        subject: 'Broken lamp',
        requester: contact({ externalId: String(marta.id), email: marta.email }),
        status: 'RESOLVED',
        priority: 'URGENT',
        assignee: { type: 'AGENT', externalId: String(ana.id) },
        departmentExternalId: String(team.id),
        contactLanguage: 'pt',
        tags: { all: [{ externalId: 'vip', name: 'vip' }], added: [], removed: [] },
        customFields: [{ key: 'seats', value: 4 }],
      },
      [message({ text: 'We saw it\nbreak', marker: 'm-9', attachments: [file('r.txt', 'text/plain', bytes)] })],
    )
    expect(await can(session, 'findTicket')(order, since)).toBeNull()
    const count = desk.tickets.size
    const receipt = await can(session, 'createTicket')(order)
    expect(desk.tickets.size).toBe(count + 1)
    const { ticket, written, conversation } = await read(receipt.ticketExternalId)
    expect(ticket).toMatchObject({
      subject: 'Broken lamp',
      status: 'RESOLVED',
      priority: 'URGENT',
      requester: { externalId: String(marta.id) },
      assignee: { externalId: String(ana.id) },
      departmentExternalId: String(team.id),
      channelAccountExternalId: String(mail.id),
      contactLanguage: 'pt',
      tags: [{ name: 'vip' }],
      customFields: [{ key: 'seats', value: 4 }],
    })
    expect(conversation?.additionalAttributes).not.toHaveProperty('deskgraph_id')
    expect(written).toMatchObject([
      { externalId: receipt.messages?.[0]?.externalId, marker: 'm-9', body: { text: 'We saw it\nbreak' } },
    ])
    expect(written[0]?.attachments).toMatchObject([{ name: 'r.txt', sizeBytes: bytes.length }])
    expect(await can(session, 'findTicket')(order, since)).toBe(receipt.ticketExternalId)
    expect(await can(session, 'findTicket')({ ...order, marker: 'another' }, since)).toBeNull()
  })
  it('is opened in the name of a contact nobody knew, once', async () => {
    const { session, desk, read, api } = await office()
    const requester = contact({ name: 'Noa', phone: '+351000000001' })
    const first = [message({ type: 'REPLY_INBOUND', text: 'Is anybody there?' })]
    const fields = { subject: 'Hello', requester, channelAccountExternalId: String(api.id) }
    const { ticketExternalId } = await can(session, 'createTicket')(newTicket(fields, first))
    await can(session, 'createTicket')(newTicket(fields, first, 'second'))
    expect([...desk.contacts.values()].filter(({ phone }) => phone === requester.phone)).toHaveLength(1)
    const { ticket, written } = await read(ticketExternalId)
    expect(ticket).toMatchObject({ subject: 'Hello', status: 'PENDING_INTERNAL', requester: { name: 'Noa' } })
    expect(written).toMatchObject([{ type: 'REPLY_INBOUND', body: { text: 'Is anybody there?' } }])
  })
  it('whose answer is lost was made once and is found', async () => {
    const { session, desk, served, marta } = await office()
    const order = newTicket({
      subject: 's',
      requester: contact({ externalId: String(marta.id), email: 'x@x.example' }),
    })
    const [since, count] = [new Date(), desk.tickets.size]
    served.faults.next('reset', { isCarriedOut: true, path: /\/conversations$/ })
    await expect(can(session, 'createTicket')(order)).rejects.toBeInstanceOf(TryAgainError)
    expect(desk.tickets.size).toBe(count + 1)
    const made = [...desk.tickets.keys()].at(-1)
    expect(await can(session, 'findTicket')(order, since)).toBe(`1:${made}`)
  })
  it('that Chatwoot refuses is refused in its words and leaves nothing', async () => {
    const { session, desk, mail } = await office()
    const requester = contact({ name: 'No address' })
    const order = newTicket({ subject: 's', requester, channelAccountExternalId: String(mail.id) }, [message()])
    const count = desk.tickets.size
    await expect(can(session, 'createTicket')(order)).rejects.toThrow('contact email')
    expect(desk.tickets.size).toBe(count)
  })
})

describe('contacts', () => {
  it('are made, found, changed, cleared and blocked', async () => {
    const { session, desk } = await office()
    const fields = { name: 'Ida', email: 'Ida@example.com', phone: '+351000000002', identifier: 'crm-7' }
    const made = await can(session, 'createContact')({ ...fields, customFields: [{ key: 'plan', value: 'gold' }] })
    const externalId = made.contactExternalId as string
    for (const by of [{ identifier: 'crm-7' }, { email: 'ida@example.com' }, { phone: fields.phone }])
      expect(await can(session, 'findContact')(by)).toBe(externalId)
    expect(await can(session, 'findContact')({ email: 'da@example.com', identifier: 'crm' })).toBeNull()
    const changes = { phone: null, isBlocked: true, avatarUrl: 'https://x.example/i.png' }
    const customFields = [
      { key: 'plan', value: null },
      { key: 'seats', value: 4 },
    ]
    await can(session, 'updateContact')({ externalId, ...changes, customFields })
    expect(desk.contacts.get(Number(externalId))).toMatchObject({
      name: 'Ida',
      email: 'ida@example.com',
      phone: null,
      isBlocked: true,
      avatarUrl: changes.avatarUrl,
      customFields: { seats: 4 },
    })
    await can(session, 'updateContact')({ externalId, avatarUrl: null })
    expect(desk.contacts.get(Number(externalId))?.avatarUrl).toBeNull()
  })
  it('with an address somebody has are refused in the words of Chatwoot', async () => {
    const { session } = await office()
    const twice = can(session, 'createContact')({ name: 'M', email: 'marta@example.com' })
    await expect(twice).rejects.toThrow('Email has already been taken')
    await expect(twice).rejects.toBeInstanceOf(RefusedError)
    await expect(can(session, 'createContact')({ phone: '0351' })).rejects.toThrow('e164')
    const nobody = can(session, 'updateContact')({ externalId: '99999', name: 'x' })
    await expect(nobody).rejects.toBeInstanceOf(GoneError)
  })
  it('become one with all their tickets', async () => {
    const { session, desk, read, marta, externalId } = await office()
    const other = addContact(desk, { name: 'Marta V.', email: 'vale@example.com' })
    const order = { targetExternalId: String(other.id), sourceExternalIds: [String(marta.id)] }
    await can(session, 'mergeContacts')(order)
    await can(session, 'mergeContacts')(order)
    expect(desk.contacts.has(marta.id)).toBe(false)
    expect((await read()).ticket.requester?.externalId).toBe(String(other.id))
    expect((await read(externalId)).ticket.externalId).toBe(externalId)
  })
})

describe('tags', () => {
  it('are made, renamed and removed, everywhere', async () => {
    const { session, update, read, desk } = await office()
    const made = await can(session, 'createTag')({ name: 'Büro-1', color: '#112233' })
    expect(made).toEqual({ tagExternalId: 'büro-1' })
    expect(await can(session, 'createTag')({ name: 'Büro-1', color: '#112233' })).toEqual(made)
    await update({ tags: { all: [], added: [{ externalId: 'büro-1', name: 'büro-1' }], removed: [] } })
    const rename = { externalId: 'büro-1', name: 'Büro-2', color: '#445566' }
    for (let time = 0; time < 2; time += 1)
      expect(await can(session, 'updateTag')(rename)).toEqual({ tagExternalId: 'büro-2' })
    expect((await read()).ticket.tags?.map(({ name }) => name)).toEqual(expect.arrayContaining(['büro-2', 'later']))
    for (let time = 0; time < 2; time += 1) await can(session, 'deleteTag')({ externalId: 'büro-2' })
    expect((await read()).ticket.tags?.map(({ name }) => name)).toEqual(['later'])
    expect(desk.tags.map(({ name }) => name)).toEqual(['vip', 'later'])
  })
  it('with a name Chatwoot does not allow are refused, also when it answers 200', async () => {
    const { session, served } = await office()
    await expect(can(session, 'createTag')({ name: 'two words', color: null })).rejects.toThrow('Title is invalid')
    const renamed = can(session, 'updateTag')({ externalId: 'vip', name: 'two words', color: null })
    await expect(renamed).rejects.toBeInstanceOf(RefusedError)
    const taken = can(session, 'updateTag')({ externalId: 'vip', name: 'later', color: null })
    await expect(taken).rejects.toBeInstanceOf(RefusedError)
    const nothing = can(session, 'updateTag')({ externalId: 'nothing', name: 'nowhere', color: null })
    await expect(nothing).rejects.toBeInstanceOf(GoneError)
    const agent = sessionOf({ ...served.settings, apiAccessToken: sandboxAgentToken })
    await expect(can(agent, 'createTag')({ name: 'mine', color: null })).rejects.toThrow('not authorized')
  })
})

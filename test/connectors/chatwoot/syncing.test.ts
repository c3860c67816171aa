import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { secretOf } from '#connectors/chatwoot/sandbox-people.ts'
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
  setStatus,
  touch,
} from '#connectors/sandbox/build.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import { messagesOf, pullAll, serve, sessionOf } from './support.ts'

/** A desk with one of everything Chatwoot can say, months old, so that nothing counts as changed just now. */
function richDesk(): Desk {
  const start = Date.now() - 90 * 86_400_000
  const desk = emptyDesk({ firstId: 1000 })
  const ana = addAgent(desk, { name: 'Ana', role: 'administrator' })
  const ben = addAgent(desk, { name: 'Ben (late)' })
  const bot = addBot(desk, { name: 'Robo' })
  const team = addDepartment(desk, { name: 'Repairs' })
  const [vip, billing] = [addTag(desk, { name: 'vip', color: '#ff0000' }), addTag(desk, { name: 'billing' })]
  const mail = addChannel(desk, { type: 'EMAIL' })
  const chat = addChannel(desk, { type: 'LIVE_CHAT' })
  addChannel(desk, { type: 'WHATSAPP' })
  const people = Array.from({ length: 40 }, (_, index) =>
    addContact(desk, { createdAt: new Date(start + index * 1000) }),
  )
  const visitor = addContact(desk, { type: 'VISITOR', name: null })

  for (let index = 0; index < 58; index += 1) {
    const ticket = addTicket(desk, {
      createdAt: new Date(start + index * 60_000),
      requesterId: people[index % people.length]?.id ?? visitor.id,
      channelId: index % 2 ? chat.id : mail.id,
      assigneeId: index % 3 === 0 ? ana.id : index % 3 === 1 ? bot.id : null,
      departmentId: index % 4 === 0 ? team.id : null,
      tagIds: index % 5 === 0 ? [vip.id, billing.id] : [],
      priority: (['URGENT', 'HIGH', 'NORMAL', 'LOW', null] as const)[index % 5] ?? null,
    })
    const say = (partial: Partial<Parameters<typeof addMessage>[1]>, minute: number) =>
      addMessage(desk, { at: new Date(start + index * 60_000 + minute * 60_000), ...partial, ticketId: ticket.id })
    say(
      {
        text: ` Hello from ${index} \r\n\ttabs and 日本語 \u{1F600} `,
        html: index % 4 === 0 ? '<p>Hello</p>' : null,
        subject: 'Lamp',
        sourceId: `m${index}@x.example`,
        addresses: [
          { email: 'a@x.example', name: 'A', direction: 'FROM' },
          { email: 's@x.example', name: null, direction: 'TO' },
        ],
      },
      0,
    )
    say({ text: 'Ana assigned to Ana', isSystemLine: true, type: 'NOTE_PRIVATE' }, 1)
    say({ text: 'Look at this', type: 'NOTE_PRIVATE', mentionedAgentIds: [ben.id] }, 2)
    say(
      {
        text: 'The answer',
        type: 'REPLY_OUTBOUND',
        author: { id: ana.id },
        delivery: { status: 'FAILED', failReason: 'mailbox full', retryCount: 1 },
      },
      3,
    )
    say({ text: 'A machine would say so', type: 'SUGGESTED_REPLY' }, 4)
    say({ text: 'Beep', type: 'REPLY_OUTBOUND', author: { type: 'CHATBOT', id: bot.id } }, 5)
    say({ text: 'Welcome!', type: 'REPLY_OUTBOUND', author: { type: 'SYSTEM' } }, 6)
    say(
      {
        text: 'Thanks\n\nOn Monday Ana wrote:\n> The answer\n',
        attachments: [
          { name: 'a b.png', contentType: 'image/png' },
          { name: 'late.pdf', contentType: 'application/pdf', status: 'UNAVAILABLE' },
        ],
        translation: { locale: 'de', text: 'Danke' },
      },
      7,
    )
    if (index % 6 === 0) setStatus(ticket, 'RESOLVED', new Date(start + index * 60_000 + 500_000))
  }
  const long = addTicket(desk, { createdAt: new Date(start + 1e8), requesterId: visitor.id, channelId: chat.id })
  for (let index = 0; index < 230; index += 1)
    addMessage(desk, { ticketId: long.id, at: new Date(start + 1e8 + index * 2000), text: `Line ${index}` })
  const [gone] = long.messages
  if (gone) gone.isDeleted = true
  return desk
}

describe('a full round', () => {
  const desk = richDesk()
  let served: Awaited<ReturnType<typeof serve>>
  let round: Awaited<ReturnType<typeof pullAll>>
  beforeAll(async () => {
    served = await serve(desk)
    round = await pullAll(served.session)
  })
  afterAll(() => served.close())

  it('brings each ticket and each message exactly once, in order, with its exact text', () => {
    expect(round.misfits).toEqual([])
    expect(round.tickets).toHaveLength(desk.tickets.size)
    const found = new Map(round.tickets.map((ticket) => [ticket.externalId, ticket]))
    for (const ticket of desk.tickets.values()) {
      const shown = ticket.messages.filter(({ type }) => type !== 'SUGGESTED_REPLY')
      const texts = messagesOf(found.get(`1:${ticket.id}`)).map(({ externalId, body }) => [externalId, body.text])
      expect(texts).toEqual(
        shown.map(({ id, text, isDeleted }) => [String(id), isDeleted ? 'This message was deleted' : text]),
      )
    }
    const sequences = round.tickets.flatMap((ticket) =>
      messagesOf(ticket).map(({ at, sequence }) => [ticket.number, at.getTime(), sequence]),
    )
    expect(sequences).toEqual(
      sequences.toSorted(
        ([a, b, c], [d, e, f]) => Number(a) - Number(d) || Number(b) - Number(e) || Number(c) - Number(f),
      ),
    )
  })
  it('brings inboxes, agents, teams, labels, filters and contacts first', () => {
    const names = (list: { name: string }[]) => list.map(({ name }) => name).sort()
    expect(round.all('channels').filter(({ isProvisional }) => !isProvisional)).toMatchObject([
      {
        externalId: 'Channel::Email',
        type: 'EMAIL',
        accounts: [{ name: 'Support', address: expect.stringContaining('@') }],
      },
      { externalId: 'Channel::WebWidget', type: 'LIVE_CHAT' },
      { externalId: 'Channel::Whatsapp', type: 'WHATSAPP' },
    ])
    expect(round.pages[0]?.records.agents.map(({ displayName }) => displayName)).toEqual(['Ana', 'Ben (late)'])
    expect(names(round.all('departments').filter(({ isProvisional }) => !isProvisional))).toEqual(['Repairs'])
    expect(round.all('tags')).toMatchObject([{ externalId: 'vip', color: '#ff0000' }, { externalId: 'billing' }])
    expect(names(round.all('views'))).toEqual(['Urgent and open'])
    const listed = new Set(round.all('contacts').map(({ externalId }) => externalId))
    expect(listed.size).toBe(desk.contacts.size)
    expect(new Set(round.all('contacts').map(({ type }) => type))).toEqual(new Set(['CONTACT']))
  })
  it('tells kinds, senders, delivery, mentions, mails and files apart', () => {
    const ticket = round.tickets[0]
    const [mail, line, note, answer, beep, welcome, thanks] = messagesOf(ticket)
    expect(mail).toMatchObject({
      type: 'REPLY_INBOUND',
      contentType: 'EMAIL',
      subject: 'Lamp',
      body: { html: '<p>Hello</p>' },
      addresses: [{ direction: 'FROM', name: 'A' }, { direction: 'TO' }],
    })
    expect(line).toMatchObject({ type: 'NOTE_PRIVATE', direction: 'SYSTEM', sender: { type: 'SYSTEM' } })
    expect(note).toMatchObject({ type: 'NOTE_PRIVATE', direction: 'INTERNAL' })
    expect(answer).toMatchObject({
      direction: 'OUTBOUND',
      sender: { type: 'AGENT', name: 'Ana' },
      delivery: { status: 'FAILED', failReason: 'mailbox full' },
    })
    expect(beep?.sender).toMatchObject({ type: 'CHATBOT', name: 'Robo', externalId: expect.stringContaining('bot:') })
    expect(welcome).toMatchObject({
      type: 'REPLY_OUTBOUND',
      direction: 'SYSTEM',
      isInternal: false,
      sender: { type: 'SYSTEM' },
    })
    expect(thanks).toMatchObject({
      extractedText: 'Thanks',
      translation: { locale: 'de', text: 'Danke' },
      attachments: [{ name: 'a b.png', status: 'OK' }, { status: 'UNAVAILABLE' }],
    })
    expect(ticket?.mentions).toMatchObject([
      { messageExternalId: note?.externalId, agent: { name: 'Ben (late)'.replaceAll(/[()]/g, '') } },
    ])
    expect(ticket).toMatchObject({
      status: 'RESOLVED',
      subject: expect.stringContaining('Ticket'),
      tags: [{ name: 'vip' }, { name: 'billing' }],
      assignee: { name: 'Ana' },
    })
    expect(round.tickets[1]?.assignee).toMatchObject({ type: 'CHATBOT', name: 'Robo' })
  })
  it('keeps no secret anywhere', () => {
    const text = JSON.stringify([round.pages, round.cursor])
    const kinds = ['access', 'pubsub', 'hmac', 'inbox', 'imap', 'smtp', 'website', 'whatsapp']
    const ids = [...desk.agents, ...desk.channels].map(({ id }) => id)
    for (const id of ids) for (const kind of kinds) expect(text).not.toContain(secretOf(kind, id))
    expect(text).not.toContain(String(served.settings.apiAccessToken))
    expect(text).not.toContain('Another tenant')
    expect(text).not.toContain('ui_settings')
  })
  it('hands files over, without credentials, and only from known hosts', async () => {
    const file = messagesOf(round.tickets[0]).at(-1)?.attachments?.[0]
    const locator = {
      externalId: '1',
      ticketExternalId: '1',
      messageExternalId: null,
      fileKey: null,
      vendorUrl: file?.vendorUrl ?? null,
    }
    const opened = await served.session.openAttachment?.(locator)
    expect(opened).toMatchObject({ contentType: 'image/png', sizeBytes: 2048 })
    expect((await new Response(opened?.body).arrayBuffer()).byteLength).toBe(2048)
    const elsewhere = { ...locator, vendorUrl: 'http://169.254.169.254/latest' }
    await expect(served.session.openAttachment?.(elsewhere)).rejects.toMatchObject({ name: 'RefusedError' })
  })
  it('is followed by a round that brings what is new, and little else', async () => {
    const calm = await pullAll(served.session, round.cursor)
    expect([calm.tickets.length, calm.pages.length]).toEqual([0, 1])

    const [first] = desk.tickets.values()
    addMessage(desk, { ticketId: first?.id ?? 0, text: 'One more thing' })
    const added = addTicket(desk)
    addMessage(desk, { ticketId: added.id, text: 'Brand new' })
    const next = await pullAll(served.session, calm.cursor)
    expect(next.tickets.map(({ number }) => Number(number)).sort()).toEqual([first?.id, added.id].sort())
    expect(messagesOf(next.tickets.find(({ number }) => number === String(added.id)))).toMatchObject([
      { body: { text: 'Brand new' } },
    ])
    expect(messagesOf(next.tickets.find(({ number }) => number === String(first?.id))).at(-1)?.body.text).toBe(
      'One more thing',
    )
  })
  it('and by one that notices an edit, a deletion and a status of an old message', async () => {
    const ticket = [...desk.tickets.values()][7]
    const message = ticket?.messages[0]
    if (!ticket || !message) throw new Error('the desk is too small')
    message.isDeleted = true
    touch(ticket, new Date())
    const next = await pullAll(served.session, round.cursor)
    const found = messagesOf(next.tickets.find(({ number }) => number === String(ticket.id)))
    expect(found[0]).toMatchObject({ isDeleted: true, externalId: String(message.id) })
  })
  it('may repeat a page: the same cursor brings the same', async () => {
    const cursor = round.pages[4]?.cursor ?? null
    const [one, other] = [await served.session.pull(cursor), await served.session.pull(cursor)]
    expect(other).toEqual(one)
  })
  it('looks up one ticket, or tells that it is gone', async () => {
    const [first] = desk.tickets.values()
    expect((await served.session.ticket(`1:${first?.id}`))?.tickets).toMatchObject([{ number: String(first?.id) }])
    expect(await served.session.ticket('1:999999')).toBeNull()
    expect(await served.session.ticket('2:1000')).toBeNull()
    expect(await served.session.ticket('nonsense')).toBeNull()
  })
})

describe('a server that fails', () => {
  const desk = emptyDesk({ firstId: 50 })
  addAgent(desk)
  const ticket = addTicket(desk, { createdAt: new Date(Date.now() - 1e9) })
  addMessage(desk, { ticketId: ticket.id, text: 'Still here', at: new Date(Date.now() - 1e9) })
  let served: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    served = await serve(desk)
  })
  afterAll(() => served.close())

  it.each(['429', '429-bare', '500', '502', 'cut', 'reset', 'malformed', 'html'] as const)(
    'once with %s is asked again',
    async (kind) => {
      served.faults.next(kind, { path: /messages$/ })
      const { tickets, misfits } = await pullAll(served.session)
      expect(misfits).toEqual([])
      expect(messagesOf(tickets[0]).map(({ body }) => body.text)).toEqual(['Still here'])
    },
  )
  it('with a refused token asks for other credentials, at once', async () => {
    const session = sessionOf({ ...served.settings, apiAccessToken: 'expired' })
    await expect(session.check()).rejects.toMatchObject({
      name: 'FixCredentialsError',
      message: expect.stringContaining('Invalid Access Token'),
    })
    await expect(session.pull(null)).rejects.toMatchObject({ name: 'FixCredentialsError' })
  })
  it('by silence is left after the time-out, and asked again', async () => {
    served.faults.next('time-out', { path: /meta$/ })
    const startedAt = Date.now()
    await sessionOf({ ...served.settings, timeoutMs: 150 }).check()
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(150)
  })
  it('with its limit is waited for as it asks', async () => {
    const limited = await serve(desk, { rateLimit: { calls: 9, windowMs: 1000 } })
    const session = sessionOf({ ...limited.settings, rateLimit: { calls: 1000, windowMs: 1000 } })
    expect((await pullAll(session)).tickets).toHaveLength(1)
    await limited.close()
  })
})

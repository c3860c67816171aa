/** What writing does at the vendor, and how it reads afterwards. */
import { describe, expect, it } from 'vitest'
import { onebox } from '#connectors/onebox/connector.ts'
import type { OperationName } from '#connectors/operations.ts'
import { addChannel, addContact, addMessage, addTicket } from '#connectors/sandbox/build.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import type { FaultKind } from '#connectors/sandbox/faults.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'
import { json, messagesOf, openOnebox } from './open.ts'
import { answerOn, at, deskWith, file, newTicket, noon, reply } from './orders.ts'

type Opened = Awaited<ReturnType<typeof openOnebox>>

/** The thread as it reads now. */
async function threadOf({ session }: Opened, ticket: Pick<DeskTicket, 'id'> | string) {
  const records = await session.ticket(typeof ticket === 'string' ? ticket : String(ticket.id))
  return messagesOf(records as NonNullable<typeof records>)
}

const html = { text: 'Hi\n\nyou', html: '<p>Hi</p>\n<p>you</p>', markdown: null, editorjs: null }

describe('an answer', () => {
  // The ids 515 005, 515 006 and 515 009 have threads with repeated ids and with groups.
  it.each([
    ['EMAIL', 515_001],
    ['EMAIL', 515_002],
    ['FACEBOOK', 515_003],
    ['WHATSAPP', 515_004],
    ['INSTAGRAM', 515_005],
    ['LIVE_CHAT', 515_006],
  ] as const)('on %s (%i) stands in the thread once, to the byte', async (type, firstId) => {
    const { desk, ticket } = deskWith(type, { firstId })
    const opened = await openOnebox(at(desk))
    const create = opened.session.operations.createMessages
    expect(await create?.(answerOn(ticket))).toEqual({ messages: [null] })
    expect(await create?.(answerOn(ticket, { body: html }))).toEqual({ messages: [null] })
    expect(ticket.messages.map(({ type, text }) => [type, text])).toEqual([
      ['REPLY_INBOUND', 'Are you open?'],
      ['REPLY_OUTBOUND', ' Hello <b>&amp; you\r\n'],
      ['REPLY_OUTBOUND', 'Hi\n\nyou'],
    ])
    const thread = await threadOf(opened, ticket)
    expect(thread.map(({ direction, body, contentType }) => [direction, body.text, body.html, contentType])).toEqual([
      ['INBOUND', 'Are you open?', undefined, 'TEXT'],
      ['OUTBOUND', ' Hello <b>&amp; you\r\n', undefined, 'TEXT'],
      ['OUTBOUND', 'Hi\n\nyou', '<p>Hi</p>\n<p>you</p>', 'HTML'],
    ])
    expect(new Set(thread.map(({ externalId }) => externalId)).size).toBe(3)
  })

  it('by e-mail reaches whom it names', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const addresses = [
      { email: 'boss@mail.example', name: 'Boss, The', direction: 'TO' as const },
      { email: 'c@mail.example', name: null, direction: 'CC' as const },
      { email: 'b@mail.example', name: null, direction: 'BCC' as const },
    ]
    await opened.session.operations.createMessages?.(answerOn(ticket, { subject: 'Re: lamp', addresses }))
    expect((await threadOf(opened, ticket)).at(-1)).toMatchObject({
      subject: 'Re: lamp',
      addresses: [{ email: 'help@toko.example', name: null, direction: 'FROM' }, ...addresses],
    })
  })

  it('takes files along, which can be downloaded with the same bytes', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const attachments = [file('träge datei.csv', 'a,b\n1,"2"'), file('b.bin', '\0\u0001')]
    await opened.session.operations.createMessages?.(answerOn(ticket, { attachments }))
    const message = (await threadOf(opened, ticket)).at(-1)
    expect(message?.attachments?.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['träge datei.csv', 9],
      ['b.bin', 2],
    ])
    const opening = message?.attachments?.map(async ({ externalId, vendorUrl }) => {
      const place = { ticketExternalId: String(ticket.id), messageExternalId: message.externalId, fileKey: null }
      const file = await opened.session.openAttachment?.({ externalId, vendorUrl: vendorUrl ?? null, ...place })
      return new Response(file?.body as never).text()
    })
    expect(await Promise.all(opening ?? [])).toEqual(['a,b\n1,"2"', '\0\u0001'])
  })

  it('leaves what OneBox does by itself to OneBox: the status after an answer is read', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    await opened.session.operations.createMessages?.(answerOn(ticket))
    expect((await opened.session.ticket(String(ticket.id)))?.tickets[0]).toMatchObject({ status: 'PENDING_EXTERNAL' })
  })

  it('in a ticket where the contact said nothing is refused', async () => {
    const { desk } = deskWith('EMAIL')
    const silent = addTicket(desk)
    addMessage(desk, { ticketId: silent.id, type: 'REPLY_OUTBOUND', text: 'Hello?' })
    const { session, count } = await openOnebox(at(desk))
    await expect(session.operations.createMessages?.(answerOn(silent))).rejects.toThrow(
      /no message of the contact that could be answered/,
    )
    expect(count('POST /api/message')).toBe(0)
  })

  it('in a ticket that is gone is gone', async () => {
    const { session } = await openOnebox()
    await expect(session.operations.createMessages?.(answerOn({ id: 5 } as DeskTicket))).rejects.toThrow(GoneError)
  })
})

describe('a new ticket', () => {
  it('is the contact’s, with its first message, and its receipt names it', async () => {
    const { desk } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const receipt = await opened.session.operations.createTicket?.(newTicket({ category: 'Request' }))
    const id = receipt?.ticketExternalId as string
    expect(receipt).toEqual({ ticketExternalId: id, messages: [null] })
    expect(desk.tickets.get(Number(id))).toMatchObject({ subject: 'Broken lamp', category: 'Request' })
    const records = await opened.session.ticket(id)
    expect(records?.tickets[0]).toMatchObject({
      externalId: id,
      subject: 'Broken lamp',
      category: 'Request',
      requester: { name: 'Sari', email: 'sari@mail.example' },
    })
    const thread = await threadOf(opened, id)
    expect(thread.map(({ type, body }) => [type, body.text])).toEqual([['REPLY_INBOUND', ' Hello <b>&amp; you\r\n']])
  })

  it('can be answered at once', async () => {
    const { desk } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const id = (await opened.session.operations.createTicket?.(newTicket()))?.ticketExternalId as string
    await opened.session.operations.createMessages?.(answerOn({ id: Number(id) } as DeskTicket, { body: html }))
    expect((await threadOf(opened, id)).map(({ direction }) => direction)).toEqual(['INBOUND', 'OUTBOUND'])
  })

  it('has its two files', async () => {
    const { desk } = deskWith('EMAIL')
    const opened = await openOnebox(at(desk))
    const attachments = [file('a.png', 'x', 'image/png'), file('b.pdf', 'yy', 'application/pdf')]
    const receipt = await opened.session.operations.createTicket?.(newTicket({}, { attachments }))
    const [message] = await threadOf(opened, receipt?.ticketExternalId as string)
    expect(message?.attachments).toMatchObject([
      { name: 'a.png', contentType: 'image/png', sizeBytes: 1 },
      { name: 'b.pdf', contentType: 'application/pdf', sizeBytes: 2 },
    ])
  })

  it('of a contact OneBox knows makes no second one', async () => {
    const { desk, contact } = deskWith('EMAIL')
    const { session } = await openOnebox(at(desk))
    const requester = { type: 'CONTACT', externalId: null, name: 'R', email: 'RANI@mail.example', phone: null } as const
    const receipt = await session.operations.createTicket?.(newTicket({ requester }))
    expect(desk.tickets.get(Number(receipt?.ticketExternalId))?.requesterId).toBe(contact.id)
  })
})

describe('the ticket of an order whose answer was lost', () => {
  async function deskOf(count: number) {
    const { desk, contact } = deskWith('EMAIL')
    for (let number = 0; number < count; number += 1) {
      const createdAt = new Date(noon.getTime() - (count - number) * 3_600_000)
      const ticket = addTicket(desk, { subject: 'Broken lamp', requesterId: contact.id, createdAt })
      addMessage(desk, { ticketId: ticket.id, text: ` Hello <b>&amp; you\r\n`, at: createdAt })
    }
    return openOnebox(at(desk))
  }

  it.each([3, 98, 99, 100, 101, 250])('is found among the newest of %i, in a few calls', async (number) => {
    const { session, served, desk, count } = await deskOf(number)
    const order = newTicket()
    expect(await session.operations.findTicket?.(order, noon)).toBeNull()
    served.faults.next('reset', { isCarriedOut: true, path: /create/ })
    await expect(session.operations.createTicket?.(order)).rejects.toThrow(TryAgainError)
    const id = String([...desk.tickets.keys()].at(-1))
    expect(await session.operations.findTicket?.(order, noon)).toBe(id)
    expect(count('GET /api/ticketrz')).toBeLessThan(12)
  })

  it('is not one of another subject, contact, text or time', async () => {
    const { session } = await deskOf(3)
    const create = session.operations.createTicket
    const id = (await create?.(newTicket()))?.ticketExternalId
    const find = (order: ReturnType<typeof newTicket>, since = noon) => session.operations.findTicket?.(order, since)
    expect(await find(newTicket())).toBe(id)
    expect(await find(newTicket({ subject: 'Broken lamps' }))).toBeNull()
    const other = { type: 'CONTACT', externalId: null, name: 'Sari', email: 'sari@other.example', phone: null } as const
    expect(await find(newTicket({ requester: other }))).toBeNull()
    expect(await find(newTicket({}, { body: { ...html, text: 'Something else' } }))).toBeNull()
    expect(await find(newTicket(), new Date(noon.getTime() + 3_600_000))).toBeNull()
  })

  it('is the one after the start where another is a little older, by clocks that differ', async () => {
    const { session, desk } = await deskOf(1)
    const create = session.operations.createTicket
    const earlier = (await create?.(newTicket()))?.ticketExternalId as string
    const old = desk.tickets.get(Number(earlier)) as DeskTicket
    old.createdAt = new Date(noon.getTime() - 60_000)
    expect(await session.operations.findTicket?.(newTicket(), noon)).toBe(earlier)
    const later = (await create?.(newTicket()))?.ticketExternalId
    expect(await session.operations.findTicket?.(newTicket(), noon)).toBe(later)
  })

  it('whose thread cannot be read is taken, since nothing speaks against it', async () => {
    const { desk } = deskWith('EMAIL')
    let isSilent = false
    const { session } = await openOnebox({
      ...at(desk),
      override: ({ path }) => {
        if (!isSilent) return undefined
        if (path.includes('conversations')) return json({}, 404)
        const id = path.split('/')[3] ?? ''
        return /^\/api\/ticketrz\/\d+$/.test(path)
          ? json({ Id: id, Subject: 'Broken lamp', CreateDate: '2026-03-01 12:00:00', ContactId: '5' })
          : undefined
      },
    })
    const id = (await session.operations.createTicket?.(newTicket()))?.ticketExternalId
    isSilent = true
    const of = (externalId: string) =>
      newTicket({ requester: { type: 'CONTACT', externalId, name: 'Tom', email: null, phone: null } })
    expect(await session.operations.findTicket?.(of('5'), noon)).toBe(id)
    expect(await session.operations.findTicket?.(of('6'), noon)).toBeNull()
  })

  it('is found in a list that gives the newest first, and in pages shorter than asked for', async () => {
    const rows = Array.from({ length: 60 }, (_, index) => ({
      Id: String(1000 + index),
      Subject: index === 57 ? 'Broken lamp' : 'Other',
      CreateDate: `2026-03-01 12:${String(index).padStart(2, '0')}:00`,
    }))
    const open = (list: typeof rows, more = {}) =>
      openOnebox({
        now: () => noon,
        override({ path, query }) {
          const offset = Number(query.get('offset'))
          const isOne = query.get('limit') === '1'
          if (path === '/api/ticketrz')
            return isOne
              ? json({ data: [{ ...rows[57], Requestor: 'Sari' }], total: 1 })
              : json({ data: list.slice(offset, offset + 7), total: 60, ...more })
          if (path === '/api/ticketrz/1057')
            return json({ ...rows[57], ContactId: '5', Content: ' Hello <b>&amp; you\r\n' })
          return path.includes('conversations') ? json({ data: [] }) : undefined
        },
      })
    const order = newTicket({
      requester: { type: 'CONTACT', externalId: null, name: 'Sari', email: null, phone: null },
    })
    const since = new Date('2026-03-01T12:50:00Z')
    for (const list of [rows, rows.toReversed()])
      for (const more of [{}, { total: null }]) {
        const { session, count } = await open(list, more)
        const first = (await session.ticket('1057'))?.tickets[0]
        expect(first?.subject).toBe('Broken lamp')
        expect(await session.operations.findTicket?.({ ...order }, since)).toBe('1057')
        expect(count('GET /api/ticketrz')).toBeLessThan(20)
      }
  })

  it('is not said to be missing where the list heeds no offset', async () => {
    const data = Array.from({ length: 5 }, (_, index) => ({ Id: String(index + 1), Subject: 'x' }))
    const { session } = await openOnebox({
      override: ({ path }) => (path === '/api/ticketrz' ? json({ data, total: 500 }) : undefined),
    })
    await expect(session.operations.findTicket?.(newTicket(), noon)).rejects.toThrow(RefusedError)
  })
})

describe('deleting a ticket', () => {
  it('removes it for good, and a second time changes nothing', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const { session } = await openOnebox(at(desk))
    const order = { ticketExternalId: String(ticket.id) }
    expect(await session.operations.deleteTicket?.(order)).toEqual({})
    expect(desk.tickets.size).toBe(0)
    expect(await session.ticket(order.ticketExternalId)).toBeNull()
    expect(await session.operations.deleteTicket?.(order)).toEqual({})
  })
})

describe('a contact', () => {
  it('is created, found by e-mail address or phone number, and read', async () => {
    const { desk } = deskWith('EMAIL')
    for (let number = 0; number < 230; number += 1) addContact(desk)
    const { session } = await openOnebox(at(desk))
    const { createContact, findContact } = session.operations
    const order = { name: 'Sari', email: 'sari@mail.example', phone: '+62 811-999' }
    expect(await findContact?.(order)).toBeNull()
    const id = (await createContact?.(order))?.contactExternalId as string
    expect(desk.contacts.get(Number(id))).toMatchObject({
      name: 'Sari',
      email: 'sari@mail.example',
      phone: '+62 811-999',
    })
    expect(await findContact?.({ email: 'SARI@mail.example' })).toBe(id)
    expect(await findContact?.({ phone: '62811999' })).toBe(id)
    expect(await findContact?.({ email: 'none@mail.example', phone: '1' })).toBeNull()
    await expect(findContact?.({ name: 'Sari' })).rejects.toThrow(RefusedError)
  })

  it('is not said to be missing where contacts cannot be listed', async () => {
    const override = ({ path }: { path: string }) => (path === '/api/contactrz' ? json({}, 404) : undefined)
    const { session } = await openOnebox({ override })
    await expect(session.operations.findContact?.({ email: 'a@b.example' })).rejects.toThrow(RefusedError)
    const { session: without } = await openOnebox({ settings: { contactsPath: null } })
    expect(without.operations.findContact).toBeUndefined()
  })
})

describe('a refusal', () => {
  it('of the vendor is refused with its words and its code', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const { session } = await openOnebox(at(desk))
    const addresses = [{ email: 'not ours@toko.example', name: null, direction: 'FROM' as const }]
    const error = await session.operations.createMessages?.(answerOn(ticket, { addresses })).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ message: expect.stringContaining('From is wrong'), provider: { code: '400' } })
    expect(ticket.messages).toHaveLength(1)
  })

  const envelope = (errorCode: unknown, userMessage: string) => ({
    _meta: { status: 'ERROR', count: 1 },
    records: { errorCode, userMessage },
  })
  it.each([
    ['the contact field is required', 401, RefusedError],
    ['you have no permission to do this', '403', RefusedError],
    ['Unauthorized', '401', FixCredentialsError],
    ['Invalid token', 401, FixCredentialsError],
    ['you are not authorized to log into this site 188', '401', FixCredentialsError],
    ['time limit reached please try again tomorrow at 18:00 - 06:00', 401, WaitForQuotaError],
    ['server too busy', 503, TryAgainError],
  ])('that says %j, always with HTTP 401, is told apart', async (words, code, kind) => {
    const override = ({ method }: { method: string }) =>
      method === 'DELETE' ? json(envelope(code, words), 401) : undefined
    const { session, count } = await openOnebox({ override })
    const error = await session.operations.deleteTicket?.({ ticketExternalId: '5' }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ message: expect.stringContaining(words), provider: { code: String(code) } })
    expect(count('DELETE /api/ticketrz/5')).toBe(1)
  })

  it.each([
    [403, RefusedError],
    [401, FixCredentialsError],
    [422, RefusedError],
  ])('without words goes by its status %i', async (status, kind) => {
    const override = ({ method }: { method: string }) => (method === 'DELETE' ? { status, body: '<html>' } : undefined)
    const { session } = await openOnebox({ override })
    await expect(session.operations.deleteTicket?.({ ticketExternalId: '5' })).rejects.toThrow(kind)
  })

  it('of a token that is over is none: it signs in again and repeats, once', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    let left = 1
    const opened = await openOnebox({
      ...at(desk),
      override: ({ method, path }) =>
        method === 'POST' && path === '/api/message' && left-- > 0
          ? json(envelope(401, 'Expired token'), 401)
          : undefined,
    })
    await opened.session.operations.createMessages?.(answerOn(ticket))
    expect([opened.count('POST /api/message'), opened.count('POST /api/authenticate')]).toEqual([2, 2])
    expect(ticket.messages).toHaveLength(2)
  })

  it('while the quota is used up is waited for', async () => {
    const { desk, ticket } = deskWith('EMAIL')
    const { session, base } = await openOnebox(at(desk))
    await fetch(`${base}/sandbox/quota`, { method: 'POST', body: JSON.stringify({ isUsedUp: true }) })
    for (const write of [
      () => session.operations.createTicket?.(newTicket()),
      () => session.operations.createMessages?.(answerOn(ticket)),
      () => session.operations.createContact?.({ name: 'x' }),
      () => session.operations.deleteTicket?.({ ticketExternalId: String(ticket.id) }),
    ])
      await expect(write()).rejects.toThrow(WaitForQuotaError)
    expect([desk.tickets.size, desk.contacts.size, ticket.messages.length]).toEqual([1, 1, 1])
  })
})

describe('a change whose answer is lost', () => {
  it.each(['time-out', '500', '502', 'reset', 'cut', 'malformed', 'html'] as FaultKind[])(
    'by %s may have been made, is not sent again, and stands there once',
    async (kind) => {
      const { desk, ticket } = deskWith('EMAIL')
      const opened = await openOnebox({ ...at(desk), settings: { timeoutMs: 250 } })
      const { session, served, count } = opened
      const lose = (path: RegExp) => served.faults.next(kind, { isCarriedOut: true, path })
      lose(/^\/api\/message$/)
      await expect(session.operations.createMessages?.(answerOn(ticket))).rejects.toThrow(TryAgainError)
      lose(/create$/)
      await expect(session.operations.createTicket?.(newTicket())).rejects.toThrow(TryAgainError)
      lose(/^\/api\/contactrz$/)
      await expect(session.operations.createContact?.({ name: 'Tom' })).rejects.toThrow(TryAgainError)
      expect(['POST /api/message', 'POST /api/ticket/create', 'POST /api/contactrz'].map(count)).toEqual([1, 1, 1])
      expect((await threadOf(opened, ticket)).map(({ body }) => body.text)).toEqual([
        'Are you open?',
        ' Hello <b>&amp; you\r\n',
      ])
      expect(desk.tickets.size).toBe(2)
      lose(/^\/api\/ticketrz/)
      const order = { ticketExternalId: String(ticket.id) }
      await expect(session.operations.deleteTicket?.(order)).rejects.toThrow(TryAgainError)
      expect(await session.operations.deleteTicket?.(order)).toEqual({})
    },
  )

  it.each([
    [
      'POST /api/message',
      (one: Opened, ticket: DeskTicket) => one.session.operations.createMessages?.(answerOn(ticket)),
    ],
    ['POST /api/ticket/create', (one: Opened) => one.session.operations.createTicket?.(newTicket())],
    ['POST /api/contactrz', (one: Opened) => one.session.operations.createContact?.({ name: 'Tom' })],
  ] as [string, (one: Opened, ticket: DeskTicket) => Promise<unknown> | undefined][])(
    'by an answer to %s that says nothing may have been made',
    async (name, write) => {
      const { desk, ticket } = deskWith('EMAIL')
      for (const body of ['', '{}', '[]']) {
        const override = ({ method, path }: { method: string; path: string }) =>
          `${method} ${path}` === name ? { status: 200, body } : undefined
        await expect(write(await openOnebox({ ...at(desk), override }), ticket)).rejects.toThrow(TryAgainError)
      }
    },
  )
})

describe('what the connector promises', () => {
  it('is what its session can do', async () => {
    const { session } = await openOnebox()
    const there: OperationName[] = ['createTicket', 'findTicket', 'deleteTicket', 'createMessages']
    expect(Object.keys(session.operations)).toEqual([...there, 'createContact', 'findContact'])
  })

  it('agrees in both tables', () => {
    const { writing, capabilities } = onebox
    expect(Object.values(writing.ticketFields)).not.toContain('NATIVE')
    expect(capabilities.TICKET_UPDATE.level).toBe('READ_ONLY')
    expect([writing.ticketFields.tags, writing.tags]).toEqual([capabilities.TICKET_TAGS.level, 'READ_ONLY'])
    expect(writing.ticketFields.assignee).toBe(capabilities.TICKET_ASSIGN.level)
    expect(writing.ticketFields.snoozedUntil).toBe(capabilities.TICKET_SNOOZE.level)
    expect(writing.readState.agent).toBe(capabilities.TICKET_READ_STATE.level)
    const native = Object.entries(writing.newTicketFields).filter(([, level]) => level === 'NATIVE')
    expect(native.map(([field]) => field)).toEqual(['subject', 'category', 'requester'])
  })

  it('is no reply for a note, on no channel', async () => {
    for (const type of ['EMAIL', 'WHATSAPP', 'LIVE_CHAT'] as const) {
      const { desk, ticket } = deskWith(type)
      addChannel(desk)
      const { session, count } = await openOnebox(at(desk))
      const order = { ...answerOn(ticket), messages: [reply({ type: 'NOTE_PRIVATE' })] }
      await expect(session.operations.createMessages?.(order)).rejects.toThrow(/it has no NOTE_PRIVATE/)
      expect(count('POST /api/message')).toBe(0)
    }
  })
})

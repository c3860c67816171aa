import { describe, expect, it } from 'vitest'
import { onebox } from '#connectors/onebox/connector.ts'
import { bytesOfAttachment } from '#connectors/sandbox/attachment-files.ts'
import {
  addAgent,
  addChannel,
  addContact,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
  setStatus,
  touch,
} from '#connectors/sandbox/build.ts'
import { builtInDesks } from '#connectors/sandbox/data/built-in.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { FixCredentialsError, RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'
import { type Capability, capabilities } from '#vocabulary.ts'
import { json, messagesOf, openOnebox, round } from './open.ts'

const day = Date.parse('2026-03-01T00:00:00Z')
const hourMs = 3_600_000

/** A desk with old tickets of every channel; its clock stands at noon. */
function smallDesk(tickets = 12): Desk {
  const desk = emptyDesk({ now: () => new Date(day + 12 * hourMs), firstId: 515_001 })
  addAgent(desk, { name: 'Dimas' })
  addTag(desk, { name: 'urgent' })
  const channels = (['EMAIL', 'FACEBOOK', 'WHATSAPP', 'INSTAGRAM'] as const).map((type) =>
    addChannel(desk, { type, name: type }),
  )
  const contacts = [addContact(desk, { name: 'Rani' }), addContact(desk, { name: 'Budi', phone: '+62 811 222' })]
  for (let number = 0; number < tickets; number += 1) {
    const createdAt = new Date(day - (tickets - number) * hourMs)
    const channel = channels[number % 4] as (typeof channels)[0]
    const requester = contacts[number % 2] as (typeof contacts)[0]
    const ticket = addTicket(desk, {
      channelId: channel.id,
      requesterId: requester.id,
      createdAt,
      assigneeId: desk.agents[0]?.id ?? null,
      priority: 'LOW',
      tagIds: number === 0 ? [desk.tags[0]?.id as number] : [],
    })
    for (let turn = 0; turn < 4; turn += 1) {
      const type = turn % 2 === 0 ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND'
      const attachments = turn === 2 && number < 3 ? [{ name: 'foto 1.png', contentType: 'image/png' }] : []
      addMessage(desk, {
        ticketId: ticket.id,
        type,
        at: new Date(createdAt.getTime() + turn * 60_000),
        text: ` ${number}.${turn}\r\n`,
        attachments,
      })
    }
  }
  return desk
}

const at = (desk: Desk) => ({ desk, now: () => desk.now() })
const first = (desk: Desk) => desk.tickets.values().next().value as DeskTicket

describe('a full round', () => {
  it('brings every ticket and message of the built-in desk once, texts to the byte and in order', async () => {
    const desk = builtInDesks({ now: new Date(day) }).onebox
    const { session } = await openOnebox(at(desk))
    const { records } = await round(session)
    expect(records.tickets.map(({ externalId }) => externalId)).toEqual([...desk.tickets.keys()].map(String))
    for (const ticket of records.tickets) {
      const deskTicket = desk.tickets.get(Number(ticket.externalId)) as DeskTicket
      const messages = messagesOf({ ...records, tickets: [ticket] })
      expect(messages.map(({ body }) => body.text)).toEqual(deskTicket.messages.map(({ text }) => text))
      expect(messages.map(({ body }) => body.html ?? null)).toEqual(deskTicket.messages.map(({ html }) => html))
      expect(messages.map(({ direction }) => direction)).toEqual(
        deskTicket.messages.map(({ type }) => (type === 'REPLY_INBOUND' ? 'INBOUND' : 'OUTBOUND')),
      )
      expect(messages.map(({ attachments = [] }) => attachments.map(({ name }) => name))).toEqual(
        deskTicket.messages.map((message) => message.attachments.map(({ name }) => name)),
      )
      expect([ticket.status, ticket.subject, ticket.priority]).toEqual([
        deskTicket.status,
        deskTicket.subject,
        deskTicket.priority,
      ])
      expect(ticket.requester?.externalId).toBe(String(deskTicket.requesterId))
    }
    const keys = messagesOf(records).map(({ externalId }) => externalId)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.some((key) => key.endsWith(':out'))).toBe(true)
    expect(records.misfits.every(({ kind, field }) => kind === 'unmapped' && field === 'status')).toBe(true)
  })

  it('brings channels with their accounts first, then contacts, and says how far it is', async () => {
    const { session } = await openOnebox({ ...at(smallDesk()), settings: { pageSize: 4 } })
    const { pages } = await round(session)
    expect(
      pages[0]?.records.channels.map(({ externalId, type, accounts }) => [externalId, type, accounts.length]),
    ).toContainEqual(['FCBK', 'FACEBOOK', 1])
    expect(pages[1]?.records.contacts.map(({ displayName }) => displayName)).toEqual(['Rani', 'Budi'])
    expect(pages.at(-1)?.progress).toEqual({ done: 12, total: 12 })
    expect(pages.slice(0, -1).every(({ hasMore }) => hasMore)).toBe(true)
  })

  it('ends by the total and not by a page that is longer or shorter than its limit', async () => {
    const { session, calls } = await openOnebox({ ...at(smallDesk()), settings: { pageSize: 3 } })
    const { records } = await round(session)
    expect(records.tickets).toHaveLength(12)
    // The sandbox sends four rows for a limit of three.
    expect(calls.filter(({ name }) => name === 'GET /api/ticketrz').map(({ query }) => query.get('limit'))).toEqual([
      '3',
      '3',
      '3',
    ])
  })

  it('asks again for a page with the same cursor and gets the same', async () => {
    const { session } = await openOnebox({ ...at(smallDesk()), settings: { pageSize: 3 } })
    const start = await session.pull((await session.pull(null)).cursor)
    const [one, other] = [await session.pull(start.cursor), await session.pull(start.cursor)]
    expect(one).toEqual(other)
    expect(one.records.tickets).toHaveLength(4)
  })

  it('skips nothing when a ticket of an earlier page goes away meanwhile', async () => {
    const desk = smallDesk()
    const { session } = await openOnebox({ ...at(desk), settings: { pageSize: 3 } })
    const ids = [...desk.tickets.keys()].map(String)
    const seen: string[] = []
    for (let cursor = null, more = true; more; ) {
      const page = await session.pull(cursor)
      seen.push(...page.records.tickets.map(({ externalId }) => externalId))
      if (seen.length === 4) desk.tickets.delete(first(desk).id)
      cursor = page.cursor as never
      more = page.hasMore
    }
    expect(seen).toEqual(ids)
  })

  it.each([
    ['newest first', (rows: object[]) => rows.reverse(), 12],
    ['the same page for ever', (_rows: object[], all: object[]) => all.slice(0, 3), 3],
  ])('ends on a list that gives %s', async (_name, change, expected) => {
    const desk = smallDesk()
    const ids = [...desk.tickets.keys()]
    const { session } = await openOnebox({
      ...at(desk),
      settings: { pageSize: 5 },
      override({ path, query }) {
        if (path !== '/api/ticketrz' || query.get('limit') === '1') return undefined
        const all = change(
          ids.map((Id) => ({ Id: String(Id) })),
          ids.map((Id) => ({ Id: String(Id) })),
        )
        const offset = expected === 3 ? 0 : Number(query.get('offset'))
        const rows = all.slice(offset, offset + 5)
        return json({ limit: '5', offset, count: rows.length, total: 12, data: rows })
      },
    })
    const { records } = await round(session)
    expect(new Set(records.tickets.map(({ externalId }) => externalId)).size).toBe(expected)
  })

  it('reads by offset what cannot be read by id', async () => {
    const desk = smallDesk()
    const ids = [...desk.tickets.keys()]
    const { session } = await openOnebox({
      ...at(desk),
      settings: { pageSize: 5 },
      override({ path, query }) {
        if (path !== '/api/ticketrz' || query.get('limit') === '1') return undefined
        const offset = Number(query.get('offset'))
        return json({
          limit: '5',
          offset,
          count: 5,
          total: 12,
          data: ids.slice(offset, offset + 5).map((Id) => ({ Id })),
        })
      },
    })
    expect(new Set((await round(session)).records.tickets.map(({ externalId }) => externalId)).size).toBe(12)
  })
})

describe('senders and requesters', () => {
  it('are the contact where its address is known, and a contact of the channel where not', async () => {
    const desk = smallDesk(4)
    const { session } = await openOnebox(at(desk))
    const { records } = await round(session)
    const senders = records.tickets.map(
      (ticket) => messagesOf({ ...records, tickets: [ticket] })[0]?.sender?.externalId,
    )
    const [rani, budi] = [...desk.contacts.keys()].map(String)
    expect(senders).toEqual([rani, budi, expect.stringMatching(/^WHATP:|^\d+$/), `INST:ig${budi}`])
    expect(records.contacts.find(({ externalId }) => externalId === `INST:ig${budi}`)).toMatchObject({
      displayName: 'Budi',
    })
  })

  it('are there though contacts can neither be listed nor read', async () => {
    const { session } = await openOnebox({
      ...at(smallDesk(4)),
      override: ({ path }) => (path.startsWith('/api/contactrz') ? json({}, 404) : undefined),
    })
    const { records } = await round(session)
    expect(records.tickets.map(({ requester }) => requester?.name)).toEqual(['Rani', 'Budi', 'Rani', 'Budi'])
    expect(records.misfits).toEqual([])
  })

  it('are not asked for when contacts are switched off', async () => {
    const { session, calls } = await openOnebox({ ...at(smallDesk(4)), settings: { contactsPath: null } })
    expect((await round(session)).records.tickets).toHaveLength(4)
    expect(calls.some(({ name }) => name.includes('contactrz'))).toBe(false)
  })
})

describe('a round of changes', () => {
  async function synced(options: Parameters<typeof openOnebox>[0] & { desk: Desk }) {
    const opened = await openOnebox({ ...at(options.desk), ...options })
    const { cursor } = await round(opened.session)
    opened.calls.length = 0
    return { ...opened, cursor }
  }

  it('is cheap when nothing changed', async () => {
    const { session, cursor, calls } = await synced({ desk: smallDesk() })
    const { records, pages } = await round(session, cursor)
    expect(records.tickets).toEqual([])
    expect(pages).toHaveLength(1)
    expect(calls.map(({ name }) => name)).toEqual([
      'GET /api/connection',
      'GET /api/ticketrz',
      'GET /api/message',
      'GET /api/ticketrz',
    ])
  })

  it('sees a new message and a new ticket and nothing else', async () => {
    const desk = smallDesk()
    const { session, cursor, calls } = await synced({ desk })
    const old = [...desk.tickets.values()][5] as DeskTicket
    addMessage(desk, { ticketId: old.id, text: 'Hello?' })
    const fresh = addTicket(desk, { subject: 'New one' })
    addMessage(desk, { ticketId: fresh.id, text: 'Hi' })
    const { records } = await round(session, cursor)
    expect(records.tickets.map(({ externalId }) => externalId).sort()).toEqual([String(old.id), String(fresh.id)])
    expect(messagesOf(records).map(({ body }) => body.text)).toContain('Hello?')
    // The minute before the overlap, by the vendor's clock, in the format the reference gives.
    expect(calls.find(({ name }) => name === 'GET /api/message')?.query.get('lastUpdate')).toBe('2026-03-01 11:55')
  })

  it('sees the names of codes also where no list row came along, and by a session that is new', async () => {
    const desk = smallDesk()
    const { connect, cursor } = await synced({ desk })
    addMessage(desk, { ticketId: first(desk).id, text: 'Hello?' })
    const { records } = await round(connect(), cursor)
    expect(records.tickets).toMatchObject([
      { status: 'PENDING_INTERNAL', statusDetail: { raw: 'TS2', label: 'Open' }, priority: 'LOW' },
    ])
    expect(records.misfits).toEqual([])
  })

  it('notices a status that changed without a message', async () => {
    const desk = smallDesk()
    const { session, cursor } = await synced({ desk })
    const ticket = [...desk.tickets.values()][3] as DeskTicket
    setStatus(ticket, 'RESOLVED', desk.now())
    touch(ticket, desk.now())
    const { records } = await round(session, cursor)
    expect(records.tickets).toMatchObject([{ externalId: String(ticket.id), status: 'RESOLVED' }])
  })

  it('looks at no more than sweepPages pages for that, and goes on in the next round', async () => {
    const desk = smallDesk(120)
    const { session, cursor, calls } = await synced({ desk, settings: { sweepPages: 1 } })
    const last = [...desk.tickets.values()].at(-1) as DeskTicket
    setStatus(last, 'ON_HOLD', desk.now())
    touch(last, desk.now())
    const found: number[] = []
    for (let rounds = 0, next = cursor; rounds < 2; rounds += 1) {
      calls.length = 0
      const one = await round(session, next)
      next = one.cursor
      found.push(one.records.tickets.length)
      expect(
        calls.filter(({ name, query }) => name === 'GET /api/ticketrz' && query.get('limit') === '100'),
      ).toHaveLength(1)
    }
    expect(found).toEqual([0, 1])
  })

  it('does not fetch the same change in every round of the overlap', async () => {
    const desk = smallDesk()
    let nowMs = day + 12 * hourMs
    const { session, cursor } = await synced({ desk, now: () => new Date(nowMs) })
    addMessage(desk, { ticketId: first(desk).id, text: 'Hello?' })
    const found: number[] = []
    for (let rounds = 0, next = cursor; rounds < 4; rounds += 1) {
      nowMs += 30_000
      const one = await round(session, next)
      next = one.cursor
      found.push(one.records.tickets.length)
    }
    expect(found).toEqual([1, 0, 0, 0])
  })

  it('starts over with a cursor it does not know', async () => {
    const { session } = await openOnebox(at(smallDesk(2)))
    expect((await round(session, { phase: 'of an older version' })).records.tickets).toHaveLength(2)
  })

  it('falls back on the sweep where rows of messages do not name their ticket, and says so', async () => {
    const desk = smallDesk()
    const override = ({ path }: { path: string }) =>
      path === '/api/message'
        ? json({ limit: '100', offset: 0, count: 1, total: 1, data: [{ Id: '1', Date: null }] })
        : undefined
    const { session, cursor } = await synced({ desk, override })
    addMessage(desk, { ticketId: first(desk).id, text: 'Hello?' })
    const { records } = await round(session, cursor)
    expect(records.tickets).toHaveLength(1)
    expect(records.misfits).toMatchObject([{ kind: 'unmapped', subject: 'message', field: 'ObjectId' }])
  })
})

describe('tokens and quota', () => {
  /** The client's clock stands still, so only the vendor knows that a token is over. */
  async function withExpiry(desk: Desk) {
    const expired = new Set<string | undefined>()
    const body = { _meta: { status: 'ERROR', count: 1 }, records: { errorCode: 401, userMessage: 'Expired token' } }
    const override = ({ headers }: { headers: Record<string, string> }) =>
      expired.has(headers.authorization) ? json(body, 401) : undefined
    const opened = await openOnebox({ ...at(desk), override })
    const expire = () => {
      for (const { headers } of opened.calls) if (headers.authorization) expired.add(headers.authorization)
      opened.calls.length = 0
    }
    return { ...opened, expire }
  }

  it('one login for many calls, one more when the token is over, and every call is repeated', async () => {
    const { session, count, expire } = await withExpiry(smallDesk())
    const start = await session.pull(null)
    expect(count('POST /api/authenticate')).toBe(1)
    expire()
    const tickets = await session.pull((await session.pull(start.cursor)).cursor)
    expect(tickets.records.tickets).toHaveLength(12)
    expect(count('POST /api/authenticate')).toBe(1)
  })

  it('many calls at once with a token that is over cause one login', async () => {
    const desk = smallDesk()
    const { session, count, expire } = await withExpiry(desk)
    await session.check()
    expire()
    const found = await Promise.all([...desk.tickets.keys()].map((id) => session.ticket(String(id))))
    expect(found.every((records) => records?.tickets.length === 1)).toBe(true)
    expect(count('POST /api/authenticate')).toBe(1)
  })

  it('the sandbox ends its tokens by itself', async () => {
    const { session, count } = await openOnebox({ tokenLifeMs: 100 })
    await session.check()
    await new Promise((resolve) => setTimeout(resolve, 120))
    await session.check()
    expect(count('POST /api/authenticate')).toBeGreaterThan(1)
  })

  it('a token that is refused again after the login is a matter for people', async () => {
    const expired = { _meta: { status: 'ERROR', count: 1 }, records: { errorCode: 401, userMessage: 'Expired token' } }
    const { session, count } = await openOnebox({
      override: ({ path }) => (path === '/api/ticketrz' ? json(expired, 401) : undefined),
    })
    await expect(session.check()).rejects.toThrow(FixCredentialsError)
    expect(count('GET /api/ticketrz')).toBe(2)
    expect(count('POST /api/authenticate')).toBe(2)
  })

  it.each(['json', 'form'] as const)('the login as %s', async (loginBody) => {
    const { session, calls } = await openOnebox({ settings: { loginBody } })
    await session.check()
    expect(calls[0]?.headers['content-type']).toContain(loginBody)
  })

  it('a wrong site is a matter for people, and is not tried again', async () => {
    const { session, count } = await openOnebox({ settings: { siteId: '1691' } })
    await expect(session.check()).rejects.toMatchObject({
      name: 'FixCredentialsError',
      provider: { httpStatus: 401, code: '401' },
    })
    expect(count('POST /api/authenticate')).toBe(1)
  })

  it('a used-up quota is waited for, without a new login and without another try', async () => {
    const desk = smallDesk()
    const { session, base, calls, count } = await openOnebox(at(desk))
    await session.check()
    await fetch(`${base}/sandbox/quota`, { method: 'POST', body: JSON.stringify({ isUsedUp: true }) })
    calls.length = 0
    const error = await session.pull(null).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WaitForQuotaError)
    expect(error).toMatchObject({ resetsAt: new Date('2026-03-02T11:00:00Z'), provider: { code: '401' } })
    expect([count('POST /api/authenticate'), calls.length]).toEqual([0, 1])
    await fetch(`${base}/sandbox/quota`, { method: 'POST', body: JSON.stringify({ isUsedUp: false }) })
    await session.check()
    expect(count('POST /api/authenticate')).toBe(0)
  })
})

describe('a vendor that behaves badly', () => {
  it.each(['500', '502', 'reset', 'cut', 'malformed', 'html'] as const)(
    '%s once is got over, and nothing is lost or doubled',
    async (kind) => {
      const { session, served } = await openOnebox(at(smallDesk(3)))
      served.faults.next(kind, { path: /conversations/ })
      const { records } = await round(session)
      expect(messagesOf(records)).toHaveLength(12)
    },
  )

  it('waits as long as Retry-After says', async () => {
    const { session, served } = await openOnebox()
    await session.check()
    served.faults.next('429')
    const started = performance.now()
    await session.check()
    expect(performance.now() - started).toBeGreaterThan(900)
  })

  it('a failure that lasts is thrown, so that the page is asked for again', async () => {
    const unwell = json({ error: 'x' }, 503)
    const { session } = await openOnebox({
      ...at(smallDesk(1)),
      override: ({ path }) =>
        path.includes('conversations') ? { ...unwell, headers: { 'retry-after': '3600' } } : undefined,
    })
    const { cursor } = await session.pull(null)
    await expect(session.pull((await session.pull(cursor)).cursor)).rejects.toThrow(TryAgainError)
  })

  it.each([
    ['404', json({}, 404)],
    ['no list', json({ response_code: '200', data: 'none' })],
    ['a failure in a 200', json({ _meta: { status: 'ERROR' }, records: { errorCode: '404', userMessage: 'gone' } })],
    ['a refusal', json({ response_code: '400', response_status: 'No' })],
  ])(
    'a thread that answers %s: the ticket is there, the thread is noted, the others are whole',
    async (_name, answer) => {
      const desk = smallDesk(3)
      const { session } = await openOnebox({
        ...at(desk),
        override: ({ path }) => (path.endsWith(`conversations/${first(desk).id}`) ? answer : undefined),
      })
      const { records } = await round(session)
      expect(records.tickets.map(({ conversations }) => conversations.length)).toEqual([0, 1, 1])
      expect(records.misfits).toMatchObject([{ kind: 'parked' }])
    },
  )

  it('a ticket whose own answer cannot be read is there from its list row', async () => {
    const desk = smallDesk(2)
    const { session } = await openOnebox({
      ...at(desk),
      override: ({ path }) => (path === `/api/ticketrz/${first(desk).id}` ? json([1]) : undefined),
    })
    const { records } = await round(session)
    expect(records.tickets).toHaveLength(2)
    expect(records.tickets[0]).toMatchObject({
      externalId: String(first(desk).id),
      statusDetail: { raw: 'Pending', label: 'Pending' },
    })
    expect(records.misfits).toMatchObject([{ kind: 'parked', subject: 'ticket' }])
  })

  it('rows of wrong shape are parked and the rest arrives', async () => {
    const desk = smallDesk(2)
    const ids = [...desk.tickets.keys()]
    const data = [null, 'x', { Subject: 'no id' }, { Id: ids[0] }, { Id: ids[1] }]
    const { session } = await openOnebox({
      ...at(desk),
      override: ({ path, query }) =>
        path === '/api/ticketrz' && query.get('limit') !== '1' ? json({ data, total: 5 }) : undefined,
    })
    const { records } = await round(session)
    expect(records.tickets).toHaveLength(2)
    expect(records.misfits.filter(({ kind }) => kind === 'parked')).toHaveLength(3)
  })

  it.each([
    ['text', '"x"'],
    ['empty', ''],
    ['without data', '{}'],
    ['text in data', '{"data":"x"}'],
    ['numbers in data', '{"data":{"a":1}}'],
  ])('a list that is %s is refused and no crash', async (_name, body) => {
    const { session } = await openOnebox({
      override: ({ path }) => (path === '/api/ticketrz' ? { status: 200, body } : undefined),
    })
    await expect(session.check()).rejects.toThrow(RefusedError)
  })

  it('files that cannot be had leave the message without them, and say so', async () => {
    const desk = smallDesk(1)
    const { session } = await openOnebox({
      ...at(desk),
      override: ({ path }) => (path.startsWith('/api/message/') ? json({}, 404) : undefined),
    })
    const { records } = await round(session)
    expect(messagesOf(records)).toHaveLength(4)
    expect(records.misfits.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['parked', 'message'],
      ['unmapped', 'message'],
    ])
  })
})

describe('one ticket', () => {
  it('comes whole, as in a round', async () => {
    const desk = smallDesk(3)
    const { session } = await openOnebox(at(desk))
    const { records } = await round(session)
    const single = await session.ticket(String(first(desk).id))
    expect(single?.tickets).toEqual([records.tickets[0]])
  })

  it('that is gone is null', async () => {
    const { session } = await openOnebox({
      override: ({ path }) => (path === '/api/ticketrz/6' ? json({}) : undefined),
    })
    expect(await session.ticket('5')).toBeNull()
    expect(await session.ticket('6')).toBeNull()
    expect(await session.ticket('../connection')).toBeNull()
  })
})

describe('files', () => {
  it('can be opened, and their address carries no signature', async () => {
    const desk = smallDesk(1)
    const { session } = await openOnebox(at(desk))
    const { records } = await round(session)
    const message = messagesOf(records).find(({ attachments = [] }) => attachments.length > 0)
    const [attachment] = message?.attachments ?? []
    expect(attachment).toMatchObject({
      name: 'foto 1.png',
      contentType: 'image/png',
      kind: 'IMAGE',
      status: 'OK',
      sizeBytes: 2048,
    })
    expect(attachment?.vendorUrl).not.toContain('?')
    const locator = {
      externalId: attachment?.externalId as string,
      ticketExternalId: String(first(desk).id),
      messageExternalId: message?.externalId as string,
      vendorUrl: attachment?.vendorUrl ?? null,
      fileKey: null,
    }
    const opened = await session.openAttachment?.(locator)
    const bytes = Buffer.from(await new Response(opened?.body as never).arrayBuffer())
    expect(opened).toMatchObject({ contentType: 'image/png', sizeBytes: 2048 })
    expect(bytes.equals(bytesOfAttachment(first(desk).messages[2]?.attachments[0] as never))).toBe(true)
    await expect(session.openAttachment?.({ ...locator, externalId: 'none' })).rejects.toMatchObject({
      name: 'GoneError',
    })
  })

  it('that come within the answer can be opened too', async () => {
    const attachments = [
      { Description: 'x', File: { Name: 'a.txt', Content: Buffer.from('hello').toString('base64') } },
    ]
    const { session } = await openOnebox({
      override: ({ path }) => (path === '/api/message/9' ? json({ Id: '9', Attachments: attachments }) : undefined),
    })
    const opened = await session.openAttachment?.({
      externalId: '9:0',
      ticketExternalId: '1',
      messageExternalId: '9',
      vendorUrl: null,
      fileKey: null,
    })
    expect(await new Response(opened?.body as never).text()).toBe('hello')
  })

  it('on another host are not fetched: the token stays at home', async () => {
    const attachments = { 5: { Id: '5', File: { Name: 'a', Path: 'http://169.254.169.254/latest' } } }
    const { session } = await openOnebox({
      override: ({ path }) => (path === '/api/message/9' ? json({ Id: '9', Attachments: attachments }) : undefined),
    })
    await expect(
      session.openAttachment?.({
        externalId: '5',
        ticketExternalId: '1',
        messageExternalId: '9',
        vendorUrl: null,
        fileKey: null,
      }),
    ).rejects.toThrow(RefusedError)
  })
})

describe('secrets', () => {
  it('are nowhere in records, cursors or logs', async () => {
    const desk = smallDesk()
    const seen: string[] = []
    const { session, settings, logged, served } = await openOnebox({
      ...at(desk),
      override({ path }) {
        if (path !== '/api/connection') return undefined
        const data = desk.channels.map(({ account }) => ({
          Id: String(account.id),
          MediaId: 'FCBK',
          Name: 'x',
          Password: 'page-secret-1',
          Token: 'page-secret-2',
          Nested: { token: 'page-secret-3' },
        }))
        return json({ total: 5, data: [...data, { MediaId: 'FCBK', Password: 'page-secret-4' }] })
      },
    })
    served.faults.next('malformed', { path: /connection/ })
    const { pages } = await round(session)
    seen.push(
      JSON.stringify(pages),
      JSON.stringify(logged, (_key, value) =>
        value instanceof Error ? `${value.stack} ${JSON.stringify(value)}` : value,
      ),
    )
    expect(seen[0]).toContain('"problem":"expected a connection with an Id')
    for (const text of seen) {
      expect(text).not.toContain('page-secret')
      expect(text).not.toContain('sandbox-signature')
      expect(text).not.toContain(settings.password)
      expect(text).not.toMatch(/eyJ0eXAi/)
    }
  })
})

describe('the connector', () => {
  it('has a say on every capability, and a note on whatever it cannot do', () => {
    expect(Object.keys(onebox.capabilities).sort()).toEqual(Object.keys(capabilities).sort())
    for (const name of Object.keys(capabilities) as Capability[]) {
      const { level, note } = onebox.capabilities[name]
      if (level !== 'NATIVE') expect(note, name).toBeTruthy()
    }
  })
})

describe('an unknown channel', () => {
  it('is one note a page, however many tickets came by it', async () => {
    const desk = smallDesk(4)
    const ids = [...desk.tickets.keys()].map(String)
    const { session } = await openOnebox({
      ...at(desk),
      override: ({ path }) =>
        ids.includes(path.split('/')[3] as string)
          ? json({ Id: path.split('/')[3], MediaId: 'TIKTK', StatusId: 'TS7', CreateDate: '2026-02-01 00:00:00' })
          : undefined,
    })
    const { records } = await round(session)
    expect(records.misfits.filter(({ subject }) => subject === 'channel')).toHaveLength(1)
  })
})

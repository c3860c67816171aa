import { afterEach, describe, expect, test } from 'vitest'
import { apiKey, password } from '#connectors/comm100/sandbox.ts'
import { firstRefreshToken } from '#connectors/comm100/sandbox-tokens.ts'
import { addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { mergeTicket, recycleTicket } from '#connectors/sandbox/changes.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import { FixCredentialsError, TryAgainError } from '#errors.ts'
import { zero } from './fixtures.ts'
import { filledDesk, messagesOf, openSite, round, type Site, type SiteOptions } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())
const open = async (desk = filledDesk(), options: SiteOptions = {}) => {
  site = await openSite(desk, options)
  return site
}
const notFiles = (ticket: DeskTicket) => ticket.messages.filter(({ type }) => type !== 'SUGGESTED_REPLY')

describe('a full round', () => {
  test('brings every ticket and message once, with the exact texts in order', async () => {
    const desk = filledDesk()
    const { session } = await open(desk)
    const { records, ticketIds } = await round(session)
    expect(ticketIds.toSorted()).toEqual([...desk.tickets.keys()].map(String).toSorted())
    for (const ticket of desk.tickets.values()) {
      const messages = messagesOf(records, ticket.id)
      expect(messages.map(({ body }) => body.html ?? body.text)).toEqual(
        notFiles(ticket).map(({ html, text }) => html ?? text),
      )
      expect(messages.map(({ at }) => at.getTime())).toEqual(notFiles(ticket).map(({ at }) => at.getTime()))
      expect(messages.map(({ type }) => type)).toEqual(notFiles(ticket).map(({ type }) => type))
    }
    expect(records.misfits).toEqual([])
  })

  test('brings people, tags, views, departments, channels, drafts, mentions, files, translations and deliveries', async () => {
    const { session } = await open()
    const { records } = await round(session)
    expect(records.agents.map(({ type, displayName }) => `${type} ${displayName}`).toSorted()).toEqual([
      'AGENT Ada Poe',
      'AGENT Ben Roe',
      'CHATBOT Robo',
    ])
    expect(records.contacts.map(({ type, displayName }) => `${type} ${displayName}`).toSorted()).toEqual([
      'CONTACT Kai',
      'CONTACT Lu',
      'VISITOR Visitor 9',
    ])
    expect(records.tags.map(({ name }) => name)).toEqual(['urgent', 'billing'])
    expect(records.views.map(({ name, isShared }) => [name, isShared])).toContainEqual(['On hold', true])
    expect(records.departments).toMatchObject([{ name: 'Billing', agentExternalIds: [expect.any(String)] }])
    expect(records.channels.map(({ type }) => type).toSorted()).toEqual([
      'EMAIL',
      'EMAIL',
      'LIVE_CHAT',
      'LIVE_CHAT',
      'TELEGRAM',
      'TELEGRAM',
    ])
    expect(records.tickets.filter(({ drafts }) => drafts?.length === 1)).toHaveLength(12)
    const mentions = records.tickets.flatMap(({ mentions: own = [] }) => own)
    const noteIds = new Set(
      records.tickets.flatMap(({ conversations }) =>
        conversations.flatMap(({ messages }) => messages.map(({ externalId }) => externalId)),
      ),
    )
    expect(mentions).toHaveLength(24)
    expect(mentions.every(({ messageExternalId }) => noteIds.has(messageExternalId))).toBe(true)
    const messages = records.tickets.flatMap(({ conversations }) => conversations.flatMap(({ messages: own }) => own))
    expect(
      messages.filter(({ translation }) => translation?.text === 'Hello' && translation.locale === 'en'),
    ).toHaveLength(12)
    expect(
      messages.filter(({ delivery }) => delivery?.status === 'FAILED' && delivery.failReason === 'gone'),
    ).toHaveLength(12)
    expect(messages.filter(({ direction }) => direction === 'SYSTEM')).toHaveLength(12)
    expect(messages.filter(({ attachments }) => attachments?.length === 1)).toHaveLength(12)
  })

  test('finds recycled and merged tickets, which the list leaves out, by their numbers', async () => {
    const desk = filledDesk(60)
    recycleTicket(desk, 130)
    mergeTicket(desk, { fromId: 131, intoId: 132 })
    const { session } = await open(desk)
    const { records } = await round(session)
    const byId = new Map(records.tickets.map((ticket) => [ticket.externalId, ticket]))
    expect(byId.get('130')?.isRecycled).toBe(true)
    expect(byId.get('131')?.mergedIntoExternalId).toBe('132')
    expect(records.tickets).toHaveLength(60)
  })

  test('looks up no more missing numbers than allowed, newest first, and goes on in later rounds', async () => {
    const desk = filledDesk(60)
    for (const id of [110, 120, 130]) recycleTicket(desk, id)
    const { session } = await open(desk, { settings: { probesPerRound: 4 } })
    const first = await round(session)
    expect(first.ticketIds).toContain('130')
    expect(first.ticketIds).not.toContain('110')
    const second = await round(session, first.cursor)
    expect(second.ticketIds.toSorted()).toEqual(['110'])
  })

  test('looks up none when told not to', async () => {
    const desk = filledDesk(10)
    recycleTicket(desk, 105)
    const { session, requests } = await open(desk, { settings: { probeGaps: false } })
    expect((await round(session)).ticketIds).toHaveLength(9)
    expect(requests.filter((line) => /tickets\/\d+$/.test(line))).toEqual([])
  })

  test('goes back further than the 30 days a list gives by itself', async () => {
    const { session } = await open()
    const { records } = await round(session)
    expect(Math.min(...records.tickets.map(({ createdAt }) => createdAt.getTime()))).toBeLessThan(
      Date.now() - 90 * 86_400_000,
    )
  })

  test('can be cut anywhere and taken up by another process, and a page can be asked for twice', async () => {
    const { session, connect } = await open()
    const first = await session.pull(null)
    const second = await session.pull(first.cursor)
    const third = await session.pull(second.cursor)
    expect((await connect().pull(second.cursor)).records.tickets).toEqual(third.records.tickets)
    const rest = await round(connect(), third.cursor)
    expect(new Set([...third.records.tickets.map(({ externalId }) => externalId), ...rest.ticketIds]).size).toBe(120)
  })

  test('asks for messages when those with the ticket are not all', async () => {
    const desk = filledDesk(3)
    const { session, requests } = await open(desk, {
      twist: (_host, { path }, answer) => {
        if (path !== '/v4/ticketing/tickets') return answer
        const body = structuredClone(answer.body) as {
          tickets: { messages: unknown[] | null; lastMessageId: string; totalReplies: number }[]
        }
        const [without, tooFew, notTheLast] = body.tickets
        if (without) without.messages = null
        if (tooFew) Object.assign(tooFew, { messages: tooFew.messages?.slice(0, 1), lastMessageId: zero })
        if (notTheLast) Object.assign(notTheLast, { messages: notTheLast.messages?.slice(0, 1), totalReplies: 1 })
        return { ...answer, body }
      },
    })
    const { records } = await round(session)
    for (const ticket of desk.tickets.values())
      expect(messagesOf(records, ticket.id)).toHaveLength(ticket.messages.length)
    expect(requests.filter((line) => line.endsWith('/messages'))).toHaveLength(3)
  })
})

describe('an incremental round', () => {
  test('brings a new message and a new ticket and nothing else', async () => {
    const desk = filledDesk()
    const { session, requests } = await open(desk)
    const { cursor } = await round(session)
    addMessage(desk, { ticketId: 105, text: 'one more thing' })
    addTicket(desk, { id: 300, subject: 'brand new' })
    addMessage(desk, { ticketId: 300, text: 'hello' })
    requests.length = 0
    const next = await round(session, cursor)
    expect(next.ticketIds.toSorted()).toEqual(['105', '300'])
    expect(messagesOf(next.records, 105).at(-1)?.body.text).toBe('one more thing')
    expect(requests.filter((line) => line.endsWith('/notes')).toSorted()).toEqual([
      'api GET /v4/ticketing/tickets/105/notes',
      'api GET /v4/ticketing/tickets/300/notes',
    ])
  })

  test('costs one call when nothing changed', async () => {
    const { session, requests } = await open(filledDesk(), { settings: { probeGaps: false } })
    const { cursor } = await round(session)
    requests.length = 0
    const next = await round(session, cursor)
    expect(next.ticketIds).toEqual([])
    expect(requests).toEqual(['api GET /v4/ticketing/tickets'])
  })

  test('misses nothing that changed while the full round ran, nor at the same moment as the newest', async () => {
    const desk = filledDesk()
    const { session } = await open(desk)
    const first = await session.pull(null)
    const second = await session.pull(first.cursor)
    const third = await session.pull(second.cursor)
    addMessage(desk, { ticketId: 220, text: 'while you were reading' })
    const rest = await round(session, third.cursor)
    const newest = desk.tickets.get(220)?.updatedAt ?? new Date()
    const twin = desk.tickets.get(101)
    if (twin) addMessage(desk, { ticketId: 101, text: 'same moment', at: newest })
    const next = await round(session, rest.cursor)
    expect(next.ticketIds.toSorted()).toEqual(['101', '220'])
  })

  test('goes by the clock of the vendor, however late it is', async () => {
    const yearsAgo = Date.now() - 3 * 365 * 86_400_000
    let seconds = 0
    const desk = emptyDesk({ now: () => new Date(yearsAgo + 1000 * seconds++) })
    for (let index = 0; index < 5; index += 1) addMessage(desk, { ticketId: addTicket(desk).id, text: 'old' })
    const { session } = await open(desk)
    const { cursor } = await round(session)
    const id = [...desk.tickets.keys()][2] ?? 0
    addMessage(desk, { ticketId: id, text: 'newer' })
    expect((await round(session, cursor)).ticketIds).toEqual([String(id)])
  })

  test('looks at agents, tags and views again after a while', async () => {
    const { session, requests } = await open(filledDesk(3), { settings: { referenceEveryMs: 0 } })
    const { cursor } = await round(session)
    requests.length = 0
    const next = await round(session, cursor)
    expect(next.records.agents.length).toBeGreaterThan(0)
    expect(requests).toContain('api GET /v4/ticketing/views')
  })
})

describe('one ticket', () => {
  test('is read whole, with its events, also when recycled', async () => {
    const desk = filledDesk(5)
    recycleTicket(desk, 103)
    const { session } = await open(desk)
    const found = await session.ticket('103')
    expect(found?.tickets).toMatchObject([{ externalId: '103', isRecycled: true }])
    expect(found?.tickets[0]?.events?.map(({ kind }) => kind)).toContain('ticketCreated')
    expect(messagesOf(found as NonNullable<typeof found>, 103)).toHaveLength(
      desk.tickets.get(103)?.messages.length ?? 0,
    )
  })
  test('is null when the vendor has it no more, or when it is no number', async () => {
    const { session } = await open(filledDesk(2))
    expect(await session.ticket('999')).toBeNull()
    expect(await session.ticket('../tags')).toBeNull()
  })
})

describe('signing in', () => {
  test('an expired token is renewed once for many calls at once', async () => {
    const { session, requests } = await open(filledDesk(60), {
      tokenLifeMs: 3_600_000,
      twist: (() => {
        // The vendor forgets all tokens at once, in the middle of a page.
        let isForgotten = false
        const good = new Set<string>()
        return (host, request, answer) => {
          if (host === 'dash') return answer
          if (request.path.endsWith('/notes')) isForgotten = true
          const token = request.headers.authorization ?? ''
          if (!isForgotten) good.add(token)
          return isForgotten && good.has(token)
            ? { status: 401, body: { code: 'Unauthorized', message: 'expired' } }
            : answer
        }
      })(),
    })
    expect((await round(session)).ticketIds).toHaveLength(60)
    expect(requests.filter((line) => line.startsWith('dash'))).toHaveLength(2)
  })

  test('a token is replaced before it expires', async () => {
    let ahead = 0
    const { session, requests } = await open(filledDesk(2), { now: () => new Date(Date.now() + ahead) })
    await session.check()
    ahead = 3_590_000
    await session.check()
    expect(requests.filter((line) => line.startsWith('dash'))).toHaveLength(2)
  })

  test('refresh tokens are used, and the new one next time', async () => {
    let ahead = 0
    const { clientId, clientSecret } = password
    const { session, requests } = await open(filledDesk(2), {
      now: () => new Date(Date.now() + ahead),
      settings: { auth: { grant: 'refreshToken', refreshToken: firstRefreshToken, clientId, clientSecret } },
    })
    await session.check()
    ahead = 3_590_000
    await session.check()
    expect(requests.filter((line) => line.startsWith('dash'))).toHaveLength(2)
  })

  test('an API key goes as Basic with the site in every call', async () => {
    const { session } = await open(filledDesk(60), { settings: { auth: { grant: 'apiKey', ...apiKey } } })
    expect((await round(session)).ticketIds).toHaveLength(60)
  })

  test('wrong credentials are for somebody to fix, and are not repeated in the message', async () => {
    const wrong = { grant: 'password', email: password.email, password: 'WRONG-SECRET', clientId: password.clientId }
    const { session, close } = await open(filledDesk(1), { settings: { auth: wrong } })
    const error = await session.check().catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(FixCredentialsError)
    expect(String(error)).not.toContain('WRONG-SECRET')
    await close()
    const second = await open(filledDesk(1), { settings: { auth: { grant: 'apiKey', ...apiKey, apiKey: 'no' } } })
    await expect(second.session.check()).rejects.toBeInstanceOf(FixCredentialsError)
    expect(second.requests).toHaveLength(1)
  })

  test('no secret is in any record or cursor', async () => {
    const { session } = await open(filledDesk(30))
    const { records, cursor } = await round(session)
    const text = JSON.stringify([records, cursor])
    expect(text).not.toContain(password.password)
    expect(text).not.toContain('sig=')
    expect(text).not.toMatch(/bearer/i)
  })
})

describe('a vendor that misbehaves', () => {
  test.each(['500', 'reset', 'cut', 'html', '502'] as const)(
    '%s on a list is asked again, and the round is whole',
    async (kind) => {
      const { session, faults } = await open(filledDesk(5))
      faults.next(kind, { path: kind === 'cut' ? /notes$/ : /tickets$/ })
      expect((await round(session)).ticketIds).toHaveLength(5)
    },
  )

  test('malformed JSON is asked for again', async () => {
    const { session, faults } = await open(filledDesk(5))
    faults.next('malformed', { path: /tickets$/ })
    expect((await round(session)).ticketIds).toHaveLength(5)
  })

  test('JSON that stays broken means: try the page again later', async () => {
    const { session, requests } = await open(filledDesk(1), {
      twist: (_host, { path }, answer) => (path.endsWith('/tags') ? { status: 200, body: '{"a": [1,, 2]}' } : answer),
    })
    await expect(session.check()).rejects.toBeInstanceOf(TryAgainError)
    expect(requests.filter((line) => line.endsWith('/tags'))).toHaveLength(2)
  })

  test('429 with Retry-After is waited for', async () => {
    const { session } = await open(filledDesk(1), { rateLimit: { calls: 8, windowMs: 800 } })
    const started = Date.now()
    expect((await round(session)).ticketIds).toHaveLength(1)
    expect(Date.now() - started).toBeGreaterThan(900)
  })

  test('a list that is no list is tried again later, not taken as the end', async () => {
    const { session } = await open(filledDesk(1), {
      twist: (_host, { path }, answer) => (path.endsWith('/tickets') ? { status: 200, body: { oops: 1 } } : answer),
    })
    await expect(round(session)).rejects.toBeInstanceOf(TryAgainError)
  })

  test('a record of wrong shape is parked and the rest arrives', async () => {
    const { session } = await open(filledDesk(4), {
      twist: (_host, { path }, answer) => {
        if (path !== '/v4/ticketing/tickets') return answer
        const body = structuredClone(answer.body) as { tickets: unknown[] }
        body.tickets.push('nonsense', { id: 9, subject: 'no time' }, null)
        return { ...answer, body }
      },
    })
    const { records } = await round(session)
    // A ticket without a time is a ticket.
    expect(records.tickets).toHaveLength(5)
    expect(records.misfits.filter(({ kind, subject }) => kind === 'parked' && subject === 'ticket')).toHaveLength(2)
  })

  test('a thread that cannot be had is noted, the ticket arrives, and it is tried again next round', async () => {
    let isBroken = true
    const { session } = await open(filledDesk(3), {
      twist: (_host, { path }, answer) =>
        isBroken && path.endsWith('/103/notes') ? { status: 404, body: { code: 'NotFound', message: 'gone' } } : answer,
    })
    const first = await round(session)
    expect(first.ticketIds).toHaveLength(3)
    expect(first.records.misfits).toMatchObject([{ kind: 'parked', subject: 'notes of ticket', externalId: '103' }])
    isBroken = false
    const next = await round(session, first.cursor)
    expect(messagesOf(next.records, 103).some(({ externalId }) => externalId.startsWith('note:'))).toBe(true)
  })

  test('lists it may not read are noted and the rest arrives', async () => {
    const { session } = await open(filledDesk(3), {
      twist: (_host, { path }, answer) =>
        path.includes('/global/') ? { status: 403, body: { code: 'Forbidden', message: 'no permission' } } : answer,
    })
    const { records } = await round(session)
    expect(records.tickets).toHaveLength(3)
    expect(records.misfits.map(({ subject }) => subject).toSorted()).toEqual([
      'agent list',
      'contact list',
      'department list',
    ])
  })

  const twistNext = (next: (nextPage: string | null, request: { query: URLSearchParams }) => unknown): SiteOptions => ({
    settings: { probeGaps: false },
    twist: (_host, request, answer) => {
      if (request.path !== '/v4/ticketing/tickets') return answer
      const body = answer.body as { nextPage: string | null }
      return { ...answer, body: { ...body, nextPage: next(body.nextPage, request) } }
    },
  })

  test('nextPage that leads to another host is not followed, and the watermark stays', async () => {
    const { session } = await open(
      filledDesk(),
      twistNext(() => 'http://127.0.0.1:1/v4/ticketing/tickets'),
    )
    const { records, ticketIds, cursor } = await round(session)
    expect(ticketIds).toHaveLength(50)
    expect(records.misfits).toMatchObject([
      { kind: 'parked', subject: 'ticket list', problem: expect.stringContaining('127.0.0.1:1') },
    ])
    expect(cursor.since).toBe('2000-01-01T00:00:00Z')
  })

  test.each([
    [
      'to the page itself',
      (_next: string | null, { query }: { query: URLSearchParams }) => `/v4/ticketing/tickets?${query}`,
    ],
    [
      'from the last page to the first',
      (next: string | null, { query }: { query: URLSearchParams }) =>
        next ?? `/v4/ticketing/tickets?${new URLSearchParams({ ...Object.fromEntries(query), pageIndex: '1' })}`,
    ],
    [
      'to ever new addresses of empty pages',
      (next: string | null, { query }: { query: URLSearchParams }) =>
        next ??
        `/v4/ticketing/tickets?${new URLSearchParams({ ...Object.fromEntries(query), pageIndex: String(Number(query.get('pageIndex') ?? 1) + 1) })}`,
    ],
  ])('nextPage that leads %s ends', async (_name, next) => {
    const { session } = await open(filledDesk(), twistNext(next))
    const { ticketIds, pages } = await round(session)
    expect(new Set(ticketIds).size).toBeGreaterThanOrEqual(50)
    expect(pages).toBeLessThan(15)
  })

  test('a ticket that slips between two pages while they are read is found by its number', async () => {
    const desk = filledDesk()
    const { session } = await open(desk)
    let page = await session.pull(null)
    const seen = new Set<string>()
    for (let pages = 0; page.hasMore; pages += 1) {
      for (const { externalId } of page.records.tickets) seen.add(externalId)
      if (pages === 2) for (const id of [219, 218, 217]) recycleTicket(desk, id)
      page = await session.pull(page.cursor)
    }
    for (const { externalId } of page.records.tickets) seen.add(externalId)
    expect(seen.size).toBe(120)
  })
})

describe('attachments', () => {
  test('are loaded by a fresh address, with the right bytes', async () => {
    const { session } = await open(filledDesk(12))
    const { records } = await round(session)
    const found = records.tickets.flatMap((ticket) =>
      ticket.conversations.flatMap(({ messages }) =>
        messages.flatMap((message) =>
          (message.attachments ?? []).map((attachment) => ({ ticket, message, attachment })),
        ),
      ),
    )
    const [first] = found
    if (!first?.attachment) throw new Error('expected an attachment')
    const { externalId, vendorUrl = null, fileKey = null } = first.attachment
    expect(vendorUrl).not.toContain('?')
    const opened = await session.openAttachment?.({
      externalId,
      vendorUrl,
      fileKey,
      ticketExternalId: first.ticket.externalId,
      messageExternalId: first.message.externalId,
    })
    expect(opened).toMatchObject({ contentType: 'image/png', sizeBytes: 99 })
    expect((await new Response(opened?.body).arrayBuffer()).byteLength).toBe(99)
  })

  test('on another host are not loaded', async () => {
    const { session } = await open(filledDesk(12), {
      twist: (_host, { path }, answer) => {
        if (!path.startsWith('/v4/ticketing/messages/')) return answer
        const body = structuredClone(answer.body) as { attachments: { url: string }[] }
        for (const attachment of body.attachments) attachment.url = 'http://169.254.169.254/latest'
        return { ...answer, body }
      },
    })
    const { records } = await round(session)
    const [message] = records.tickets
      .flatMap(({ conversations }) => conversations.flatMap(({ messages }) => messages))
      .filter(({ attachments }) => attachments?.length)
    const [attachment] = message?.attachments ?? []
    const locator = {
      externalId: attachment?.externalId ?? '',
      vendorUrl: null,
      fileKey: null,
      ticketExternalId: '102',
      messageExternalId: message?.externalId ?? '',
    }
    await expect(session.openAttachment?.(locator)).rejects.toThrow('169.254.169.254')
  })
})

import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#connectors/contract.ts'
import { objectOf } from '#connectors/reading.ts'
import { conversation, fullConversation, fullMessage, placeholders, row, secrets, visitor } from './fixtures.ts'
import { listOf, mapContext, mapped, messagesOf, pullAll, serveScript, sessionOf } from './support.ts'

describe('times come in three kinds', () => {
  it.each([
    [1767258000, '2026-01-01T09:00:00.000Z'],
    [1767258000.25, '2026-01-01T09:00:00.250Z'],
    [1767258000000, '2026-01-01T09:00:00.000Z'],
    ['2026-01-01T09:00:00.000Z', '2026-01-01T09:00:00.000Z'],
    ['2026-01-01 09:00:00 UTC', '2026-01-01T09:00:00.000Z'],
  ])('%s', (wire, expected) => {
    expect(mapped(conversation({ last_activity_at: wire })).ticket.lastActivityAt?.toISOString()).toBe(expected)
    expect(mapped(conversation(), [row({ created_at: wire })]).messages[0]?.at.toISOString()).toBe(expected)
  })
  it('0 is never', () => {
    const never = {
      agent_last_seen_at: 0,
      contact_last_seen_at: 0,
      waiting_since: 0,
      first_reply_created_at: 0,
      snoozed_until: 0,
    }
    const { ticket, conversation: thread } = mapped(conversation(never))
    expect(thread).toMatchObject({
      agentLastSeenAt: null,
      contactLastSeenAt: null,
      waitingSince: null,
      firstRepliedAt: null,
    })
    expect(ticket.snoozedUntil).toBeNull()
  })
})

describe('shapes that drift', () => {
  it('content_attributes may be JSON text or an empty list', () => {
    const [one, two] = mapped(conversation(), [
      row({ content_attributes: '{"in_reply_to": 5}' }),
      row({ id: 2, content_attributes: [] }),
    ]).messages
    expect([one?.parentExternalId, two?.contentAttributes]).toEqual(['5', {}])
  })
  it('empty hashes may be lists', () => {
    expect(mapped(conversation({ custom_attributes: [], additional_attributes: [] })).ticket).toMatchObject({
      customFields: [],
      subject: null,
    })
  })
  it('an absent assignee is nobody', () => expect(mapped(conversation()).ticket.assignee).toBeNull())
  it('an assignee may be a bot', () => {
    const meta = { sender: visitor, assignee: { id: 31, name: 'Robo' }, assignee_type: 'AgentBot' }
    expect(mapped(conversation({ meta })).ticket.assignee).toMatchObject({ type: 'CHATBOT', externalId: 'bot:31' })
  })
  it('content may be null, with files only', () => {
    const attachments = [{ id: 1, file_type: 'audio', data_url: '/rails/blobs/x/note.ogg', file_size: 5 }]
    const [message] = mapped(conversation(), [row({ content: null, attachments })]).messages
    expect(message).toMatchObject({
      body: {},
      contentType: 'AUDIO',
      attachments: [{ name: 'note.ogg', contentType: 'audio/ogg' }],
    })
  })
  it('a file without a link is not there yet', () => {
    const attachments = [{ id: 1, file_type: 'file', data_url: '' }]
    expect(mapped(conversation(), [row({ attachments })]).messages[0]?.attachments).toMatchObject([
      { status: 'UNAVAILABLE', vendorUrl: null },
    ])
  })
  it('a place is no file', () => {
    const attachments = [
      { id: 1, file_type: 'location', fallback_title: 'Harbour', coordinates_lat: 1.5, coordinates_long: -2 },
    ]
    expect(mapped(conversation(), [row({ content: '', attachments })]).messages[0]).toMatchObject({
      contentType: 'LOCATION',
      attachments: [{ name: 'Harbour', status: 'UNKNOWN', statusMessage: 'No file: location, Harbour, 1.5, -2' }],
    })
  })
  it('a deleted message stays, marked', () => {
    const wire = row({ content: 'This message was deleted', content_attributes: { deleted: true } })
    expect(mapped(conversation(), [wire]).messages[0]).toMatchObject({
      isDeleted: true,
      body: { text: 'This message was deleted' },
    })
  })
  it('ten unread messages mean ten or more, and stay ten', () => {
    expect(mapped(conversation({ unread_count: 10 })).ticket.unreadMessageCount).toBe(10)
  })
  it('a visitor who leaves an address stays one person', () => {
    const sender = { id: 9, name: 'still-lake-1', email: null, phone_number: null, identifier: null }
    const written = row({ sender: { ...sender, type: 'contact' } })
    const before = mapped(conversation({ meta: { sender } }), [written])
    const after = mapped(conversation({ meta: { sender: { ...sender, email: 'lake@example.com' } } }), [written])
    const people = [before, after].flatMap(({ ticket, messages, conversation: thread, people: { contacts } }) => [
      ticket.requester,
      thread?.contact,
      messages[0]?.sender,
      ...contacts.values(),
    ])
    expect(new Set(people.map((person) => `${person?.type} ${person?.externalId}`))).toEqual(new Set(['CONTACT 9']))
    expect(after.people.contacts.get('9')?.email).toBe('lake@example.com')
  })
  it('an event payload has the channel at its root and may lack times', () => {
    const { ticket, conversation: thread } = mapped({
      id: 3,
      status: 'open',
      channel: 'Channel::Whatsapp',
      timestamp: 1767258000,
      contact_inbox: { contact_id: 9 },
    })
    expect(thread?.channelExternalId).toBe('Channel::Whatsapp')
    expect(ticket).toMatchObject({ requester: { externalId: '9' }, updatedAt: null, createdAt: new Date(1767258000e3) })
  })
  it('a mention stays in the text and points at its agent; one without a label is no text', () => {
    const content = '[@Ines](mention://user/31/Ines%20Novo) look'
    const thread = [
      row({ id: 1, private: true, message_type: 1, content }),
      row({ id: 2, private: true, message_type: 1, content: 'so [](mention://user/32/Ben)' }),
    ]
    const { ticket, messages } = mapped(conversation(), thread)
    expect(messages.map(({ body }) => body.text)).toEqual([content, 'so '])
    expect(ticket.mentions).toMatchObject([
      { messageExternalId: '1', agent: { externalId: '31', name: 'Ines Novo' } },
      { messageExternalId: '2', agent: { externalId: '32' } },
    ])
  })
})

describe('unknown words are kept raw and counted', () => {
  it('status, priority, channel', () => {
    const wire = conversation({
      status: 'parked',
      priority: 'later',
      meta: { sender: visitor, channel: 'Channel::Pigeon' },
    })
    const { ticket, misfits } = mapped(wire)
    expect(ticket).toMatchObject({
      status: 'UNKNOWN',
      statusDetail: { raw: 'parked' },
      priority: null,
      priorityDetail: { raw: 'later' },
    })
    expect(misfits.map(({ kind, field }) => `${kind} ${field}`)).toEqual([
      'unmapped status',
      'unmapped priority',
      'unmapped channel',
    ])
  })
  it('message_type fails closed', () => {
    const { messages, misfits } = mapped(conversation(), [
      row({ message_type: 9, content_type: 'hologram', status: 'teleported' }),
    ])
    expect(messages[0]).toMatchObject({ type: 'UNKNOWN', isInternal: true, contentType: 'UNKNOWN', delivery: null })
    expect(misfits).toHaveLength(3)
  })
  it('the table of states can be overridden', () => {
    expect(mapped(conversation({ status: 'open' }), [], mapContext({ statusMap: { open: 'NEW' } })).ticket.status).toBe(
      'NEW',
    )
  })
  it('a broken message is parked and the others stay', () => {
    const { messages, misfits } = mapped(conversation(), [row(), { content: 'no id' }, 'noise', row({ id: 3 })])
    expect(messages.map(({ externalId }) => externalId)).toEqual(['1', '3'])
    expect(misfits).toMatchObject([
      { kind: 'parked', subject: 'message', externalId: null },
      { kind: 'parked', raw: 'noise' },
    ])
  })
})

describe('threads are paged, never taken from the conversation', () => {
  const last = row({ id: 250, content: 'the last' })
  const all = Array.from({ length: 250 }, (_, index) => row({ id: index + 1, created_at: 1767258000 + index }))
  const later = (rows: typeof all, query: URLSearchParams, size = 100) =>
    rows.filter(({ id }) => Number(id) > Number(query.get('after'))).slice(0, size)
  const served = (thread: (query: URLSearchParams) => unknown, messages: unknown[] = [last]) =>
    serveScript((path, query) => {
      if (path === '/conversations')
        return listOf(query.get('page') === '1' ? [conversation({ messages } as never)] : [], 1)
      return path.endsWith('/messages') ? { body: thread(query) } : undefined
    })

  it('100 at a time, ascending', async () => {
    const server = await served((query) => ({ meta: {}, payload: later(all, query) }))
    const { tickets } = await pullAll(server.session)
    expect(messagesOf(tickets[0]).map(({ externalId }) => Number(externalId))).toEqual(all.map(({ id }) => id))
    expect(server.calls.filter(({ path }) => path.includes('/messages')).map(({ path }) => path.split('?')[1])).toEqual(
      ['after=0', 'after=100', 'after=200'],
    )
    server.close()
  })
  it('a server with smaller pages is read to the end', async () => {
    const server = await served((query) => later(all, query, 40))
    expect(messagesOf((await pullAll(server.session)).tickets[0])).toHaveLength(250)
    server.close()
  })
  it('back-dated messages that the order of time pushes over the cut are not lost', async () => {
    // Id 5 was written last: sorted by time, it is not in the first hundred, and `after=101` would never bring it.
    const writtenAt = new Map([
      [5, 1767259999],
      [60, 1767258001],
    ])
    const times = all.map((message): JsonObject => {
      const at = writtenAt.get(Number(message.id))
      return at === undefined ? message : { ...message, created_at: at }
    })
    const byTime = (rows: typeof times) => rows.toSorted((a, b) => Number(a.created_at) - Number(b.created_at))
    const server = await served((query) => {
      const [from, to] = [Number(query.get('after')), query.get('before')]
      if (to === null) return byTime(times.filter(({ id }) => Number(id) > from)).slice(0, 100)
      return byTime(times.filter(({ id }) => Number(id) >= from && Number(id) < Number(to))).slice(0, 1000)
    })
    const messages = messagesOf((await pullAll(server.session)).tickets[0])
    expect(messages).toHaveLength(250)
    expect(messages.at(-1)?.externalId).toBe('5')
    server.close()
  })
  it('a thread that repeats itself ends', async () => {
    const server = await served(() => all.slice(0, 100), [])
    expect(messagesOf((await pullAll(server.session)).tickets[0])).toHaveLength(100)
    server.close()
  })
  it.each([
    ['gone', { status: 404, body: { error: 'Resource could not be found' } }],
    ['not allowed', { status: 401, body: { error: 'You are not authorized to do this action' } }],
    ['no list', { body: { payload: 'none' } }],
  ])('a thread that is %s leaves the ticket with what is there, and a misfit', async (_, answer) => {
    const server = await serveScript((path, query) => {
      if (path === '/conversations')
        return listOf(query.get('page') === '1' ? [conversation({ messages: [last] })] : [])
      return path.endsWith('/messages') ? answer : undefined
    })
    const { tickets, misfits } = await pullAll(server.session)
    expect(messagesOf(tickets[0]).map(({ body }) => body.text)).toEqual(['the last'])
    expect(misfits).toMatchObject([{ kind: 'parked', subject: 'thread', externalId: '7:42' }])
    server.close()
  })
  it('what the last message has more in the conversation than in its row is kept', async () => {
    const rich = { ...last, updated_at: '2026-01-02T00:00:00Z', processed_message_content: '**the last**' }
    const server = await served((query) => later(all, query), [rich])
    const message = messagesOf((await pullAll(server.session)).tickets[0]).at(-1)
    expect(message).toMatchObject({ updatedAt: new Date('2026-01-02T00:00:00Z'), body: { markdown: '**the last**' } })
    server.close()
  })
})

describe('several messages with one id', () => {
  const album = [
    row({ id: 7, content: 'An album', created_at: 1767258000 }),
    row({ id: 7, content: null, attachments: [{ id: 1, file_type: 'image', data_url: '/a.png' }] }),
    row({ id: 7, content: null, attachments: [{ id: 2, file_type: 'image', data_url: '/b.png' }] }),
    row({ id: 8, content: 'Nice', created_at: 1767258001 }),
  ]
  const served = (thread: (query: URLSearchParams) => unknown[], embedded: unknown[] = []) =>
    serveScript((path, query) => {
      if (path === '/conversations')
        return listOf(query.get('page') === '1' ? [conversation({ messages: embedded } as never)] : [], 1)
      return path.endsWith('/messages') ? { body: { payload: thread(query) } } : undefined
    })
  const idsIn = async (server: Awaited<ReturnType<typeof served>>) => {
    const { tickets } = await pullAll(server.session)
    server.close()
    return messagesOf(tickets[0])
  }

  it('are all kept, the later ones with a number behind their id', async () => {
    const server = await served((query) => (query.get('after') === '0' ? album : []))
    const messages = await idsIn(server)
    expect(messages.map(({ externalId }) => externalId)).toEqual(['7', '7:2', '7:3', '8'])
    expect(messages.map(({ attachments }) => attachments?.[0]?.name)).toEqual([undefined, 'a.png', 'b.png', undefined])
  })
  it('are one when they say the same, in one answer or at the edge of two', async () => {
    const server = await served(
      (query) => {
        if (query.get('after') === '0') return [row({ id: 5 }), row({ id: 5 }), row({ id: 6, created_at: 1767258001 })]
        return query.get('after') === '6'
          ? [row({ id: 6, created_at: 1767258001 }), row({ id: 9, created_at: 1767258002 })]
          : []
      },
      [row({ id: 9, created_at: 1767258002 })],
    )
    expect((await idsIn(server)).map(({ externalId }) => externalId)).toEqual(['5', '6', '9'])
  })
  it('do not confuse the copy the conversation holds with each other', async () => {
    const copy = { ...album[2], updated_at: 1767258500, processed_message_content: 'the second picture' }
    const messages = await idsIn(await served((query) => (query.get('after') === '0' ? album : []), [copy]))
    expect(messages.map(({ body }) => body.markdown ?? null)).toEqual([null, null, 'the second picture', null])
  })
})

describe('a record without a time is kept', () => {
  const fetchedAt = new Date('2026-05-01T00:00:00Z')

  it('a message has the time of its neighbour, a thread without any that of its conversation', () => {
    const near = mapped(conversation(), [row({ id: 1 }), row({ id: 2, created_at: 0 })])
    expect(near.messages.map(({ at }) => at)).toEqual([new Date(1767258000e3), new Date(1767258000e3)])
    expect(near.misfits).toMatchObject([{ kind: 'unmapped', subject: 'message', externalId: '2', field: 'createdAt' }])
    expect(mapped(conversation(), [row({ created_at: null })]).messages[0]?.at).toEqual(new Date(1767250000e3))
  })
  it('a conversation has the time of its messages, of its last change, or of the answer', () => {
    const timeless = conversation({ created_at: 0 })
    expect(mapped(timeless, [row()]).ticket.createdAt).toEqual(new Date(1767258000e3))
    expect(mapped({ ...timeless, updated_at: 1767258300 }).ticket.createdAt).toEqual(new Date(1767258300e3))
    const { ticket, misfits } = mapped(timeless)
    expect(ticket.createdAt).toEqual(fetchedAt)
    expect(misfits).toMatchObject([{ kind: 'unmapped', subject: 'ticket', externalId: '7:42', field: 'createdAt' }])
  })
  it("the reference's sample, all zeros and placeholders, arrives with everything in it", async () => {
    const server = await serveScript((path, query) => {
      if (path === '/conversations') return listOf(query.get('page') === '1' ? [placeholders] : [], 1)
      return path === '/conversations/0' ? { body: placeholders } : undefined
    })
    const session = sessionOf(server.settings, { now: () => fetchedAt })
    for (const found of [
      (await pullAll(session)).pages.find(({ records }) => records.tickets.length)?.records,
      await session.ticket('7:0'),
    ]) {
      expect(found?.tickets).toMatchObject([
        {
          externalId: '7:0',
          status: 'PENDING_INTERNAL',
          createdAt: fetchedAt,
          requester: { type: 'CONTACT', externalId: '0' },
          assignee: { type: 'AGENT', externalId: '0' },
          conversations: [
            { externalId: '7:0', messages: [{ externalId: '0', body: { text: 'string' }, at: fetchedAt }] },
          ],
        },
      ])
      expect(found?.contacts).toMatchObject([{ externalId: '0', email: 'string' }])
      expect(found?.agents).toMatchObject([{ externalId: '0', messageSignature: 'string' }])
      expect(found?.misfits.filter(({ kind }) => kind === 'parked')).toEqual([])
      expect(found?.misfits.map(({ subject, field }) => `${subject} ${field}`)).toEqual(
        expect.arrayContaining(['ticket createdAt', 'message createdAt']),
      )
    }
    server.close()
  })
})

describe('lists without a number of pages', () => {
  it('a server that repeats its page is left, and that is noted', async () => {
    const server = await serveScript((path) => (path === '/conversations' ? listOf([conversation()], 1) : undefined))
    const { tickets, misfits } = await pullAll(server.session)
    expect(tickets).toHaveLength(1)
    expect(misfits).toMatchObject([{ subject: 'list' }])
    server.close()
  })
  it('a server that turns in a circle of pages is left', async () => {
    const server = await serveScript((path, query) =>
      path === '/conversations' ? listOf([conversation({ id: Number(query.get('page')) % 3 })], 3) : undefined,
    )
    expect((await pullAll(server.session)).misfits.at(-1)).toMatchObject({ subject: 'list' })
    server.close()
  }, 20_000)
  it('a conversation that a deletion draws onto a page already read is not lost', async () => {
    let ids = Array.from({ length: 60 }, (_, index) => index + 1)
    const server = await serveScript((path, query) => {
      if (path !== '/conversations') return undefined
      const page = Number(query.get('page'))
      if (page === 2 && ids.length === 60) ids = ids.filter((id) => id !== 3)
      return listOf(
        ids.slice((page - 1) * 25, page * 25).map((id) => conversation({ id })),
        ids.length,
      )
    })
    const { tickets } = await pullAll(server.session)
    expect(new Set(tickets.map(({ number }) => Number(number))).size).toBe(60)
    server.close()
  })
  it('asks for every status, oldest first, and writes the token into its header', async () => {
    const server = await serveScript(() => undefined)
    await pullAll(server.session)
    expect(server.calls.map(({ path }) => path)).toContain(
      '/conversations?status=all&assignee_type=all&sort_by=created_at_asc&page=1',
    )
    expect(new Set(server.calls.map(({ token }) => token))).toEqual(new Set(['token-of-test']))
    server.close()
  })
  it('the filter form of an answer, without `data`, is understood too', async () => {
    const server = await serveScript((path, query) =>
      path === '/conversations'
        ? { body: { meta: { all_count: 1 }, payload: query.get('page') === '1' ? [conversation()] : [] } }
        : undefined,
    )
    expect((await pullAll(server.session)).tickets).toHaveLength(1)
    server.close()
  })
})

it('a list that the token may not read is noted and the round goes on', async () => {
  const server = await serveScript((path, query) => {
    if (path === '/teams') return { status: 401, body: { error: 'You are not authorized to do this action' } }
    return path === '/conversations' && query.get('page') === '1' ? listOf([conversation()]) : undefined
  })
  const { tickets, misfits } = await pullAll(server.session)
  expect(tickets).toHaveLength(1)
  expect(misfits).toMatchObject([{ kind: 'parked', subject: 'teams' }])
  server.close()
})

it('a conversation of a wrong shape is parked without its secrets, and the rest arrives', async () => {
  const broken = {
    meta: { sender: { ...visitor }, assignee: { access_token: 'tok-access-1', accounts: [{ id: 8 }] } },
    status: 'open',
  }
  const server = await serveScript((path, query) =>
    path === '/conversations'
      ? listOf(
          query.get('page') === '1' ? [conversation({ id: 1 }), 'noise', broken, null, conversation({ id: 2 })] : [],
        )
      : undefined,
  )
  const { tickets, misfits } = await pullAll(server.session)
  expect(tickets.map(({ number }) => number)).toEqual(['1', '2'])
  expect(misfits.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(Array(3).fill('parked ticket'))
  expect(JSON.stringify(misfits)).not.toMatch(/tok-/)
  server.close()
})

it('conversations that are no list stop the round with a plain refusal', async () => {
  const server = await serveScript((path) =>
    path === '/conversations' ? { body: { data: { payload: 'soon' } } } : undefined,
  )
  await expect(pullAll(server.session)).rejects.toMatchObject({
    name: 'RefusedError',
    message: expect.stringContaining('expected a list'),
  })
  server.close()
})

it('what an agent signs in with, signs with and belongs to is nowhere in the records', async () => {
  const agent = { ...(objectOf(fullConversation.meta)?.assignee as JsonObject), role: 'administrator' }
  const links = {
    google: 'https://storage.example/a.png?X-Goog-Algorithm=RSA&X-Goog-Signature=sig-of-link',
    amazon: 'https://storage.example/a.png?x-id=1&X-Amz-Signature=sig-of-link',
    alibaba: 'https://storage.example/a.png?Expires=1767258000&OSSAccessKeyId=k&Signature=sig-of-link',
    azure: 'https://storage.example/a.png?sv=2024-01-01&sig=sig-of-link',
  }
  const attachments = Object.values(links).map((data_url, id) => ({
    id,
    file_type: 'image',
    data_url,
    thumb_url: data_url,
  }))
  const rows = [
    fullConversation,
    conversation({ id: 2, additional_attributes: links, meta: { ...links, assignee: agent } }),
  ]
  const broken = { ...agent, id: null }
  const server = await serveScript((path, query) => {
    if (path === '/conversations') return listOf(query.get('page') === '1' ? rows : [], 2)
    if (path === '/agents') return { body: [agent, broken] }
    return path.endsWith('/messages') && query.get('after') === '0'
      ? { body: { payload: [{ ...fullMessage, attachments, sender: { ...agent, type: 'agent_bot' } }] } }
      : undefined
  })
  const { pages } = await pullAll(server.session)
  const text = JSON.stringify(pages.map(({ records }) => records))
  for (const secret of secrets) expect(text).not.toContain(secret)
  for (const key of [
    'provider',
    'uid',
    'message_signature',
    'access_token',
    'pubsub_token',
    'hmac_identifier',
    'ui_settings',
  ])
    expect(text).not.toContain(`"${key}":`)
  // Channels have accounts of ours, without `id`.
  expect(text).not.toContain('"accounts":[{"id"')
  expect(pages[0]?.records.agents).toMatchObject([
    { externalId: '31', isAvailable: true, messageSignature: 'Kind regards' },
  ])
  server.close()
})

it('fields people fill themselves, and their words, are kept whole', () => {
  const link = 'https://shop.example/?token=from-the-customer'
  const { ticket, messages } = mapped(conversation({ custom_attributes: { uid: 'A-1', provider: 'post' } }), [
    row({ content: link }),
  ])
  expect(ticket.raw).toMatchObject({ custom_attributes: { uid: 'A-1', provider: 'post' } })
  expect([messages[0]?.body.text, messages[0]?.raw]).toMatchObject([link, { content: link }])
})

describe('errors in three shapes', () => {
  it.each([
    [422, { error: 'Invalid page' }, 'RefusedError', 'Invalid page', null],
    [422, { message: 'a, b', attributes: ['a'] }, 'RefusedError', 'a, b', null],
    [422, { description: 'Bad', errors: [{ field: 'page', message: 'x', code: 'E7' }] }, 'RefusedError', 'Bad', 'E7'],
    [402, { error: 'Plan limit' }, 'RefusedError', 'Plan limit', null],
    [401, { error: 'Invalid Access Token' }, 'FixCredentialsError', 'Invalid Access Token', null],
  ])('%s %j', async (status, body, name, text, code) => {
    const server = await serveScript(() => ({ status, body }))
    await expect(server.session.check()).rejects.toMatchObject({
      name,
      message: expect.stringContaining(text),
      provider: { httpStatus: status, code },
    })
    server.close()
  })
})

describe('incremental rounds', () => {
  const now = Math.floor(Date.now() / 1000)
  const fresh = (id: number) => conversation({ id, updated_at: now, last_activity_at: now })

  it('take everything `updated_within` gives at once, 50 conversations a page', async () => {
    const server = await serveScript((path, query) => {
      if (path === '/conversations' && query.get('updated_within'))
        return listOf(Array.from({ length: 120 }, (_, index) => fresh(index + 1)))
      const one = /^\/conversations\/(\d+)$/.exec(path)
      // Conversation 77 is deleted before its turn comes.
      if (one)
        return one[1] === '77'
          ? { status: 404, body: { error: 'Resource could not be found' } }
          : { body: fresh(Number(one[1])) }
      return undefined
    })
    const { cursor } = await pullAll(server.session)
    const { pages, tickets } = await pullAll(server.session, cursor)
    expect(pages.map((page) => page.records.tickets.length)).toEqual([50, 49, 20])
    expect(new Set(tickets.map(({ number }) => number)).size).toBe(119)
    server.close()
  })
  it('get along with a server that does not know `updated_within`', async () => {
    const rows = [
      ...Array.from({ length: 30 }, (_, index) => fresh(index + 1)),
      ...Array.from({ length: 30 }, (_, index) => conversation({ id: 100 + index, last_activity_at: 1700000000 })),
    ]
    const server = await serveScript((path, query) => {
      if (path !== '/conversations') return undefined
      if (query.get('sort_by') === 'created_at_asc') return listOf([])
      const page = Number(query.get('page') ?? 1)
      return listOf(
        query.get('updated_within') ? [...rows.slice(0, 24), rows.at(-1)] : rows.slice((page - 1) * 25, page * 25),
        60,
      )
    })
    const { cursor } = await pullAll(server.session)
    expect(
      (await pullAll(server.session, cursor)).tickets.map(({ number }) => Number(number)).sort((a, b) => a - b),
    ).toEqual(rows.slice(0, 30).map(({ id }) => id))
    server.close()
  })
  it('read of a very long thread its newest part again, so that edits are noticed', async () => {
    const thread = Array.from({ length: 1500 }, (_, index) => row({ id: index + 1, created_at: 1767258000 + index }))
    const server = await serveScript((path, query) => {
      if (path === '/conversations') return listOf(query.get('updated_within') ? [fresh(42)] : [])
      if (!path.endsWith('/messages')) return undefined
      const [after, before] = [query.get('after'), Number(query.get('before') ?? 1e9)]
      return {
        body: {
          payload:
            after === null
              ? thread.filter(({ id }) => Number(id) < before).slice(-20)
              : thread.filter(({ id }) => Number(id) > Number(after)).slice(0, 100),
        },
      }
    })
    const { cursor } = await pullAll(server.session)
    const ids = messagesOf((await pullAll(server.session, cursor)).tickets[0]).map(({ externalId }) =>
      Number(externalId),
    )
    expect(ids).toEqual(expect.arrayContaining([1500, 1401]))
    expect(server.calls.filter(({ path }) => path.includes('/messages')).length).toBeLessThan(18)
    server.close()
  })
})

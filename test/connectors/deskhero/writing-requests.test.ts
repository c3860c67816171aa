import { afterEach, expect, test } from 'vitest'
import type { JsonObject } from '#connectors/contract.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { complete, entry, fullEntry } from './fixtures.ts'
import { actor, file, html, message, newTicket } from './orders.ts'
import { type Answered, type Asked, stub } from './support.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

const statuses = [
  { id: 1, label: 'New' },
  { id: 2, label: { sv: 'Öppen', en: 'Open' } },
  { id: 3, label: 'Waiting for customer' },
  { id: 4, label: 'On hold' },
  { id: 5, label: 'Closed' },
  { id: 6, label: 'With partner' },
]
const lists: Record<string, unknown[]> = {
  sys_ticket_statuses: statuses,
  sys_ticket_priorities: [
    { id: 11, label: 'Urgent' },
    { id: 12, label: 'High' },
    { id: 13, label: 'Medium' },
    { id: 14, label: 'Low' },
  ],
  sys_ticket_types: [
    { id: 40, label: 'Incident' },
    { id: 41, label: 'Question' },
  ],
}

/** A DeskHero with ticket 1042 (and 1043, 1044), which answers writes as told and records them. */
async function vendor(answer: (asked: Asked) => Answered | undefined = () => undefined, settings: JsonObject = {}) {
  const server = await stub((asked) => {
    const told = answer(asked)
    if (told) return told
    const { method, path } = asked
    if (method === 'GET' && path === 'tickets') return { body: { items: [] } }
    if (method === 'GET' && /^tickets\/(104[234]|2001)$/.test(path))
      return { body: { data: complete({ ticket: { id: Number(path.slice(8)), label: 'Printer' } }) } }
    if (method === 'GET' && path.startsWith('lists/key/')) {
      const entries = lists[path.slice('lists/key/'.length)]
      return entries ? { body: { unique_key: path, entries } } : { status: 400, body: { title: 'no such list' } }
    }
    if (method === 'GET') return { status: 400, body: { detail: 'not found' } }
    if (path === 'tickets') return { body: { data: [{ id: 2001 }] } }
    if (path === 'attachments') return { body: { data: { id: 77, label: 'a.txt', status: 2 } } }
    if (path.startsWith('ticket_conversations/'))
      return { body: { data: [asked.body].flat().map((_, index) => ({ id: 9001 + index })) } }
    return { body: { data: {} } }
  })
  opened.push(server)
  return {
    operations: server.session(settings).operations,
    session: server.session(settings),
    /** What was asked for, as `[call, body]`; `writes` without the look-ups. */
    writes: () => server.asked.filter(({ method }) => method !== 'GET').map(shown),
    asked: server.asked,
  }
}

function shown({ method, path, query, body, headers }: Asked): [string, unknown] {
  expect(headers.authorization).toBe('Bearer TOKENSECRET')
  const text = query.size > 0 ? `?${query}` : ''
  const isJson = headers['content-type'] === 'application/json'
  return [`${method} ${path}${text}`, isJson ? JSON.parse(body.toString()) : body.length > 0 ? body : null]
}

test('createMessages: one reply is a list of one, with the HTML as written', async () => {
  const { operations, writes } = await vendor()
  const addresses = [
    { email: 'budi@customer.example', name: 'Budi', direction: 'TO' as const },
    { email: 'chef@customer.example', name: null, direction: 'CC' as const },
    { email: 'secret@customer.example', name: null, direction: 'BCC' as const },
  ]
  const receipt = await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: '5001',
    messages: [message('Fixed.', { ...html('Fixed.', '<p>Fi<b>xed</b>.</p>'), addresses })],
  })
  expect(writes()).toEqual([
    [
      'POST ticket_conversations/1042',
      [
        {
          ticket_id: 1042,
          type: 5,
          sys_content_rich: { html: '<p>Fi<b>xed</b>.</p>' },
          email_addresses: [
            { email: 'budi@customer.example', name: 'Budi', direction: 2 },
            { email: 'chef@customer.example', name: null, direction: 3 },
            { email: 'secret@customer.example', name: null, direction: 4 },
          ],
        },
      ],
    ],
  ])
  expect(receipt).toEqual({
    ticketExternalId: '1042',
    messages: [{ externalId: '9001', conversationExternalId: '9001' }],
  })
})

test('createMessages: several entries of every type go in one call, and their ids come back in order', async () => {
  const types = ['UNKNOWN', 'REPLY_INBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD', 'REPLY_OUTBOUND'] as const
  const all = [...types, 'SUGGESTED_REPLY' as const]
  const { operations, writes } = await vendor(({ method }) =>
    method === 'POST' ? { body: { data: all.map((_, index) => ({ id: 9001 + index })) } } : undefined,
  )
  const receipt = await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: all.map((type) => message(`a ${type}`, { type })),
  })
  const [[call, body]] = writes() as [[string, JsonObject[]]]
  expect(writes()).toHaveLength(1)
  expect(call).toBe('POST ticket_conversations/1042')
  expect(body.map(({ type }) => type)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(receipt?.messages?.map((made) => made?.externalId)).toEqual(all.map((_, index) => String(9001 + index)))
})

test('createMessages: names instead of numbers where the backend says so', async () => {
  const { operations, writes } = await vendor(undefined, { enumsAs: 'names' })
  const addresses = [{ email: 'a@b.example', name: null, direction: 'FORWARDED_TO' as const }]
  await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [message('x', { type: 'NOTE_PUBLIC', addresses })],
  })
  expect(writes()[0]?.[1]).toMatchObject([{ type: 'NOTE_PUBLIC', email_addresses: [{ direction: 'FORWARDED_TO' }] }])
})

test('createMessages: plain text is HTML that gives back every character, or a data URI where the backend says so', async () => {
  const text = ' a <b> & "c"\r\n\n\td  e '
  const order = { ticketExternalId: '1042', conversationExternalId: null, messages: [message(text)] }
  const plain = await vendor()
  await plain.operations.createMessages?.(order)
  const written = '<p style="white-space: pre-wrap"> a &lt;b&gt; &amp; &quot;c&quot;&#13;<br><br>\td  e </p>'
  expect(plain.writes()[0]?.[1]).toMatchObject([{ sys_content_rich: { html: written } }])
  const uri = await vendor(undefined, { plainTextAs: 'data-uri' })
  await uri.operations.createMessages?.(order)
  const carried = `data:text/plain;base64,${Buffer.from(text).toString('base64')}`
  expect(uri.writes()[0]?.[1]).toMatchObject([{ sys_content_rich: { html: carried } }])
})

test('createMessages: an Editor.js document goes beside its HTML', async () => {
  const editorjs = { time: 1, version: '2.26.5', blocks: [{ id: 'a', type: 'paragraph', data: { text: 'hi' } }] }
  const { operations, writes } = await vendor()
  await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [message('hi', { body: { text: 'hi', html: '<p>hi</p>', markdown: null, editorjs } })],
  })
  expect(writes()[0]?.[1]).toMatchObject([{ sys_content_rich: { html: '<p>hi</p>', editorjs } }])
})

test.each([
  ['a known user', actor({ externalId: '902', name: 'Budi' }), { user_id: 902, name: 'Budi' }],
  ['a mail address', actor({ externalId: 'mail:b@c.example' }), { email: 'b@c.example' }],
  ['somebody new', actor({ email: 'n@c.example', name: 'N' }), { email: 'n@c.example', name: 'N' }],
])('createMessages: what came in is in the name of %s', async (_, sender, requester) => {
  const { operations, writes } = await vendor()
  await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [message('help', { type: 'REPLY_INBOUND', sender })],
  })
  expect(writes()[0]?.[1]).toMatchObject([{ type: 1, requester }])
})

test('createMessages: files are uploaded as forms and named by their ids', async () => {
  const { operations, writes, asked } = await vendor()
  const bytes = new TextEncoder().encode('hello\0world')
  await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [message('see', { attachments: [file('a.txt', 'text/plain', bytes)] })],
  })
  expect(writes().map(([call]) => call)).toEqual(['POST attachments', 'POST ticket_conversations/1042'])
  expect(writes()[1]?.[1]).toMatchObject([{ sys_attachments: [{ id: 77 }] }])
  const upload = asked.find(({ path }) => path === 'attachments')
  const type = String(upload?.headers['content-type'])
  expect(type).toMatch(/^multipart\/form-data; boundary=/)
  const form = await new Response(new Uint8Array(upload?.body ?? []), { headers: { 'content-type': type } }).formData()
  const sent = form.get('file') as File
  expect([sent.name, sent.type]).toEqual(['a.txt', 'text/plain'])
  expect(new Uint8Array(await sent.arrayBuffer())).toEqual(bytes)
})

test('createMessages: what is passed on goes below the own words, its files with it when asked for', async () => {
  const { operations, writes } = await vendor()
  const addresses = [{ email: 'repair@shop.example', name: null, direction: 'FORWARDED_TO' as const }]
  const forwarded = { messageExternalId: '5001', includesAttachments: true }
  const passOn = message('Please look.', { type: 'FORWARD', addresses, forwarded })
  const bare = message('', { type: 'FORWARD', addresses, forwarded: { ...forwarded, includesAttachments: false } })
  await operations.createMessages?.({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [passOn, bare],
  })
  const original = `<blockquote type="cite">${(fullEntry.sys_content_rich as JsonObject).html}</blockquote>`
  const to = [{ email: 'repair@shop.example', name: null, direction: 5 }]
  expect(writes()).toEqual([
    [
      'POST ticket_conversations/1042',
      [
        {
          ticket_id: 1042,
          type: 4,
          sys_content_rich: { html: `<p style="white-space: pre-wrap">Please look.</p>${original}` },
          last_message_extracted: 'Please look.',
          email_addresses: to,
          sys_attachments: [{ id: 77 }],
        },
        { ticket_id: 1042, type: 4, sys_content_rich: { html: original }, email_addresses: to },
      ],
    ],
  ])
})

test('createMessages: a back-dated entry, or one that passes on what is gone, is refused before any write', async () => {
  const { operations, writes } = await vendor()
  const order = (partial: object) => ({
    ticketExternalId: '1042',
    conversationExternalId: null,
    messages: [message('fine'), message('old', partial)],
  })
  await expect(operations.createMessages?.(order({ at: new Date('2020-01-01') }))).rejects.toThrow(RefusedError)
  const forwarded = { messageExternalId: '1', includesAttachments: true }
  await expect(operations.createMessages?.(order({ forwarded }))).rejects.toThrow(GoneError)
  expect(writes()).toEqual([])
})

test('createMessages: an answer that does not say which entry is which gives no ids', async () => {
  const order = { ticketExternalId: '1042', conversationExternalId: null, messages: [message('a'), message('b')] }
  for (const body of [{ data: [{ id: 1 }] }, { ok: true }, []]) {
    const { operations } = await vendor(({ method }) => (method === 'POST' ? { body } : undefined))
    expect((await operations.createMessages?.(order))?.messages).toEqual([null, null])
  }
})

test('createMessages: an answer that cannot be read is a TryAgainError', async () => {
  const order = { ticketExternalId: '1042', conversationExternalId: null, messages: [message('a')] }
  for (const body of ['<html>', '', '{"data": [']) {
    const { operations, writes } = await vendor(({ method }) => (method === 'POST' ? { body } : undefined))
    await expect(operations.createMessages?.(order)).rejects.toThrow(TryAgainError)
    expect(writes()).toHaveLength(1)
  }
})

test('updateMessage: a note changes its type; another change needs no call or is refused', async () => {
  const thread = complete({ conversations: [entry({ type: 2 }), entry({ id: 5002, type: 5 })] })
  const { operations, writes } = await vendor(({ method, path }) =>
    method === 'GET' && path === 'tickets/1042' ? { body: { data: thread } } : undefined,
  )
  const place = (id: string) => ({
    ...{ ticketExternalId: '1042', conversationExternalId: id, messageExternalId: id, isNote: true },
  })
  await operations.updateMessage?.({ ...place('5001'), isInternal: false })
  expect(writes()).toEqual([['POST ticket_conversations/convert_type', { ticket_conversation_id: 5001, type: 3 }]])
  await operations.updateMessage?.({ ...place('5001'), isInternal: true })
  await operations.updateMessage?.({ ...place('5001'), mentionedAgentExternalIds: ['31'] })
  await expect(operations.updateMessage?.({ ...place('5002'), isInternal: true })).rejects.toThrow(/REPLY_OUTBOUND/)
  await expect(operations.updateMessage?.({ ...place('5009'), isInternal: true })).rejects.toThrow(GoneError)
  const body = { text: 'x', html: null, markdown: null, editorjs: null }
  await expect(operations.updateMessage?.({ ...place('5001'), body })).rejects.toThrow(RefusedError)
  expect(writes()).toHaveLength(1)
})

test('createTicket: a list with one ticket, then its entries in one call', async () => {
  const { operations, writes } = await vendor()
  const receipt = await operations.createTicket?.(
    newTicket('Printer', {
      status: 'PENDING_INTERNAL',
      priority: 'NORMAL',
      category: 'incident',
      assignee: { type: 'AGENT', externalId: '31' },
      departmentExternalId: '3',
      messages: [message('It burns.', { type: 'REPLY_INBOUND' })],
    }),
  )
  expect(writes()).toEqual([
    [
      'POST tickets',
      [
        {
          label: 'Printer',
          sys_status: { id: 2 },
          sys_priority: { id: 13 },
          sys_type: { id: 40 },
          assigned_to: { id: 31 },
          assigned_group: { id: 3 },
          requester: { email: 'budi@customer.example', name: 'Budi Santoso' },
        },
      ],
    ],
    [
      'POST ticket_conversations/2001',
      [{ ticket_id: 2001, type: 1, sys_content_rich: { html: '<p style="white-space: pre-wrap">It burns.</p>' } }],
    ],
  ])
  expect(receipt).toEqual({
    ticketExternalId: '2001',
    messages: [{ externalId: '9001', conversationExternalId: '9001' }],
  })
})

test('createTicket: one without messages is one call; one whose entries are refused says which ticket is left', async () => {
  const plain = await vendor()
  expect(await plain.operations.createTicket?.(newTicket('Bare'))).toEqual({ ticketExternalId: '2001', messages: [] })
  expect(plain.writes()).toHaveLength(1)
  const refusing = await vendor(({ path }) =>
    path.startsWith('ticket_conversations/') ? { status: 400, body: { detail: 'Too rude.' } } : undefined,
  )
  const order = newTicket('Rude', { messages: [message('!')] })
  await expect(refusing.operations.createTicket?.(order)).rejects.toThrow(/ticket 2001 was made.*Too rude/s)
})

test.each([
  ['subject', { subject: 'New' }, { label: 'New' }],
  ['status', { status: 'RESOLVED' }, { sys_status: { id: 5 } }],
  ['raw status by label', { status: 'ON_HOLD', rawStatus: 'with PARTNER' }, { sys_status: { id: 6 } }],
  ['raw status by id', { rawStatus: '6' }, { sys_status: { id: 6 } }],
  ['priority', { priority: 'URGENT' }, { sys_priority: { id: 11 } }],
  ['no priority', { priority: null }, { sys_priority: null }],
  ['category', { category: 'Question' }, { sys_type: { id: 41 } }],
  ['no category', { category: null }, { sys_type: null }],
  ['assignee', { assignee: { type: 'AGENT', externalId: '31' } }, { assigned_to: { id: 31 } }],
  ['no assignee', { assignee: null }, { assigned_to: null }],
  ['department', { departmentExternalId: '3' }, { assigned_group: { id: 3 } }],
  ['no department', { departmentExternalId: null }, { assigned_group: null }],
  ['requester', { requester: actor({ externalId: '902' }) }, { requester: { user_id: 902 } }],
] as const)('updateTicket: %s is named in `properties`, and nothing else is sent', async (_, changes, sent) => {
  const { operations, writes } = await vendor()
  expect(await operations.updateTicket?.({ ticketExternalId: '1042', changes })).toEqual({ ticketExternalId: '1042' })
  expect(writes()).toEqual([[`PUT tickets?properties=${Object.keys(sent)[0]}`, [{ id: 1042, ...sent }]]])
})

test('updateTicket: several properties are one call under the configured names; what is kept here needs none', async () => {
  const { operations, writes } = await vendor(undefined, { ticketFields: { subject: 'title', assignee: 'owner' } })
  const changes = { subject: 'S', assignee: null, priority: 'LOW' as const }
  await operations.updateTicket?.({ ticketExternalId: '1042', changes })
  expect(writes()).toEqual([
    [
      'PUT tickets?properties=title&properties=sys_priority&properties=owner',
      [{ id: 1042, title: 'S', sys_priority: { id: 14 }, owner: null }],
    ],
  ])
  await operations.updateTicket?.({ ticketExternalId: '1042', changes: { snoozedUntil: new Date(), isSpam: true } })
  expect(writes()).toHaveLength(1)
})

test('updateTicket: tags are the whole set after the change, each by its id, under the configured name', async () => {
  const { operations, writes } = await vendor(
    ({ method, path }) =>
      method === 'GET' && path === 'tickets/1042'
        ? {
            body: complete({
              ticket: { id: 1042, labels: [{ id: 8, label: 'printer' }, 'VIP', { id: 9, label: 'old' }] },
            }),
          }
        : path === 'lists/key/all_labels'
          ? { body: { unique_key: path, entries: [{ id: 7, label: 'vip' }] } }
          : undefined,
    { ticketFields: { tags: 'labels' }, listKeys: { tags: 'all_labels' } },
  )
  const [added, removed] = [[{ externalId: '12', name: 'new' }], [{ externalId: '9', name: 'old' }]]
  const change = { ticketExternalId: '1042', changes: { tags: { all: added, added, removed } } }
  await operations.updateTicket?.(change)
  expect(writes()).toEqual([
    ['PUT tickets?properties=labels', [{ id: 1042, labels: [{ id: 8 }, { id: 7 }, { id: 12 }] }]],
  ])
})

test('updateTicket: every status finds its entry, also by the configured table', async () => {
  const ids = { NEW: 1, PENDING_INTERNAL: 2, PENDING_EXTERNAL: 3, ON_HOLD: 6, RESOLVED: 5 } as const
  const { operations, writes } = await vendor(undefined, { statusMap: { '6': 'ON_HOLD', 'On hold': 'UNKNOWN' } })
  for (const status of Object.keys(ids) as (keyof typeof ids)[])
    await operations.updateTicket?.({ ticketExternalId: '1042', changes: { status } })
  const sent = writes().map(([, body]) => (body as { sys_status: { id: number } }[])[0]?.sys_status.id)
  expect(sent).toEqual(Object.values(ids))
})

test('updateTicket: a word that no list has is refused before any write, with what the list has', async () => {
  const { operations, writes } = await vendor()
  const update = (changes: object) => operations.updateTicket?.({ ticketExternalId: '1042', changes })
  await expect(update({ rawStatus: 'Lost' })).rejects.toThrow(/no status "Lost".*New, Open, Waiting/)
  await expect(update({ category: 'Fire' })).rejects.toThrow(/Incident, Question/)
  await expect(update({ assignee: { type: 'AGENT', externalId: 'mail:a@b.example' } })).rejects.toThrow(RefusedError)
  const blind = await vendor(({ path }) => (path.startsWith('lists/') ? { status: 403 } : undefined), {
    statusMap: { '5': 'RESOLVED' },
  })
  await blind.operations.updateTicket?.({ ticketExternalId: '1042', changes: { status: 'RESOLVED' } })
  await expect(
    blind.operations.updateTicket?.({ ticketExternalId: '1042', changes: { status: 'NEW' } }),
  ).rejects.toThrow(RefusedError)
  expect(blind.writes()).toHaveLength(1)
  expect(writes()).toEqual([])
})

test('mergeTickets: many into one in one call, without those that are merged already or gone', async () => {
  const { operations, writes } = await vendor(({ method, path }) =>
    method === 'GET' && path === 'tickets/1044'
      ? { body: { data: complete({ ticket: { id: 1044, merged_to_ticket_id: 1042 } }) } }
      : undefined,
  )
  await operations.mergeTickets?.({ targetExternalId: '1042', sourceExternalIds: ['1043', '1044', '1999'] })
  expect(writes()).toEqual([['POST tickets/merge', { merge_to_ticket_id: 1042, merge_from_ticket_ids: [1043] }]])
  await operations.mergeTickets?.({ targetExternalId: '1042', sourceExternalIds: ['1044'] })
  expect(writes()).toHaveLength(1)
  const elsewhere = { targetExternalId: '1043', sourceExternalIds: ['1044'] }
  await expect(operations.mergeTickets?.(elsewhere)).rejects.toThrow(/merged into ticket 1042/)
  await expect(operations.mergeTickets?.({ ...elsewhere, targetExternalId: '1999' })).rejects.toThrow(GoneError)
})

test('deleteTicket: one ticket by its path; one that is gone needs no call', async () => {
  const { operations, writes } = await vendor(({ method }) => (method === 'DELETE' ? { status: 200 } : undefined))
  await operations.deleteTicket?.({ ticketExternalId: '1042' })
  expect(writes()).toEqual([['DELETE tickets/1042', null]])
  await operations.deleteTicket?.({ ticketExternalId: '1999' })
  expect(writes()).toHaveLength(1)
})

test('deleteTicket: a call that does not exist is no success', async () => {
  const { operations } = await vendor(({ method }) => (method === 'DELETE' ? { status: 404 } : undefined))
  await expect(operations.deleteTicket?.({ ticketExternalId: '1042' })).rejects.toThrow(RefusedError)
})

test('a refusal has the words, the code and the request id of DeskHero', async () => {
  const body = { title: 'Bad Request', detail: 'Ticket is locked.', code: 'LOCKED', traceId: '00-t' }
  const { operations } = await vendor(({ method }) => (method === 'PUT' ? { status: 400, body } : undefined))
  const error = await operations.updateTicket?.({ ticketExternalId: '1042', changes: { subject: 'x' } }).catch((e) => e)
  expect(error).toBeInstanceOf(RefusedError)
  expect(error.message).toContain('Ticket is locked.')
  expect(error.provider).toEqual({ httpStatus: 400, code: 'LOCKED', requestId: '00-t' })
})

test('a 403 is a refusal while reading is allowed, and asks for credentials when it is not', async () => {
  const changes = { subject: 'x' }
  const refused = await vendor(({ method }) => (method === 'PUT' ? { status: 403, body: { detail: 'no' } } : undefined))
  await expect(refused.operations.updateTicket?.({ ticketExternalId: '1042', changes })).rejects.toThrow(RefusedError)
  const locked = await vendor(() => ({ status: 403 }))
  await expect(locked.operations.updateTicket?.({ ticketExternalId: '1042', changes })).rejects.toThrow(
    FixCredentialsError,
  )
})

test('nothing is there for what DeskHero has no call for', async () => {
  const { session } = await vendor()
  expect(Object.keys(session.operations).sort()).toEqual([
    'createMessages',
    'createTicket',
    'deleteTicket',
    'findTicket',
    'mergeTickets',
    'updateMessage',
    'updateTicket',
  ])
})

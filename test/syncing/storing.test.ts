import { expect, test } from 'vitest'
import { promiseDelivery } from '#domain/deliveries/promise.ts'
import { createTestDatabase } from '../support/database.ts'
import { cleanerOfFile, newBackend, placesOf, rowsOf, storeInto, type TestBackend } from './backend.ts'
import { answer, conversation, message, minute, thread, ticket } from './scripted.ts'

const { db } = await createTestDatabase()
const cleaner = cleanerOfFile()

async function fresh() {
  const backend = await newBackend(db)
  return { backend, store: storeInto(db, backend, { cleaner }) }
}

async function ticketsOf(backend: TestBackend) {
  return rowsOf<Record<string, unknown>>(db, 'tickets', backend)
}

/** A page with something of everything. */
function fullPage() {
  const agent = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
  const note = message('12', { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true, sender: agent })
  const mail = message('11', {
    body: { html: '<p>Hi<script>alert(1)</script></p>' },
    addresses: [{ email: 'a@example.org', direction: 'FROM' }],
    attachments: [{ externalId: 'f1', name: 'a.pdf', kind: 'FILE', status: 'OK', sizeBytes: 10 }],
    translation: { locale: 'de', text: 'Hallo', html: '<p onclick="x()">Hallo</p>' },
  })
  return {
    channels: [
      { externalId: 'mail', type: 'EMAIL' as const, name: 'Mail', accounts: [{ externalId: 'box', name: 'Box' }] },
    ],
    departments: [{ externalId: 'd', name: 'Sales', agentExternalIds: ['7', '8'] }],
    agents: [{ ...agent, displayName: 'Bob', raw: { id: 7 } }],
    contacts: [
      { type: 'CONTACT' as const, externalId: '1', displayName: 'Ann', email: 'ann@example.org', raw: { id: 1 } },
    ],
    tags: [{ externalId: 't', name: 'vip', color: 'red' }],
    views: [{ externalId: 'v', name: 'Mine' }],
    tickets: [
      thread('100', [mail, note, answer('13')], {
        tags: [
          { externalId: 't', name: 'vip' },
          { externalId: 'u', name: 'new' },
        ],
        ...{ channelExternalId: 'mail', channelAccountExternalId: 'box', departmentExternalId: 'd', assignee: agent },
        mentions: [{ externalId: 'm', messageExternalId: '12', agent, isRead: false, createdAt: minute(12) }],
        drafts: [
          {
            externalId: 'dr',
            type: 'REPLY_OUTBOUND' as const,
            body: { html: '<b>x</b>' },
            contentType: 'HTML' as const,
            updatedAt: minute(9),
          },
        ],
        events: [{ externalId: 'e', kind: 'opened', at: minute(1), actor: agent, label: 'Opened' }],
        customFields: [{ key: 'z', label: 'Z', type: 'text', value: { b: 1, a: 2 } }],
      }),
    ],
  }
}

test('the same page twice writes nothing', async () => {
  const { backend, store } = await fresh()
  await store(fullPage(), 1000, { fullRound: 1 })
  const before = await placesOf(db)
  const again = await store(fullPage(), 1001, { fullRound: 1 })
  expect(again).toEqual({ newTickets: 0, changedTickets: 0, newMessages: 0, changedMessages: 0, misfits: [] })
  expect(await placesOf(db)).toEqual(before)

  const [row] = await ticketsOf(backend)
  expect(row).toMatchObject({ version: 1, message_count: 3, attachment_count: 1, response_count: 1, has_draft: true })
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([
    {
      ...{ external_id: '11', body_html_clean: '<p>Hi</p>', body_text: 'Hi', cleaned_by: 1, attachment_count: 1 },
      translations: [{ locale: 'de', text: 'Hallo', html: '<p>Hallo</p>', isFromBackend: true }],
    },
    { external_id: '12' },
    { external_id: '13' },
  ])
  for (const table of [
    'departments',
    'views',
    'drafts',
    'mentions',
    'attachments',
    'email_addresses',
    'ticket_events',
  ]) {
    expect(await rowsOf(db, table, backend)).toHaveLength(1)
  }
})

test('an older answer changes nothing, and messages it knows and we do not are kept', async () => {
  const { backend, store } = await fresh()
  await store({
    tickets: [
      thread('1', [message('2', { body: { text: 'new' }, updatedAt: minute(20) })], {
        subject: 'New',
        updatedAt: minute(20),
      }),
    ],
  })
  const older = thread('1', [message('1'), message('2', { body: { text: 'old' }, updatedAt: minute(10) })], {
    subject: 'Old',
    updatedAt: minute(10),
  })
  await store({ tickets: [older] }, 2000)
  expect(await ticketsOf(backend)).toMatchObject([{ subject: 'New', message_count: 2, version: 2 }])
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([{ body_text: 'new' }, { body_text: 'Message 1' }])
})

test('of two answers with equal or no times the one asked for later counts', async () => {
  const { backend, store } = await fresh()
  for (const updatedAt of [minute(5), null]) {
    const id = updatedAt ? 'a' : 'b'
    await store(
      { tickets: [thread(id, [message(`${id}1`, { body: { text: 'second' } })], { subject: 'second', updatedAt })] },
      200,
    )
    await store(
      { tickets: [thread(id, [message(`${id}1`, { body: { text: 'first' } })], { subject: 'first', updatedAt })] },
      100,
    )
    await store(
      { tickets: [thread(id, [message(`${id}1`, { body: { text: 'third' } })], { subject: 'third', updatedAt })] },
      300,
    )
    await store(
      { tickets: [thread(id, [message(`${id}1`, { body: { text: 'late' } })], { subject: 'late', updatedAt })] },
      250,
    )
  }
  expect((await ticketsOf(backend)).map((row) => row.subject)).toEqual(['third', 'third'])
  expect((await rowsOf(db, 'messages', backend)).map((row) => row.body_text)).toEqual(['third', 'third'])
})

test('a version is raised once per real change, and the change log names the fields', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [thread('1', [message('1')])] }, 1000, { withChanges: false })
  expect(await rowsOf(db, 'changes', backend)).toEqual([])
  await store({
    tickets: [
      thread('1', [message('1'), answer('2')], {
        status: 'RESOLVED',
        assignee: { type: 'AGENT', externalId: '7' },
        updatedAt: minute(3),
      }),
    ],
  })
  expect(await ticketsOf(backend)).toMatchObject([
    { version: 2, status: 'RESOLVED', message_count: 2, preview: 'Message 2' },
  ])
  const changes = await rowsOf<{ kind: string; changed_fields: string[]; message_id: string | null }>(
    db,
    'changes',
    backend,
  )
  expect(changes).toMatchObject([
    { kind: 'UPDATED', message_id: null },
    { kind: 'CREATED', changed_fields: [] },
  ])
  expect(changes[0]?.changed_fields).toEqual([
    ...['assignee', 'conversations', 'isReadByAgent', 'isReadByContact', 'lastActivityAt', 'messageCount', 'messages'],
    ...['metrics', 'preview', 'status', 'unreadMessageCount', 'updatedAt'],
  ])
  // Only the raw form differs: kept, but nothing happened.
  await store({
    tickets: [
      thread('1', [], {
        status: 'RESOLVED',
        assignee: { type: 'AGENT', externalId: '7' },
        updatedAt: minute(3),
        raw: { more: 1 },
      }),
    ],
  })
  expect(await ticketsOf(backend)).toMatchObject([{ version: 2, raw: { more: 1 } }])
})

test('counters are right after every kind of change', async () => {
  const { backend, store } = await fresh()
  const counters = async () => {
    const [row] = await ticketsOf(backend)
    return [
      row?.message_count,
      row?.attachment_count,
      row?.response_count,
      row?.preview,
      row?.is_read_by_agent,
      row?.unread_message_count,
    ]
  }
  const file = { externalId: 'f', name: 'f', kind: 'FILE', status: 'OK' } as const
  await store({ tickets: [thread('1', [message('1'), message('2', { attachments: [file] })])] })
  expect(await counters()).toEqual([2, 1, 0, 'Message 2', false, 2])
  await store({ tickets: [thread('1', [answer('3')])] })
  expect(await counters()).toEqual([3, 1, 1, 'Message 3', true, 0])
  // Not by a note, nor a suggestion, nor a system's line, nor an old message that changed.
  const note = message('4', { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true })
  const suggestion = message('5', { type: 'SUGGESTED_REPLY', direction: 'OUTBOUND' })
  const system = message('6', { type: 'UNKNOWN', direction: 'SYSTEM' })
  await store({ tickets: [thread('1', [note, suggestion, system, message('1', { body: { text: 'edited' } })])] }, 1001)
  expect(await counters()).toEqual([5, 1, 1, 'Message 3', true, 0])
  await store({ tickets: [thread('1', [message('7')])] })
  expect(await counters()).toEqual([6, 1, 1, 'Message 7', false, 1])
  await db.execute(`update tickets set is_read_by_agent = true where workspace_id = '${backend.workspaceId}'`)
  await store({ tickets: [thread('1', [message('7', { isDeleted: true }), message('2', { attachments: [] })])] }, 1002)
  expect(await counters()).toEqual([5, 0, 1, 'Message 3', true, 0])
  expect(await rowsOf(db, 'conversations', backend)).toMatchObject([{ message_count: 5, type: 'REPLY_INBOUND' }])
  expect(await rowsOf(db, 'attachments', backend)).toEqual([])
})

test('the vendor’s own read state, counts and activity win', async () => {
  const { backend, store } = await fresh()
  const own = { isReadByAgent: true, unreadMessageCount: 4, responseCount: 9, lastActivityAt: minute(77) }
  await store({ tickets: [thread('1', [message('1')], own)] })
  const expected = { read_state_source: 'VENDOR', is_read_by_agent: true, unread_message_count: 4, response_count: 9 }
  expect(await ticketsOf(backend)).toMatchObject([expected])
  await store({ tickets: [thread('1', [message('2')], { ...own, subject: null })] }, 1001)
  const [row] = await ticketsOf(backend)
  expect(row).toMatchObject({ ...expected, subject: '', message_count: 2 })
  expect(new Date(row?.last_activity_at as string)).toEqual(minute(77))
})

test('what a record leaves out stays, null clears', async () => {
  const { backend, store } = await fresh()
  await store({
    tickets: [ticket('1', { priority: 'HIGH', category: 'a', tags: [{ externalId: 't', name: 't' }], isSpam: true })],
  })
  await store({ tickets: [ticket('1', { updatedAt: minute(2), category: null })] })
  expect(await ticketsOf(backend)).toMatchObject([{ priority: 'HIGH', category: null, is_spam: true }])
  await store({ tickets: [ticket('1', { updatedAt: minute(3), tags: [] })] })
  const { rows } = await db.execute(`select from ticket_tags where workspace_id = '${backend.workspaceId}'`)
  expect(rows).toEqual([])
})

test('what an answer leaves out of a message stays, and what it says to be empty goes', async () => {
  const { backend, store } = await fresh()
  const said = { metadata: { campaign: 7 }, sentiment: { mood: 'good' } }
  const [rich, thin] = [message('1', said), message('1', { isRead: false })]
  await store({ tickets: [thread('1', [rich])] })
  await store({ tickets: [thread('1', [thin])] })
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([{ ...said, is_read: false }])
  await store({ tickets: [thread('1', [{ ...thin, metadata: null, sentiment: null }])] })
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([{ metadata: null, sentiment: null }])
})

test('a message that is no longer said to have Markdown and a time of change keeps both, and nothing has happened', async () => {
  const { backend, store } = await fresh()
  const body = { text: 'Hi Ann', markdown: 'Hi **Ann**' }
  // As Chatwoot tells of the last message of a thread, and of one that is the last no more.
  const last = message('1', { body, updatedAt: minute(5), raw: { id: 1, processed: 'Hi **Ann**' } })
  const thin = message('1', { body: { text: 'Hi Ann' }, updatedAt: null, raw: { id: 1 } })
  await store({ tickets: [thread('1', [last])] }, 1000, { withChanges: false })
  const before = await placesOf(db)
  const unchanged = { newTickets: 0, changedTickets: 0, newMessages: 0, changedMessages: 0, misfits: [] }
  expect(await store({ tickets: [thread('1', [thin])] }, 1001)).toEqual(unchanged)
  expect(await store({ tickets: [thread('1', [last])] }, 1002)).toEqual(unchanged)
  expect(await placesOf(db)).toEqual(before)
  expect(await rowsOf(db, 'changes', backend)).toEqual([])

  const row = async () => {
    const [found] = await rowsOf<Record<string, unknown>>(db, 'messages', backend)
    return { ...found, updated_at: new Date(found?.updated_at as string) }
  }
  expect(await store({ tickets: [thread('1', [{ ...thin, isRead: false }])] }, 1003)).toMatchObject({
    changedMessages: 1,
  })
  expect(await row()).toMatchObject({ is_read: false, body_markdown: 'Hi **Ann**', updated_at: minute(5) })
  expect(await store({ tickets: [thread('1', [{ ...thin, isRead: false }])] }, 1004)).toEqual(unchanged)

  // What is said counts: another source, a later time, or that there is none.
  const edited = { ...last, isRead: false, body: { ...body, markdown: 'Hi _Ann_' }, updatedAt: minute(6) }
  expect(await store({ tickets: [thread('1', [edited])] }, 1005)).toMatchObject({ changedMessages: 1 })
  expect(await row()).toMatchObject({ body_markdown: 'Hi _Ann_', updated_at: minute(6) })
  const plain = { ...thin, isRead: false, body: { text: 'Hi Ann', markdown: null } }
  expect(await store({ tickets: [thread('1', [plain])] }, 1006)).toMatchObject({ changedMessages: 1 })
  expect(await row()).toMatchObject({ body_markdown: null, updated_at: minute(6) })
})

test('of a message that was deleted, or says something else now, no earlier Markdown is left', async () => {
  const { backend, store } = await fresh()
  const body = { text: 'my password is x', markdown: 'my password is **x**' }
  await store({ tickets: [thread('1', [message('1', { body, updatedAt: minute(5) })])] })
  await store({ tickets: [thread('1', [message('1', { body: { text: '' }, isDeleted: true })])] }, 1001)
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([
    { body_text: '', body_markdown: null, is_deleted: true },
  ])
})

test('the raw form of a message is kept as it last came', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [thread('1', [message('1', { raw: { id: 1 } })])] })
  await store({ tickets: [thread('1', [message('1', { raw: { id: 1, more: true } })])] }, 1001)
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([{ raw: { id: 1, more: true } }])
})

test('people known only by mention are provisional until their record comes, and are never overwritten by a mention', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [ticket('1', { requester: { type: 'CONTACT', externalId: '31329' } })] })
  expect(await rowsOf(db, 'actors', backend)).toMatchObject([{ display_name: 'Contact 31329', is_provisional: true }])
  await store({
    tickets: [ticket('2', { requester: { type: 'CONTACT', externalId: '31329', email: 'c@example.org' } })],
  })
  expect(await rowsOf(db, 'actors', backend)).toMatchObject([{ display_name: 'c@example.org', is_provisional: true }])
  await store({ contacts: [{ type: 'CONTACT', externalId: '31329', displayName: 'Cleo', raw: { id: 1 } }] })
  await store({ tickets: [ticket('3', { requester: { type: 'CONTACT', externalId: '31329', name: 'C.' } })] })
  expect(await rowsOf(db, 'actors', backend)).toMatchObject([
    { display_name: 'Cleo', email: 'c@example.org', is_provisional: false },
  ])
})

test('a ticket merged into one that comes later is joined to it then', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [ticket('1', { mergedIntoExternalId: '2' }), ticket('3', { mergedIntoExternalId: '3' })] })
  await store({ tickets: [ticket('2')] })
  const rows = await ticketsOf(backend)
  const idOf = (key: string) => rows.find((row) => row.external_id === key)?.id
  expect(rows.find((row) => row.external_id === '1')).toMatchObject({ merged_into_id: idOf('2'), version: 2 })
  expect(rows.find((row) => row.external_id === '3')).toMatchObject({ merged_into_id: null })
  await store({ tickets: [ticket('1', { mergedIntoExternalId: null, updatedAt: minute(9) })] })
  expect((await ticketsOf(backend)).find((row) => row.external_id === '1')).toMatchObject({ merged_into_id: null })
})

test('a message that moves to another ticket, as by a merge, leaves nothing behind; equal conversation ids do not mix', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [thread('1', [message('1'), message('2')]), thread('2', [message('3')])] })
  await store({ tickets: [ticket('2', { updatedAt: minute(5), conversations: [conversation('c1', [message('2')])] })] })
  expect((await ticketsOf(backend)).map((row) => row.message_count)).toEqual([1, 2])
  expect(await rowsOf(db, 'conversations', backend)).toHaveLength(3)
  await store({ tickets: [ticket('2', { updatedAt: minute(6), conversations: [conversation('c1', [message('1')])] })] })
  expect((await ticketsOf(backend)).map((row) => row.message_count)).toEqual([0, 3])
  expect(await rowsOf(db, 'conversations', backend)).toHaveLength(2)
})

test('what tickets name and no list explained stands under its id until a list explains it', async () => {
  const { backend, store } = await fresh()
  const named = { channelExternalId: 'mail', channelAccountExternalId: '7', departmentExternalId: 'd1' }
  await store({ tickets: [ticket('1', named)] })
  expect(await rowsOf(db, 'channels', backend)).toMatchObject([{ external_id: 'mail', name: 'mail', type: 'OTHER' }])
  expect(await rowsOf(db, 'channel_accounts', backend)).toMatchObject([{ external_id: '7', name: '7' }])
  const accounts = [{ externalId: '7', name: 'Inbox 7' }]
  const passing = { externalId: 'mail', type: 'EMAIL' as const, name: 'E-mail', accounts, isProvisional: true }
  await store({ channels: [{ ...passing, isProvisional: false, accounts: [{ externalId: '7', name: 'Support' }] }] })
  await store({ departments: [{ externalId: 'd1', name: 'Billing' }] })
  await store({
    channels: [{ ...passing, type: 'OTHER', name: 'passing' }],
    departments: [{ externalId: 'd1', name: '?', isProvisional: true }],
  })
  expect(await rowsOf(db, 'channels', backend)).toMatchObject([{ name: 'E-mail', type: 'EMAIL' }])
  expect(await rowsOf(db, 'channel_accounts', backend)).toMatchObject([{ name: 'Support' }])
  expect(await rowsOf(db, 'departments', backend)).toMatchObject([{ name: 'Billing' }])
  const [row] = await ticketsOf(backend)
  expect([row?.channel_id, row?.channel_account_id, row?.department_id]).not.toContain(null)
})

test('drafts that are gone from a full set are deleted; an answer that says nothing about drafts leaves them', async () => {
  const { backend, store } = await fresh()
  const draft = (externalId: string) => ({
    externalId,
    type: 'REPLY_OUTBOUND' as const,
    body: { text: externalId },
    contentType: 'TEXT' as const,
    updatedAt: minute(1),
  })
  await store({ tickets: [ticket('1', { drafts: [draft('a'), draft('b')] })] })
  await store({ tickets: [ticket('1', { updatedAt: minute(2) })] })
  expect(await rowsOf(db, 'drafts', backend)).toHaveLength(2)
  await store({ tickets: [ticket('1', { updatedAt: minute(3), drafts: [draft('b')] })] })
  expect(await rowsOf(db, 'drafts', backend)).toMatchObject([{ external_id: 'b', version: 1 }])
  await store({ tickets: [ticket('1', { updatedAt: minute(4), drafts: [] })] })
  expect(await rowsOf(db, 'drafts', backend)).toEqual([])
  expect(await ticketsOf(backend)).toMatchObject([{ has_draft: false }])
})

test('values that Postgres cannot hold are replaced, and noted where something was lost', async () => {
  const { backend, store } = await fresh()
  const absurd = {
    responseTimeSeconds: 1e12,
    lastRepliedAt: new Date(8.64e15),
    resolvedAt: new Date('x'),
    subject: 'a\0b\ud800c',
  }
  const file = { externalId: 'f\0', name: '\ud83d', kind: 'FILE', status: 'OK', sizeBytes: -5 } as const
  const odd = message('1\0', {
    sequence: 1e300,
    body: { text: 'x\0' },
    attachments: [file],
    raw: { 'k\0': ['\udc00'], big: Number.POSITIVE_INFINITY },
  })
  const { misfits } = await store({ tickets: [thread('1', [odd], absurd)] })
  expect(await ticketsOf(backend)).toMatchObject([
    { subject: 'a\ufffdb\ufffdc', response_time_seconds: 2147483647, resolved_at: null },
  ])
  expect(await rowsOf(db, 'messages', backend)).toMatchObject([
    { external_id: '1\ufffd', raw: { 'k\ufffd': ['\ufffd'] } },
  ])
  expect(misfits.map(({ field }) => field).sort()).toEqual([
    ...['externalId', 'externalId', 'lastRepliedAt', 'name', 'resolvedAt', 'responseTimeSeconds', 'subject', 'text'],
  ])
})

test('a record that cannot be stored is parked, and all the others are stored', async () => {
  const { backend, store } = await fresh()
  const random = Array.from({ length: 4000 }, () => Math.random().toString(36)).join('') // too long for an index
  const badTicket = thread('bad', [message('9')], { status: 'NOT_A_WORD' as never })
  const badMessage = thread('mixed', [
    message('1'),
    message(random, { sequence: 2, at: minute(2), createdAt: minute(2) }),
    message('3', { direction: 'SIDEWAYS' as never }),
    message('4'),
  ])
  const page = {
    tickets: [thread('good', [message('10')]), badTicket, badMessage],
    contacts: [{ type: 'NOBODY' as never, externalId: 'x', raw: null }],
  }
  const { misfits } = await store(page)
  expect((await ticketsOf(backend)).map((row) => row.external_id).sort()).toEqual(['good', 'mixed'])
  expect((await rowsOf(db, 'messages', backend)).map((row) => row.external_id).sort()).toEqual(['1', '10', '4'])
  expect(misfits.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([
    'parked contact',
    'parked message',
    'parked message',
    'parked ticket',
  ])
  await store(page)
  expect(await rowsOf(db, 'misfits', backend)).toMatchObject(Array(4).fill({ occurrences: 2 }))
  expect(await rowsOf(db, 'backend_syncs', backend)).toMatchObject([{ misfit_count: 4 }])
})

test('a thing that comes twice in one page is stored once, the newer one', async () => {
  const { backend, store } = await fresh()
  const newer = thread('1', [message('1', { body: { text: 'b' } })], { subject: 'newer', updatedAt: minute(9) })
  const older = thread('1', [message('2')], { subject: 'older', updatedAt: minute(3) })
  await store({
    tickets: [newer, older],
    tags: [
      { externalId: 't', name: 'a' },
      { externalId: 't', name: 'b' },
    ],
  })
  expect(await ticketsOf(backend)).toMatchObject([{ subject: 'newer', message_count: 2 }])
  expect(await rowsOf(db, 'tags', backend)).toMatchObject([{ name: 'b' }])
})

test('ids ascend in the order of the thread', async () => {
  const { backend, store } = await fresh()
  await store({
    tickets: [
      thread(
        '1',
        Array.from({ length: 300 }, (_, index) => message(String(index))),
      ),
    ],
  })
  expect((await rowsOf(db, 'messages', backend)).map((row) => Number(row.external_id))).toEqual(
    Array.from({ length: 300 }, (_, index) => index),
  )
})

test('what a write is on its way for stays; other fields and new messages arrive, and after it the vendor is right', async () => {
  const { backend, store } = await fresh()
  await store({ tickets: [thread('1', [message('1')])] })
  const [row] = await ticketsOf(backend)
  const id = row?.id as string
  await db.execute(`update tickets set status = 'ON_HOLD', content_hash = '' where id = '${id}'`)
  await promiseDelivery(db, {
    ...{ workspaceId: backend.workspaceId, backendId: backend.id, ticketId: id, tokenName: 'tests' },
    ...{ operation: 'updateTicket', input: { patch: { status: 'ON_HOLD' } }, fields: ['status'] },
  })
  const said = { status: 'RESOLVED', subject: 'Another', updatedAt: minute(50) } as const
  const changed = [thread('1', [message('2')], said)]
  await store({ tickets: changed })
  expect(await ticketsOf(backend)).toMatchObject([{ status: 'ON_HOLD', subject: 'Another', message_count: 2 }])
  await db.execute(`update deliveries set state = 'SETTLED' where workspace_id = '${backend.workspaceId}'`)
  await store({ tickets: changed }, 1001)
  expect(await ticketsOf(backend)).toMatchObject([{ status: 'RESOLVED', message_count: 2 }])
})

/** Notes, imports, forwards, changes and removals of messages, and what becomes of conversations: what is promised, and what arrives. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { makeWorkspace } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db, workspaceId } = served

type Row = Record<string, unknown> & { id: string }
const rows = async (query: ReturnType<typeof sql>) => (await db.execute(query)).rows as Row[]
const row = async (query: ReturnType<typeof sql>) => (await rows(query))[0] as Row
const uuidOf = (nodeId: string) => nodeKeyOf(nodeId)?.id ?? ''
const deliveryOf = (nodeId: string) => row(sql`select * from deliveries where id = ${uuidOf(nodeId)}`)
const messageRow = (nodeId: string) => row(sql`select * from messages where id = ${uuidOf(nodeId)}`)

const used = new Set<string>()
/** A ticket of a vendor that no other test has touched, with a message that fits. */
async function freshTicket(
  vendor: string,
  having: string = "m.direction = 'INBOUND'",
): Promise<Row & { messageId: string }> {
  const found = await rows(sql`
    select t.*, m.id as "messageId" from tickets t
    join backends b on b.id = t.backend_id and b.vendor = ${vendor}
    join lateral (select * from messages m where m.ticket_id = t.id and not m.is_deleted and ${sql.raw(having)}
      order by m.at desc limit 1) m on true
    where not t.is_recycled and t.vanished_at is null and t.merged_into_id is null and t.merged_into_external_id is null
      and not exists (select from conversations c where c.ticket_id = t.id and not c.can_reply)
    order by t.created_at desc, t.id`)
  const ticket = found.find(({ id }) => !used.has(id))
  if (!ticket) throw new Error(`no ticket of ${vendor} left with ${having}`)
  used.add(ticket.id)
  return ticket as Row & { messageId: string }
}
const ticketNode = ({ id }: { id: string }) => nodeIdOf('Ticket', id)
const messageNode = ({ messageId }: { messageId: string }) => nodeIdOf('Message', messageId)

type Problem = {
  __typename: string
  code: string
  message: string
  path: string[] | null
  rule?: string
  capability?: string
}
type Message = {
  id: string
  type: string
  direction: string
  isInternal: boolean
  isEdited: boolean
  isDeleted: boolean
  isRead: boolean
  at: string
  subject: string | null
  body: { text: string; quotedText: string | null }
  mentions: { agent: { id: string } }[]
  emailAddresses: { email: string; direction: string }[]
  delivery: { status: string; failReason: string | null } | null
}
type Result = {
  message: Message | null
  messages: Message[]
  ticket: { id: string; version: number; messageCount: number; isReadByAgent: boolean; isReadByContact: boolean } | null
  conversation: {
    id: string
    isMuted: boolean
    unreadCount: number
    agentLastSeenAt: string | null
    contactLastSeenAt: string | null
  } | null
  deletedMessageId: string | null
  deliveries: { id: string; state: string; operation: string }[]
  replayed: boolean
  errors: Problem[]
}
const message = `id type direction isInternal isEdited isDeleted isRead at subject body { text quotedText }
  mentions { agent { id } } emailAddresses { email direction } delivery { status failReason }`
const shared = `ticket { id version messageCount isReadByAgent isReadByContact } deliveries { id state operation }
  errors { __typename code message path ... on ValidationError { rule } ... on UnsupportedError { capability } }`
const mutations = {
  noteAdd: ['NoteAddInput', `message { ${message} } replayed`],
  messageSend: ['MessageSendInput', `message { ${message} } replayed`],
  messagesCreate: ['MessagesCreateInput', `messages { ${message} } replayed`],
  messageForward: ['MessageForwardInput', `message { ${message} } replayed`],
  messageResend: ['MessageActionInput', `message { ${message} } replayed`],
  messageUpdate: ['MessageUpdateInput', `message { ${message} } replayed`],
  messageDelete: ['MessageActionInput', 'deletedMessageId replayed'],
  conversationMarkSeen: [
    'ConversationActionInput',
    'conversation { id isMuted unreadCount agentLastSeenAt contactLastSeenAt }',
  ],
  conversationMute: [
    'ConversationMuteInput',
    'conversation { id isMuted unreadCount agentLastSeenAt contactLastSeenAt }',
  ],
} as const

async function run(name: keyof typeof mutations, input: object): Promise<Result> {
  const [type, fields] = mutations[name]
  const { data, errors } = await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} ${shared} } }`, {
    input,
  })
  expect(errors).toBeUndefined()
  return (data as Record<string, Result>)[name] as Result
}

async function done(name: keyof typeof mutations, input: object): Promise<Result> {
  const result = await run(name, input)
  expect(result.errors).toEqual([])
  return result
}

/** Refused with one error at this path, and nothing of it is left. */
async function refused(name: keyof typeof mutations, input: object, problem: Partial<Problem>): Promise<Problem> {
  const before = await everything()
  const result = await run(name, input)
  expect(result.errors[0], JSON.stringify(input).slice(0, 200)).toMatchObject(problem)
  expect(await everything()).toEqual(before)
  return result.errors[0] as Problem
}
const everything = () =>
  rows(sql`select (select sum(version) from tickets) as versions, (select count(*) from messages) as messages,
    (select count(*) from deliveries) as deliveries, (select max(position) from changes) as changes,
    (select count(*) from mentions) as mentions, (select count(*) from attachments where message_id is null) as uploads`)

const settledLines = (ticketId: string) =>
  rows(sql`select kind, message_id, changed_fields, version, source, token_name from changes
    where ticket_id = ${ticketId} and source = 'COMMAND' order by position`)

async function upload(ticketId: string, said: { sizeBytes?: number; status?: string } = {}): Promise<string> {
  const { id } = await row(sql`
    insert into attachments (workspace_id, id, ticket_id, external_id, name, content_type, kind, size_bytes, status, storage_key)
    values (${workspaceId}, gen_random_uuid(), ${ticketId}, 'deskgraph:' || gen_random_uuid(), 'log.txt', 'text/plain',
      'FILE', ${said.sizeBytes ?? 5}, ${said.status ?? 'OK'}, 'stored') returning id`)
  return nodeIdOf('Attachment', id)
}
const agentsOf = async (ticket: Row) =>
  (
    await rows(
      sql`select id from actors where backend_id = ${ticket.backend_id} and type = 'AGENT' order by id limit 2`,
    )
  ).map(({ id }) => nodeIdOf('Agent', id))
const delivering = () => deliverDuringTest(served, { bytesOf: async () => new TextEncoder().encode('hello') })

// ------------------------------------------------------------------ notes and imports

describe('noteAdd', () => {
  test('keeps a private note, calls agents, takes files along, and promises all of it', async () => {
    const ticket = await freshTicket('chatwoot')
    const [agent = ''] = await agentsOf(ticket)
    const file = await upload(ticket.id)
    const input = {
      ticketId: ticketNode(ticket),
      body: { markdown: 'Can **you** look?' },
      mentionAgentIds: [agent],
      attachmentIds: [file],
      idempotencyKey: 'note-1',
      clientMutationId: 'mine',
    }
    const result = await done('noteAdd', input)
    expect(result.message).toMatchObject({
      ...{ type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true, mentions: [{ agent: { id: agent } }] },
      delivery: { status: 'QUEUED' },
    })
    const delivery = await deliveryOf(result.deliveries[0]?.id ?? '')
    const { id: messageId, conversation_id } = await messageRow(result.message?.id ?? '')
    expect(delivery).toMatchObject({
      ...{ operation: 'createMessages', ticket_id: ticket.id, message_id: null, lanes: [ticket.id], fields: [] },
      input: { conversationId: conversation_id, messageIds: [messageId] },
    })
    const lines = await settledLines(ticket.id)
    expect(lines.map(({ kind, message_id }) => [kind, message_id])).toEqual([
      ['CREATED', messageId],
      ['UPDATED', null],
    ])
    expect(lines[1]?.changed_fields).toEqual(expect.arrayContaining(['attachmentCount', 'mentions', 'messages']))
    const again = await done('noteAdd', input)
    expect(again).toMatchObject({ replayed: true, message: { id: result.message?.id } })

    await delivering().settled()
    expect(await deliveryOf(result.deliveries[0]?.id ?? '')).toMatchObject({ state: 'SETTLED' })
    expect(await messageRow(result.message?.id ?? '')).toMatchObject({
      id: messageId,
      type: 'NOTE_PRIVATE',
      is_internal: true,
    })
    expect((await messageRow(result.message?.id ?? '')).external_id).not.toMatch(/^deskgraph:/)
  })

  test('makes a public note where there are such', async () => {
    const ticket = await freshTicket('deskhero')
    const result = await done('noteAdd', {
      ticketId: ticketNode(ticket),
      body: { text: 'We look into it.' },
      isPublic: true,
    })
    expect(result.message).toMatchObject({ type: 'NOTE_PUBLIC', direction: 'OUTBOUND', isInternal: false })
    await delivering().settled()
    expect(await messageRow(result.message?.id ?? '')).toMatchObject({ type: 'NOTE_PUBLIC', is_internal: false })
  })

  test('is refused, never sent as an answer, where there are no notes', async () => {
    for (const [vendor, isPublic, path] of [
      ['chatwoot', true, 'isPublic'],
      ['comm100', true, 'isPublic'],
      ['alibaba', false, 'ticketId'],
      ['onebox', false, 'ticketId'],
    ] as const) {
      const ticketId = ticketNode(await freshTicket(vendor))
      const capability = isPublic ? 'NOTE_PUBLIC' : 'NOTE_PRIVATE'
      const problem = {
        __typename: 'UnsupportedError',
        code: 'UNSUPPORTED_BY_BACKEND',
        capability,
        path: ['input', path],
      }
      await refused('noteAdd', { ticketId, isPublic, body: { text: 'For us.' } }, problem)
    }
  })

  test('says what is wrong with it', async () => {
    const ticket = await freshTicket('chatwoot')
    const ticketId = ticketNode(ticket)
    const body = { text: 'x' }
    const elsewhere = await freshTicket('comm100')
    const [stranger = ''] = await agentsOf(elsewhere)
    await refused(
      'noteAdd',
      { ticketId: nodeIdOf('Ticket', workspaceId), body },
      { code: 'NOT_FOUND', path: ['input', 'ticketId'] },
    )
    await refused(
      'noteAdd',
      { ticketId: messageNode(ticket), body },
      { code: 'NOT_FOUND', path: ['input', 'ticketId'] },
    )
    await refused('noteAdd', { ticketId, body: { text: '  ' } }, { code: 'REQUIRED', path: ['input', 'body'] })
    await refused(
      'noteAdd',
      { ticketId, body: { text: 'a\u0000b' } },
      { rule: 'noNul', path: ['input', 'body', 'text'] },
    )
    await refused(
      'noteAdd',
      { ticketId, body: { html: 'a\ud800b' } },
      { rule: 'wellFormed', path: ['input', 'body', 'html'] },
    )
    await refused(
      'noteAdd',
      { ticketId, body: { text: 'x'.repeat(150_001) } },
      { rule: 'maxLength=150000', path: ['input', 'body'] },
    )
    await refused(
      'noteAdd',
      { ticketId, body, mentionAgentIds: [stranger] },
      { rule: 'sameBackend', path: ['input', 'mentionAgentIds', '0'] },
    )
    await refused(
      'noteAdd',
      { ticketId, body, mentionAgentIds: [ticketId] },
      { code: 'NOT_FOUND', path: ['input', 'mentionAgentIds', '0'] },
    )
    const waiting = await upload(ticket.id, { status: 'UNAVAILABLE' })
    await refused(
      'noteAdd',
      { ticketId, body, attachmentIds: [waiting] },
      { code: 'ATTACHMENT_NOT_READY', path: ['input', 'attachmentIds', '0'] },
    )
    const big = await upload(ticket.id, { sizeBytes: 999_999_999 })
    await refused(
      'noteAdd',
      { ticketId, body, attachmentIds: [big] },
      { code: 'VALIDATION_FAILED', path: ['input', 'attachmentIds', '0'] },
    )
    await refused('noteAdd', { ticketId, body, idempotencyKey: '' }, { path: ['input', 'idempotencyKey'] })
  })
})

describe('messagesCreate', () => {
  test("takes what was said elsewhere, with its time and in the customer's name, each in a call of its own", async () => {
    const ticket = await freshTicket('comm100')
    const at = ['2026-01-05T08:00:00.000Z', '2026-01-05T09:00:00.000Z']
    const result = await done('messagesCreate', {
      ticketId: ticketNode(ticket),
      entries: [
        { type: 'REPLY_INBOUND', body: { text: 'Does anybody hear me?' }, at: at[0], isRead: false },
        { type: 'REPLY_OUTBOUND', body: { text: 'Yes, we do.' }, at: at[1] },
        { type: 'NOTE_PRIVATE', body: { text: 'By telephone.' } },
      ],
    })
    expect(result.messages.map(({ type, direction }) => [type, direction])).toEqual([
      ['REPLY_INBOUND', 'INBOUND'],
      ['REPLY_OUTBOUND', 'OUTBOUND'],
      ['NOTE_PRIVATE', 'INTERNAL'],
    ])
    expect(result.messages.slice(0, 2).map((said) => said.at)).toEqual(at)
    expect(result.deliveries.map(({ operation }) => operation)).toEqual(Array(3).fill('createMessages'))
    expect((await deliveryOf(result.deliveries[1]?.id ?? '')).fields).toEqual(['lastReply'])
    await delivering().settled()
    for (const [index, { id }] of result.messages.entries()) {
      const arrived = await messageRow(id)
      expect(arrived.external_id).not.toMatch(/^deskgraph:/)
      if (at[index]) expect(new Date(arrived.at as string).toISOString()).toBe(at[index])
    }
  })

  test('puts several into one call where the help desk takes that', async () => {
    const ticket = await freshTicket('deskhero')
    const entries = ['REPLY_OUTBOUND', 'NOTE_PRIVATE', 'NOTE_PUBLIC', 'REPLY_INBOUND'].map((type) => ({
      type,
      body: { text: `A ${type}.` },
    }))
    const result = await done('messagesCreate', { ticketId: ticketNode(ticket), entries })
    expect(result.deliveries).toHaveLength(1)
    expect((await deliveryOf(result.deliveries[0]?.id ?? '')).input).toMatchObject({
      messageIds: result.messages.map(({ id }) => uuidOf(id)),
    })
    await delivering().settled()
    const types =
      await rows(sql`select type from messages where id = any(${sql.param(result.messages.map(({ id }) => uuidOf(id)))}::uuid[])
      and external_id not like 'deskgraph:%' order by type`)
    expect(types.map(({ type }) => type)).toEqual(entries.map(({ type }) => type).toSorted())
  })

  test('makes all of them or none, and says everything that is wrong', async () => {
    const ticket = await freshTicket('chatwoot')
    const ticketId = ticketNode(ticket)
    const good = { body: { text: 'Fine.' } }
    await refused('messagesCreate', { ticketId, entries: [] }, { code: 'REQUIRED', path: ['input', 'entries'] })
    await refused(
      'messagesCreate',
      { ticketId, entries: Array(51).fill(good) },
      { code: 'LIMIT_EXCEEDED', path: ['input', 'entries'] },
    )
    await refused(
      'messagesCreate',
      { ticketId, entries: [good, { ...good, at: '2026-01-01T00:00:00Z' }] },
      { code: 'UNSUPPORTED_BY_BACKEND', path: ['input', 'entries', '1', 'at'] },
    )
    await refused(
      'messagesCreate',
      { ticketId, entries: [good, { ...good, type: 'FORWARD' }] },
      { code: 'UNSUPPORTED_BY_BACKEND', path: ['input', 'entries', '1', 'type'] },
    )
    await refused(
      'messagesCreate',
      { ticketId, entries: [{ ...good, type: 'UNKNOWN' }] },
      { code: 'VALIDATION_FAILED', path: ['input', 'entries', '0', 'type'] },
    )
    await refused(
      'messagesCreate',
      { ticketId, entries: [{ ...good, isInternal: true }] },
      { rule: 'fitsType', path: ['input', 'entries', '0', 'isInternal'] },
    )
    await refused(
      'messagesCreate',
      { ticketId, entries: [{ ...good, type: 'NOTE_PRIVATE', isInternal: false }] },
      { rule: 'fitsType' },
    )
    const other = await freshTicket('chatwoot')
    const { conversation_id } = await messageRow(messageNode(other))
    const conversationId = nodeIdOf('Conversation', conversation_id as string)
    await refused(
      'messagesCreate',
      { ticketId, conversationId, entries: [good] },
      { code: 'NOT_FOUND', path: ['input', 'conversationId'] },
    )
    const { errors } = await run('messagesCreate', {
      ticketId,
      entries: [{ body: { text: '' } }, good, { body: { text: ' ' } }],
    })
    expect(errors.map(({ path }) => path?.[2])).toEqual(['0', '2'])
  })
})

// ------------------------------------------------------------------ passing on and sending again

describe('messageForward', () => {
  test('passes a message on with its text quoted, also when nothing is said above it', async () => {
    for (const body of [{ text: 'Please repair.' }, undefined]) {
      const ticket = await freshTicket('deskhero', "m.direction = 'INBOUND' and m.body_text <> ''")
      const original = await messageRow(messageNode(ticket))
      const to = [{ email: 'workshop@example.com', name: 'Workshop', direction: 'TO' }]
      const result = await done('messageForward', { messageId: messageNode(ticket), to, ...(body && { body }) })
      expect(result.message).toMatchObject({
        ...{
          type: 'FORWARD',
          direction: 'OUTBOUND',
          emailAddresses: [{ email: 'workshop@example.com', direction: 'TO' }],
        },
        body: { text: body?.text ?? '', quotedText: original.body_text },
      })
      const delivery = await deliveryOf(result.deliveries[0]?.id ?? '')
      expect(delivery.input).toMatchObject({ forwarded: { messageId: original.id, includesAttachments: true } })
      await delivering().settled()
      const arrived = await messageRow(result.message?.id ?? '')
      expect(arrived.external_id).not.toMatch(/^deskgraph:/)
      const words = String(original.body_text).split(/\s+/).slice(0, 3).join(' ')
      // The help desk quotes it, once.
      const text = String(arrived.body_html_clean).replace(/(<[^>]*>|\s)+/g, ' ')
      expect(text.split(words)).toHaveLength(2)
    }
  })

  test('is refused where it cannot be done, and for what is not to leave', async () => {
    const to = [{ email: 'workshop@example.com', direction: 'TO' }]
    for (const vendor of ['comm100', 'chatwoot', 'alibaba', 'onebox']) {
      const messageId = messageNode(await freshTicket(vendor))
      await refused(
        'messageForward',
        { messageId, to },
        { capability: 'MESSAGE_FORWARD', path: ['input', 'messageId'] },
      )
    }
    const ticket = await freshTicket('deskhero')
    const messageId = messageNode(ticket)
    await refused(
      'messageForward',
      { messageId: ticketNode(ticket), to },
      { code: 'NOT_FOUND', path: ['input', 'messageId'] },
    )
    await refused('messageForward', { messageId, to: [] }, { code: 'REQUIRED', path: ['input', 'to'] })
    await refused(
      'messageForward',
      { messageId, to: [{ email: 'nobody', direction: 'TO' }] },
      { rule: 'email', path: ['input', 'to', '0', 'email'] },
    )
    await refused(
      'messageForward',
      { messageId, to: [{ email: 'a@example.com', direction: 'FROM' }] },
      { path: ['input', 'to', '0', 'direction'] },
    )
    const note = await freshTicket('deskhero', "m.type = 'NOTE_PRIVATE'")
    await refused(
      'messageForward',
      { messageId: messageNode(note), to },
      { rule: 'internal', path: ['input', 'messageId'] },
    )
  })
})

async function sent(vendor: string, text = 'An answer.') {
  const ticket = await freshTicket(vendor)
  const result = await done('messageSend', { ticketId: ticketNode(ticket), entry: { body: { text } } })
  return { ticket, id: result.message?.id ?? '', deliveryId: result.deliveries[0]?.id ?? '' }
}
const setDelivery = (nodeId: string, set: ReturnType<typeof sql>) =>
  db.execute(sql`update deliveries set ${set} where id = ${uuidOf(nodeId)}`)

describe('messageResend', () => {
  test('queues again what its help desk refused, whatever the vendor', async () => {
    for (const vendor of ['alibaba', 'onebox']) {
      const { id, deliveryId } = await sent(vendor)
      await setDelivery(
        deliveryId,
        sql`state = 'REFUSED', attempts = 7, settled_at = now(), next_attempt_at = now() + interval '1 hour',
        problem = '{"kind": "REFUSED", "message": "No.", "code": null, "requestId": null, "retryAt": null, "httpStatus": 400}'`,
      )
      await db.execute(
        sql`update messages set delivery = '{"status": "FAILED", "failReason": "No."}' where id = ${uuidOf(id)}`,
      )
      const result = await done('messageResend', { id })
      expect(result.message?.delivery).toEqual({ status: 'QUEUED', failReason: null })
      expect(result.deliveries).toEqual([{ id: deliveryId, state: 'QUEUED', operation: 'createMessages' }])
      expect(await deliveryOf(deliveryId)).toMatchObject({ attempts: 0, problem: null, settled_at: null })
      await refused('messageResend', { id }, { code: 'ALREADY_DONE', path: ['input', 'id'] })
      await delivering().settled()
      expect(await deliveryOf(deliveryId)).toMatchObject({ state: 'SETTLED' })
    }
  })

  test('asks the help desk that has it and failed', async () => {
    const ticket = await freshTicket('comm100', "m.direction = 'OUTBOUND' and m.delivery ->> 'status' = 'FAILED'")
    const { delivery: failed } = await messageRow(messageNode(ticket))
    const { message: shown, deliveries } = await done('messageResend', { id: messageNode(ticket) })
    expect(shown?.delivery).toEqual({ status: 'QUEUED', failReason: null })
    expect(await deliveryOf(deliveries[0]?.id ?? '')).toMatchObject({
      ...{
        operation: 'resendMessage',
        message_id: ticket.messageId,
        ticket_id: ticket.id,
        lanes: [ticket.id],
        input: {},
      },
      before: { kind: 'message', before: { delivery: failed } },
    })
    expect((await messageRow(messageNode(ticket))).content_hash).toBe('')
    await refused('messageResend', { id: messageNode(ticket) }, { code: 'ALREADY_DONE' })
    await delivering().settled()
    expect((await deliveryOf(deliveries[0]?.id ?? '')).state).toBe('SETTLED')
  })

  test('refuses the rest with its reason', async () => {
    const out = await freshTicket(
      'comm100',
      "m.type = 'REPLY_OUTBOUND' and coalesce(m.delivery ->> 'status', '') <> 'FAILED'",
    )
    await refused('messageResend', { id: messageNode(out) }, { code: 'ALREADY_DONE', path: ['input', 'id'] })
    await refused('messageResend', { id: messageNode(await freshTicket('comm100')) }, { rule: 'notOutgoing' })
    const there = await freshTicket('deskhero', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
    await db.execute(sql`update messages set delivery = '{"status": "FAILED"}' where id = ${there.messageId}`)
    await refused('messageResend', { id: messageNode(there) }, { capability: 'MESSAGE_RESEND' })
    await refused('messageResend', { id: 'nonsense' }, { code: 'NOT_FOUND', path: ['input', 'id'] })
    const { id, deliveryId } = await sent('chatwoot')
    await setDelivery(deliveryId, sql`state = 'UNCERTAIN', attempts = 1`)
    await refused('messageResend', { id }, { rule: 'uncertain' })
    await setDelivery(deliveryId, sql`state = 'DISCARDED'`)
  })
})

// ------------------------------------------------------------------ changing

describe('messageUpdate', () => {
  test('changes what the help desk has, and promises it with what was there before', async () => {
    const ticket = await freshTicket('comm100', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
    const before = await messageRow(messageNode(ticket))
    const { message: shown, deliveries } = await done('messageUpdate', {
      id: messageNode(ticket),
      body: { html: '<p>Better <b>words</b>.</p><script>x</script>' },
    })
    expect(shown).toMatchObject({ isEdited: true, body: { text: expect.stringContaining('Better words.') } })
    const delivery = await deliveryOf(deliveries[0]?.id ?? '')
    expect(delivery).toMatchObject({
      ...{ operation: 'updateMessage', message_id: ticket.messageId, ticket_id: ticket.id, input: { hasBody: true } },
      before: { kind: 'message', before: { bodyText: before.body_text, isEdited: before.is_edited } },
    })
    const after = await messageRow(messageNode(ticket))
    expect(after).toMatchObject({ content_hash: '', content_type: 'HTML' })
    expect(after.body_html_clean).not.toContain('script')
    expect((await settledLines(ticket.id)).map(({ kind, message_id }) => [kind, message_id])).toEqual([
      ['UPDATED', ticket.messageId],
      ['UPDATED', null],
    ])
    await delivering().settled()
    expect((await deliveryOf(deliveries[0]?.id ?? '')).state).toBe('SETTLED')
    expect((await messageRow(messageNode(ticket))).body_text).toContain('Better words.')
  })

  test('makes a note public and private again where that can be done', async () => {
    const ticket = await freshTicket('deskhero', "m.type = 'NOTE_PRIVATE'")
    const id = messageNode(ticket)
    const opened = await done('messageUpdate', { id, isInternal: false })
    expect(opened.message).toMatchObject({ type: 'NOTE_PUBLIC', direction: 'OUTBOUND', isInternal: false })
    expect(await deliveryOf(opened.deliveries[0]?.id ?? '')).toMatchObject({
      input: { hasBody: false, isInternal: false },
      before: { kind: 'message', before: { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true } },
    })
    await delivering().settled()
    expect(await messageRow(id)).toMatchObject({ type: 'NOTE_PUBLIC', is_internal: false })
    const closed = await done('messageUpdate', { id, isInternal: true })
    expect(closed.message).toMatchObject({ type: 'NOTE_PRIVATE', direction: 'INTERNAL' })
    await delivering().settled()
    expect(await messageRow(id)).toMatchObject({ type: 'NOTE_PRIVATE', is_internal: true })
    await refused(
      'messageUpdate',
      { id, body: { text: 'Other words.' } },
      { capability: 'MESSAGE_EDIT', path: ['input', 'body'] },
    )
  })

  test('keeps mentions and read marks here where the help desk knows none', async () => {
    const ticket = await freshTicket('deskhero', "m.type = 'NOTE_PRIVATE'")
    const agents = await agentsOf(ticket)
    const id = messageNode(ticket)
    const first = await done('messageUpdate', { id, mentionAgentIds: agents })
    expect(first.message?.mentions.map(({ agent }) => agent.id).toSorted()).toEqual(agents.toSorted())
    expect(first.deliveries).toEqual([])
    const fewer = await done('messageUpdate', { id, mentionAgentIds: agents.slice(1) })
    expect(fewer.message?.mentions.map(({ agent }) => agent.id)).toEqual(agents.slice(1))
    const { content_hash } = await messageRow(id)
    const read = await done('messageUpdate', { id, isRead: false })
    expect(read.message).toMatchObject({ isRead: false, isEdited: false })
    expect(read.deliveries).toEqual([])
    expect((await messageRow(id)).content_hash).toBe(content_hash)
  })

  test('changes what has not gone out anywhere, and only here', async () => {
    for (const vendor of ['alibaba', 'chatwoot']) {
      const { id, deliveryId } = await sent(vendor, 'Frist words.')
      const { message: shown, deliveries } = await done('messageUpdate', { id, body: { text: 'First words.' } })
      expect(shown).toMatchObject({ isEdited: false, body: { text: 'First words.' } })
      expect(deliveries).toEqual([])
      await delivering().settled()
      expect(await deliveryOf(deliveryId)).toMatchObject({ state: 'SETTLED' })
      expect((await messageRow(id)).body_text).toBe('First words.')
      await refused('messageUpdate', { id, body: { text: 'Last words.' } }, { capability: 'MESSAGE_EDIT' })
    }
  })

  test('leaves alone what somebody is sending just now', async () => {
    const { id, deliveryId } = await sent('alibaba')
    await setDelivery(deliveryId, sql`lease_owner = gen_random_uuid(), lease_until = now() + interval '1 minute'`)
    await refused('messageUpdate', { id, body: { text: 'Too late.' } }, { capability: 'MESSAGE_EDIT' })
    await refused('messageDelete', { id }, { capability: 'MESSAGE_DELETE' })
    await setDelivery(deliveryId, sql`lease_owner = null, lease_until = null`)
  })

  test('changes nothing when it says what is there', async () => {
    const ticket = await freshTicket('comm100', "m.type = 'REPLY_OUTBOUND' and m.body_html is null")
    const {
      body_text: text,
      is_internal: isInternal,
      is_read: isRead,
      content_type,
    } = await messageRow(messageNode(ticket))
    const before = await everything()
    if (content_type === 'TEXT') {
      await done('messageUpdate', { id: messageNode(ticket), body: { text }, isInternal, isRead })
      expect(await everything()).toEqual(before)
    }
  })

  test('says what is wrong', async () => {
    const ticket = await freshTicket('comm100', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
    const id = messageNode(ticket)
    const [agent = ''] = await agentsOf(ticket)
    await refused('messageUpdate', { id }, { code: 'REQUIRED', path: ['input'] })
    await refused(
      'messageUpdate',
      { id: ticketNode(ticket), isRead: true },
      { code: 'NOT_FOUND', path: ['input', 'id'] },
    )
    await refused('messageUpdate', { id, body: { text: '' } }, { code: 'REQUIRED', path: ['input', 'body'] })
    await refused('messageUpdate', { id, body: { text: '\u0000' } }, { rule: 'noNul', path: ['input', 'body', 'text'] })
    await refused(
      'messageUpdate',
      { id, body: { text: 'x'.repeat(500_001) } },
      { rule: 'maxLength=500000', path: ['input', 'body', 'text'] },
    )
    await refused(
      'messageUpdate',
      { id, mentionAgentIds: [agent] },
      { rule: 'note', path: ['input', 'mentionAgentIds'] },
    )
    await refused(
      'messageUpdate',
      { id: messageNode(await freshTicket('comm100')), body: { text: 'x' } },
      { rule: 'notOurs', path: ['input', 'id'] },
    )
    const note = await freshTicket('comm100', "m.type = 'NOTE_PRIVATE'")
    await refused(
      'messageUpdate',
      { id: messageNode(note), body: { text: 'x' } },
      { capability: 'MESSAGE_EDIT', path: ['input', 'id'] },
    )
    await refused(
      'messageUpdate',
      {
        id: messageNode(await freshTicket('onebox', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")),
        body: { text: 'x' },
      },
      { capability: 'MESSAGE_EDIT' },
    )
  })
})

describe('messageDelete', () => {
  test('withdraws what has not gone out: it is not sent, and nobody is called any more', async () => {
    const ticket = await freshTicket('comm100')
    const [agent = ''] = await agentsOf(ticket)
    const made = await done('noteAdd', {
      ticketId: ticketNode(ticket),
      body: { text: 'Never mind.' },
      mentionAgentIds: [agent],
    })
    const id = made.message?.id ?? ''
    const result = await done('messageDelete', { id, idempotencyKey: 'gone' })
    expect(result).toMatchObject({ deletedMessageId: id, deliveries: [] })
    expect(result.ticket?.messageCount).toBe((made.ticket?.messageCount ?? 0) - 1)
    expect(await messageRow(id)).toMatchObject({ is_deleted: true, delivery: { status: 'FAILED' } })
    expect(await deliveryOf(made.deliveries[0]?.id ?? '')).toMatchObject({ state: 'DISCARDED' })
    expect(await rows(sql`select id from mentions where message_id = ${uuidOf(id)}`)).toEqual([])
    expect((await settledLines(ticket.id)).slice(2).map(({ kind, message_id }) => [kind, message_id])).toEqual([
      ['DELETED', uuidOf(id)],
      ['UPDATED', null],
    ])
    expect(await run('messageDelete', { id, idempotencyKey: 'gone' })).toMatchObject({ replayed: true, errors: [] })
    await refused('messageDelete', { id }, { code: 'ALREADY_DONE', path: ['input', 'id'] })
  })

  test('withdraws one of several that go out together', async () => {
    const ticket = await freshTicket('deskhero')
    const entries = ['One.', 'Two.'].map((text) => ({ body: { text } }))
    const made = await done('messagesCreate', { ticketId: ticketNode(ticket), entries })
    const [one, two] = made.messages.map(({ id }) => id) as [string, string]
    await done('messageDelete', { id: one })
    expect((await deliveryOf(made.deliveries[0]?.id ?? '')).state).toBe('QUEUED')
    await delivering().settled()
    expect((await messageRow(one)).external_id).toMatch(/^deskgraph:/)
    expect((await messageRow(two)).external_id).not.toMatch(/^deskgraph:/)
  })

  test('removes it at the help desk where that can be done', async () => {
    const ticket = await freshTicket('chatwoot', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
    const id = messageNode(ticket)
    const { deliveries } = await done('messageDelete', { id })
    expect(await deliveryOf(deliveries[0]?.id ?? '')).toMatchObject({
      ...{ operation: 'deleteMessage', message_id: ticket.messageId, input: {} },
      before: { kind: 'message', before: { isDeleted: false } },
    })
    await delivering().settled()
    expect(await messageRow(id)).toMatchObject({ is_deleted: true, body_text: 'This message was deleted' })
  })

  test('is refused where it cannot', async () => {
    for (const vendor of ['comm100', 'deskhero', 'alibaba', 'onebox'])
      await refused(
        'messageDelete',
        { id: messageNode(await freshTicket(vendor)) },
        { capability: 'MESSAGE_DELETE', path: ['input', 'id'] },
      )
    await refused('messageDelete', { id: 'x' }, { code: 'NOT_FOUND', path: ['input', 'id'] })
  })
})

// ------------------------------------------------------------------ conversations

const conversationNode = async (ticket: { messageId: string }) =>
  nodeIdOf('Conversation', (await messageRow(messageNode(ticket))).conversation_id as string)

describe('conversationMarkSeen', () => {
  test('marks the thread and with it the ticket, at the help desk where it has that', async () => {
    for (const vendor of ['chatwoot', 'onebox']) {
      const ticket = await freshTicket(vendor)
      await db.execute(
        sql`update tickets set is_read_by_agent = false, unread_message_count = 3 where id = ${ticket.id}`,
      )
      await db.execute(sql`update messages set is_read = false where ticket_id = ${ticket.id}`)
      await db.execute(
        sql`update conversations set unread_count = 3, agent_last_seen_at = now() where ticket_id = ${ticket.id}`,
      )
      const result = await done('conversationMarkSeen', { id: await conversationNode(ticket) })
      expect(result.conversation).toMatchObject({ unreadCount: 0, agentLastSeenAt: expect.any(String) })
      expect(result.ticket?.isReadByAgent).toBe(true)
      expect((await messageRow(messageNode(ticket))).is_read).toBe(true)
      expect(result.deliveries.map(({ operation }) => operation)).toEqual(vendor === 'chatwoot' ? ['markTicket'] : [])
    }
  })

  test('leaves the ticket unread while another thread of it has something nobody has seen', async () => {
    const ticket = await freshTicket('deskhero')
    const made = await done('messagesCreate', {
      ticketId: ticketNode(ticket),
      entries: ['And this?', 'And that?'].map((text) => ({ type: 'REPLY_INBOUND', body: { text } })),
    })
    await db.execute(sql`update tickets set is_read_by_agent = false where id = ${ticket.id}`)
    const ids = await Promise.all(made.messages.map(({ id }) => conversationNode({ messageId: uuidOf(id) })))
    const results: (boolean | undefined)[] = []
    const threads = await rows(
      sql`select distinct conversation_id as id from messages where ticket_id = ${ticket.id} and direction = 'INBOUND'`,
    )
    for (const id of [
      ...ids,
      ...threads.map(({ id }) => nodeIdOf('Conversation', id)).filter((id) => !ids.includes(id)),
    ])
      results.push((await done('conversationMarkSeen', { id })).ticket?.isReadByAgent)
    expect(results[0]).toBe(false)
    expect(results.at(-1)).toBe(true)
  })

  test("marks the customer's side where that is kept, and is refused where only they can", async () => {
    const ticket = await freshTicket('alibaba')
    const id = await conversationNode(ticket)
    const result = await done('conversationMarkSeen', { id, side: 'CONTACT' })
    expect(result.conversation?.contactLastSeenAt).toEqual(expect.any(String))
    expect(result.deliveries).toEqual([])
    for (const vendor of ['comm100', 'chatwoot']) {
      const other = await conversationNode(await freshTicket(vendor))
      await refused(
        'conversationMarkSeen',
        { id: other, side: 'CONTACT' },
        { capability: 'TICKET_READ_STATE', path: ['input', 'side'] },
      )
    }
    await refused('conversationMarkSeen', { id: ticketNode(ticket) }, { code: 'NOT_FOUND', path: ['input', 'id'] })
  })
})

describe('conversationMute', () => {
  test('is promised where the help desk mutes, else kept here, and does nothing twice', async () => {
    for (const vendor of ['chatwoot', 'comm100', 'deskhero', 'alibaba', 'onebox']) {
      const ticket = await freshTicket(vendor)
      const id = await conversationNode(ticket)
      await db.execute(sql`update conversations set is_muted = false where id = ${uuidOf(id)}`)
      const result = await done('conversationMute', { id, muted: true })
      expect(result.conversation?.isMuted).toBe(true)
      if (vendor === 'chatwoot') {
        expect(await deliveryOf(result.deliveries[0]?.id ?? '')).toMatchObject({
          ...{ operation: 'muteConversation', ticket_id: ticket.id, lanes: [ticket.id], fields: ['conversations'] },
          input: { conversationId: uuidOf(id), isMuted: true },
          before: { kind: 'conversation', conversationId: uuidOf(id), before: { isMuted: false } },
        })
        await delivering().settled()
        expect((await row(sql`select id, is_muted from conversations where id = ${uuidOf(id)}`)).is_muted).toBe(true)
      } else expect(result.deliveries).toEqual([])
      const before = await everything()
      await done('conversationMute', { id, muted: true })
      expect(await everything()).toEqual(before)
    }
    await refused('conversationMute', { id: 'x', muted: true }, { code: 'NOT_FOUND', path: ['input', 'id'] })
  })
})

// ------------------------------------------------------------------ merged threads, other tenants

test('what was moved by a merge is changed at the help desk it came from, in the order of both tickets', async () => {
  const source = await freshTicket('comm100', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
  const target = await freshTicket('onebox')
  const merged = await ask(
    'mutation ($input: TicketMergeInput!) { ticketMerge(input: $input) { errors { message } } }',
    {
      input: { targetId: ticketNode(target), sourceIds: [ticketNode(source)] },
    },
  )
  expect(merged).toMatchObject({ data: { ticketMerge: { errors: [] } } })
  const id = messageNode(source)
  await db.execute(sql`update messages set delivery = '{"status": "FAILED"}' where id = ${source.messageId}`)
  await db.execute(sql`update conversations set is_muted = false where ticket_id = ${target.id}`)
  const conversationId = await conversationNode(source)
  const results = [
    await done('messageUpdate', { id, body: { text: 'Changed after the merge.' } }),
    await done('messageResend', { id }),
    await done('conversationMarkSeen', { id: conversationId }),
    await done('messagesCreate', {
      ticketId: ticketNode(target),
      conversationId,
      entries: [{ type: 'NOTE_PRIVATE', body: { text: 'Noted there.' } }],
    }),
  ]
  for (const { deliveries, ticket } of results) {
    expect(ticket?.id).toBe(ticketNode(target))
    const [delivery] = await Promise.all(deliveries.map(({ id: deliveryId }) => deliveryOf(deliveryId)))
    expect(delivery).toMatchObject({ backend_id: source.backend_id, ticket_id: source.id })
    expect((delivery as Row & { lanes: string[] }).lanes.toSorted()).toEqual([source.id, target.id].toSorted())
  }
  await delivering().settled()
  expect((await messageRow(id)).body_text).toBe('Changed after the merge.')
})

test('things of another tenant look like missing ones', async () => {
  const elsewhere = await makeWorkspace(db)
  const ticket = await freshTicket('chatwoot', "m.type = 'REPLY_OUTBOUND' and m.direction = 'OUTBOUND'")
  const conversation = await row(sql`select * from conversations where ticket_id = ${ticket.id} limit 1`)
  const ids = { ticket: crypto.randomUUID(), conversation: crypto.randomUUID(), message: crypto.randomUUID() }
  await db.execute(sql`insert into backends (workspace_id, id, key, name, vendor)
    values (${elsewhere}, ${ids.ticket}, 'there', 'There', 'chatwoot')`)
  const copy = async (table: string, id: string, from: string, set: Record<string, string>) => {
    const columns = (
      await rows(
        sql`select column_name as id from information_schema.columns where table_name = ${table} and is_generated = 'NEVER'`,
      )
    ).map(({ id: name }) => name)
    const values = columns.map((name) =>
      set[name] ? `'${set[name]}'` : /_id$/.test(name) && name !== 'external_id' ? 'null' : `"${name}"`,
    )
    await db.execute(
      sql.raw(
        `insert into ${table} (${columns.map((name) => `"${name}"`).join(', ')}) select ${values.join(', ')} from ${table} where id = '${from}'`,
      ),
    )
    return id
  }
  const own = { workspace_id: elsewhere, backend_id: ids.ticket }
  await copy('tickets', ids.ticket, ticket.id, { ...own, id: ids.ticket })
  await copy('conversations', ids.conversation, conversation.id, {
    ...own,
    id: ids.conversation,
    ticket_id: ids.ticket,
  })
  await copy('messages', ids.message, ticket.messageId, {
    ...own,
    id: ids.message,
    ticket_id: ids.ticket,
    conversation_id: ids.conversation,
  })
  const body = { text: 'x' }
  const [ticketId, id, thread] = [
    nodeIdOf('Ticket', ids.ticket),
    nodeIdOf('Message', ids.message),
    nodeIdOf('Conversation', ids.conversation),
  ]
  const gone = { __typename: 'NotFoundError', code: 'NOT_FOUND' }
  await refused('noteAdd', { ticketId, body }, gone)
  await refused('messagesCreate', { ticketId, entries: [{ body }] }, gone)
  await refused('messagesCreate', { ticketId: ticketNode(ticket), conversationId: thread, entries: [{ body }] }, gone)
  await refused('messageForward', { messageId: id, to: [{ email: 'a@example.com', direction: 'TO' }] }, gone)
  await refused('messageResend', { id }, gone)
  await refused('messageUpdate', { id, body }, gone)
  await refused('messageDelete', { id }, gone)
  await refused('conversationMarkSeen', { id: thread }, gone)
  await refused('conversationMute', { id: thread, muted: true }, gone)
})

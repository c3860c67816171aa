/** Notes, imports, forwards and messages sent again: what is promised, and what arrives. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { makeWorkspace } from '../support/gateway.ts'
import { messageNode, openMessageDesk, ticketNode, uuidOf } from './message-desk.ts'

const desk = await openMessageDesk()
const { db, rows, row, deliveryOf, messageRow, freshTicket, workspaceId } = desk
const { run, done, refused, settledLines, upload, agentsOf, delivering, sent, setDelivery } = desk

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

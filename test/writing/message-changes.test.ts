/** Messages changed and removed: what is promised, and what arrives. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { messageNode, openMessageDesk, type Row, ticketNode, uuidOf } from './message-desk.ts'

const desk = await openMessageDesk()
const { ask, db, rows, deliveryOf, messageRow, freshTicket } = desk
const { run, done, refused, everything, settledLines, agentsOf, delivering, sent, setDelivery, conversationNode } = desk

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

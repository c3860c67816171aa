/** Conversations seen and muted: what is promised, and what is kept here. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { messageNode, openMessageDesk, ticketNode, uuidOf } from './message-desk.ts'

const { db, rows, row, deliveryOf, messageRow, freshTicket, done, refused, everything, delivering, conversationNode } =
  await openMessageDesk()

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

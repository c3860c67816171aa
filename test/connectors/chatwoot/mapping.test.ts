import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { agentFrom } from '#connectors/chatwoot/map-people.ts'
import type { Json } from '#connectors/contract.ts'
import { conversation, fullConversation, fullMessage, mail, row, secrets } from './fixtures.ts'
import { mapped } from './support.ts'

describe('every field of the vendor reference has its place', () => {
  const { ticket, conversation: thread, messages, people, misfits } = mapped(fullConversation, [fullMessage])
  const message = messages[0]
  const contact = people.contacts.get('501')
  const agent = people.agents.get('31')

  it('nothing is left unmapped', () => expect(misfits).toEqual([]))
  it('id, uuid', () => {
    expect(ticket).toMatchObject({ externalId: '7:42', number: '42' })
    expect(thread).toMatchObject({ externalId: '7:42', uuid: '6f0c9e9a-3c7e-4f0e-9d55-0c9f6a0a4c11' })
  })
  it('inbox_id', () => expect(thread?.channelAccountExternalId).toBe('12'))
  it('messages[].id', () => expect(message).toMatchObject({ externalId: '9001', sequence: 9001 }))
  it('messages[].content is byte-equal', () => expect(message?.body.text).toBe(fullMessage.content))
  it('messages[].processed_message_content', () => expect(message?.body.markdown).toBe('two **spaces**'))
  it.each([
    [0, 'REPLY_INBOUND', 'INBOUND', false],
    [1, 'REPLY_OUTBOUND', 'OUTBOUND', false],
    [2, 'NOTE_PRIVATE', 'SYSTEM', true],
    [3, 'REPLY_OUTBOUND', 'SYSTEM', false],
    ['incoming', 'REPLY_INBOUND', 'INBOUND', false],
    ['outgoing', 'REPLY_OUTBOUND', 'OUTBOUND', false],
    ['activity', 'NOTE_PRIVATE', 'SYSTEM', true],
    ['template', 'REPLY_OUTBOUND', 'SYSTEM', false],
  ])('messages[].message_type %s is %s, %s', (word, type, direction, isInternal) => {
    expect(mapped(conversation(), [row({ message_type: word })]).messages[0]).toMatchObject({
      type,
      direction,
      isInternal,
    })
  })
  it('messages[].created_at/updated_at', () => {
    expect(message).toMatchObject({
      at: new Date(1767258000e3),
      createdAt: new Date(1767258000e3),
      updatedAt: new Date(1767258060e3),
    })
  })
  it('messages[].private', () => {
    const [note] = mapped(conversation(), [row({ message_type: 1, private: true })]).messages
    expect(note).toMatchObject({ type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true })
  })
  it.each([
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
    ['failed', 'FAILED'],
  ])('messages[].status %s', (word, status) => {
    const [sent] = mapped(conversation(), [
      row({ status: word, content_attributes: { external_error: 'number unknown' } }),
    ]).messages
    expect(sent?.delivery).toMatchObject({ status, failReason: 'number unknown' })
  })
  it('messages[].source_id, external_source_ids, additional_attributes', () => {
    expect(message?.sourceId).toBe('wamid.77')
    expect(message?.metadata).toEqual({
      additional_attributes: { campaign: 'spring' },
      external_source_ids: { slack: 'C01' },
    })
  })
  it.each([
    ['text', 'TEXT'],
    ['input_text', 'INPUT'],
    ['input_email', 'INPUT'],
    ['input_csat', 'INPUT'],
    ['input_select', 'QUICK_REPLY'],
    ['cards', 'CARD'],
    ['form', 'FORM'],
    ['article', 'ARTICLE'],
    ['incoming_email', 'EMAIL'],
    ['integrations', 'WEB_VIEW'],
    ['sticker', 'IMAGE'],
    ['voice_call', 'AUDIO'],
    [null, 'TEXT'],
  ])('messages[].content_type %s is %s', (word, contentType) => {
    expect(mapped(conversation(), [row({ content_type: word })]).messages[0]?.contentType).toBe(contentType)
  })
  it('messages[].content_attributes', () => {
    expect(message).toMatchObject({ contentAttributes: { in_reply_to: 9000 }, parentExternalId: '9000' })
  })
  it.each([
    [
      { sender_type: 'Contact', sender_id: 77 },
      { type: 'CONTACT', externalId: '77' },
    ],
    [
      { sender_type: 'User', sender_id: 31 },
      { type: 'AGENT', externalId: '31' },
    ],
    [
      { sender_type: 'AgentBot', sender_id: 31 },
      { type: 'CHATBOT', externalId: 'bot:31' },
    ],
    [
      { sender_type: 'Captain::Assistant', sender_id: 31 },
      { type: 'CHATBOT', externalId: 'captain:31' },
    ],
    [{ sender: { id: 31, name: 'Ines', type: 'user' } }, { type: 'AGENT', externalId: '31', name: 'Ines' }],
    [{ sender: { id: 2, name: 'Robo', type: 'agent_bot' } }, { type: 'CHATBOT', externalId: 'bot:2', name: 'Robo' }],
    [
      { sender_type: null, sender_id: null, message_type: 2 },
      { type: 'SYSTEM', externalId: 'system' },
    ],
    [
      { sender_type: null, message_type: 3 },
      { type: 'SYSTEM', externalId: 'system' },
    ],
    [
      { message_type: 1, additional_attributes: { campaign_id: 6 } },
      { type: 'OUTREACH_CAMPAIGN', externalId: '6' },
    ],
    [{ message_type: 0 }, { type: 'CONTACT', externalId: '501' }],
  ])('messages[].sender %j', (wire, expected) => {
    expect(mapped(conversation(), [row(wire)]).messages[0]?.sender).toMatchObject(expected)
  })
  it('messages[].sentiment', () => expect(message?.sentiment).toEqual({ label: 'positive', score: 0.9 }))
  it('messages[].conversation is left out of raw', () => expect(message?.raw).not.toHaveProperty('conversation'))
  it('messages[].attachment', () => {
    expect(message?.attachments).toMatchObject([
      { externalId: '71', name: 'red car.png', contentType: 'image/png', kind: 'IMAGE', sizeBytes: 2048, status: 'OK' },
    ])
    expect(message?.attachments?.[0]?.vendorUrl).toBe('https://files.example/a/b/red%20car.png')
  })
  it('additional_attributes', () => {
    expect(thread?.additionalAttributes).toEqual({ mail_subject: 'Broken lamp', conversation_language: 'pt' })
    expect(ticket).toMatchObject({ subject: 'Broken lamp', contactLanguage: 'pt' })
  })
  it('the three last_seen_at', () => {
    expect(thread).toMatchObject({
      agentLastSeenAt: new Date(1767258200e3),
      assigneeLastSeenAt: new Date(1767258210e3),
      contactLastSeenAt: new Date(1767258220e3),
    })
  })
  it('can_reply, muted', () => expect(thread).toMatchObject({ canReply: true, isMuted: true }))
  it('custom_attributes', () => {
    const expected = [{ key: 'order', label: 'order', type: 'string', value: 'A-1' }]
    expect([ticket.customFields, thread?.customFields]).toEqual([expected, expected])
  })
  it('labels', () =>
    expect(ticket.tags).toEqual([
      { externalId: 'vip', name: 'vip' },
      { externalId: 'billing', name: 'billing' },
    ]))
  it('snoozed_until', () => {
    expect([ticket.snoozedUntil, thread?.snoozedUntil]).toEqual([
      new Date('2026-02-01T08:00:00Z'),
      new Date('2026-02-01T08:00:00Z'),
    ])
  })
  it.each([
    ['open', 'PENDING_INTERNAL'],
    ['resolved', 'RESOLVED'],
    ['pending', 'NEW'],
    ['snoozed', 'ON_HOLD'],
  ])('status %s is %s', (word, status) => {
    const found = mapped(conversation({ status: word }))
    expect(found.ticket).toMatchObject({ status, statusDetail: { raw: word } })
    expect(found.conversation).toMatchObject({ status, statusDetail: { raw: word } })
  })
  it('created_at, updated_at with its fraction', () => {
    const times = { createdAt: new Date(1767250000e3), updatedAt: new Date(1767258300500) }
    expect(ticket).toMatchObject(times)
    expect(thread).toMatchObject(times)
  })
  it('first_reply_created_at, waiting_since, last_activity_at', () => {
    const times = {
      firstRepliedAt: new Date(1767251000e3),
      waitingSince: new Date(1767258000e3),
      lastActivityAt: new Date(1767258250e3),
    }
    expect(ticket).toMatchObject(times)
    expect(thread).toMatchObject(times)
  })
  it('unread_count', () => {
    expect(thread?.unreadCount).toBe(3)
    expect(ticket).toMatchObject({ isReadByAgent: false, unreadMessageCount: 3 })
    expect(mapped(conversation({ unread_count: 0 })).ticket.isReadByAgent).toBe(true)
    expect(mapped(conversation()).ticket.isReadByAgent).toBeNull()
  })
  it.each([
    ['low', 'LOW'],
    ['medium', 'NORMAL'],
    ['high', 'HIGH'],
    ['urgent', 'URGENT'],
    [null, null],
  ])('priority %s is %s', (word, priority) => {
    const found = mapped(conversation({ priority: word }))
    expect([found.ticket.priority, found.conversation?.priority]).toEqual([priority, priority])
    expect(found.ticket.priorityDetail?.raw ?? null).toBe(word)
  })
  it('sla_policy_id, applied_sla, sla_events', () => {
    expect(thread?.sla).toMatchObject({
      state: 'BREACHED',
      policyName: 'Gold',
      breachedAt: new Date(1767250600e3),
      dueAt: new Date((1767258000 + 900) * 1000),
      events: [{ name: 'First response missed', at: new Date(1767250600e3) }],
    })
    expect(mapped(conversation({ sla_policy_id: 0, applied_sla: {}, sla_events: [{}] })).ticket.sla).toBeNull()
  })
  it('meta.sender', () => {
    expect(contact).toMatchObject({
      type: 'CONTACT',
      externalId: '501',
      displayName: 'Marta Vale',
      email: 'marta@example.com',
      phone: '+351000000001',
      avatarUrl: null,
      identifier: 'crm-99',
      isBlocked: true,
      isOnline: true,
      isIdentityVerified: true,
      lastActivityAt: new Date(1767258100e3),
      createdAt: new Date(1767000000e3),
    })
    expect(contact?.customFields).toMatchObject([
      { key: 'plan', value: 'gold' },
      { key: 'seats', type: 'number', value: 4 },
    ])
    expect(contact?.raw).toHaveProperty('additional_attributes.city', 'Porto')
    expect(ticket.requester).toMatchObject({ type: 'CONTACT', externalId: '501', name: 'Marta Vale' })
  })
  it('meta.channel', () => expect(thread?.channelExternalId).toBe('Channel::Email'))
  it('meta.assignee', () => {
    expect(agent).toMatchObject({
      type: 'AGENT',
      externalId: '31',
      displayName: 'Ines',
      email: 'ines@desk.example',
      role: 'agent',
      messageSignature: 'Kind regards',
      isAvailable: true,
      isActive: true,
      avatarUrl: expect.stringContaining('ines.png'),
    })
    expect(ticket.assignee).toMatchObject({ type: 'AGENT', externalId: '31' })
    expect(ticket.departmentExternalId).toBe('4')
  })
  it('meta.hmac_verified', () => expect(thread?.isIdentityVerified).toBe(true))
  it('secrets and other tenants are nowhere', () => {
    const text = JSON.stringify({ ticket, contacts: [...people.contacts], agents: [...people.agents] })
    for (const secret of secrets) expect(text).not.toContain(secret)
    expect(agent?.raw).not.toHaveProperty('accounts')
  })
  it('raw holds neither the thread nor the last message', () => {
    expect(ticket.raw).not.toHaveProperty('messages')
    expect(ticket.raw).not.toHaveProperty('last_non_activity_message')
    expect(thread).not.toHaveProperty('raw')
  })
})

describe('e-mails', () => {
  const [message] = mapped(conversation(), [mail]).messages
  it('keep the whole text, the HTML and the newest part', () => {
    expect(message?.body.text).toBe('Yes please.\r\n\r\n> Shall we?\r\n')
    expect(message?.body.html).toBe('<div>Yes please.</div><blockquote>Shall we?</blockquote>')
    expect(message?.extractedText).toBe('Yes please.')
  })
  it('keep subject, sender time, Message-ID and addresses', () => {
    expect(message).toMatchObject({
      subject: 'Re: Broken lamp',
      sourceId: 'mid-1@mail.example',
      contentType: 'EMAIL',
      sentAt: new Date('2026-01-01T06:59:39Z'),
    })
    expect(message?.addresses).toEqual([
      { email: 'marta@example.com', name: null, direction: 'FROM' },
      { email: 'support@desk.example', name: null, direction: 'TO' },
      { email: 'ole@example.com', name: 'Ole', direction: 'CC' },
      { email: 'pia@example.com', name: null, direction: 'CC' },
    ])
  })
  it('have their headers, not their bodies, in contentAttributes', () => {
    expect(message?.contentAttributes).toHaveProperty('email.subject')
    expect(message?.contentAttributes).not.toHaveProperty('email.html_content')
    expect(message?.raw).toHaveProperty('content_attributes.email.html_content')
  })
  it('that go out carry comma lists or arrays of addresses and the typed text', () => {
    const attributes = { cc_emails: 'a@x.example, b@x.example', bcc_emails: ['c@x.example'], to_emails: [] }
    const [sent] = mapped(conversation(), [
      row({ message_type: 1, content: 'Dear Marta,\r\n', content_attributes: attributes }),
    ]).messages
    expect(sent?.body).toEqual({ text: 'Dear Marta,\r\n' })
    expect(sent?.addresses?.map(({ email, direction }) => `${direction} ${email}`)).toEqual([
      'CC a@x.example',
      'CC b@x.example',
      'BCC c@x.example',
    ])
  })
})

describe('recordings, where they are at hand', () => {
  const folder = new URL('../../../../shared/data/chatwoot/messages/', import.meta.url)
  it.skipIf(!existsSync(folder))('are all digested, text byte-equal', () => {
    for (const name of readdirSync(folder)) {
      const rows = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as {
        content: string | null
        content_type: string
      }[]
      const { messages, misfits } = mapped(conversation(), rows as Json[])
      expect([name, messages.length, misfits]).toEqual([name, rows.length, []])
      for (const [index, wire] of rows.entries()) {
        if (wire.content_type !== 'incoming_email') expect(messages[index]?.body.text ?? null).toBe(wire.content)
      }
    }
  })
})

it('an agent without a display name is called by the next best thing', () => {
  expect(agentFrom({ id: 1, available_name: '', display_name: 'D', name: 'N' }, '7').displayName).toBe('D')
  expect(agentFrom({ id: 1, email: null, uid: 'u@x.example' }, '7')).toMatchObject({
    displayName: 'u@x.example',
    email: 'u@x.example',
  })
})

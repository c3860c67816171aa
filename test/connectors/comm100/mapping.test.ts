import { describe, expect, test } from 'vitest'
import { contactRecords } from '#connectors/comm100/reference.ts'
import type { Json } from '#connectors/contract.ts'
import { ids, mapped, wireAttachment, wireMessage, wireNote, wireTicket } from './fixtures.ts'

const low = (text: string) => text.toLowerCase()

describe('every field of the ticket reaches its place', () => {
  const { ticket, found } = mapped(wireTicket(), { messages: [wireMessage()], notes: [wireNote()] })

  test('nothing was left unmapped', () => expect(found.misfits).toEqual([]))
  test('id, subject', () =>
    expect(ticket).toMatchObject({ externalId: '4711', number: '4711', subject: 'Invoice of March' }))
  test('originalConversationId', () => expect(ticket.originalConversationId).toBe('884433_20260301'))
  test('assigneeId, assigneeType', () => expect(ticket.assignee).toEqual({ type: 'AGENT', externalId: ids.agent }))
  test('departmentAssigneeId', () => expect(ticket.departmentExternalId).toBe(low(ids.department)))
  test('channelId is kept as it is, channelAccountId lower', () => {
    expect(ticket).toMatchObject({ channelExternalId: ids.channel, channelAccountExternalId: ids.account })
  })
  test('lastMessageId, lastMessageChannelId, lastMessageChannelAccountId', () => {
    expect(ticket).toMatchObject({
      lastMessageChannelExternalId: ids.channel,
      lastMessageChannelAccountExternalId: ids.account,
    })
    expect(ticket.raw).toMatchObject({ lastMessageId: ids.message.toUpperCase() })
  })
  test('contactOrVisitorId/Type', () =>
    expect(ticket.requester).toEqual({ type: 'CONTACT', externalId: low(ids.contact) }))
  test('createdById/Type', () => expect(ticket.createdBy).toEqual({ type: 'CONTACT', externalId: low(ids.contact) }))
  test('lastRepliedById/Type', () => expect(ticket.lastRepliedBy).toEqual({ type: 'AGENT', externalId: ids.agent }))
  test('resolvedById/Type', () => expect(ticket.resolvedBy).toEqual({ type: 'AGENT', externalId: ids.agent }))
  test('status, priority', () => {
    expect(ticket).toMatchObject({ status: 'PENDING_INTERNAL', priority: 'HIGH' })
    expect(ticket.statusDetail).toEqual({ raw: 'pendingInternal', label: 'Pending internal' })
  })
  test('isReadByAgent, isReadByContact', () =>
    expect(ticket).toMatchObject({ isReadByAgent: false, isReadByContact: true }))
  test('ifHasDraft, draft', () => {
    expect(ticket.hasDraft).toBe(true)
    expect(ticket.drafts).toHaveLength(1)
  })
  test('mergedToTargetId', () => expect(ticket.mergedIntoExternalId).toBe('4700'))
  test('totalReplies, responseCount', () => {
    expect(ticket.responseCount).toBe(3)
    expect(ticket.raw).toMatchObject({ totalReplies: 2 })
  })
  test('the six times', () => {
    expect(ticket.createdAt.toISOString()).toBe('2026-03-01T08:10:53.400Z')
    expect(ticket.updatedAt?.toISOString()).toBe('2026-03-02T05:59:17.570Z')
    expect(ticket.lastRepliedAt?.toISOString()).toBe('2026-03-02T05:58:00.000Z')
    expect(ticket.lastStatusChangedAt?.toISOString()).toBe('2026-03-01T09:00:00.123Z')
    expect(ticket.resolvedAt?.toISOString()).toBe('2026-03-01T10:00:00.000Z')
    expect(ticket.reopenedAt?.toISOString()).toBe('2026-03-02T05:00:00.993Z')
  })
  test('isInRecycleBin', () => expect(ticket.isRecycled).toBe(true))
  test('contactLanguage, agentLanguage, autoTranslationStatus', () => {
    expect(ticket).toMatchObject({ contactLanguage: 'de', agentLanguage: 'en', isAutoTranslationOn: true })
  })
  test('replyingAgent', () => expect(ticket.replyingAgentMode).toBe('AGENT_AND_BOT'))
  test('responseTimeSpan, resolvedTimeSpan, firstResponseTimeSpan', () => {
    expect(ticket).toMatchObject({
      responseTimeSeconds: 50,
      resolutionTimeSeconds: 2_517_872,
      firstResponseTimeSeconds: 127,
    })
  })
  test('tags, tagIds', () => expect(ticket.tags).toEqual([{ externalId: low(ids.tag), name: 'billing' }]))
  test('noteMentions', () => {
    expect(ticket.mentions).toEqual([
      {
        externalId: low(ids.mention),
        messageExternalId: `note:${low(ids.note)}`,
        agent: { type: 'AGENT', externalId: ids.agent },
        isRead: false,
      },
    ])
  })
  test('ticketingEventLog', () => {
    const log = [{ id: ids.parent, type: 'statusChanged', time: '2026-03-01T09:00:00Z', byId: ids.agent, extra: 1 }]
    const { events } = mapped(wireTicket({ ticketingEventLog: log })).ticket
    expect(events).toMatchObject([
      { externalId: ids.parent, kind: 'statusChanged', actor: { type: 'AGENT' }, detail: { extra: 1 } },
    ])
    expect(ticket.events).toBeUndefined()
  })
})

describe('every field of the draft reaches its place', () => {
  const draft = mapped().ticket.drafts?.[0]

  test('body, type', () =>
    expect(draft).toMatchObject({ body: { html: '<p>Grüße</p>' }, contentType: 'HTML', externalId: '4711' }))
  test('metadata.decoration.email', () => {
    expect(draft?.addresses).toEqual([
      { email: 'kunde@example.org', name: null, direction: 'TO' },
      { email: 'a@example.org', name: null, direction: 'CC' },
      { email: 'b@example.org', name: null, direction: 'CC' },
    ])
    expect(draft).toMatchObject({
      subject: 'Re: Invoice',
      quotedText: 'On Monday you wrote',
      hasUnreceivedAttachment: true,
    })
  })
  test('metadata', () =>
    expect(draft?.metadata).toMatchObject({ channel: null, source: null, context: null, decoration: { files: null } }))
  test('attachments', () => {
    expect(draft?.attachments).toEqual([
      {
        externalId: low(ids.attachment),
        fileKey: 'kQ-9_x',
        name: 'scan.png',
        sizeBytes: 10,
        kind: 'IMAGE',
        status: 'OK',
        vendorUrl: 'https://files.example.net/kQ-9_x',
      },
    ])
  })
  test('lastUpdatedById/Time', () => {
    expect(draft?.updatedBy).toEqual({ type: 'AGENT', externalId: ids.agent })
    expect(draft?.updatedAt.toISOString()).toBe('2026-03-02T05:50:00.992Z')
  })
})

describe('every field of a message reaches its place', () => {
  const [message] = mapped(wireTicket(), { messages: [wireMessage()] }).entries

  test('translatedBody', () =>
    expect(message?.translation).toEqual({ locale: 'en', text: null, html: '<p>I have a question</p>' }))
  test('parentId', () => expect(message?.parentExternalId).toBe(ids.parent))
  test('sentById/sentByType', () => {
    expect(message?.sender).toEqual({
      type: 'CONTACT',
      externalId: low(ids.contact),
      email: 'kai@example.org',
      name: 'Kai',
    })
  })
  test('time, type', () => {
    expect(message?.at.toISOString()).toBe('2026-03-01T08:10:53.400Z')
    expect(message?.contentType).toBe('HTML')
  })
  test('metadata.{channel,source,decoration}', () => {
    expect(message?.metadata).toMatchObject({ source: { conversationId: '1848' }, context: { step: 3 } })
    expect(message).toMatchObject({
      type: 'REPLY_INBOUND',
      direction: 'INBOUND',
      subject: 'Question',
      channelAccountExternalId: ids.account,
    })
    expect(message?.addresses).toEqual([
      { email: 'kai@example.org', name: 'Kai', direction: 'FROM' },
      { email: 'help@example.com', name: null, direction: 'TO' },
    ])
  })
  test('originalId', () => expect(message?.sourceId).toBe('<mail-1@example.org>'))
  test('channelId', () => expect(message?.channelExternalId).toBe('Email'))
  test('body', () => expect(message?.body).toEqual({ html: '<p>Ich habe eine Frage</p>' }))
  test('ifDisplayInTicketCorrespondences, isOriginalSentToContact, showInlineImage', () => {
    expect(message).toMatchObject({ showInCorrespondence: true, isOriginalSentToContact: true, showInlineImages: true })
  })
  test('isRead, isInternal', () => {
    expect(message).toMatchObject({ isRead: true, isInternal: false })
    const [internal] = mapped(wireTicket(), { messages: [wireMessage({ isInternal: true })] }).entries
    expect(internal).toMatchObject({ isInternal: true, type: 'NOTE_PRIVATE', direction: 'INTERNAL' })
  })
  test('messageDelivery', () => {
    expect(message?.delivery).toEqual({
      status: 'FAILED',
      failReason: 'mailbox full',
      at: new Date('2026-03-01T08:11:00.336Z'),
      groupId: ids.parent,
      orderNumber: 2,
    })
  })
  test('attachments', () => expect(message?.attachments).toHaveLength(1))
})

describe('people', () => {
  test('who came along with a ticket becomes a record of its own', () => {
    const contactOrVisitor = {
      id: low(ids.contact),
      name: 'Kai',
      contactIdentities: [{ contactIdentityType: 'email', value: 'kai@example.org' }],
    }
    const assignee = { id: ids.agent, displayName: 'Robo', email: 'robo@example.com' }
    const { found, ticket } = mapped(wireTicket({ contactOrVisitor, assignee, assigneeType: 'chatbot' }))
    expect(found.contacts).toMatchObject([
      { type: 'CONTACT', externalId: low(ids.contact), displayName: 'Kai', email: 'kai@example.org' },
    ])
    expect(found.agents).toMatchObject([{ type: 'CHATBOT', externalId: ids.agent, displayName: 'Robo' }])
    expect(ticket.requester).toMatchObject({ name: 'Kai', email: 'kai@example.org' })
    expect(ticket.raw).not.toHaveProperty('contactOrVisitor')
  })

  test('both generations of contact identities are understood, whatever their case', () => {
    const contactIdentities: Json[] = [
      { contactIdentityType: 'Email', value: 'one@example.org', avatarUrl: '' },
      { type: 'email', value: 'two@example.org' },
      { type: 'SMS', value: '+491234' },
      { type: 'externalID', value: 'C-77' },
      { type: 'SecureMessaging', value: 'portal-9' },
    ]
    const wire = {
      id: ids.contact,
      firstName: 'Ada',
      lastName: 'Poe',
      createTime: '2026-01-02T03:04:05Z',
      contactIdentities,
    }
    const [contact] = contactRecords([wire]).contacts
    expect(contact).toMatchObject({
      displayName: 'Ada Poe',
      email: 'one@example.org',
      phone: '+491234',
      identifier: 'C-77',
    })
    expect(contact?.identities).toEqual([
      { channelType: 'EMAIL', value: 'one@example.org', isPrimary: true },
      { channelType: 'EMAIL', value: 'two@example.org', isPrimary: false },
      { channelType: 'SMS', value: '+491234', isPrimary: true },
      { channelType: 'PORTAL', value: 'portal-9', isPrimary: true },
    ])
  })

  test.each([
    ['contact', 'CONTACT'],
    ['visitor', 'VISITOR'],
    ['chatbot', 'CHATBOT'],
    ['channelAccount', 'CHANNEL_ACCOUNT'],
    ['agent', 'AGENT'],
    ['outreachCampaign', 'OUTREACH_CAMPAIGN'],
  ])('%s is %s', (word, type) => {
    expect(mapped(wireTicket({ createdByType: word })).ticket.createdBy).toMatchObject({
      type,
      externalId: low(ids.contact),
    })
  })
})

test('a file without an address, or not available yet, has no URL yet', () => {
  const files = [
    { ...wireAttachment(), url: '' },
    { ...wireAttachment(), id: ids.parent, isAvailable: false },
  ]
  const [message] = mapped(wireTicket(), { messages: [wireMessage({ attachments: files })] }).entries
  expect(message?.attachments?.map(({ status }) => status)).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
})

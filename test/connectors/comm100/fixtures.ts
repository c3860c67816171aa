/** Answers in the shape Comm100 gives, written by hand: ids as integers and as text, GUIDs in both cases, base64 bodies. */

import { openChannelBook } from '#connectors/comm100/channels.ts'
import { type TicketContext, ticketRecords } from '#connectors/comm100/ticket.ts'
import type { Json, JsonObject, Records } from '#connectors/contract.ts'

export const base64 = (text: string) => `data:text/plain;base64,${Buffer.from(text, 'utf8').toString('base64')}`

export const ids = {
  agent: '5d0c2a1e-77b4-4f02-9a53-0b6c1f7d2e11',
  department: '3B2F6C10-4A8E-4E0B-8C7D-91F2A6B3C4D5',
  channel: 'C0FFEE12-5A5A-4B4B-8C8C-D1D2D3D4D5D6',
  account: '8a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
  contact: 'AB12CD34-0F0F-4E4E-8D8D-010203040506',
  tag: 'E1D2C3B4-A596-4877-8665-544332211000',
  message: '11112222-3333-4444-8555-666677778888',
  parent: '99998888-7777-4666-8555-444433332222',
  note: '4D10AAAA-F113-4884-8F7E-735F6FEDABCD',
  mention: '277EAAAA-94DE-4751-926E-BCAE2FDE1234',
  attachment: '7CEEAAAA-95B8-43CC-8C1E-F6424D695678',
}
export const zero = '00000000-0000-0000-0000-000000000000'

export function wireTicket(changes: JsonObject = {}): JsonObject {
  return {
    id: 4711,
    subject: 'Invoice of March',
    originalConversationId: '884433_20260301',
    assigneeId: ids.agent.toUpperCase(),
    departmentAssigneeId: ids.department,
    channelId: ids.channel,
    channelAccountId: ids.account.toUpperCase(),
    lastMessageId: ids.message.toUpperCase(),
    lastMessageChannelId: ids.channel,
    lastMessageChannelAccountId: ids.account,
    contactOrVisitorId: ids.contact,
    createdById: ids.contact,
    lastRepliedById: ids.agent,
    resolvedById: ids.agent,
    assigneeType: 'agent',
    contactOrVisitorType: 'contact',
    status: 'pendingInternal',
    priority: 'high',
    createdByType: 'contact',
    lastRepliedByType: 'agent',
    resolvedByType: 'agent',
    isReadByAgent: false,
    isReadByContact: true,
    ifHasDraft: true,
    mergedToTargetId: 4700,
    totalReplies: 2,
    createdTime: '2026-03-01T08:10:53.4Z',
    lastUpdatedTime: '2026-03-02T05:59:17.57Z',
    lastRepliedTime: '2026-03-02T05:58:00Z',
    lastStatusChangedTime: '2026-03-01T09:00:00.1234567Z',
    resolvedTime: '2026-03-01T10:00:00Z',
    isInRecycleBin: true,
    reopenedTime: '2026-03-02T05:00:00.993Z',
    contactLanguage: 'de',
    agentLanguage: 'en',
    autoTranslationStatus: true,
    responseTimeSpan: 50,
    replyingAgent: 'agentAndBot',
    responseCount: 3,
    resolvedTimeSpan: 2_517_872,
    firstResponseTimeSpan: 127,
    tags: [{ id: ids.tag.toLowerCase(), name: 'billing' }],
    draft: wireDraft(),
    noteMentions: [
      { isReadByAgent: false, noteId: ids.note, id: ids.mention, agentId: ids.agent.toUpperCase(), ticketId: '4711' },
    ],
    tagIds: [ids.tag],
    ...changes,
  }
}

function wireDraft(): JsonObject {
  return {
    ticketId: '4711',
    body: base64('<p>Grüße</p>'),
    metadata: {
      channel: null,
      source: null,
      decoration: {
        files: null,
        location: null,
        buttons: null,
        quickReplies: null,
        email: {
          from: null,
          to: 'kunde@example.org;',
          cc: 'a@example.org;b@example.org;',
          bcc: null,
          subject: 'Re: Invoice',
          quote: 'On Monday you wrote',
          ifHasAttachmentNotReceived: true,
        },
      },
      context: null,
    },
    lastUpdatedById: ids.agent,
    lastUpdatedTime: '2026-03-02T05:50:00.992Z',
    type: 'html',
    attachments: [wireAttachment()],
  }
}

export function wireAttachment(): JsonObject {
  return {
    id: ids.attachment,
    fileKey: 'kQ-9_x',
    name: 'scan.png',
    size: 10,
    ticketId: '4711',
    type: 'image',
    url: 'https://files.example.net/kQ-9_x?sig=LIVE-SIGNATURE',
  }
}

export function wireMessage(changes: JsonObject = {}): JsonObject {
  return {
    translatedBody: base64('<p>I have a question</p>'),
    id: ids.message,
    ticketId: 4711,
    parentId: ids.parent.toUpperCase(),
    sentById: ids.contact,
    sentByType: 'contact',
    time: '2026-03-01T08:10:53.4Z',
    type: 'html',
    metadata: {
      channel: { channelAccount: ids.account.toUpperCase(), isFromChannelToPlatform: true },
      source: { contactIdentityId: ids.contact, conversationId: '1848' },
      decoration: {
        chat: { title: 'Chat with Kai' },
        email: { from: 'Kai <kai@example.org>;', to: 'help@example.com;', cc: null, bcc: null, subject: 'Question' },
      },
      context: { step: 3 },
    },
    originalId: '<mail-1@example.org>',
    channelId: 'Email',
    body: base64('<p>Ich habe eine Frage</p>'),
    ifDisplayInTicketCorrespondences: true,
    isOriginalSentToContact: true,
    showInlineImage: true,
    isRead: true,
    isInternal: false,
    messageDelivery: {
      messageId: ids.message,
      status: 'failed',
      failReason: 'mailbox full',
      time: '2026-03-01T08:11:00.336Z',
      groupId: ids.parent,
      orderNum: 2,
    },
    attachments: [wireAttachment()],
    ...changes,
  }
}

export function wireNote(changes: JsonObject = {}): JsonObject {
  return {
    id: ids.note.toLowerCase(),
    ticketId: '4711',
    agentId: ids.agent,
    createdTime: '2026-03-01T09:00:00Z',
    text: base64('Ask <Kai> first'),
    attachments: [],
    noteMentions: [],
    ...changes,
  }
}

export function mapped(
  ticket: Json = wireTicket(),
  thread: { messages?: Json[]; notes?: Json[] } = {},
  context: Partial<TicketContext> & { channelNames?: Record<string, string> } = {},
) {
  const { channelNames = {}, ...rest } = context
  const book = openChannelBook({ configured: channelNames, accounts: {}, learned: {} })
  const found: Records = ticketRecords(
    ticket,
    { messages: thread.messages ?? [], notes: thread.notes ?? [] },
    {
      book,
      statusMap: {},
      spanUnit: 'seconds',
      noteFormat: 'text',
      tagNames: new Map(),
      fieldLabels: {},
      fetchedAt: new Date('2026-05-01T00:00:00Z'),
      ...rest,
    },
  )
  const record = found.tickets[0]
  const entries = record?.conversations.flatMap((conversation) => conversation.messages) ?? []
  return { found, ticket: record as NonNullable<typeof record>, entries, book }
}

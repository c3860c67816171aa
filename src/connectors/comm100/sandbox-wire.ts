/** The shared desk in Comm100's wire format: mixed-case GUIDs, sentinels, base64 bodies, uneven fractions of seconds. */
import {
  type Desk,
  type DeskAttachment,
  type DeskContact,
  type DeskMessage,
  type DeskTicket,
  guidOf,
} from '#connectors/sandbox/desk.ts'
import type { ActorType, ChannelType, DeliveryStatus, TicketPriority, TicketStatus } from '#vocabulary.ts'

export const zeroGuid = '00000000-0000-0000-0000-000000000000'
export const never = '1970-01-01T00:00:00Z'

/** What a message is here: notes are a collection of their own, and suggested replies do not exist. */
export const isNote = (message: DeskMessage) => message.type === 'NOTE_PRIVATE' && !message.isSystemLine
export const isMessage = (message: DeskMessage) => !isNote(message) && message.type !== 'SUGGESTED_REPLY'

const guids = new Map<string, string>()
export function guid(kind: string, id: number): string {
  const key = `${kind}:${id}`
  const known = guids.get(key)
  if (known) return known
  const made = guidOf(kind, id)
  guids.set(key, made)
  return made
}

/** The same GUID as another part of the vendor's system writes it. */
export const shouted = (text: string) => text.toUpperCase()

/** `.570Z` is written `.57Z`, whole seconds without a fraction. */
export function time(date: Date | null): string {
  return date ? date.toISOString().replace(/\.?0*Z$/, 'Z') : never
}

export const statusWords: Record<TicketStatus, string> = {
  NEW: 'new',
  PENDING_INTERNAL: 'pendingInternal',
  PENDING_EXTERNAL: 'pendingExternal',
  ON_HOLD: 'onHold',
  RESOLVED: 'resolved',
  UNKNOWN: 'new',
}
const priorityWords: Record<TicketPriority, string> = { URGENT: 'urgent', HIGH: 'high', NORMAL: 'normal', LOW: 'low' }
const actorWords: Record<ActorType, string> = {
  CONTACT: 'contact',
  VISITOR: 'visitor',
  AGENT: 'agent',
  CHATBOT: 'chatbot',
  CHANNEL_ACCOUNT: 'channelAccount',
  SYSTEM: 'system',
  OUTREACH_CAMPAIGN: 'outreachCampaign',
}
const channelWords: Record<ChannelType, string> = {
  EMAIL: 'Email',
  LIVE_CHAT: 'LiveChat',
  API: 'API',
  PORTAL: 'SecureMessaging',
  FACEBOOK: 'Facebook',
  INSTAGRAM: 'Instagram',
  WHATSAPP: 'WhatsApp',
  TELEGRAM: 'Telegram',
  LINE: 'Line',
  TWITTER: 'Twitter',
  SMS: 'SMS',
  VOICE: 'Voice',
  OTHER: 'WeChat',
}
const deliveryWords: Partial<Record<DeliveryStatus, string>> = {
  QUEUED: 'waitForSending',
  SENDING: 'sending',
  SENT: 'success',
  DELIVERED: 'success',
  READ: 'success',
  FAILED: 'failed',
  BOUNCED: 'failed',
}

/** Some bodies come plain, most as base64 that claims to be text/plain whatever they are. */
function encoded(text: string, id: number): string {
  const prefix = 'data:text/plain;base64,'
  if (text === '' || (id % 5 === 0 && !text.startsWith(prefix))) return text
  return prefix + Buffer.from(text, 'utf8').toString('base64')
}

export type Includes = ReadonlySet<string>

export function ticketWire(
  desk: Desk,
  ticket: DeskTicket,
  { includes, origin }: { includes: Includes; origin: string },
) {
  const messages = ticket.messages.filter(isMessage)
  const last = messages.at(-1)
  const replies = messages.filter((message) => !message.isSystemLine)
  const lastReply = replies.at(-1)
  const channel = channelOf(desk, ticket.channelId)
  const contact = desk.contacts.get(ticket.requesterId)
  const isBot = desk.bots.some(({ id }) => id === ticket.assigneeId)
  const assignee =
    ticket.assigneeId === null ? null : [...desk.agents, ...desk.bots].find(({ id }) => id === ticket.assigneeId)
  const opener = messages[0]?.author
  const firstAnswer = replies.find((message) => message.author.type === 'AGENT')
  const resolver =
    ticket.resolvedAt === null
      ? null
      : (desk.agents.find(({ id }) => id === ticket.assigneeId) ?? desk.agents[0] ?? null)
  const locale = messages.find((message) => message.translation)?.translation?.locale
  const accountId = channel ? guid('account', channel.account.id) : zeroGuid
  const wire: Record<string, unknown> = {
    id: ticket.id,
    subject: ticket.subject,
    originalConversationId: conversationOf(ticket),
    assigneeId: ticket.assigneeId === null ? zeroGuid : shouted(guid('agent', ticket.assigneeId)),
    departmentAssigneeId: ticket.departmentId === null ? zeroGuid : shouted(guid('department', ticket.departmentId)),
    channelId: shouted(guid('channel', ticket.channelId)),
    channelAccountId: accountId,
    lastMessageId: last ? shouted(guid('message', last.id)) : zeroGuid,
    lastMessageChannelId: shouted(guid('channel', ticket.channelId)),
    lastMessageChannelAccountId: accountId,
    contactOrVisitorId: shouted(guid('contact', ticket.requesterId)),
    createdById: authorId(opener ?? null),
    lastRepliedById: authorId(lastReply?.author ?? null),
    resolvedById: resolver ? guid('agent', resolver.id) : zeroGuid,
    assigneeType: ticket.assigneeId === null ? 'none' : isBot ? 'chatbot' : 'agent',
    contactOrVisitorType: contact?.type === 'VISITOR' ? 'visitor' : 'contact',
    status: statusWords[ticket.status],
    priority: priorityWords[ticket.priority ?? 'NORMAL'],
    createdByType: opener ? actorWords[opener.type] : 'none',
    lastRepliedByType: lastReply ? actorWords[lastReply.author.type] : 'none',
    resolvedByType: resolver ? 'agent' : 'none',
    isReadByAgent: ticket.isReadByAgent,
    isReadByContact: ticket.isReadByContact,
    ifHasDraft: ticket.draft !== null,
    mergedToTargetId: ticket.mergedIntoId ?? 0,
    totalReplies: replies.length,
    createdTime: time(ticket.createdAt),
    lastUpdatedTime: time(ticket.updatedAt),
    lastRepliedTime: time(lastReply?.at ?? null),
    lastStatusChangedTime: time(ticket.statusChangedAt),
    resolvedTime: time(ticket.resolvedAt),
    isInRecycleBin: ticket.isRecycled,
    reopenedTime: time(ticket.reopenedAt),
    contactLanguage: ticket.language,
    agentLanguage: locale ?? '',
    autoTranslationStatus: locale !== undefined,
    responseTimeSpan: spanSeconds(ticket.createdAt, firstAnswer?.at),
    replyingAgent: isBot ? 'botOnly' : '',
    responseCount: replies.filter((message) => message.author.type === 'AGENT').length,
    resolvedTimeSpan: spanSeconds(ticket.createdAt, ticket.resolvedAt ?? undefined),
    firstResponseTimeSpan: spanSeconds(ticket.createdAt, firstAnswer?.at),
    noteMentions: ticket.messages.filter(isNote).flatMap(mentionsWire(ticket.id)),
    tagIds: ticket.tagIds.map((id) => shouted(guid('tag', id))),
  }
  if (Object.keys(ticket.customFields).length > 0) {
    wire.customFields = Object.fromEntries(
      Object.entries(ticket.customFields).map(([name, value]) => [fieldId(name).replaceAll('-', ''), value]),
    )
  }
  if (includes.has('ticketingTag'))
    wire.tags = ticket.tagIds.flatMap((id) => desk.tags.filter((tag) => tag.id === id).map(tagWire))
  if (includes.has('ticketingDraft')) wire.draft = draftWire(ticket)
  if (includes.has('ticketingMessage'))
    wire.messages = messages.map((message) => messageWire(desk, ticket, message, origin))
  if (includes.has('lastMessage')) wire.lastMessage = last ? messageWire(desk, ticket, last, origin) : null
  if (includes.has('contactOrVisitor')) wire.contactOrVisitor = contact ? contactWire(contact, true) : null
  if (includes.has('assignee')) wire.assignee = assignee ? agentWire(assignee) : null
  if (includes.has('departmentAssignee'))
    wire.departmentAssignee =
      desk.departments.filter(({ id }) => id === ticket.departmentId).map(departmentWire)[0] ?? null
  if (includes.has('createdBy')) wire.createdBy = authorWire(desk, opener ?? null)
  if (includes.has('lastRepliedBy')) wire.lastRepliedBy = authorWire(desk, lastReply?.author ?? null)
  if (includes.has('ticketingEventLog')) wire.ticketingEventLog = eventsWire(ticket)
  return wire
}

export function messageWire(desk: Desk, ticket: DeskTicket, message: DeskMessage, origin: string) {
  const channel = channelOf(desk, ticket.channelId)
  const isMail = channel?.type === 'EMAIL'
  const isIncoming = message.type === 'REPLY_INBOUND'
  const isKnown = message.type !== 'UNKNOWN'
  const list = (direction: string) => {
    const found = message.addresses.filter((address) => address.direction === direction)
    return found.length === 0
      ? null
      : found
          .map(({ email, name }) => (name && !/[;,<>"()@]/.test(name) ? `${name} <${email}>;` : `${email};`))
          .join('')
  }
  const mail = {
    from: list('FROM'),
    to: list('TO'),
    cc: list('CC'),
    bcc: list('BCC'),
    subject: message.subject ?? ticket.subject,
    quote: '',
    ifHasAttachmentNotReceived: false,
  }
  return {
    translatedBody: message.translation
      ? encoded(message.html === null ? message.translation.text : asHtml(message.translation.text), 1)
      : '',
    id: shouted(guid('message', message.id)),
    ticketId: String(ticket.id),
    parentId: message.inReplyToId === null ? zeroGuid : guid('message', message.inReplyToId),
    sentById: authorId(message.author),
    sentByType: isKnown ? actorWords[message.author.type] : 'none',
    time: time(message.at),
    type: typeWord(message),
    metadata: {
      channel: {
        channelAccount: channel ? shouted(guid('account', channel.account.id)) : null,
        ...(isKnown ? { isFromChannelToPlatform: isIncoming } : {}),
      },
      source: {
        contactIdentityId: guid('identity', ticket.requesterId),
        conversationId: isIncoming ? conversationOf(ticket) : null,
      },
      decoration: isMail ? { email: mail } : { chat: { title: message.subject ?? ticket.subject } },
      context: null,
    },
    originalId: message.sourceId ?? '',
    channelId: channel ? channelWords[channel.type] : 'Email',
    body: encoded(message.html ?? message.text, message.id),
    ifDisplayInTicketCorrespondences: true,
    isOriginalSentToContact: !message.isSystemLine,
    showInlineImage: message.attachments.some(({ isInline }) => isInline),
    isRead: message.isRead,
    isInternal: message.type === 'NOTE_PRIVATE',
    attachments: message.attachments.map((attachment) => ({
      ...attachmentWire(ticket, attachment, origin),
      messageId: guid('message', message.id),
    })),
    messageDelivery: message.delivery
      ? {
          messageId: guid('message', message.id),
          status: deliveryWords[message.delivery.status] ?? 'success',
          failReason: message.delivery.failReason ?? '',
          time: time(message.updatedAt),
          groupId: guid('group', message.id),
          orderNum: 0,
        }
      : null,
  }
}

/** Notes are plain text. */
export function noteWire(ticket: DeskTicket, note: DeskMessage, origin: string) {
  return {
    id: guid('note', note.id),
    ticketId: String(ticket.id),
    agentId: note.author.id === null ? zeroGuid : shouted(guid('agent', note.author.id)),
    createdTime: time(note.at),
    text: encoded(note.text, note.id),
    attachments: note.attachments.map((attachment) => ({
      ...attachmentWire(ticket, attachment, origin),
      noteId: guid('note', note.id),
    })),
    noteMentions: mentionsWire(ticket.id)(note),
  }
}

const mentionsWire = (ticketId: number) => (note: DeskMessage) =>
  note.mentionedAgentIds.map((agentId, index) => ({
    isReadByAgent: note.isMentionRead,
    noteId: shouted(guid('note', note.id)),
    id: guid('mention', note.id * 100 + index),
    agentId: guid('agent', agentId),
    ticketId: String(ticketId),
  }))

export function draftWire(ticket: DeskTicket) {
  const { draft } = ticket
  if (!draft) return null
  const cc = draft.cc.map((address) => `${address};`).join('')
  return {
    ticketId: String(ticket.id),
    body: encoded(draft.html ?? draft.text, 1),
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
          to: null,
          cc: cc || null,
          bcc: null,
          subject: draft.subject,
          quote: draft.quote,
          ifHasAttachmentNotReceived: false,
        },
      },
      context: null,
    },
    lastUpdatedById: guid('agent', draft.authorId),
    lastUpdatedTime: time(draft.updatedAt),
    type: draft.html === null ? 'text' : 'html',
    attachments: [],
  }
}

/** The address carries a signature: without it the file is not served. */
function attachmentWire(ticket: DeskTicket, attachment: DeskAttachment, origin: string) {
  const fileKey = fileKeyOf(attachment.id)
  const isThere = attachment.status === 'OK' || attachment.status === 'WARNING'
  return {
    id: shouted(guid('attachment', attachment.id)),
    fileKey,
    name: attachment.name,
    size: attachment.sizeBytes,
    ticketId: String(ticket.id),
    type: attachment.kind.toLowerCase(),
    url: isThere ? `${origin}/v4/fileservice/${fileKey}?sig=${signatureOf(fileKey)}` : null,
  }
}

export const fileKeyOf = (id: number) => `${id}-${guid('file', id).slice(0, 18).replaceAll('-', '')}`
export const signatureOf = (fileKey: string) => guidOf(`signature:${fileKey}`, 1).slice(0, 13)

export function contactWire(contact: DeskContact, withIdentities: boolean) {
  const identity = (contactIdentityType: string, value: string | null) =>
    value === null
      ? []
      : [
          {
            id: guid(`identity:${contactIdentityType}`, contact.id),
            contactId: guid('contact', contact.id),
            contactIdentityType,
            value,
            avatarUrl: contact.avatarUrl ?? '',
            displayName: contact.name ?? '',
          },
        ]
  return {
    id: guid('contact', contact.id),
    name: contact.name ?? '',
    firstName: '',
    lastName: '',
    phone: contact.phone ?? '',
    isBlocked: contact.isBlocked,
    createTime: time(contact.createdAt),
    lastUpdatedTime: time(contact.lastActivityAt ?? contact.createdAt),
    mergeToContactId: zeroGuid,
    customFields: Object.entries(contact.customFields).map(([name, value]) => ({ id: fieldId(name), name, value })),
    ...(withIdentities
      ? {
          contactIdentities: [
            ...identity('email', contact.email),
            ...identity('SMS', contact.phone),
            ...identity('externalid', contact.identifier),
          ],
        }
      : {}),
  }
}

export function agentWire(agent: Desk['agents'][number]) {
  const [firstName = '', ...rest] = agent.name.split(' ')
  return {
    id: guid('agent', agent.id),
    email: agent.email,
    displayName: agent.name,
    firstName,
    lastName: rest.join(' '),
    isAdmin: agent.role === 'administrator',
    isActive: true,
    departmentIds: agent.departmentId === null ? [] : [guid('department', agent.departmentId)],
  }
}

export const departmentWire = ({ id, name }: { id: number; name: string }) => ({ id: guid('department', id), name })
export const tagWire = ({ id, name }: { id: number; name: string }) => ({ id: guid('tag', id), name })
export const fieldId = (name: string) => guidOf(`field:${name}`, 1)

function eventsWire(ticket: DeskTicket) {
  const events = [
    { name: 'ticketCreated', at: ticket.createdAt },
    { name: 'ticketStatusChanged', at: ticket.statusChangedAt },
    { name: 'ticketResolved', at: ticket.resolvedAt },
    { name: 'ticketReopened', at: ticket.reopenedAt },
  ]
  return events.flatMap(({ name, at }) =>
    at === null
      ? []
      : [{ id: guid(`event:${name}`, ticket.id), ticketId: String(ticket.id), type: name, time: time(at) }],
  )
}

/** Id in the original channel, made up from the ticket's. */
const conversationOf = (ticket: DeskTicket) => `${ticket.id}_${ticket.createdAt.getTime()}`

function authorId(author: { type: ActorType; id: number | null } | null): string {
  if (!author || author.id === null || author.type === 'SYSTEM') return zeroGuid
  const isCustomer = author.type === 'CONTACT' || author.type === 'VISITOR'
  const kind = isCustomer
    ? 'contact'
    : author.type === 'CHANNEL_ACCOUNT'
      ? 'account'
      : author.type === 'OUTREACH_CAMPAIGN'
        ? 'campaign'
        : 'agent'
  return guid(kind, author.id)
}

function authorWire(desk: Desk, author: { id: number | null } | null) {
  const agent = [...desk.agents, ...desk.bots].find(({ id }) => id === author?.id)
  const contact = author?.id == null ? undefined : desk.contacts.get(author.id)
  return agent ? agentWire(agent) : contact ? contactWire(contact, true) : null
}

function typeWord(message: DeskMessage): string {
  if (message.html !== null) return 'html'
  const [only, ...more] = message.attachments
  return only && more.length === 0 && message.text === '' ? only.kind.toLowerCase() : 'text'
}

function channelOf(desk: Desk, id: number) {
  return desk.channels.find((channel) => channel.id === id)
}

function spanSeconds(from: Date, to: Date | undefined): number {
  return to ? Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000)) : 0
}

function asHtml(text: string): string {
  return `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</p>`
}

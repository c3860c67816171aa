/** The sandbox's messages on the wire: the thin rows of `/messages` and the fuller copies inside a conversation. */

import type { Desk, DeskAttachment, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import { sha256 } from '#sha256.ts'
import { contactWire, seconds, type World } from './sandbox-people.ts'

/** What Chatwoot can show of a thread; it has no place for suggested replies. */
export function visibleMessages(ticket: DeskTicket): DeskMessage[] {
  return ticket.messages.some(isHidden) ? ticket.messages.filter((message) => !isHidden(message)) : ticket.messages
}

function isHidden(message: DeskMessage): boolean {
  return message.type === 'SUGGESTED_REPLY'
}

/** A row of `/messages`: no `updated_at`, no `sender_type`, no `account_id` (SEEN). */
export function messageRow(world: World, ticket: DeskTicket, message: DeskMessage): Record<string, unknown> {
  const sender = senderWire(world.desk, message)
  const attachments = message.isDeleted ? [] : message.attachments
  return {
    id: message.id,
    content: contentOf(world, ticket, message),
    inbox_id: ticket.channelId,
    conversation_id: ticket.id,
    message_type: messageTypeOf(message),
    content_type: isMailIn(world, ticket, message) ? 'incoming_email' : 'text',
    status: statusOf(message),
    content_attributes: attributesOf(world, ticket, message),
    created_at: seconds(message.at),
    private: isPrivate(message),
    source_id: message.sourceId,
    ...(sender ? { sender } : {}),
    ...(attachments.length > 0
      ? { attachments: attachments.map((file) => attachmentWire(world, ticket, message, file)) }
      : {}),
  }
}

/** The copy inside a conversation: seconds and ISO text side by side (SEEN). */
export function messageEvent(world: World, ticket: DeskTicket, message: DeskMessage): Record<string, unknown> {
  const row = messageRow(world, ticket, message)
  return {
    ...row,
    account_id: world.accountId,
    updated_at: message.updatedAt.toISOString(),
    sender_type: row.sender ? (senderTypeOf[message.author.type] ?? null) : null,
    sender_id: row.sender ? message.author.id : null,
    external_source_ids: {},
    additional_attributes: message.author.type === 'OUTREACH_CAMPAIGN' ? { campaign_id: message.author.id } : {},
    processed_message_content: row.content,
    sentiment: {},
    conversation: {
      assignee_id: ticket.assigneeId,
      unread_count: Math.min(10, ticket.unreadCount),
      last_activity_at: seconds(message.at),
      contact_inbox: { source_id: `source-${ticket.requesterId}` },
    },
  }
}

const senderTypeOf: Record<string, string> = {
  CONTACT: 'Contact',
  VISITOR: 'Contact',
  AGENT: 'User',
  CHATBOT: 'AgentBot',
}

function senderWire(desk: Desk, { author, isSystemLine }: DeskMessage): Record<string, unknown> | null {
  if (isSystemLine || author.id === null) return null
  if (author.type === 'CONTACT' || author.type === 'VISITOR') {
    const contact = desk.contacts.get(author.id)
    return contact ? { ...contactWire(contact), type: 'contact' } : null
  }
  if (author.type === 'CHATBOT') {
    const bot = desk.bots.find(({ id }) => id === author.id)
    return { id: author.id, name: bot?.name ?? author.name ?? 'Bot', avatar_url: '', type: 'agent_bot' }
  }
  if (author.type !== 'AGENT') return null
  const agent = desk.agents.find(({ id }) => id === author.id)
  const name = agent?.name ?? author.name
  return {
    id: author.id,
    name,
    available_name: name,
    avatar_url: '',
    type: 'user',
    availability_status: agent?.isAvailable ? 'online' : null,
    thumbnail: '',
  }
}

function messageTypeOf({ isSystemLine, type, author }: DeskMessage): number {
  if (isSystemLine) return 2
  if (type === 'REPLY_INBOUND') return 0
  return author.type === 'SYSTEM' && type === 'REPLY_OUTBOUND' ? 3 : 1
}

function isPrivate({ type, isSystemLine }: DeskMessage): boolean {
  return !isSystemLine && (type === 'NOTE_PRIVATE' || type === 'UNKNOWN')
}

function isMailIn(world: World, ticket: DeskTicket, message: DeskMessage): boolean {
  return message.type === 'REPLY_INBOUND' && !message.isSystemLine && world.channelOf(ticket)?.type === 'EMAIL'
}

/** Failed and read are all that Chatwoot tells apart from sent and delivered. */
function statusOf({ delivery, isRead, type }: DeskMessage): string {
  const word = delivery?.status
  if (word === 'FAILED' || word === 'BOUNCED') return 'failed'
  if (type === 'REPLY_OUTBOUND' && (isRead || word === 'READ')) return 'read'
  return word === 'DELIVERED' ? 'delivered' : 'sent'
}

/**
 * Null when there are only files. A mail shows its newest part only; its whole text is in `text_content.full` (SEEN).
 * Mentions are links with an empty label, so that the text itself stays as it was written.
 */
function contentOf(world: World, ticket: DeskTicket, message: DeskMessage): string | null {
  if (message.isDeleted) return 'This message was deleted'
  if (message.text === '' && message.attachments.length > 0) return null
  if (isMailIn(world, ticket, message)) return newestPartOf(message.text)
  if (!isPrivate(message) || message.mentionedAgentIds.length === 0) return message.text
  return (
    message.text +
    message.mentionedAgentIds.map((id) => `[](mention://user/${id}/${mentionName(world.desk, id)})`).join('')
  )
}

function mentionName(desk: Desk, id: number): string {
  return encodeURIComponent(desk.agents.find((agent) => agent.id === id)?.name ?? 'agent').replaceAll(/[()]/g, '')
}

/** Up to the first quoted line, or the whole when nothing is before it. */
function newestPartOf(text: string): string {
  const quote = /^(>|On .* wrote:$|-{2,} ?Original|-{2,} ?Forwarded|Am .* schrieb .*:$)/m.exec(text)
  const newest = quote ? text.slice(0, quote.index).trimEnd() : text
  return newest || text
}

function attributesOf(world: World, ticket: DeskTicket, message: DeskMessage): Record<string, unknown> {
  if (message.isDeleted) return { deleted: true }
  const emailsOf = (direction: string) =>
    message.addresses
      .filter((entry) => entry.direction === direction)
      .map(({ email, name }) => (name ? `${name} <${email}>` : email))
  const isMail = world.channelOf(ticket)?.type === 'EMAIL' && !message.isSystemLine && !isPrivate(message)
  return {
    ...message.clientData,
    ...(message.inReplyToId === null ? {} : { in_reply_to: message.inReplyToId }),
    ...(message.delivery?.failReason ? { external_error: message.delivery.failReason } : {}),
    ...(message.translation ? { translations: { [message.translation.locale]: message.translation.text } } : {}),
    ...(isMail && message.type === 'REPLY_INBOUND'
      ? { email: mailIn(message, emailsOf), cc_email: orNull(emailsOf('CC')), bcc_email: orNull(emailsOf('BCC')) }
      : {}),
    ...(isMail && message.type !== 'REPLY_INBOUND'
      ? {
          cc_emails: emailsOf('CC'),
          bcc_emails: emailsOf('BCC'),
          to_emails: [...emailsOf('TO'), ...emailsOf('FORWARDED_TO')],
          // Newer servers keep the rendered mail beside the typed text (ASSUMED).
          ...(message.html === null
            ? {}
            : {
                email: {
                  html_content: { full: message.html, reply: message.text },
                  text_content: { full: message.text, reply: message.text },
                },
              }),
        }
      : {}),
  }
}

function mailIn(message: DeskMessage, emailsOf: (direction: string) => string[]): Record<string, unknown> {
  const newest = newestPartOf(message.text)
  return {
    bcc: orNull(emailsOf('BCC')),
    cc: orNull(emailsOf('CC')),
    content_type: message.html === null ? 'text/plain; charset=UTF-8' : 'multipart/alternative; boundary=sandbox',
    date: message.at.toISOString().replace(/\.\d+Z$/, '+00:00'),
    from: emailsOf('FROM'),
    ...(message.html === null
      ? { html_content: {} }
      : { html_content: { full: message.html, reply: newest, quoted: newest } }),
    in_reply_to: null,
    message_id: message.sourceId,
    multipart: message.html !== null,
    number_of_attachments: message.attachments.length,
    subject: message.subject,
    text_content: { full: message.text, reply: newest, quoted: newest },
    to: emailsOf('TO'),
  }
}

function orNull(list: string[]): string[] | null {
  return list.length > 0 ? list : null
}

const fileTypeOf = { IMAGE: 'image', AUDIO: 'audio', VIDEO: 'video', FILE: 'file' } as const

function attachmentWire(
  world: World,
  ticket: DeskTicket,
  message: DeskMessage,
  file: DeskAttachment,
): Record<string, unknown> {
  const isStored = file.status !== 'UNAVAILABLE'
  const link = `${world.origin}/rails/active_storage/blobs/redirect/${blobId(ticket.id, message.id, file.id)}/${encodeURIComponent(file.name)}`
  return {
    id: file.id,
    message_id: message.id,
    file_type: fileTypeOf[file.kind],
    account_id: world.accountId,
    extension: null,
    data_url: isStored ? link : '',
    thumb_url: isStored && file.kind === 'IMAGE' ? link.replace('/blobs/', '/representations/') : '',
    file_size: file.sizeBytes,
    width: null,
    height: null,
  }
}

/** A signed id in the manner of Active Storage: where the file hangs, and a mark nobody can guess. */
function blobId(ticketId: number, messageId: number, fileId: number): string {
  const place = `${ticketId}.${messageId}.${fileId}`
  return `${Buffer.from(place).toString('base64url')}--${sha256(`sandbox ${place}`).slice(0, 40)}`
}

/** The file of a link, or null when the link is not one of ours or the file cannot be had. */
export function fileOfBlob(desk: Desk, signedId: string): DeskAttachment | null {
  const [ticketId, messageId, fileId] = Buffer.from(signedId.split('--', 1)[0] ?? '', 'base64url')
    .toString()
    .split('.')
    .map(Number)
  if (ticketId === undefined || messageId === undefined || fileId === undefined) return null
  if (blobId(ticketId, messageId, fileId) !== signedId) return null
  const message = desk.tickets.get(ticketId)?.messages.find(({ id }) => id === messageId)
  const file = message?.isDeleted ? undefined : message?.attachments.find(({ id }) => id === fileId)
  return file && file.status !== 'ERROR' && file.status !== 'UNAVAILABLE' ? file : null
}

/** Messages, notes and files in Comm100's wire format. */
import { type Desk, type DeskAttachment, type DeskMessage, type DeskTicket, guidOf } from '#connectors/sandbox/desk.ts'
import { postedOf } from './sandbox-extras.ts'
import {
  actorWords,
  authorId,
  channelOf,
  channelWords,
  conversationOf,
  deliveryWords,
  encoded,
  guid,
  shouted,
  time,
  zeroGuid,
} from './sandbox-words.ts'

export function messageWire(desk: Desk, ticket: DeskTicket, message: DeskMessage, origin: string) {
  const channel = channelOf(desk, ticket.channelId)
  const posted = postedOf(message)
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
    type: posted?.type ?? typeWord(message),
    metadata: posted?.metadata ?? {
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
    channelId: posted?.channelId ?? (channel ? channelWords[channel.type] : 'Email'),
    body: encoded(message.html ?? message.text, message.id),
    ifDisplayInTicketCorrespondences: posted?.ifDisplayInTicketCorrespondences ?? true,
    isOriginalSentToContact: posted?.isOriginalSentToContact ?? !message.isSystemLine,
    showInlineImage: posted?.showInlineImage ?? message.attachments.some(({ isInline }) => isInline),
    isRead: message.isRead,
    isInternal: posted?.isInternal ?? message.type === 'NOTE_PRIVATE',
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

export const mentionsWire = (ticketId: number) => (note: DeskMessage) =>
  note.mentionedAgentIds.map((agentId, index) => ({
    isReadByAgent: note.isMentionRead,
    noteId: shouted(guid('note', note.id)),
    id: guid('mention', note.id * 100 + index),
    agentId: guid('agent', agentId),
    ticketId: String(ticketId),
  }))

/** The address carries a signature: without it the file is not served. */
export function attachmentWire(ticket: DeskTicket, attachment: DeskAttachment, origin: string) {
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

function typeWord(message: DeskMessage): string {
  if (message.html !== null) return 'html'
  const [only, ...more] = message.attachments
  return only && more.length === 0 && message.text === '' ? only.kind.toLowerCase() : 'text'
}

function asHtml(text: string): string {
  return `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</p>`
}

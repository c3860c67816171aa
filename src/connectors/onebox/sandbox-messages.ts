/**
 * Messages of the desk in OneBox's wire format. Source of the fields: the samples of the vendor's API reference (SEEN).
 */
import type { Desk, DeskChannel, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import { addressOn, channelOf } from './sandbox-people.ts'
import { clock, medias, methods, never, states } from './sandbox-words.ts'

/** OneBox has no notes, no system lines and no drafts: such entries cannot be said. */
const sayable = new Set(['REPLY_INBOUND', 'REPLY_OUTBOUND', 'FORWARD', 'UNKNOWN'])

/** A message with the `Id` it is shown by. */
export type Shown = { message: DeskMessage; id: string; previousId: string | null }
export type ShownIn = { ticket: DeskTicket; shown: Shown }

/**
 * The entries OneBox can tell of. In one ticket of five the first answer carries the `Id` of the message it answers, as
 * in the sample of the reference.
 */
export function shownIn(ticket: DeskTicket): Shown[] {
  const messages = ticket.messages.filter(
    (message) => sayable.has(message.type) && !message.isSystemLine && !message.isDeleted,
  )
  const answer = ticket.id % 5 === 0 ? messages.findIndex((message) => isOutgoing(message)) : -1
  const asked = messages[answer - 1]
  const isPair = asked?.type === 'REPLY_INBOUND' && messages[answer]?.attachments.length === 0
  let previousId: string | null = null
  return messages.map((message, index) => {
    const id = String(isPair && index === answer ? asked.id : message.id)
    const shown = { message, id, previousId }
    previousId = id
    return shown
  })
}

function isOutgoing(message: DeskMessage): boolean {
  return message.type === 'REPLY_OUTBOUND' || message.type === 'FORWARD'
}

function messageFields(desk: Desk, ticket: DeskTicket, { message, id, previousId }: Shown, siteId: string) {
  const channel = channelOf(desk, ticket)
  const [mediaId] = medias[channel.type]
  const isOut = isOutgoing(message)
  const waits = isOut && ['QUEUED', 'SENDING', 'FAILED'].includes(message.delivery?.status ?? '')
  const addresses = addressesOf(desk, ticket, message, channel)
  const at = clock(message.at)
  return {
    Id: id,
    SiteId: siteId,
    ConnectionId: String(channel.account.id),
    ObjectName: 'Ticket',
    ObjectId: String(ticket.id),
    Subject: message.subject ?? ticket.subject,
    Description: null,
    Remarks: null,
    Date: at,
    ReceiveDate: isOut ? null : at,
    SendDate: isOut && !waits ? at : null,
    MediaId: mediaId,
    MethodId: methods[channel.type] ?? null,
    PriorityValue: '0',
    PriorityId: 'MSP1',
    TypeId: 'MST2',
    SecrecyId: null,
    Incoming: message.type === 'UNKNOWN' ? null : isOut ? '0' : '1',
    ...addresses,
    StatusId: (message.delivery && states[message.delivery.status]) ?? 'MSS3',
    Retry: String(message.delivery?.retryCount ?? 0),
    Attachment: String(message.attachments.length),
    BatchId: null,
    Spam: message.isSpam ? '1' : '0',
    Processing: waits ? 0 : 1,
    RemoteId: waits ? null : (message.sourceId ?? `${channel.account.id}_${id}`),
    ParentId: message.inReplyToId === null ? null : String(message.inReplyToId),
    PreviousId: previousId,
    SourceId: null,
    CreateDate: at,
    Creator: '1',
    ModifyDate: clock(message.updatedAt),
    Modifier: 1,
    ExpireDate: never,
    ViewDate: message.isRead ? clock(message.updatedAt) : null,
    ConversationId: channel.type === 'WHATSAPP' ? null : String(1_000_000 + ticket.id),
    Reply: '0',
    PrevRemoteId: previousId && `${channel.account.id}_${previousId}`,
    ParentRemoteId: null,
  }
}

/**
 * As `GET /api/ticket/conversations/{id}` shows it: `Content` is text and now and then not quite that of `Contents`.
 */
export function threadMessage(desk: Desk, ticket: DeskTicket, shown: Shown, siteId: string) {
  const { message, id } = shown
  const content = contentOf(message, id)
  return {
    ...messageFields(desk, ticket, shown, siteId),
    Content: message.id % 3 === 0 ? `${content.Body}?` : content.Body,
    Contents: [content],
    FromName: isOutgoing(message) ? null : message.author.name,
  }
}

/** As `GET /api/message` and `GET /api/message/{id}` show it: `Content` is an object. */
export function singleMessage(
  desk: Desk,
  ticket: DeskTicket,
  shown: Shown,
  { siteId, origin }: { siteId: string; origin: string },
) {
  const fields = messageFields(desk, ticket, shown, siteId)
  const { message, id } = shown
  return {
    ...fields,
    Processing: String(fields.Processing),
    FromName: isOutgoing(message) ? null : message.author.name,
    Content: contentOf(message, id),
    Conversation: fields.ConversationId === null ? {} : { Id: fields.ConversationId, SiteId: siteId },
    // ASSUMED: the shape in which files are sent, with their ids.
    Attachments: message.attachments.map((attachment) => ({
      Id: String(attachment.id),
      Description: attachment.statusMessage,
      File: {
        Date: clock(message.at),
        Name: attachment.name,
        Type: attachment.contentType,
        Size: String(attachment.sizeBytes),
        Path:
          attachment.status === 'UNAVAILABLE'
            ? null
            : `${origin}/files/${attachment.id}/${encodeURIComponent(attachment.name)}?expires=4102444800&sign=sandbox-signature`,
      },
    })),
  }
}

function contentOf(message: DeskMessage, id: string) {
  return {
    Id: id,
    ObjectName: null,
    ObjectId: null,
    Body: message.html ?? message.text,
    BodyText: message.text,
    Meta: null,
    TemplateId: null,
    ContentType: message.html === null ? 'text/plain' : 'text/html',
    Encoding: message.html === null ? null : 'UTF-8',
  }
}

function addressesOf(desk: Desk, ticket: DeskTicket, message: DeskMessage, channel: DeskChannel) {
  const isOut = isOutgoing(message)
  const writer = desk.contacts.get((message.author.type === 'CONTACT' ? message.author.id : null) ?? ticket.requesterId)
  const theirs = addressOn(channel.type, writer)
  const ours = channel.account.address ?? String(channel.account.id)
  const list = (...directions: string[]) =>
    message.addresses
      .filter(({ direction }) => directions.includes(direction))
      .map(({ email, name }) => (name ? `"${name.replace(/["\\]/g, '')}" <${email}>` : email))
      .join(', ') || null
  if (channel.type !== 'EMAIL') return { From: isOut ? ours : theirs, To: isOut ? theirs : ours, Cc: null, Bcc: null }
  const from = message.addresses.find(({ direction }) => direction === 'FROM')?.email
  return {
    From: from ?? (isOut ? ours : theirs),
    To: list('TO', 'FORWARDED_TO') ?? (isOut ? theirs : ours),
    Cc: list('CC'),
    Bcc: list('BCC'),
  }
}

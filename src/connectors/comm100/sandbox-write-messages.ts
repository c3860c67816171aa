/** Writing messages and notes. Source: vendor's reference, Message and Note (SEEN); required fields from v4's drafts. */
import type { JsonObject } from '#connectors/contract.ts'
import { attachmentKindOf } from '#connectors/sandbox/attachment-files.ts'
import { addMessage } from '#connectors/sandbox/build.ts'
import { addNote, changeMessage, resendMessage } from '#connectors/sandbox/changes.ts'
import type { DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { DeliveryStatus } from '#vocabulary.ts'
import { emailAddressesFrom } from './body.ts'
import { type PostedMessage, postedOf } from './sandbox-extras.ts'
import { agentIn, authorIn, channelIn, ownerIn, ticketIn } from './sandbox-find.ts'
import { bodyOf, boolIn, decodedIn, listIn, need, textIn, timeIn, wordIn } from './sandbox-input.ts'
import { fileKeyOf, messageWire, noteWire } from './sandbox-message.ts'
import { created, ok, type Route, refuse, type Site } from './sandbox-site.ts'
import { channelWords, deliveryWords, zeroGuid } from './sandbox-words.ts'

export const messageWrites: Route[] = [
  {
    method: 'POST',
    path: /^ticketing\/messages$/,
    answer(site, request) {
      const body = bodyOf(request)
      need(body, ['ticketId'])
      const ticket = openTicketIn(site, body.ticketId)
      const message = writeMessage(site, ticket, body)
      return created(messageWire(site.desk, ticket, message, site.origin))
    },
  },
  {
    method: 'PUT',
    path: /^ticketing\/messages\/([0-9a-f-]{36})$/i,
    answer(site, request, id) {
      const { ticket, message } = ownerIn(site, 'message', id)
      const body = bodyOf(request)
      const { text, html, posted } = contentIn(site, body)
      const isRead = boolIn(body, 'isRead')
      changeMessage(
        site.desk,
        { ticketId: ticket.id, messageId: message.id },
        {
          text,
          html,
          attachments: filesIn(site, body, message),
          clientData: { ...posted, isInternal: posted.isInternal ?? postedOf(message)?.isInternal ?? false },
          ...(isRead === undefined ? {} : { isRead }),
        },
      )
      return ok(messageWire(site.desk, ticket, message, site.origin))
    },
  },
  {
    method: 'POST',
    path: /^ticketing\/messages\/([0-9a-f-]{36}):resend$/i,
    answer(site, _request, id) {
      const { ticket, message } = ownerIn(site, 'message', id)
      // ASSUMED: what is on its way or there is not sent again.
      if (message.delivery?.status !== 'FAILED' && message.delivery?.status !== 'BOUNCED')
        refuse('Only a failed message can be sent again.', 'MessageNotFailed')
      resendMessage(site.desk, { ticketId: ticket.id, messageId: message.id })
      return ok(messageWire(site.desk, ticket, message, site.origin))
    },
  },
  {
    method: 'POST',
    path: /^ticketing\/notes$/,
    answer(site, request) {
      const { desk, origin } = site
      const body = bodyOf(request)
      need(body, ['ticketId', 'text'])
      const ticket = openTicketIn(site, body.ticketId)
      const author = body.agentId == null ? desk.agents[0] : agentIn(desk, body.agentId, 'agentId')
      const note = addNote(desk, {
        ticketId: ticket.id,
        text: decodedIn(body, 'text'),
        author: { type: 'AGENT', id: author?.id ?? null },
        mentionedAgentIds: listIn(body, 'noteMentions').map(({ agentId }) => agentIn(desk, agentId, 'agentId').id),
        attachments: filesIn(site, body, null),
      })
      return created(noteWire(ticket, note, origin))
    },
  },
]

/** A merged ticket is only a pointer (ASSUMED). */
function openTicketIn({ desk }: Site, id: unknown): DeskTicket {
  const ticket = ticketIn(desk, id)
  if (ticket.mergedIntoId !== null) refuse(`Ticket ${ticket.id} was merged and takes no messages.`, 'TicketMerged')
  return ticket
}

/** A message as it is sent to `ticketing/messages`, or within a new ticket. */
export function writeMessage(site: Site, ticket: DeskTicket, body: JsonObject): DeskMessage {
  const { desk } = site
  const { text, html, posted, isIncoming, sender } = contentIn(site, body)
  // Those of the draft it was may be named too (ASSUMED).
  const files = filesIn(site, body, ticket.draft)
  if (text === '' && html === null && files.length === 0) refuse('A message needs a body or attachments.')
  const parent =
    body.parentId == null || body.parentId === zeroGuid ? null : ownerIn(site, 'message', String(body.parentId))
  const at = timeIn(body, 'time')
  const email = (posted.metadata.decoration as JsonObject | null)?.email as JsonObject | null | undefined
  const message = addMessage(desk, {
    ticketId: ticket.id,
    type: isIncoming ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND',
    author: sender,
    text,
    html,
    subject: email ? (textIn(email, 'subject') ?? null) : null,
    addresses: emailAddressesFrom(email ?? null).map((address) => ({ name: null, ...address })),
    attachments: files,
    inReplyToId: parent?.message.id ?? null,
    sourceId: textIn(body, 'originalId') ?? null,
    delivery: isIncoming ? null : deliveryIn(body),
    clientData: { ...posted, isInternal: posted.isInternal ?? false },
    ...(sender.type === 'SYSTEM' ? { isSystemLine: true } : {}),
  })
  if (at) placeAt(ticket, message, at)
  const isRead = boolIn(body, 'isRead')
  if (isRead !== undefined) message.isRead = isRead
  return message
}

/** A time of its own: the thread stays in the order of time. */
function placeAt(ticket: DeskTicket, message: DeskMessage, at: Date): void {
  message.at = at
  ticket.messages.sort((a, b) => a.at.getTime() - b.at.getTime() || a.id - b.id)
}

const contentWords = ['text', 'html', 'video', 'audio', 'image', 'file', 'location', 'quickReply', 'webView']

function contentIn({ desk }: Site, body: JsonObject) {
  need(body, ['sentById', 'sentByType', 'type', 'metadata', 'channelId'])
  const type = textIn(body, 'type') ?? ''
  if (!contentWords.includes(type)) refuse(`type has a value that is not allowed: "${type}".`)
  const { metadata } = body
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return refuse('metadata must be an object.')
  // A message names its channel; the GUID is the ticket's way.
  const channel = channelIn(desk, body.channelId)
  if (body.channelId !== channelWords[channel.type]) refuse('channelId must be the name of a channel.')
  const sender = authorIn(desk, body.sentById, body.sentByType, 'sentById')
  const flag = (metadata.channel as JsonObject | null)?.isFromChannelToPlatform
  const decoded = decodedIn(body, 'body')
  const posted: Omit<PostedMessage, 'isInternal'> & { isInternal: boolean | undefined } = {
    type,
    channelId: channelWords[channel.type],
    metadata,
    isInternal: boolIn(body, 'isInternal'),
    ifDisplayInTicketCorrespondences: boolIn(body, 'ifDisplayInTicketCorrespondences') ?? true,
    isOriginalSentToContact: boolIn(body, 'isOriginalSentToContact') ?? true,
    showInlineImage: boolIn(body, 'showInlineImage') ?? false,
  }
  return {
    text: type === 'html' ? decoded.replace(/<[^>]*>/g, '') : decoded,
    html: type === 'html' ? decoded : null,
    posted,
    sender,
    isIncoming: typeof flag === 'boolean' ? flag : sender.type === 'CONTACT' || sender.type === 'VISITOR',
  }
}

function deliveryIn(body: JsonObject): DeskMessage['delivery'] {
  const said = body.messageDelivery
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    return { status: 'SENT', failReason: null, retryCount: 0 }
  const words: Partial<Record<DeliveryStatus, string>> = {
    ...deliveryWords,
    DELIVERED: undefined,
    READ: undefined,
    BOUNCED: undefined,
  }
  return {
    status: wordIn(said, 'status', words) ?? 'SENT',
    failReason: textIn(said, 'failReason') ?? null,
    retryCount: 0,
  }
}

/** Files by the keys their uploads gave out or that are shown of them, or those that the owner has already. */
export function filesIn(
  site: Site,
  body: JsonObject,
  owner: { attachments?: DeskMessage['attachments'] } | null,
): DeskMessage['attachments'] {
  return listIn(body, 'attachments').map((item) => {
    const key = textIn(item, 'fileKey') ?? refuse('attachments need a fileKey.')
    const known = owner?.attachments?.find(({ id }) => site.uploads.get(key)?.id === id || fileKeyOf(id) === key)
    if (known) return known
    const file =
      site.uploads.get(key) ??
      [...site.uploads.values()].find(({ id }) => fileKeyOf(id) === key) ??
      refuse('The file was not uploaded.', 'FileNotFound')
    return {
      ...file,
      name: textIn(item, 'name') ?? file.name,
      kind: attachmentKindOf(file.contentType),
      status: 'OK',
      statusMessage: null,
      isInline: false,
    }
  })
}

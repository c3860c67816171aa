/** What is sent as a message or a note. Bodies always go as base64: the plain form may be blocked on its way (SEEN). */
import type { EmailAddressRecord, JsonObject } from '#connectors/contract.ts'
import type { OutgoingBody, OutgoingMessage } from '#connectors/operations.ts'
import { objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { ChannelType } from '#vocabulary.ts'
import { dataPrefix } from './body.ts'
import { contextWithMarker } from './marker.ts'
import type { Place } from './place.ts'
import type { Speaker } from './speaker.ts'

type Parts = { speaker: Speaker; files: JsonObject[]; leavesMarker: boolean }

/** Without its ticket's id, so that it also fits into a new ticket. Source: vendor's reference, Message (SEEN). */
export function messageBody(
  message: OutgoingMessage,
  place: Place,
  { speaker, files, leavesMarker }: Parts,
): JsonObject {
  const { sourceId, at, isRead, showInlineImages, showInCorrespondence, parentExternalId } = message
  if (parentExternalId?.startsWith('note:')) throw new RefusedError('a message at Comm100 cannot answer a note')
  if (message.mentionedAgentExternalIds.length > 0) throw new RefusedError('Comm100 mentions agents in notes only')
  return {
    ...contentOf(message.body, { channelType: place.channelType, files }),
    sentById: speaker.id,
    sentByType: speaker.type,
    channelId: place.channel,
    metadata: metadataOf(message, place, leavesMarker),
    ...(parentExternalId && { parentId: parentExternalId }),
    ...(sourceId && { originalId: sourceId }),
    ...(at && { time: at.toISOString() }),
    ...(isRead !== null && { isRead }),
    ...(showInlineImages !== null && { showInlineImage: showInlineImages }),
    ...(showInCorrespondence !== null && { ifDisplayInTicketCorrespondences: showInCorrespondence }),
    ...(files.length > 0 && { attachments: files }),
  }
}

/** Plain text (ASSUMED), for agents only. The time is the vendor's; the agent is taken from here (ASSUMED). */
export function noteBody(
  ticketId: string,
  note: OutgoingMessage,
  agentId: string | null,
  files: JsonObject[],
): JsonObject {
  if (note.at) throw new RefusedError('Comm100 gives a note its time itself')
  return {
    ticketId: Number(ticketId),
    ...(agentId && { agentId }),
    text: encodedText(note.body.text),
    ...(files.length > 0 && { attachments: files }),
    ...(note.mentionedAgentExternalIds.length > 0 && {
      noteMentions: note.mentionedAgentExternalIds.map((mentioned) => ({ agentId: mentioned })),
    }),
  }
}

// Their messages are plain text: markup would be read as it is written.
const textOnly: readonly ChannelType[] = [
  'FACEBOOK',
  'INSTAGRAM',
  'WHATSAPP',
  'TELEGRAM',
  'LINE',
  'TWITTER',
  'SMS',
  'VOICE',
]

/** The richest form its channel shows (which one that is: ASSUMED), and what kind of content that is. */
export function contentOf(
  { html, text }: OutgoingBody,
  { channelType, files = [] }: { channelType: ChannelType; files?: JsonObject[] },
): { type: string; body: string } {
  const [only, ...more] = files
  if (only && more.length === 0 && text === '' && !html) return { type: textOf(only.type) ?? 'file', body: '' }
  return html !== null && !textOnly.includes(channelType)
    ? { type: 'html', body: encodedText(html) }
    : { type: 'text', body: encodedText(text) }
}

export function encodedText(text: string): string {
  return text === '' ? '' : dataPrefix + Buffer.from(text, 'utf8').toString('base64')
}

/** What the client sent along stays where the vendor's own words do not need the place. */
function metadataOf(message: OutgoingMessage, place: Place, leavesMarker: boolean): JsonObject {
  const given = objectOf(message.metadata) ?? {}
  const accountId = message.channelAccountExternalId ?? place.accountId
  return {
    ...given,
    channel: {
      ...objectOf(given.channel),
      channelAccount: accountId,
      isFromChannelToPlatform: message.type === 'REPLY_INBOUND',
    },
    source: {
      ...objectOf(given.source),
      contactIdentityId: place.contactIdentityId,
      conversationId: place.conversationId,
    },
    decoration: { ...objectOf(given.decoration), ...decorationOf(message, place) },
    context: leavesMarker ? contextWithMarker(given.context, message.marker) : (given.context ?? null),
  }
}

function decorationOf({ subject, addresses, quotedText }: OutgoingMessage, { ticket, channelType }: Place): JsonObject {
  const title = subject ?? textOf(ticket.subject)
  if (channelType !== 'EMAIL') {
    if (addresses.some(({ direction }) => direction === 'CC' || direction === 'BCC'))
      throw new RefusedError('copies go by e-mail only, and this conversation is on another channel')
    return title === null ? {} : { chat: { title } }
  }
  return { email: mailOf({ subject: title, addresses, quotedText }) }
}

/** `metadata.decoration.email` of messages and drafts. */
export function mailOf({
  subject,
  addresses,
  quotedText,
}: Pick<OutgoingMessage, 'subject' | 'addresses' | 'quotedText'>): JsonObject {
  const other = addresses.find(({ direction }) => !['FROM', 'TO', 'CC', 'BCC'].includes(direction))
  if (other) throw new RefusedError(`Comm100 takes no ${other.direction} address`)
  const list = (direction: EmailAddressRecord['direction']) =>
    addresses
      .filter((address) => address.direction === direction)
      .map(mailbox)
      .join('') || null
  return {
    from: list('FROM'),
    to: list('TO'),
    cc: list('CC'),
    bcc: list('BCC'),
    subject,
    quote: quotedText ?? '',
    ifHasAttachmentNotReceived: false,
  }
}

/** Each address ends with a semicolon (SEEN); a name that would need quotes is left out. */
function mailbox({ email, name }: { email: string; name: string | null }): string {
  return name && !/[;,<>"()@:\\]/.test(name) ? `${name} <${email}>;` : `${email};`
}

/** How the sandbox writes things: mixed-case GUIDs, sentinels, base64 bodies, uneven fractions of seconds, the vendor's words. */
import { type Desk, type DeskMessage, type DeskTicket, guidOf } from '#connectors/sandbox/desk.ts'
import type { ActorType, ChannelType, DeliveryStatus, TicketPriority, TicketStatus } from '#vocabulary.ts'
import { extrasOf } from './sandbox-extras.ts'

export const zeroGuid = '00000000-0000-0000-0000-000000000000'
const never = '1970-01-01T00:00:00Z'

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
export const priorityWords: Record<TicketPriority, string> = {
  URGENT: 'urgent',
  HIGH: 'high',
  NORMAL: 'normal',
  LOW: 'low',
}
export const actorWords: Record<ActorType, string> = {
  CONTACT: 'contact',
  VISITOR: 'visitor',
  AGENT: 'agent',
  CHATBOT: 'chatbot',
  CHANNEL_ACCOUNT: 'channelAccount',
  SYSTEM: 'system',
  OUTREACH_CAMPAIGN: 'outreachCampaign',
}
export const channelWords: Record<ChannelType, string> = {
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
export const deliveryWords: Partial<Record<DeliveryStatus, string>> = {
  QUEUED: 'waitForSending',
  SENDING: 'sending',
  SENT: 'success',
  DELIVERED: 'success',
  READ: 'success',
  FAILED: 'failed',
  BOUNCED: 'failed',
}

/** Some bodies come plain, most as base64 that claims to be text/plain whatever they are. */
export function encoded(text: string, id: number): string {
  const prefix = 'data:text/plain;base64,'
  if (text === '' || (id % 5 === 0 && !text.startsWith(prefix))) return text
  return prefix + Buffer.from(text, 'utf8').toString('base64')
}

/** Id in the original channel: what was said when the ticket was made, else made up from the ticket's. */
export const conversationOf = (ticket: DeskTicket) =>
  extrasOf(ticket).originalConversationId ?? `${ticket.id}_${ticket.createdAt.getTime()}`

export function authorId(author: { type: ActorType; id: number | null } | null): string {
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

export function channelOf(desk: Desk, id: number) {
  return desk.channels.find((channel) => channel.id === id)
}

export const fieldId = (name: string) => guidOf(`field:${name}`, 1)

/** The words and codes of the sandbox. Those nobody has published are invented and marked. */
import type { ChannelType, DeliveryStatus, TicketPriority, TicketStatus } from '#vocabulary.ts'

export const never = '3000-01-01 00:00:00'

// INVENTED except TS7 = Closed, TP1, and the names Closed and Low.
export const statuses: Record<TicketStatus, [code: string, name: string]> = {
  NEW: ['TS1', 'New'],
  PENDING_INTERNAL: ['TS2', 'Open'],
  PENDING_EXTERNAL: ['TS3', 'Pending'],
  ON_HOLD: ['TS5', 'On Hold'],
  RESOLVED: ['TS7', 'Closed'],
  UNKNOWN: ['TS9', 'Escalated to vendor'],
}
export const priorities: Record<TicketPriority, [code: string, name: string]> = {
  LOW: ['TP1', 'Low'],
  NORMAL: ['TP2', 'Medium'],
  HIGH: ['TP3', 'High'],
  URGENT: ['TP4', 'Urgent'],
}
// Codes INVENTED except FCBK, EMAIL, WHATP, INST; the names Email, Walk In, LiveChat are SEEN.
export const medias: Record<ChannelType, [code: string, name: string]> = {
  EMAIL: ['EMAIL', 'Email'],
  FACEBOOK: ['FCBK', 'Facebook'],
  WHATSAPP: ['WHATP', 'WhatsApp'],
  INSTAGRAM: ['INST', 'Instagram'],
  LIVE_CHAT: ['LCHAT', 'LiveChat'],
  TWITTER: ['TWTR', 'Twitter'],
  TELEGRAM: ['TELE', 'Telegram'],
  LINE: ['LINE', 'LINE'],
  SMS: ['SMS', 'SMS'],
  VOICE: ['VOICE', 'Voice'],
  PORTAL: ['WEB', 'Web'],
  API: ['API', 'API'],
  OTHER: ['WALKIN', 'Walk In'],
}
export const methods: Partial<Record<ChannelType, string>> = {
  FACEBOOK: 'COMMENT',
  TWITTER: 'MENTION',
  INSTAGRAM: 'DIRECT',
  WHATSAPP: 'DIRECT',
}

/** INVENTED except MSS3. What a desk says of deliveries, as message states; the settings tell the connector. */
export const states: Partial<Record<DeliveryStatus, string>> = {
  QUEUED: 'MSS1',
  SENDING: 'MSS2',
  FAILED: 'MSS5',
  BOUNCED: 'MSS6',
  DELIVERED: 'MSS8',
  READ: 'MSS9',
}
export const deliveryStatusMap = Object.fromEntries(Object.entries(states).map(([status, code]) => [code, status]))

/** `YYYY-MM-DD HH:mm:ss` in UTC. */
export function clock(at: Date | null): string | null {
  return at?.toISOString().slice(0, 19).replace('T', ' ') ?? null
}

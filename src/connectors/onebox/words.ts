/** OneBox's words and codes in ours. All of them are open sets. */
import type { ChannelType, TicketPriority, TicketStatus } from '#vocabulary.ts'

/**
 * SEEN: TS7, whose close date equals its status date and which the list shows as "Closed". The other codes are not
 * public.
 */
export const statusOfCode: Record<string, TicketStatus> = { TS7: 'RESOLVED' }

/** SEEN: Closed. ASSUMED: the others, by their plain meaning; `statusMap` overrides them. */
export const statusOfName: Record<string, TicketStatus> = {
  Closed: 'RESOLVED',
  Close: 'RESOLVED',
  Solved: 'RESOLVED',
  Resolved: 'RESOLVED',
  New: 'NEW',
  Unassigned: 'NEW',
  Open: 'PENDING_INTERNAL',
  Opened: 'PENDING_INTERNAL',
  Reopen: 'PENDING_INTERNAL',
  Reopened: 'PENDING_INTERNAL',
  'Re-open': 'PENDING_INTERNAL',
  'In Progress': 'PENDING_INTERNAL',
  Progress: 'PENDING_INTERNAL',
  Pending: 'PENDING_EXTERNAL',
  'Waiting for customer': 'PENDING_EXTERNAL',
  'On Hold': 'ON_HOLD',
  Hold: 'ON_HOLD',
}

/** SEEN: Low. ASSUMED: the others, by their plain meaning. */
export const priorityOfName: Record<string, TicketPriority> = {
  Low: 'LOW',
  Normal: 'NORMAL',
  Medium: 'NORMAL',
  High: 'HIGH',
  Urgent: 'URGENT',
  Critical: 'URGENT',
  Emergency: 'URGENT',
}

export type Media = { type: ChannelType; name: string }

/** SEEN: FCBK, EMAIL, WHATP, INST. ASSUMED: the others; `channelMap` overrides them. */
export const mediaOfCode: Record<string, Media> = {
  FCBK: { type: 'FACEBOOK', name: 'Facebook' },
  EMAIL: { type: 'EMAIL', name: 'Email' },
  WHATP: { type: 'WHATSAPP', name: 'WhatsApp' },
  INST: { type: 'INSTAGRAM', name: 'Instagram' },
  TWTR: { type: 'TWITTER', name: 'Twitter' },
  TWIT: { type: 'TWITTER', name: 'Twitter' },
  TELE: { type: 'TELEGRAM', name: 'Telegram' },
  TLGRM: { type: 'TELEGRAM', name: 'Telegram' },
  LINE: { type: 'LINE', name: 'LINE' },
  SMS: { type: 'SMS', name: 'SMS' },
  VOICE: { type: 'VOICE', name: 'Voice' },
  PHONE: { type: 'VOICE', name: 'Phone' },
  LCHAT: { type: 'LIVE_CHAT', name: 'LiveChat' },
  LIVECHAT: { type: 'LIVE_CHAT', name: 'LiveChat' },
  WEB: { type: 'PORTAL', name: 'Web' },
  API: { type: 'API', name: 'API' },
  WALKIN: { type: 'OTHER', name: 'Walk In' },
}

/**
 * Never kept and never logged. Source: connections carry live `Password` and `Token` (SEEN); the others are caution.
 */
export const secretKeys: ReadonlySet<string> = new Set([
  'password',
  'token',
  'accesstoken',
  'access_token',
  'refreshtoken',
  'refresh_token',
  'pagetoken',
  'secret',
  'clientsecret',
  'apikey',
])

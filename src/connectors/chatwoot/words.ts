/**
 * Chatwoot's words → ours. Numbers are the values of its database, which some forks let through. Source: its models
 * (SEEN).
 */
import type {
  AttachmentKind,
  ChannelType,
  ConversationType,
  DeliveryStatus,
  MessageContentType,
  MessageDirection,
  SlaState,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'

/** `pending` is held by a bot: nobody of ours has taken it. The swagger enum forgets `snoozed` (SEEN). */
export const statusOf: Record<string, TicketStatus> = {
  open: 'PENDING_INTERNAL',
  resolved: 'RESOLVED',
  pending: 'NEW',
  snoozed: 'ON_HOLD',
  0: 'PENDING_INTERNAL',
  1: 'RESOLVED',
  2: 'NEW',
  3: 'ON_HOLD',
}

export const priorityOf: Record<string, TicketPriority> = {
  low: 'LOW',
  medium: 'NORMAL',
  high: 'HIGH',
  urgent: 'URGENT',
  0: 'LOW',
  1: 'NORMAL',
  2: 'HIGH',
  3: 'URGENT',
}

/**
 * Where our id is kept: a message's `content_attributes` and a conversation's `additional_attributes` are stored as they
 * come and given back. Source: MessageBuilder and ConversationBuilder (SEEN; older MessageBuilders dropped it).
 */
export const markerKey = 'deskgraph_id'

export type Kind = { type: ConversationType; direction: MessageDirection; isInternal: boolean }

const inbound: Kind = { type: 'REPLY_INBOUND', direction: 'INBOUND', isInternal: false }
const outbound: Kind = { type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', isInternal: false }
/** "Ana resolved the conversation": shown to agents only, written by nobody. */
const activity: Kind = { type: 'NOTE_PRIVATE', direction: 'SYSTEM', isInternal: true }
/** Greetings, "leave your e-mail": the contact gets them, but no person or bot wrote them. */
const template: Kind = { type: 'REPLY_OUTBOUND', direction: 'SYSTEM', isInternal: false }

export const kindOf: Record<string, Kind> = {
  incoming: inbound,
  outgoing: outbound,
  activity,
  template,
  0: inbound,
  1: outbound,
  2: activity,
  3: template,
}
/** Any message with `private: true` that is no activity line. */
export const privateNote: Kind = { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true }
/** Fails closed: what we cannot name is shown to agents only. */
export const unknownKind: Kind = { type: 'UNKNOWN', direction: 'INTERNAL', isInternal: true }

/** 11 and 12 from an index that mixes forks (INFERRED). */
export const contentTypeOf: Record<string, MessageContentType> = {
  text: 'TEXT',
  input_text: 'INPUT',
  input_textarea: 'INPUT',
  input_email: 'INPUT',
  input_csat: 'INPUT',
  input_select: 'QUICK_REPLY',
  cards: 'CARD',
  form: 'FORM',
  article: 'ARTICLE',
  incoming_email: 'EMAIL',
  integrations: 'WEB_VIEW',
  sticker: 'IMAGE',
  voice_call: 'AUDIO',
  0: 'TEXT',
  1: 'INPUT',
  2: 'INPUT',
  3: 'INPUT',
  4: 'QUICK_REPLY',
  5: 'CARD',
  6: 'FORM',
  7: 'ARTICLE',
  8: 'EMAIL',
  9: 'INPUT',
  10: 'WEB_VIEW',
  11: 'IMAGE',
  12: 'AUDIO',
}

/** `progress` is what its own screens show while sending. */
export const deliveryOf: Record<string, DeliveryStatus> = {
  progress: 'SENDING',
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'READ',
  failed: 'FAILED',
  0: 'SENT',
  1: 'DELIVERED',
  2: 'READ',
  3: 'FAILED',
}

export const attachmentKindOf: Record<string, AttachmentKind> = {
  image: 'IMAGE',
  audio: 'AUDIO',
  video: 'VIDEO',
  file: 'FILE',
  location: 'FILE',
  fallback: 'FILE',
  share: 'FILE',
  story_mention: 'IMAGE',
  contact: 'FILE',
  ig_reel: 'VIDEO',
  ig_post: 'IMAGE',
  ig_story: 'IMAGE',
  embed: 'FILE',
}
/** Things said by pointing at them: there is no file behind these. */
export const kindsWithoutFile: ReadonlySet<string> = new Set(['location', 'fallback', 'contact', 'embed'])

export const channelTypeOf: Record<string, ChannelType> = {
  'Channel::Email': 'EMAIL',
  'Channel::WebWidget': 'LIVE_CHAT',
  'Channel::Api': 'API',
  'Channel::FacebookPage': 'FACEBOOK',
  'Channel::Instagram': 'INSTAGRAM',
  'Channel::Whatsapp': 'WHATSAPP',
  'Channel::Telegram': 'TELEGRAM',
  'Channel::Line': 'LINE',
  'Channel::TwitterProfile': 'TWITTER',
  'Channel::Sms': 'SMS',
  'Channel::TwilioSms': 'SMS',
  'Channel::Voice': 'VOICE',
  'Channel::Tiktok': 'OTHER',
}

export const slaStateOf: Record<string, SlaState> = {
  active: 'OK',
  hit: 'ACHIEVED',
  missed: 'BREACHED',
  active_with_misses: 'BREACHED',
  0: 'OK',
  1: 'ACHIEVED',
  2: 'BREACHED',
  3: 'BREACHED',
}
export const slaEventNameOf: Record<string, string> = {
  frt: 'First response missed',
  nrt: 'Next response missed',
  rt: 'Resolution missed',
}

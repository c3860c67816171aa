/** What each vendor's sandbox can show of a desk, as data: whoever fills a desk for a vendor fills only this. */
import type {
  ActorType,
  AttachmentStatus,
  ChannelType,
  ConversationType,
  DeliveryStatus,
  EmailAddressDirection,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'
import type { Desk } from './desk.ts'

export const vendorKeys = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox'] as const
export type VendorKey = (typeof vendorKeys)[number]
export type Desks = Record<VendorKey, Desk>

export type Expressible = {
  /** Where the ids of its desk start. */
  firstId: number
  channels: readonly ChannelType[]
  statuses: readonly TicketStatus[]
  /** Null: a ticket may have none. */
  priorities: readonly (TicketPriority | null)[]
  conversationTypes: readonly ConversationType[]
  directions: readonly EmailAddressDirection[]
  /** None: the vendor shows no files. */
  attachmentStatuses: readonly AttachmentStatus[]
  actors: readonly ActorType[]
  deliveries: readonly DeliveryStatus[]
  features: readonly Feature[]
}

export type Feature =
  | 'html'
  | 'tags'
  | 'departments'
  | 'merge'
  | 'recycle'
  | 'spam'
  | 'readState'
  | 'mentions'
  | 'drafts'
  | 'systemLines'
  | 'translation'
  | 'editorjs'
  | 'deletedMessages'
  | 'phone'
  | 'blocked'

const allStatuses = ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD', 'RESOLVED'] as const
const allPriorities = ['URGENT', 'HIGH', 'NORMAL', 'LOW'] as const
const mailDirections = ['FROM', 'TO', 'CC', 'BCC'] as const

export const expressible: Record<VendorKey, Expressible> = {
  comm100: {
    firstId: 10_001,
    channels: [
      'EMAIL',
      'LIVE_CHAT',
      'PORTAL',
      'FACEBOOK',
      'INSTAGRAM',
      'WHATSAPP',
      'TELEGRAM',
      'LINE',
      'TWITTER',
      'SMS',
    ],
    statuses: allStatuses,
    priorities: allPriorities,
    conversationTypes: ['REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PRIVATE'],
    directions: mailDirections,
    attachmentStatuses: ['OK'],
    actors: ['CONTACT', 'VISITOR', 'AGENT', 'CHATBOT', 'CHANNEL_ACCOUNT', 'SYSTEM', 'OUTREACH_CAMPAIGN'],
    deliveries: ['QUEUED', 'SENDING', 'SENT', 'FAILED'],
    features: [
      'html',
      'tags',
      'departments',
      'merge',
      'recycle',
      'readState',
      'mentions',
      'drafts',
      'systemLines',
      'translation',
      'phone',
      'blocked',
    ],
  },
  chatwoot: {
    firstId: 1,
    channels: ['EMAIL', 'LIVE_CHAT', 'API', 'FACEBOOK', 'INSTAGRAM', 'WHATSAPP', 'TELEGRAM', 'LINE', 'TWITTER', 'SMS'],
    statuses: ['NEW', 'PENDING_INTERNAL', 'ON_HOLD', 'RESOLVED'],
    priorities: [...allPriorities, null],
    conversationTypes: ['REPLY_INBOUND', 'REPLY_OUTBOUND', 'NOTE_PRIVATE'],
    directions: mailDirections,
    attachmentStatuses: ['OK'],
    actors: ['CONTACT', 'AGENT', 'CHATBOT', 'SYSTEM'],
    deliveries: ['SENT', 'DELIVERED', 'READ', 'FAILED'],
    features: [
      'html',
      'tags',
      'departments',
      'readState',
      'mentions',
      'systemLines',
      'deletedMessages',
      'phone',
      'blocked',
    ],
  },
  deskhero: {
    firstId: 1000,
    channels: ['EMAIL', 'OTHER'],
    statuses: [...allStatuses, 'UNKNOWN'],
    priorities: [...allPriorities, null],
    conversationTypes: [
      'UNKNOWN',
      'REPLY_INBOUND',
      'NOTE_PRIVATE',
      'NOTE_PUBLIC',
      'FORWARD',
      'REPLY_OUTBOUND',
      'SUGGESTED_REPLY',
    ],
    directions: ['UNKNOWN', 'FROM', 'TO', 'CC', 'BCC', 'FORWARDED_TO', 'RESENT_FROM', 'REPLY_TO'],
    attachmentStatuses: ['UNKNOWN', 'UNAVAILABLE', 'OK', 'WARNING', 'ERROR'],
    actors: ['CONTACT', 'AGENT'],
    deliveries: [],
    features: ['html', 'tags', 'departments', 'merge', 'drafts', 'editorjs'],
  },
  alibaba: {
    // As long as its 64-bit ids are in reality, and still exact as a JS number.
    firstId: 1_400_000_000_000_000,
    channels: ['OTHER'],
    statuses: ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'RESOLVED'],
    priorities: ['URGENT', 'NORMAL'],
    conversationTypes: ['REPLY_INBOUND', 'REPLY_OUTBOUND'],
    directions: [],
    attachmentStatuses: [],
    actors: ['CONTACT', 'AGENT'],
    deliveries: [],
    features: [],
  },
  onebox: {
    firstId: 515_001,
    channels: ['EMAIL', 'LIVE_CHAT', 'FACEBOOK', 'INSTAGRAM', 'WHATSAPP', 'OTHER'],
    statuses: [...allStatuses, 'UNKNOWN'],
    priorities: [...allPriorities, null],
    conversationTypes: ['REPLY_INBOUND', 'REPLY_OUTBOUND'],
    directions: mailDirections,
    attachmentStatuses: ['OK'],
    actors: ['CONTACT', 'AGENT'],
    deliveries: [],
    features: ['html', 'tags', 'spam', 'phone'],
  },
}

export function can(vendor: VendorKey, feature: Feature): boolean {
  return expressible[vendor].features.includes(feature)
}

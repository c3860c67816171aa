/**
 * The help desk that all sandboxes share: people, tickets and messages in our words, held in memory. Each vendor's
 * sandbox shows its own share of it in the vendor's wire format. Ids are numbers that ascend in time; a sandbox whose
 * vendor uses GUIDs or other ids derives them from the number, always the same way (`guidOf`).
 */
import { sha256 } from '#sha256.ts'
import type {
  ActorType,
  AttachmentKind,
  AttachmentStatus,
  ChannelType,
  ConversationType,
  DeliveryStatus,
  EmailAddressDirection,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'

export type Desk = {
  agents: DeskAgent[]
  bots: DeskAgent[]
  contacts: Map<number, DeskContact>
  departments: DeskDepartment[]
  tags: DeskTag[]
  channels: DeskChannel[]
  /** The statuses the vendor knows; left out: all. What happens at the desk leads only to these. */
  statuses?: readonly TicketStatus[]
  /** By id, in ascending order of id. */
  tickets: Map<number, DeskTicket>
  /** The clock of the help desk; `change` never goes backwards on one ticket. */
  now(): Date
  /** The next free number for a ticket, message, note, attachment … : one ascending sequence for everything. */
  nextId(): number
}

export type DeskAgent = {
  id: number
  name: string
  email: string
  role: 'agent' | 'administrator'
  isAvailable: boolean
  departmentId: number | null
}
export type DeskContact = {
  id: number
  type: 'CONTACT' | 'VISITOR'
  name: string | null
  email: string | null
  phone: string | null
  identifier: string | null
  avatarUrl: string | null
  isBlocked: boolean
  language: string | null
  customFields: Record<string, string>
  createdAt: Date
  lastActivityAt: Date | null
}
export type DeskDepartment = { id: number; name: string }
export type DeskTag = { id: number; name: string; color: string }
export type DeskChannel = {
  id: number
  type: ChannelType
  name: string
  account: { id: number; name: string; address: string | null }
}

export type DeskTicket = {
  id: number
  subject: string
  status: TicketStatus
  priority: TicketPriority | null
  channelId: number
  requesterId: number
  /** An agent's or a bot's id. */
  assigneeId: number | null
  departmentId: number | null
  tagIds: number[]
  category: string | null
  isReadByAgent: boolean
  isReadByContact: boolean
  unreadCount: number
  isRecycled: boolean
  isSpam: boolean
  isMuted: boolean
  canReply: boolean
  mergedIntoId: number | null
  snoozedUntil: Date | null
  language: string
  customFields: Record<string, string>
  draft: DeskDraft | null
  createdAt: Date
  /** Raised by every change, also by a new message. */
  updatedAt: Date
  resolvedAt: Date | null
  reopenedAt: Date | null
  statusChangedAt: Date
  /** In time order; ids ascend. SUGGESTED_REPLY entries are here too. */
  messages: DeskMessage[]
  /** Text left in the ticket's own description where a vendor has one. */
  description: string | null
}

export type DeskAuthor = { type: ActorType; id: number | null; name: string | null }

export type DeskMessage = {
  id: number
  type: ConversationType
  /** `true` for lines the help desk itself writes ("Ana assigned to Ben"). */
  isSystemLine: boolean
  author: DeskAuthor
  at: Date
  updatedAt: Date
  /** Exact plain text; never empty unless the message carries only files. */
  text: string
  /** Null for a plain-text message. */
  html: string | null
  subject: string | null
  addresses: { email: string; name: string | null; direction: EmailAddressDirection }[]
  attachments: DeskAttachment[]
  mentionedAgentIds: number[]
  isMentionRead: boolean
  inReplyToId: number | null
  isRead: boolean
  isSpam: boolean
  isDeleted: boolean
  delivery: { status: DeliveryStatus; failReason: string | null; retryCount: number } | null
  translation: { locale: string; text: string } | null
  /** E-mail Message-ID or another channel's id. */
  sourceId: string | null
  /** What a client left with the message, where the vendor keeps such a thing. */
  clientData?: { [key: string]: unknown }
  editorjs: {
    time: number
    version: string
    blocks: { id: string; type: string; data: { [key: string]: string } }[]
  } | null
}

export type DeskAttachment = {
  id: number
  name: string
  contentType: string
  kind: AttachmentKind
  sizeBytes: number
  status: AttachmentStatus
  statusMessage: string | null
  isInline: boolean
  /** Of a file that was uploaded; others are made when they are asked for. */
  bytes?: Uint8Array
}

export type DeskDraft = {
  id: number
  text: string
  html: string | null
  subject: string
  cc: string[]
  quote: string
  authorId: number
  updatedAt: Date
  attachments?: DeskAttachment[]
  /** What a client left with it, where the vendor keeps such a thing. */
  clientData?: { [key: string]: unknown }
}

/** A stable GUID for a numbered thing, e.g. `guidOf('contact', 7)`. */
export function guidOf(kind: string, id: number): string {
  const hex = sha256(`${kind}:${id}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

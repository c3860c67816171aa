/**
 * What a connector is and what it returns. Records are in our words, with the vendor's external ids (always text) as the
 * only keys. Whatever is optional may be left out: "the vendor does not say". Records are plain JSON plus `Date`.
 */
import type { ZodType } from 'zod'
import type {
  ActorType,
  AttachmentKind,
  AttachmentStatus,
  Capability,
  ChannelType,
  ConversationType,
  DeliveryStatus,
  EmailAddressDirection,
  MessageContentType,
  MessageDirection,
  ReplyingAgentMode,
  SlaState,
  SupportLevel,
  TicketEventType,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'
import type { Operations, Writing } from './operations.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

// ------------------------------------------------------------------ the connector

/** A vendor we can speak to. The presence of an optional function on its session is the ability. */
export type Connector<Settings = unknown> = {
  /** Short name in configuration and in `Vendor.key`, e.g. `chatwoot`. */
  key: string
  /** Name for people. */
  name: string
  /** What a backend of this vendor needs to be configured; every field described for the README. */
  settings: ZodType<Settings>
  capabilities: Record<Capability, Ability>
  /** What commands have to know about writing before they promise anything. */
  writing: Writing
  /**
   * Reads what the vendor posts to our webhook address. Absent: it posts nothing, changes are polled.
   * @throws WebhookRefusal
   */
  readWebhook?(settings: Settings, call: WebhookCall): WebhookNews
  /** Opens a session. No call is made yet; tokens are fetched when first needed and live in the session. */
  connect(settings: Settings, host: Host): Session
}

export type Ability = { level: SupportLevel; note?: string }

/** What the host lends a session. */
export type Host = {
  log: HostLog
  /** The clock; tests move it. */
  now(): Date
}

/** The part of pino's logger that connectors use. */
export type HostLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>

/** One account at one vendor. Failures are the errors of `errors.ts`. */
export type Session = {
  /** The cheapest call that proves host and credentials. */
  check(): Promise<void>
  /**
   * The next page of the copy. `null` starts a full round over everything; the returned cursor goes into the next call.
   * While `hasMore`, the round goes on; after its last page the cursor starts the next, incremental round.
   * A page may be asked for twice (a crash lies between): it must then return the same or newer records.
   */
  pull(cursor: Cursor | null): Promise<Page>
  /** One ticket with its whole thread, as it is now; null when the vendor has it no more. */
  ticket(externalId: string): Promise<Records | null>
  /** Opens the bytes of an attachment, by what its record carried. Absent: the vendor offers no download. */
  openAttachment?(attachment: AttachmentLocator): Promise<OpenedAttachment>
  /**
   * In which language the contact of a ticket writes, as the vendor finds it: its own word, null when it cannot tell.
   * Absent: it does not detect.
   */
  detectLanguage?(ticketExternalId: string): Promise<string | null>
  /** A text in another language; nothing is stored. Absent: the vendor does not translate. */
  previewTranslation?(order: PreviewOrder): Promise<string>
  /** What it can change at the vendor; each function is an ability. */
  operations: Operations
}

/** Languages are tags; `from` null: the vendor is to find out. `ticketExternalId` null: for a ticket yet to be made. */
export type PreviewOrder = { ticketExternalId: string | null; text: string; from: string | null; to: string }

/** One call of a vendor to our webhook address, as it came. */
export type WebhookCall = {
  /** By lower-case name. */
  headers: Record<string, string>
  body: Buffer
  /** What the address holds behind the backend's key, e.g. a secret; empty when there is nothing. */
  rest: string
  receivedAt: Date
}

/** What a webhook said: which tickets to read again. A call of the same id is a repetition. */
export type WebhookNews = { id: string; ticketExternalIds: string[] }

/** A position in a round; the connector's own, kept as it is in Postgres. */
export type Cursor = JsonObject

export type Page = {
  records: Records
  cursor: Cursor
  hasMore: boolean
  /** How far the round is, in tickets; `total` null when the vendor does not say. */
  progress?: { done: number; total: number | null }
}

export type AttachmentLocator = {
  externalId: string
  ticketExternalId: string
  messageExternalId: string | null
  vendorUrl: string | null
  fileKey: string | null
}
export type OpenedAttachment = {
  body: ReadableStream<Uint8Array>
  contentType: string | null
  sizeBytes: number | null
}

// ------------------------------------------------------------------ the records

/** What one page or one look-up brought. Make one with `records()`. */
export type Records = {
  channels: ChannelRecord[]
  departments: DepartmentRecord[]
  agents: AgentRecord[]
  contacts: ContactRecord[]
  tags: TagRecord[]
  views: ViewRecord[]
  tickets: TicketRecord[]
  misfits: Misfit[]
}

export function records(partial: Partial<Records> = {}): Records {
  return {
    channels: [],
    departments: [],
    agents: [],
    contacts: [],
    tags: [],
    views: [],
    tickets: [],
    misfits: [],
    ...partial,
  }
}

/**
 * Something in an answer that did not fit. `parked`: a whole item could not become a record and is kept only here.
 * `unmapped`: the record is there, but one value became UNKNOWN or null. Both are stored, counted and shown.
 */
export type Misfit = {
  kind: 'parked' | 'unmapped'
  /** What the item is, in our words: `ticket`, `message`, `contact` … */
  subject: string
  externalId: string | null
  /** For an unmapped value the field, e.g. `status`. */
  field: string | null
  /** What was expected and what came, for a person. */
  problem: string
  /** The item (parked) or the value (unmapped) as it came, without live secrets. */
  raw: Json
}

export type ChannelRecord = {
  externalId: string
  type: ChannelType
  name: string
  accounts: { externalId: string; name: string; address?: string | null }[]
  /** Seen in passing, as with a ticket: fills a gap and never overwrites what a list said. */
  isProvisional?: boolean
}

/** `isProvisional` as with channels. */
export type DepartmentRecord = {
  externalId: string
  name: string
  agentExternalIds?: string[]
  isProvisional?: boolean
}
export type TagRecord = { externalId: string; name: string; color?: string | null; createdAt?: Date | null }
/** A saved filter of the vendor. */
export type ViewRecord = {
  externalId: string
  name: string
  isShared?: boolean
  /** As the vendor says it. */
  condition?: Json
  /** The same in our words, where it can be said exactly; without it the view is shown and not listed. */
  filter?: ViewFilter | null
}

/** Fields of our `TicketFilter`, with ids of the vendor. All that is given must hold; of a list, any. Times are ISO text. */
export type ViewFilter = {
  status?: TicketStatus[]
  rawStatus?: string[]
  priority?: TicketPriority[]
  assigneeExternalIds?: string[]
  isAssigned?: boolean
  departmentExternalIds?: string[]
  tagExternalIds?: string[]
  channelTypes?: ChannelType[]
  subjectContains?: string
  createdAt?: { from?: string; to?: string }
  updatedAt?: { from?: string; to?: string }
  lastRepliedAt?: { from?: string; to?: string }
  and?: ViewFilter[]
  or?: ViewFilter[]
  not?: ViewFilter
}

/** Points at an actor. What is known beside the id makes a provisional actor when the real one was not seen yet. */
export type ActorRef = {
  type: ActorType
  externalId: string
  name?: string | null
  email?: string | null
  phone?: string | null
  avatarUrl?: string | null
}

/** A person or bot on the help desk's side. */
export type AgentRecord = {
  type: 'AGENT' | 'CHATBOT'
  externalId: string
  displayName: string
  email?: string | null
  avatarUrl?: string | null
  isAvailable?: boolean | null
  isActive?: boolean
  role?: string | null
  messageSignature?: string | null
  raw: Json
}

export type ContactRecord = {
  type: 'CONTACT' | 'VISITOR'
  externalId: string
  /** The customer's key in the company's own system. */
  identifier?: string | null
  displayName?: string | null
  email?: string | null
  phone?: string | null
  avatarUrl?: string | null
  isBlocked?: boolean
  isOnline?: boolean | null
  isIdentityVerified?: boolean | null
  language?: string | null
  identities?: { channelType: ChannelType; value: string; isPrimary: boolean }[]
  customFields?: CustomField[]
  lastActivityAt?: Date | null
  createdAt?: Date | null
  updatedAt?: Date | null
  raw: Json
}

export type CustomField = { key: string; label: string; type: string; value: Json; isEditable?: boolean }

/** The vendor's own word for a mapped value, with its colours. */
export type Label = { raw: string; label: string; backgroundColor?: string | null; textColor?: string | null }

export type TicketRecord = {
  externalId: string
  /** What people quote; the external id when the vendor has nothing better. */
  number: string
  url?: string | null
  subject?: string | null
  status: TicketStatus
  statusDetail: Label
  priority?: TicketPriority | null
  priorityDetail?: Label | null
  category?: string | null
  snoozedUntil?: Date | null

  requester: ActorRef | null
  assignee?: ActorRef | null
  departmentExternalId?: string | null
  createdBy?: ActorRef | null
  lastRepliedBy?: ActorRef | null
  resolvedBy?: ActorRef | null

  channelExternalId?: string | null
  channelAccountExternalId?: string | null
  lastMessageChannelExternalId?: string | null
  lastMessageChannelAccountExternalId?: string | null
  originalConversationId?: string | null

  /** The backend's own flags; left out when it keeps none (then they are kept in our store only). */
  isReadByAgent?: boolean | null
  isReadByContact?: boolean | null
  unreadMessageCount?: number | null
  isRecycled?: boolean
  recycledAt?: Date | null
  isSpam?: boolean
  mergedIntoExternalId?: string | null
  hasDraft?: boolean

  /** External ids of tags; a tag the vendor only names has the name as its external id. */
  tags?: TagRecord[]
  customFields?: CustomField[]
  contactLanguage?: string | null
  agentLanguage?: string | null
  isAutoTranslationOn?: boolean
  replyingAgentMode?: ReplyingAgentMode | null

  responseCount?: number | null
  responseTimeSeconds?: number | null
  firstResponseTimeSeconds?: number | null
  resolutionTimeSeconds?: number | null
  sla?: SlaRecord | null

  createdAt: Date
  /** The vendor's time of the last change: newer wins over older. Null when the vendor keeps none. */
  updatedAt: Date | null
  lastActivityAt?: Date | null
  lastRepliedAt?: Date | null
  lastStatusChangedAt?: Date | null
  firstRepliedAt?: Date | null
  waitingSince?: Date | null
  resolvedAt?: Date | null
  reopenedAt?: Date | null

  conversations: ConversationRecord[]
  mentions?: MentionRecord[]
  /** The whole set of drafts; left out when this answer says nothing about drafts. */
  drafts?: DraftRecord[]
  /** The vendor's event log, when asked for and given. */
  events?: TicketEventRecord[]
  raw: Json
}

export type SlaRecord = {
  state: SlaState
  policyName?: string | null
  dueAt?: Date | null
  breachedAt?: Date | null
  events: { name: string; at: Date; detail?: Json }[]
}

export type TicketEventRecord = {
  externalId: string
  /** The vendor's word. */
  kind: string
  /** Ours; left out: OTHER. */
  type?: TicketEventType
  at: Date
  actor?: ActorRef | null
  label: string
  detail?: Json
}

/** A thread of messages on one channel. `messages` may be only those that are new; absent ones are not deleted. */
export type ConversationRecord = {
  externalId: string
  uuid?: string | null
  /** Type of the entry that opened it. Left out: the type of its first message. */
  type?: ConversationType
  status?: TicketStatus
  statusDetail?: Label
  channelExternalId?: string | null
  channelAccountExternalId?: string | null
  contact?: ActorRef | null
  assignee?: ActorRef | null
  canReply?: boolean
  isMuted?: boolean
  isIdentityVerified?: boolean | null
  snoozedUntil?: Date | null
  priority?: TicketPriority | null
  unreadCount?: number | null
  agentLastSeenAt?: Date | null
  assigneeLastSeenAt?: Date | null
  contactLastSeenAt?: Date | null
  firstRepliedAt?: Date | null
  waitingSince?: Date | null
  lastActivityAt?: Date | null
  customFields?: CustomField[]
  additionalAttributes?: Json
  sla?: SlaRecord | null
  createdAt: Date
  updatedAt?: Date | null
  /** Left out where the conversation is the ticket (its raw is there) or made by us. */
  raw?: Json
  messages: MessageRecord[]
}

export type MessageRecord = {
  externalId: string
  /** The vendor's order among messages of one time: ascending; a number id where ids ascend, else the place in the answer. */
  sequence: number
  /** The message's id in the channel it came by, e.g. an e-mail's Message-ID. */
  sourceId?: string | null
  type: ConversationType
  direction: MessageDirection
  contentType: MessageContentType
  subject?: string | null
  body: BodyRecord
  translation?: { locale: string | null; text: string | null; html: string | null } | null
  sender?: ActorRef | null
  senderName?: string | null
  addresses?: EmailAddressRecord[]
  attachments?: AttachmentRecord[]
  parentExternalId?: string | null
  previousExternalId?: string | null
  isInternal: boolean
  isRead?: boolean | null
  isSpam?: boolean
  isEdited?: boolean
  isDeleted?: boolean
  showInlineImages?: boolean | null
  showInCorrespondence?: boolean | null
  isOriginalSentToContact?: boolean | null
  statusDetail?: Label | null
  priority?: TicketPriority | null
  /** Only the newest part of a quoted e-mail, when the vendor extracts it. */
  extractedText?: string | null
  delivery?: DeliveryRecord | null
  channelExternalId?: string | null
  channelAccountExternalId?: string | null
  sentiment?: Json
  contentAttributes?: Json
  metadata?: Json
  /** Our own id of it (`OutgoingMessage.marker`), where the vendor keeps it: proves that we sent it. */
  marker?: string | null
  /** The message's own time, whichever the channel defines. */
  at: Date
  sentAt?: Date | null
  receivedAt?: Date | null
  readAt?: Date | null
  expiresAt?: Date | null
  createdAt: Date
  updatedAt?: Date | null
  createdBy?: ActorRef | null
  updatedBy?: ActorRef | null
  raw: Json
}

/** At least one of `html`, `text`, `editorjs` unless the message is empty. Untouched: never trimmed, never cleaned. */
export type BodyRecord = {
  html?: string | null
  /** The exact plain text when the vendor gives one; left out, it is made from the HTML. */
  text?: string | null
  /** The vendor's Markdown source, when the body is Markdown. */
  markdown?: string | null
  /** Editor.js document as it came. */
  editorjs?: Json
  /** Body parts as the channel delivered them, when there is more to say than html and text. */
  parts?: BodyPart[]
  readMinutes?: number | null
}
export type BodyPart = {
  id: string
  contentType: string
  encoding?: string | null
  body: string
  text?: string | null
  templateId?: string | null
  meta?: Json
}

export type EmailAddressRecord = { email: string; name?: string | null; direction: EmailAddressDirection }

export type AttachmentRecord = {
  externalId: string
  name: string
  contentType?: string | null
  kind: AttachmentKind
  sizeBytes?: number | null
  status: AttachmentStatus
  statusMessage?: string | null
  /** Where the vendor serves it. Never shown to clients; signed query strings are removed. */
  vendorUrl?: string | null
  fileKey?: string | null
  isInline?: boolean
  contentId?: string | null
  createdAt?: Date | null
}

export type DeliveryRecord = {
  status: DeliveryStatus
  failReason?: string | null
  at?: Date | null
  retryCount?: number
  groupId?: string | null
  orderNumber?: number | null
}

export type MentionRecord = {
  externalId: string
  /** The message (a note) that mentions. */
  messageExternalId: string
  agent: ActorRef
  mentionedBy?: ActorRef | null
  isRead: boolean
  readAt?: Date | null
  createdAt?: Date | null
}

export type DraftRecord = {
  externalId: string
  type: ConversationType
  subject?: string | null
  body: BodyRecord
  contentType: MessageContentType
  addresses?: EmailAddressRecord[]
  quotedText?: string | null
  attachments?: AttachmentRecord[]
  hasUnreceivedAttachment?: boolean
  metadata?: Json
  updatedBy?: ActorRef | null
  createdAt?: Date | null
  updatedAt: Date
}

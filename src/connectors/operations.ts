/**
 * What a connector can carry out at its vendor. An order speaks our words and the vendor's external ids; the presence of a
 * function is the ability. Failures are the errors of `errors.ts`: TryAgainError may mean that the vendor did it after
 * all, RefusedError and GoneError mean that it did not and will not.
 *
 * Repeating: an operation must be harmless when it is carried out twice, by looking first where the vendor's own call is
 * not. Only `createTicket`, `createMessages`, `resendMessage` and `createContact` may assume that nobody did it before:
 * whoever calls them makes sure.
 */
import type {
  ActorType,
  ConversationType,
  EmailAddressDirection,
  ReplyingAgentMode,
  SupportLevel,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'

export type Operations = {
  createTicket?(order: CreateTicket): Promise<Receipt>
  /** The external id of the ticket that this order made, null when there surely is none. Absent: it cannot be told. */
  findTicket?(order: CreateTicket, since: Date): Promise<string | null>
  updateTicket?(order: UpdateTicket): Promise<Receipt>
  deleteTicket?(order: OnTicket): Promise<Receipt>
  recycleTicket?(order: OnTicket): Promise<Receipt>
  restoreTicket?(order: OnTicket): Promise<Receipt>
  mergeTickets?(order: MergeTickets): Promise<Receipt>
  markTicket?(order: MarkTicket): Promise<Receipt>
  /** Replies, notes, forwards and entries made elsewhere; at most `writing.entriesPerCall` at once. */
  createMessages?(order: CreateMessages): Promise<Receipt>
  resendMessage?(order: OnMessage): Promise<Receipt>
  updateMessage?(order: UpdateMessage): Promise<Receipt>
  deleteMessage?(order: OnMessage): Promise<Receipt>
  muteConversation?(order: MuteConversation): Promise<Receipt>
  /** Puts the draft of a kind in the place of what the vendor has, unless somebody else wrote that since. */
  saveDraft?(order: SaveDraft): Promise<Receipt>
  deleteDraft?(order: OnTicket & { type: ConversationType }): Promise<Receipt>
  createContact?(order: ContactFields): Promise<Receipt>
  /** The external id of a contact with this identifier, e-mail address or phone number; null when there is none. */
  findContact?(order: ContactFields): Promise<string | null>
  updateContact?(order: ContactFields & { externalId: string }): Promise<Receipt>
  /** The sources disappear into the target. */
  mergeContacts?(order: { targetExternalId: string; sourceExternalIds: string[] }): Promise<Receipt>
  createTag?(order: TagFields): Promise<Receipt>
  updateTag?(order: TagFields & { externalId: string }): Promise<Receipt>
  deleteTag?(order: { externalId: string }): Promise<Receipt>
}
export type OperationName = keyof Operations

/** What the vendor said it made. Whatever it does not say is found out by reading the ticket again. */
export type Receipt = {
  ticketExternalId?: string
  /** In the order of the entries; null where the vendor does not say. */
  messages?: ({ externalId: string; conversationExternalId?: string } | null)[]
  contactExternalId?: string
  tagExternalId?: string
  /** `fileKeys` in the order of the files; null where the vendor does not say, as with the time it was saved. */
  draft?: { externalId: string; fileKeys: (string | null)[]; savedAt: Date | null }
}

// ------------------------------------------------------------------ what can be written, known without a call

/** The fields of a ticket that a client may change. */
export const ticketFields = [
  ...(['subject', 'status', 'priority', 'category', 'assignee', 'department', 'requester'] as const),
  ...(['channel', 'channelAccount', 'snoozedUntil', 'contactLanguage', 'agentLanguage'] as const),
  ...(['isAutoTranslationOn', 'replyingAgentMode', 'isSpam', 'tags', 'customFields'] as const),
]
export type TicketField = (typeof ticketFields)[number]

/** The parts of a message that a client may change. */
export type MessageField = 'body' | 'isInternal' | 'mentions'

/** The finer half of the capability table: what commands have to know before they promise anything. */
export type Writing = {
  /**
   * How far each field can be changed. EMULATED: kept in our store only, so the connector's records must leave it out or a
   * pull would undo it. READ_ONLY and UNSUPPORTED are refused.
   */
  ticketFields: Record<TicketField, SupportLevel>
  /** The same for a new ticket. */
  newTicketFields: Record<TicketField, SupportLevel>
  /** The statuses that can be set, each with the word the vendor will show for it. */
  statuses: Partial<Record<TicketStatus, { raw: string; label: string }>>
  /**
   * Whether a new ticket needs a first message, may have one, or several; and of which kinds they must be where not
   * everything will do that can be sent later.
   */
  newTicketMessages: { least: number; most: number; types?: ConversationType[] }
  /** How many entries one call of `createMessages` takes. */
  entriesPerCall: number
  /** True: every entry opens a conversation of its own. */
  isEntryConversation: boolean
  /** The longest text of a message, in characters; null: no limit known. */
  longestTextChars: number | null
  /** Whether others can be sent a copy (CC, BCC). */
  copies: 'ALWAYS' | 'ON_EMAIL' | 'NEVER'
  /** `byFileKey`: a file that it has already can be sent again by its key, without its bytes. */
  attachments: { mostPerMessage: number; mostBytesEach: number; byFileKey?: boolean }
  /** The kinds of drafts it keeps, one of each per ticket; of other kinds they are kept in our store only. */
  drafts?: readonly ConversationType[]
  /** Whether tags can be made, renamed and removed at the vendor; EMULATED: they are words, or ours alone. */
  tags: SupportLevel
  /** Whether `createMessages` takes entries in the contact's name, and with a time of their own. */
  imports: { inbound: SupportLevel; backdated: SupportLevel }
  /** Marking read or unread, by side. */
  readState: { agent: SupportLevel; contact: SupportLevel }
  muting: SupportLevel
  /** What of a message can be changed once it is there, where MESSAGE_EDIT is possible at all; left out: everything. */
  messageEdits?: { messages: readonly MessageField[]; notes: readonly MessageField[] }
  contacts: { update: SupportLevel; merge: SupportLevel; block: SupportLevel }
}

// ------------------------------------------------------------------ orders

export type OnTicket = { ticketExternalId: string }
export type OnMessage = OnTicket & { conversationExternalId: string; messageExternalId: string; isNote: boolean }

/** Somebody who acts; the external id is null for a person the vendor does not know yet. */
export type OutgoingActor = {
  type: ActorType
  externalId: string | null
  name: string | null
  email: string | null
  phone: string | null
}

/** Left out: stays as it is. Null: cleared. */
export type TicketChanges = {
  subject?: string
  status?: TicketStatus
  /** The vendor's own word or id for the status; goes before `status`. */
  rawStatus?: string
  priority?: TicketPriority | null
  category?: string | null
  assignee?: { type: 'AGENT' | 'CHATBOT'; externalId: string } | null
  departmentExternalId?: string | null
  requester?: OutgoingActor
  channelExternalId?: string
  channelAccountExternalId?: string
  snoozedUntil?: Date | null
  contactLanguage?: string | null
  agentLanguage?: string | null
  isAutoTranslationOn?: boolean
  replyingAgentMode?: ReplyingAgentMode | null
  isSpam?: boolean
  /** `all` is the whole set after the change; the others say what is different. By external id and name. */
  tags?: { all: OutgoingTag[]; added: OutgoingTag[]; removed: OutgoingTag[] }
  /** Only the keys to change; a null value clears. */
  customFields?: { key: string; value: unknown }[]
}
export type OutgoingTag = { externalId: string; name: string }

export type CreateTicket = {
  /** Our id of the ticket. A vendor that keeps a word of ours with a ticket is given it, so that it is recognised. */
  marker: string
  fields: TicketChanges & { subject: string; requester: OutgoingActor }
  createdBy: OutgoingActor | null
  originalConversationId: string | null
  messages: OutgoingMessage[]
}

export type UpdateTicket = OnTicket & { changes: TicketChanges }

export type MergeTickets = { targetExternalId: string; sourceExternalIds: string[] }

export type MarkTicket = OnTicket & {
  /** Whose read state. */
  side: 'AGENT' | 'CONTACT'
  isRead: boolean
  /** The conversations of the ticket, for vendors that mark these. */
  conversationExternalIds: string[]
}

export type CreateMessages = OnTicket & {
  /** Where the entries belong; null: the vendor decides. */
  conversationExternalId: string | null
  messages: OutgoingMessage[]
}

export type OutgoingMessage = {
  /** Our id of the message. A vendor that keeps a word of ours gives it back as `MessageRecord.marker`. */
  marker: string
  type: ConversationType
  subject: string | null
  body: OutgoingBody
  addresses: { email: string; name: string | null; direction: EmailAddressDirection }[]
  attachments: OutgoingFile[]
  mentionedAgentExternalIds: string[]
  /** The message it answers. */
  parentExternalId: string | null
  /** The message it passes on. */
  forwarded: { messageExternalId: string; includesAttachments: boolean } | null
  /** Who speaks; null: whoever the credentials belong to. */
  sender: OutgoingActor | null
  isRead: boolean | null
  sourceId: string | null
  channelAccountExternalId: string | null
  /** The time to show instead of now. */
  at: Date | null
  showInlineImages: boolean | null
  showInCorrespondence: boolean | null
  contentAttributes: unknown
  metadata: unknown
  /** The history that is to stand under it; null: none, or it is part of the body. */
  quotedText: string | null
}

/** Without a word of ours: a draft is known by its ticket and kind. */
export type OutgoingDraft = Pick<OutgoingMessage, 'type' | 'subject' | 'body' | 'addresses' | 'attachments'> &
  Pick<OutgoingMessage, 'quotedText' | 'metadata'> & {
    /** Who wrote it last; null: whoever the credentials belong to. */
    writer: OutgoingActor | null
  }

export type SaveDraft = OnTicket & {
  draft: OutgoingDraft
  /**
   * When the state that this one follows was saved there: what is newer is somebody else's, and makes this a RefusedError.
   * `NOTHING`: there should be none. Left out: not compared.
   */
  follows?: Date | 'NOTHING' | null
}

/** What was written, in the form it was written, and as plain text and safe HTML. */
export type OutgoingBody = { text: string; html: string | null; markdown: string | null; editorjs: unknown }

/** A file's bytes can be opened again for every attempt. */
export type OutgoingFile = {
  /** By what the vendor knows it already; null: it has to be uploaded. */
  fileKey: string | null
  name: string
  contentType: string
  sizeBytes: number
  isInline: boolean
  bytes(): Promise<Uint8Array>
}

export type UpdateMessage = OnMessage & {
  body?: OutgoingBody
  isInternal?: boolean
  mentionedAgentExternalIds?: string[]
}

export type MuteConversation = OnTicket & { conversationExternalId: string; isMuted: boolean }

/** Left out: stays as it is. Null: cleared. */
export type ContactFields = {
  name?: string | null
  email?: string | null
  phone?: string | null
  identifier?: string | null
  avatarUrl?: string | null
  language?: string | null
  isBlocked?: boolean
  customFields?: { key: string; value: unknown }[]
}

export type TagFields = { name: string; color: string | null }

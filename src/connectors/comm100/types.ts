/**
 * What Comm100 sends, as far as known. Every field may be missing and may have another type than documented, so all are
 * `unknown`: the readers of `#connectors/reading.ts` decide. Ids of tickets are integers here and text elsewhere.
 */

/** Source: vendor's reference, Ticket (SEEN). The objects of `include` under the include's own name: ASSUMED. */
export type WireTicket = {
  id?: unknown
  subject?: unknown
  /** A GUID in samples, a name such as `Email` in webhooks (SEEN). */
  channelId?: unknown
  channelAccountId?: unknown
  lastMessageId?: unknown
  lastMessageChannelId?: unknown
  lastMessageChannelAccountId?: unknown
  originalConversationId?: unknown
  assigneeId?: unknown
  assigneeType?: unknown
  departmentAssigneeId?: unknown
  contactOrVisitorId?: unknown
  contactOrVisitorType?: unknown
  createdById?: unknown
  createdByType?: unknown
  lastRepliedById?: unknown
  lastRepliedByType?: unknown
  resolvedById?: unknown
  resolvedByType?: unknown
  status?: unknown
  priority?: unknown
  isReadByAgent?: unknown
  isReadByContact?: unknown
  ifHasDraft?: unknown
  /** 0 means "not merged" (SEEN in webhooks). */
  mergedToTargetId?: unknown
  /** Counts agents', contacts' and visitors' messages only (SEEN). */
  totalReplies?: unknown
  /** ISO text with 0 to 7 digits of fraction; 1970-01-01T00:00:00Z means "never" (SEEN). */
  createdTime?: unknown
  lastUpdatedTime?: unknown
  lastRepliedTime?: unknown
  lastStatusChangedTime?: unknown
  resolvedTime?: unknown
  reopenedTime?: unknown
  isInRecycleBin?: unknown
  contactLanguage?: unknown
  agentLanguage?: unknown
  autoTranslationStatus?: unknown
  replyingAgent?: unknown
  /** Spans: the unit is not stated; ASSUMED seconds, see the setting `spanUnit`. */
  responseTimeSpan?: unknown
  resolvedTimeSpan?: unknown
  firstResponseTimeSpan?: unknown
  responseCount?: unknown
  tags?: unknown
  tagIds?: unknown
  draft?: unknown
  noteMentions?: unknown
  customFields?: unknown
  messages?: unknown
  contactOrVisitor?: unknown
  assignee?: unknown
  departmentAssignee?: unknown
  createdBy?: unknown
  lastRepliedBy?: unknown
}

/** Source: vendor's reference, Message (SEEN). */
export type WireMessage = {
  id?: unknown
  ticketId?: unknown
  parentId?: unknown
  sentById?: unknown
  sentByType?: unknown
  time?: unknown
  type?: unknown
  metadata?: unknown
  originalId?: unknown
  /** A name, e.g. `Email` (SEEN). */
  channelId?: unknown
  /** Plain, or `data:text/plain;base64,…` whatever its type is (SEEN). */
  body?: unknown
  translatedBody?: unknown
  ifDisplayInTicketCorrespondences?: unknown
  isOriginalSentToContact?: unknown
  showInlineImage?: unknown
  isRead?: unknown
  isInternal?: unknown
  attachments?: unknown
  messageDelivery?: unknown
}

/** Source: vendor's reference, Note (SEEN). */
export type WireNote = {
  id?: unknown
  ticketId?: unknown
  agentId?: unknown
  createdTime?: unknown
  text?: unknown
  attachments?: unknown
  noteMentions?: unknown
}

/** A message's, a note's or a draft's file. Source: vendor's reference (SEEN); `isAvailable` only in v2. */
export type WireAttachment = {
  id?: unknown
  fileKey?: unknown
  name?: unknown
  size?: unknown
  type?: unknown
  url?: unknown
  isAvailable?: unknown
}

/** Source: vendor's reference, Draft in the ticket samples (SEEN). `ticketId` is text. */
export type WireDraft = {
  ticketId?: unknown
  body?: unknown
  metadata?: unknown
  lastUpdatedById?: unknown
  lastUpdatedTime?: unknown
  type?: unknown
  attachments?: unknown
}

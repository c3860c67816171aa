/**
 * Our words, each with its meaning. The tables check against them, the graph's enums print them, the connectors map
 * onto them. A vendor's own word never appears here: it stays beside ours as `statusDetail`, `raw` and the like.
 */

export const ticketStatuses = {
  NEW: 'Nobody has taken it yet.',
  PENDING_INTERNAL: 'It waits for us.',
  PENDING_EXTERNAL: 'It waits for the other side.',
  ON_HOLD: 'Parked until later.',
  RESOLVED: 'Done.',
  UNKNOWN: "The backend's state could not be mapped; read `statusDetail.raw`.",
} as const
export type TicketStatus = keyof typeof ticketStatuses

export const ticketStatusCategories = {
  OPEN: 'Somebody on our side has to act: NEW and PENDING_INTERNAL, and UNKNOWN so that nothing is overlooked.',
  WAITING: 'We wait: PENDING_EXTERNAL and ON_HOLD.',
  DONE: 'Nothing is left to do: RESOLVED.',
} as const
export type TicketStatusCategory = keyof typeof ticketStatusCategories

/** A table, not a spread of `if`s: which category each status belongs to. */
export const categoryOfStatus: Record<TicketStatus, TicketStatusCategory> = {
  NEW: 'OPEN',
  PENDING_INTERNAL: 'OPEN',
  PENDING_EXTERNAL: 'WAITING',
  ON_HOLD: 'WAITING',
  RESOLVED: 'DONE',
  UNKNOWN: 'OPEN',
}

export const ticketPriorities = {
  URGENT: 'Drop everything else.',
  HIGH: 'Before the others.',
  NORMAL: 'In turn.',
  LOW: 'When there is time.',
} as const
export type TicketPriority = keyof typeof ticketPriorities

export const timelineItemTypes = {
  MESSAGE: 'Something was said: a message, a note, or a line of the help desk.',
  STATUS_CHANGED: 'It got another status.',
  PRIORITY_CHANGED: 'It got another priority.',
  ASSIGNMENT_CHANGED: 'Another agent or department has it.',
  TAGS_CHANGED: 'Tags were put on it or taken off.',
  SUBJECT_CHANGED: 'It got another subject.',
  MERGED: 'It was merged into another ticket, or another one into it.',
  UNMERGED: 'A merge was taken back.',
  RECYCLED: 'It went into the recycle bin.',
  RESTORED: 'It was taken out of the recycle bin.',
  READ_STATE_CHANGED: 'Somebody marked it as read or unread.',
  SLA_CHANGED: 'Its promised time of answer stands differently.',
  OTHER: 'Something else that the help desk notes in its log.',
} as const
export type TimelineItemType = keyof typeof timelineItemTypes
/** What is no message. */
export type TicketEventType = Exclude<TimelineItemType, 'MESSAGE'>

export const actorTypes = {
  CONTACT: 'A known customer.',
  VISITOR: 'A customer who has not said who they are.',
  AGENT: 'A person who works at a help desk.',
  CHATBOT: 'A bot that answers.',
  CHANNEL_ACCOUNT: 'The account of a channel, such as a Facebook page or a mailbox.',
  SYSTEM: 'The help desk itself.',
  OUTREACH_CAMPAIGN: 'A campaign that writes first.',
} as const
export type ActorType = keyof typeof actorTypes

export const conversationTypes = {
  UNKNOWN: 'The backend did not say; shown to agents only.',
  REPLY_INBOUND: 'A message that came to us.',
  NOTE_PRIVATE: 'A note only agents see.',
  NOTE_PUBLIC: 'A note the contact sees too.',
  FORWARD: 'A message passed on to somebody outside the conversation.',
  REPLY_OUTBOUND: 'A message that went out from us.',
  SUGGESTED_REPLY: 'A draft answer a machine proposes; never part of the thread.',
} as const
export type ConversationType = keyof typeof conversationTypes

export const emailAddressDirections = {
  UNKNOWN: 'The backend did not say.',
  FROM: 'Who sent it.',
  TO: 'Who it was sent to.',
  CC: 'Who got a copy.',
  BCC: 'Who got a hidden copy.',
  FORWARDED_TO: 'Who it was forwarded to.',
  RESENT_FROM: 'Who sent it on.',
  REPLY_TO: 'Where answers should go.',
} as const
export type EmailAddressDirection = keyof typeof emailAddressDirections

export const attachmentStatuses = {
  UNKNOWN: 'The backend did not say.',
  UNAVAILABLE: 'Processing in progress; no URL yet.',
  OK: 'Ready to download.',
  WARNING: 'Ready to download, but see `statusMessage`.',
  ERROR: 'It cannot be downloaded; see `statusMessage`.',
} as const
export type AttachmentStatus = keyof typeof attachmentStatuses

export const attachmentKinds = {
  FILE: 'Any other file.',
  IMAGE: 'A picture.',
  AUDIO: 'A sound recording.',
  VIDEO: 'A film.',
} as const
export type AttachmentKind = keyof typeof attachmentKinds

export const messageDirections = {
  INBOUND: 'It came to our organisation.',
  OUTBOUND: 'It went out from our organisation.',
  INTERNAL: 'Agents only.',
  SYSTEM: 'Written by a system: activity lines, templates.',
} as const
export type MessageDirection = keyof typeof messageDirections

export const messageContentTypes = {
  TEXT: 'Plain text.',
  HTML: 'HTML.',
  MARKDOWN: 'Markdown.',
  EDITORJS: 'Editor.js blocks.',
  VIDEO: 'A film.',
  AUDIO: 'A sound recording.',
  IMAGE: 'A picture.',
  FILE: 'A file.',
  LOCATION: 'A place on the map.',
  QUICK_REPLY: 'A text with answers to pick from.',
  WEB_VIEW: 'A page shown inside the conversation.',
  CARD: 'A card with fields and buttons.',
  FORM: 'A form to fill in.',
  INPUT: 'A question for one value.',
  ARTICLE: 'A link to a help article.',
  EMAIL: 'An e-mail, with its headers in `contentAttributes`.',
  UNKNOWN: 'The backend sent a kind we do not know.',
} as const
export type MessageContentType = keyof typeof messageContentTypes

export const deliveryStatuses = {
  QUEUED: 'Waiting to be sent.',
  SENDING: 'On its way.',
  SENT: 'Handed to the channel.',
  DELIVERED: 'It reached the recipient.',
  READ: 'The recipient has seen it.',
  BOUNCED: 'It came back.',
  FAILED: 'It could not be sent; see `failReason`.',
} as const
export type DeliveryStatus = keyof typeof deliveryStatuses

export const channelTypes = {
  EMAIL: 'E-mail.',
  LIVE_CHAT: 'A chat window on a web site.',
  API: "The vendor's own programming interface.",
  PORTAL: 'A web form or portal.',
  FACEBOOK: 'Facebook or Messenger.',
  INSTAGRAM: 'Instagram.',
  WHATSAPP: 'WhatsApp.',
  TELEGRAM: 'Telegram.',
  LINE: 'LINE.',
  TWITTER: 'X, formerly Twitter.',
  SMS: 'Text messages.',
  VOICE: 'Telephone calls.',
  OTHER: 'Any other channel.',
} as const
export type ChannelType = keyof typeof channelTypes

export const replyingAgentModes = {
  NO_REPLY: 'Nobody answers.',
  AGENT_ONLY: 'Only people answer.',
  BOT_ONLY: 'Only bots answer.',
  AGENT_AND_BOT: 'People and bots answer.',
} as const
export type ReplyingAgentMode = keyof typeof replyingAgentModes

export const slaStates = {
  NONE: 'No service level applies.',
  OK: 'Within the promised time.',
  DUE_SOON: 'The promised time is nearly over.',
  BREACHED: 'The promised time is over.',
  ACHIEVED: 'Answered within the promised time.',
} as const
export type SlaState = keyof typeof slaStates

export const backendHealths = {
  OK: 'It answers.',
  DEGRADED: 'It answers, but slowly or with errors on some operations.',
  UNREACHABLE: 'It does not answer.',
  AUTH_FAILED: 'The credentials expired or were refused: somebody has to renew them.',
  QUOTA_EXHAUSTED: 'The quota or access window is used up; see `quota.resetsAt`.',
  PAUSED: 'An operator stopped it.',
} as const
export type BackendHealth = keyof typeof backendHealths

export const syncStates = {
  NEVER: 'Nothing has been copied yet.',
  SYNCING: 'The first full copy is under way.',
  LIVE: 'The copy is complete and kept up to date.',
  PARTIAL: 'The copy is kept up to date, but some answers did not fit and were set aside.',
  FAILED: 'The last pull failed; see `error`.',
  PAUSED: 'An operator stopped it, or a quota window is closed.',
} as const
export type SyncState = keyof typeof syncStates

export const deliveryStates = {
  QUEUED: 'It waits for its turn, or for another attempt.',
  SENDING: 'It is with the help desk, or the answer was lost and it is looked up.',
  SETTLED: 'The help desk has it.',
  REFUSED: 'The help desk refused it; the change stands here only. Retry or discard it.',
  UNCERTAIN: 'Nobody can tell whether the help desk has it. Look there, then retry or discard it.',
  DISCARDED: 'Somebody gave it up; the change was taken back here.',
} as const

export const jobStates = {
  QUEUED: 'It waits for a worker.',
  RUNNING: 'It is being carried out.',
  SUCCEEDED: 'All of it was done.',
  PARTIALLY_FAILED: 'Some of it could not be done, see the failures.',
  FAILED: 'None of it could be done.',
  CANCELLED: 'Somebody stopped it; what was done before stays done.',
} as const

export const webhookEvents = {
  TICKET_CREATED: 'A ticket is new.',
  TICKET_UPDATED: 'Something of a ticket changed, also by what the next two tell of.',
  TICKET_MERGED: 'A ticket became part of another one, or was taken out of it again.',
  TICKET_RECYCLED: 'A ticket went into the recycle bin, or came back from it.',
  TICKET_DELETED: 'A ticket is gone for good.',
  MESSAGE_CREATED: 'A message or a note is new.',
  MESSAGE_UPDATED: 'A message or a note changed, or is gone: `changeType` says which.',
  MESSAGE_DELIVERY_CHANGED: 'A message got further on its way to its receiver, or failed.',
  MENTION_CREATED: 'Somebody was named in a note. Needs NOTES_READ.',
  CONTACT_UPDATED: 'Something of a contact changed. Needs CONTACTS_READ.',
  BACKEND_HEALTH_CHANGED: 'A help desk became well or unwell.',
  GAP: 'The log no longer reached back to where this webhook was: changes were missed, so read everything anew. Comes unasked.',
  TEST: 'Somebody asked for it by `webhookTest`. Comes only then.',
} as const
export type WebhookEvent = keyof typeof webhookEvents

export const webhookDeliveryStates = {
  WAITING: 'It is under way, or waits for its next attempt.',
  SUCCEEDED: 'The receiver took it.',
  FAILED: 'It was given up; `webhookReplay` sends it again.',
} as const

export const webhookProblems = {
  GAP: 'The log no longer reached back to where it was. It went on from the end; what was in between is missing.',
  SAVER_GONE: 'Whoever saved it may no longer come in, or lost what its events need. It stopped; save it again.',
  QUERY_INVALID: 'Its query no longer fits the schema. It stopped; save it with another one.',
  FILTER_INVALID: 'Its filter no longer fits the schema. It stopped; save it with another one.',
  SECRET_LOST: 'Its secret cannot be decrypted with the keys there are. It stopped; rotate the secret, and enable it.',
  RECEIVER_GONE: 'The receiver answered 410 Gone. It stopped.',
  FAILING: 'For five days no request came through. It stopped.',
} as const
export type WebhookProblemKind = keyof typeof webhookProblems

export const supportLevels = {
  NATIVE: 'The backend does it itself.',
  EMULATED: 'Kept in our own store only; the backend never hears of it.',
  READ_ONLY: 'It can be read, not changed.',
  UNSUPPORTED: 'Not possible; asking for it gives an UnsupportedError.',
} as const
export type SupportLevel = keyof typeof supportLevels

export const capabilities = {
  TICKET_LIST: 'List tickets.',
  TICKET_GET: 'Read one ticket.',
  TICKET_CREATE: 'Open a ticket.',
  TICKET_UPDATE: 'Change the fields of a ticket.',
  TICKET_DELETE: 'Remove a ticket for good.',
  TICKET_RECYCLE: 'Put a ticket into the recycle bin.',
  TICKET_RESTORE: 'Take a ticket out of the recycle bin.',
  TICKET_MERGE: 'Merge tickets into one.',
  TICKET_UNMERGE: 'Take a merge back.',
  TICKET_READ_STATE: 'Mark a ticket read or unread.',
  TICKET_TAGS: 'Tag tickets.',
  TICKET_ASSIGN: 'Assign a ticket to somebody.',
  TICKET_SNOOZE: 'Park a ticket until a moment.',
  MESSAGE_LIST: 'Read the messages of a ticket.',
  MESSAGE_SEND: 'Answer.',
  MESSAGE_FORWARD: 'Pass a message on.',
  MESSAGE_RESEND: 'Send a failed message again.',
  MESSAGE_EDIT: 'Change a message.',
  MESSAGE_DELETE: 'Remove a message.',
  NOTE_PRIVATE: 'Add a note only agents see.',
  NOTE_PUBLIC: 'Add a note the contact sees too.',
  ATTACHMENT_UPLOAD: 'Send files.',
  DRAFTS: 'Keep unsent answers.',
  MENTIONS: 'Mention agents in notes.',
  VIEWS: 'Saved filters.',
  UNREAD_COUNTS: 'Count unread tickets.',
  TRANSLATION_PREVIEW: 'Translate a text before it is sent.',
  LANGUAGE_DETECTION: "Detect a contact's language.",
  CONTACT_UPSERT: 'Create or change contacts.',
  WEBHOOKS_IN: 'The backend tells us about changes by itself.',
  PASSTHROUGH: "Send the backend's own raw calls.",
} as const
export type Capability = keyof typeof capabilities

/** The busiest first: of somebody with several windows that one is shown. */
export const presenceStates = {
  TYPING_REPLY: 'Writes an answer.',
  TYPING_NOTE: 'Writes a private note. Whoever may not read those is told VIEWING.',
  VIEWING: 'Has the ticket open.',
  IDLE: 'Has the ticket open, but does nothing.',
} as const
export type PresenceState = keyof typeof presenceStates

export const auditOutcomes = {
  DONE: 'It was done.',
  REFUSED: 'It was not allowed, and nothing was changed.',
} as const

/** The words of a vocabulary as a tuple, for check constraints and validators. */
export function wordsOf<Word extends string>(vocabulary: Record<Word, string>): [Word, ...Word[]] {
  return Object.keys(vocabulary) as [Word, ...Word[]]
}

/** What Chatwoot lets us change, known without a call. */
import type { TicketField, Writing } from '#connectors/operations.ts'
import type { SupportLevel } from '#vocabulary.ts'

/** Kept in our store only: the mapping leaves these out. */
const ours = {
  category: 'EMULATED',
  agentLanguage: 'EMULATED',
  isAutoTranslationOn: 'EMULATED',
  replyingAgentMode: 'EMULATED',
  isSpam: 'EMULATED',
} satisfies Partial<Record<TicketField, SupportLevel>>

export const writing: Writing = {
  ticketFields: {
    ...ours,
    status: 'NATIVE',
    priority: 'NATIVE',
    assignee: 'NATIVE',
    department: 'NATIVE',
    snoozedUntil: 'NATIVE',
    tags: 'NATIVE',
    customFields: 'NATIVE',
    // Shown with every conversation, and no call changes them.
    subject: 'READ_ONLY',
    requester: 'READ_ONLY',
    channel: 'READ_ONLY',
    channelAccount: 'READ_ONLY',
    contactLanguage: 'READ_ONLY',
  },
  newTicketFields: {
    ...ours,
    subject: 'NATIVE',
    status: 'NATIVE',
    priority: 'NATIVE',
    assignee: 'NATIVE',
    department: 'NATIVE',
    requester: 'NATIVE',
    channel: 'NATIVE',
    channelAccount: 'NATIVE',
    snoozedUntil: 'NATIVE',
    contactLanguage: 'NATIVE',
    tags: 'NATIVE',
    customFields: 'NATIVE',
  },
  // No PENDING_EXTERNAL: Chatwoot does not say whose turn it is.
  statuses: {
    NEW: { raw: 'pending', label: 'Pending' },
    PENDING_INTERNAL: { raw: 'open', label: 'Open' },
    ON_HOLD: { raw: 'snoozed', label: 'Snoozed' },
    RESOLVED: { raw: 'resolved', label: 'Resolved' },
  },
  newTicketMessages: { least: 0, most: 1 },
  entriesPerCall: 1,
  isEntryConversation: false,
  // Source: the message model (SEEN).
  longestTextChars: 150_000,
  // 15 files: the message model (SEEN). 40 MB is the server's default and a setting of its operator (SEEN).
  copies: 'ON_EMAIL',
  attachments: { mostPerMessage: 15, mostBytesEach: 40 * 1024 * 1024 },
  tags: 'NATIVE',
  // In the contact's name in API inboxes only; the time is always now.
  imports: { inbound: 'NATIVE', backdated: 'UNSUPPORTED' },
  // The contact's look is told by the contact's own screen only.
  readState: { agent: 'NATIVE', contact: 'READ_ONLY' },
  muting: 'NATIVE',
  contacts: { update: 'NATIVE', merge: 'NATIVE', block: 'NATIVE' },
}

/** How far each thing can be written. Source: the complete list of twelve actions and their parameters (SEEN). */
import type { Writing } from '#connectors/operations.ts'

/** Kept in our store only, so no record ever says these. */
const kept = {
  assignee: 'EMULATED',
  snoozedUntil: 'EMULATED',
  contactLanguage: 'EMULATED',
  agentLanguage: 'EMULATED',
  isSpam: 'EMULATED',
  tags: 'EMULATED',
  customFields: 'EMULATED',
} as const

/** There is nothing these could point to, and nobody who would go by them. */
const senseless = {
  department: 'UNSUPPORTED',
  channelAccount: 'UNSUPPORTED',
  isAutoTranslationOn: 'UNSUPPORTED',
  replyingAgentMode: 'UNSUPPORTED',
} as const

export const writing: Writing = {
  ticketFields: {
    ...kept,
    ...senseless,
    status: 'NATIVE',
    subject: 'READ_ONLY',
    priority: 'READ_ONLY',
    category: 'READ_ONLY',
    requester: 'READ_ONLY',
    channel: 'READ_ONLY',
  },
  newTicketFields: {
    ...kept,
    ...senseless,
    // A new ticket is always assigned.
    status: 'READ_ONLY',
    subject: 'NATIVE',
    priority: 'NATIVE',
    category: 'NATIVE',
    requester: 'NATIVE',
    channel: 'READ_ONLY',
  },
  // CloseTicket and ReopenTicket. What a reopened ticket's status is, is not documented: ASSUMED that it waits for them.
  statuses: {
    RESOLVED: { raw: '6', label: 'Completed' },
    PENDING_EXTERNAL: { raw: '4', label: 'Feedback' },
  },
  // The description, which is required.
  newTicketMessages: { least: 1, most: 1 },
  entriesPerCall: 1,
  isEntryConversation: false,
  longestTextChars: null,
  // Three is the figure of the reseller interface (SEEN there); that it holds here, and 50 MiB, are ASSUMED.
  copies: 'NEVER',
  attachments: { mostPerMessage: 3, mostBytesEach: 50 * 1024 * 1024 },
  tags: 'EMULATED',
  imports: { inbound: 'UNSUPPORTED', backdated: 'UNSUPPORTED' },
  readState: { agent: 'EMULATED', contact: 'EMULATED' },
  muting: 'EMULATED',
  contacts: { update: 'UNSUPPORTED', merge: 'UNSUPPORTED', block: 'UNSUPPORTED' },
}

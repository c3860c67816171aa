/** How far each thing can be written at Comm100. Source: parameter tables of the vendor's reference (SEEN) unless marked. */
import type { TicketField, Writing } from '#connectors/operations.ts'
import type { SupportLevel, TicketStatus } from '#vocabulary.ts'
import { labelOf } from './events.ts'

/** Our word → the vendor's. */
export const statusWords = {
  NEW: 'new',
  PENDING_INTERNAL: 'pendingInternal',
  PENDING_EXTERNAL: 'pendingExternal',
  ON_HOLD: 'onHold',
  RESOLVED: 'resolved',
} as const satisfies Partial<Record<TicketStatus, string>>

const ticketFields: Record<TicketField, SupportLevel> = {
  subject: 'NATIVE',
  status: 'NATIVE',
  // Can be changed, not cleared: the vendor has no word for "none".
  priority: 'NATIVE',
  category: 'EMULATED',
  assignee: 'NATIVE',
  department: 'NATIVE',
  requester: 'NATIVE',
  channel: 'NATIVE',
  channelAccount: 'NATIVE',
  snoozedUntil: 'EMULATED',
  contactLanguage: 'NATIVE',
  agentLanguage: 'NATIVE',
  isAutoTranslationOn: 'NATIVE',
  // In the ticket, but not among what can be written.
  replyingAgentMode: 'READ_ONLY',
  isSpam: 'EMULATED',
  tags: 'NATIVE',
  // Seen in webhooks; not among what can be written.
  customFields: 'READ_ONLY',
}

export const writing: Writing = {
  ticketFields,
  newTicketFields: ticketFields,
  statuses: Object.fromEntries(
    Object.entries(statusWords).map(([status, raw]) => [status, { raw, label: labelOf(raw) }]),
  ),
  // No limit is known; notes cannot come with a new ticket.
  newTicketMessages: { least: 0, most: 50 },
  entriesPerCall: 1,
  isEntryConversation: false,
  longestTextChars: null,
  // 20 MB per ticket. Source: v2 (SEEN), v4 (ASSUMED). The number of files is not limited by anything known.
  copies: 'ON_EMAIL',
  attachments: { mostPerMessage: 20, mostBytesEach: 20 * 1024 * 1024, byFileKey: true },
  drafts: ['REPLY_OUTBOUND'],
  tags: 'NATIVE',
  // The time of a message; a note's is the vendor's own.
  imports: { inbound: 'NATIVE', backdated: 'NATIVE' },
  // `isReadByContact` is shown, but not among what can be written.
  readState: { agent: 'NATIVE', contact: 'READ_ONLY' },
  muting: 'EMULATED',
  // A note stays as it was written.
  messageEdits: { messages: ['body', 'isInternal'], notes: [] },
  contacts: { update: 'NATIVE', merge: 'UNSUPPORTED', block: 'UNSUPPORTED' },
}

/** What can be written to DeskHero, known without a call. */
import type { Writing } from '#connectors/operations.ts'

/**
 * Fields are changed by `PUT tickets` with a list of `properties` (SEEN); what these are called is ASSUMED and a setting.
 * EMULATED: no property and no call is known for it, so our store keeps it and the records never speak of it.
 */
const ticketFields: Writing['ticketFields'] = {
  subject: 'NATIVE',
  status: 'NATIVE',
  priority: 'NATIVE',
  category: 'NATIVE',
  assignee: 'NATIVE',
  department: 'NATIVE',
  requester: 'NATIVE',
  // Told by the addresses of the thread: every reading says it anew.
  channel: 'READ_ONLY',
  channelAccount: 'UNSUPPORTED',
  snoozedUntil: 'EMULATED',
  contactLanguage: 'EMULATED',
  agentLanguage: 'EMULATED',
  // Nothing at DeskHero translates or answers by itself.
  isAutoTranslationOn: 'UNSUPPORTED',
  replyingAgentMode: 'UNSUPPORTED',
  isSpam: 'EMULATED',
  tags: 'NATIVE',
  customFields: 'EMULATED',
}

export const writing: Writing = {
  ticketFields,
  newTicketFields: ticketFields,
  // Each tenant names its own: these are the usual names (ASSUMED). Which entry of its list it is, is looked up.
  statuses: {
    NEW: { raw: 'New', label: 'New' },
    PENDING_INTERNAL: { raw: 'Open', label: 'Open' },
    PENDING_EXTERNAL: { raw: 'Waiting for customer', label: 'Waiting for customer' },
    ON_HOLD: { raw: 'On hold', label: 'On hold' },
    RESOLVED: { raw: 'Resolved', label: 'Resolved' },
  },
  newTicketMessages: { least: 0, most: 20 },
  // "Creates one or more conversation entry" (SEEN); how many at most is not said (ASSUMED).
  entriesPerCall: 20,
  isEntryConversation: true,
  longestTextChars: null,
  // No limits are documented (ASSUMED: what mail servers commonly take).
  copies: 'ALWAYS',
  attachments: { mostPerMessage: 20, mostBytesEach: 25 * 1024 * 1024 },
  // Those of its own list; no call that makes, renames or removes one is documented.
  tags: 'READ_ONLY',
  // `requester` of an entry can be written, `created` is read-only (both SEEN).
  imports: { inbound: 'NATIVE', backdated: 'READ_ONLY' },
  readState: { agent: 'EMULATED', contact: 'EMULATED' },
  muting: 'EMULATED',
  // The one call known converts the type of an entry, and only notes can be either.
  messageEdits: { messages: [], notes: ['isInternal'] },
  // Known from inside tickets only: every reading says them anew.
  contacts: { update: 'READ_ONLY', merge: 'UNSUPPORTED', block: 'READ_ONLY' },
}

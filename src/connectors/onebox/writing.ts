/**
 * What can be written to OneBox. Its reference shows three calls that matter: a ticket is created, a ticket is
 * removed, a message is sent (all SEEN). The page on changing a ticket is missing from it (SEEN: a gap in its
 * numbering): neither path nor field names nor the codes of statuses are known, so no field is promised.
 */
import type { TicketField, Writing } from '#connectors/operations.ts'
import type { SupportLevel } from '#vocabulary.ts'

const ticketFields: Record<TicketField, SupportLevel> = {
  subject: 'READ_ONLY',
  status: 'READ_ONLY',
  priority: 'READ_ONLY',
  category: 'READ_ONLY',
  assignee: 'READ_ONLY',
  // OneBox tells of no departments, so there is none to choose.
  department: 'UNSUPPORTED',
  requester: 'READ_ONLY',
  channel: 'READ_ONLY',
  channelAccount: 'READ_ONLY',
  snoozedUntil: 'EMULATED',
  contactLanguage: 'EMULATED',
  agentLanguage: 'EMULATED',
  // Kept here these two would promise what nobody does.
  isAutoTranslationOn: 'UNSUPPORTED',
  replyingAgentMode: 'UNSUPPORTED',
  isSpam: 'EMULATED',
  // List rows say the tags that were set in OneBox: the records hold the whole set.
  tags: 'READ_ONLY',
  customFields: 'READ_ONLY',
}

export const mostFilesOfReply = 10
/** Of one file. Caution: the reference names no limit, and in JSON a file is a third longer. */
export const mostFileBytes = 10 * 1024 * 1024

export const writing: Writing = {
  ticketFields,
  newTicketFields: { ...ticketFields, subject: 'NATIVE', category: 'NATIVE', requester: 'NATIVE' },
  statuses: {},
  // `content` is mandatory (SEEN), and counts as what the contact said.
  newTicketMessages: { least: 1, most: 1, types: ['REPLY_INBOUND'] },
  entriesPerCall: 1,
  isEntryConversation: false,
  longestTextChars: null,
  copies: 'ON_EMAIL',
  attachments: { mostPerMessage: mostFilesOfReply, mostBytesEach: mostFileBytes },
  tags: 'READ_ONLY',
  imports: { inbound: 'UNSUPPORTED', backdated: 'UNSUPPORTED' },
  readState: { agent: 'EMULATED', contact: 'EMULATED' },
  muting: 'EMULATED',
  contacts: { update: 'READ_ONLY', merge: 'UNSUPPORTED', block: 'READ_ONLY' },
}

/** 4. What can be written, as a table: commands ask it before they promise anything. Complete by its type. */
import { type TicketField, ticketFields, type Writing } from '#connectors/operations.ts'
import type { SupportLevel } from '#vocabulary.ts'

/** Every answer brings all fields, so nothing could be kept here only: a pull would undo it. */
const fields = Object.fromEntries(ticketFields.map((field) => [field, 'READ_ONLY'])) as Record<
  TicketField,
  SupportLevel
>

export const writing: Writing = {
  ticketFields: { ...fields, status: 'NATIVE' },
  newTicketFields: { ...fields, subject: 'NATIVE', requester: 'NATIVE' },
  statuses: {
    PENDING_INTERNAL: { raw: 'open', label: 'open' },
    PENDING_EXTERNAL: { raw: 'waiting', label: 'waiting' },
    RESOLVED: { raw: 'closed', label: 'closed' },
  },
  newTicketMessages: { least: 1, most: 1 },
  entriesPerCall: 1,
  isEntryConversation: false,
  longestTextChars: null,
  copies: 'NEVER',
  attachments: { mostPerMessage: 0, mostBytesEach: 0 },
  tags: 'UNSUPPORTED',
  imports: { inbound: 'UNSUPPORTED', backdated: 'UNSUPPORTED' },
  readState: { agent: 'EMULATED', contact: 'EMULATED' },
  muting: 'EMULATED',
  contacts: { update: 'READ_ONLY', merge: 'UNSUPPORTED', block: 'READ_ONLY' },
}

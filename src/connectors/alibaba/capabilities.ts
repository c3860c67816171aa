/** What the Ticket System can do. Source: its complete list of twelve actions (SEEN). */
import type { Ability } from '#connectors/contract.ts'
import type { Capability } from '#vocabulary.ts'

const native: Ability = { level: 'NATIVE' }
const kept = (what: string): Ability => ({ level: 'EMULATED', note: `Alibaba Cloud never hears of it: ${what}.` })
const absent = (note: string): Ability => ({ level: 'UNSUPPORTED', note })

export const capabilities: Record<Capability, Ability> = {
  TICKET_LIST: native,
  TICKET_GET: native,
  TICKET_CREATE: { level: 'NATIVE', note: 'With one text and a category; priorities are normal or urgent.' },
  TICKET_UPDATE: {
    level: 'NATIVE',
    note: 'Only the status: closing, and reopening with a text. Everything else is fixed.',
  },
  TICKET_DELETE: absent('Tickets cannot be deleted.'),
  TICKET_RECYCLE: kept('the recycle bin is our own'),
  TICKET_RESTORE: kept('the recycle bin is our own'),
  TICKET_MERGE: kept('merging is our own'),
  TICKET_UNMERGE: kept('merging is our own'),
  TICKET_READ_STATE: kept('it says which messages are read, but cannot be told'),
  TICKET_TAGS: kept('tags are our own'),
  TICKET_ASSIGN: kept('an assignee is one of ours, not the engineer in charge'),
  TICKET_SNOOZE: kept('snoozing is our own'),
  MESSAGE_LIST: native,
  MESSAGE_SEND: {
    level: 'NATIVE',
    note: 'As the customer, one text at a time; a closed ticket has to be reopened first.',
  },
  MESSAGE_FORWARD: absent('There is no forwarding.'),
  MESSAGE_RESEND: absent('Replies are stored at once; there is nothing to resend.'),
  MESSAGE_EDIT: absent('Messages cannot be changed.'),
  MESSAGE_DELETE: absent('Messages cannot be deleted.'),
  NOTE_PRIVATE: absent('There are no private notes; one is never sent as a reply instead.'),
  NOTE_PUBLIC: absent('There are only replies.'),
  ATTACHMENT_UPLOAD: native,
  DRAFTS: kept('drafts are our own'),
  MENTIONS: kept('mentions are our own'),
  VIEWS: kept('saved filters are our own'),
  UNREAD_COUNTS: kept('counted over our own copy'),
  TRANSLATION_PREVIEW: absent('It does not translate.'),
  LANGUAGE_DETECTION: { level: 'EMULATED', note: 'Detected here, from what was written.' },
  CONTACT_UPSERT: absent('It keeps no contacts: the only customer is our own account.'),
  WEBHOOKS_IN: absent('Events exist through EventBridge only, after applying to Alibaba Cloud; changes are polled.'),
  PASSTHROUGH: absent('Raw calls are not offered.'),
}

/** What DeskHero can do, for people. The finer half is in `writing.ts`. */
import type { Ability } from '#connectors/contract.ts'
import type { Capability } from '#vocabulary.ts'

const native: Ability = { level: 'NATIVE' }
const assumed: Ability = { level: 'NATIVE', note: 'The call is assumed from the naming of the documented ones.' }
const ours: Ability = { level: 'EMULATED', note: 'DeskHero has no such call; it is kept here only.' }
const never = (note: string): Ability => ({ level: 'UNSUPPORTED', note })

export const capabilities: Record<Capability, Ability> = {
  TICKET_LIST: assumed,
  TICKET_GET: assumed,
  TICKET_CREATE: assumed,
  TICKET_UPDATE: { level: 'NATIVE', note: "The call is documented, the names of a ticket's properties are not." },
  TICKET_DELETE: assumed,
  TICKET_RECYCLE: ours,
  TICKET_RESTORE: ours,
  TICKET_MERGE: { level: 'NATIVE', note: 'It cannot be taken back.' },
  TICKET_UNMERGE: never('DeskHero cannot take a merge back.'),
  TICKET_READ_STATE: ours,
  TICKET_TAGS: {
    level: 'NATIVE',
    note: 'The name of the property is assumed. Tags are chosen from the list DeskHero has: no call makes, renames or removes one.',
  },
  TICKET_ASSIGN: { level: 'NATIVE', note: 'The name of the property is assumed.' },
  TICKET_SNOOZE: ours,
  MESSAGE_LIST: native,
  MESSAGE_SEND: { level: 'NATIVE', note: 'That DeskHero mails the answer to the customer is assumed.' },
  MESSAGE_FORWARD: { level: 'NATIVE', note: 'As an entry of type FORWARD; that it is mailed is assumed.' },
  MESSAGE_RESEND: never('DeskHero does not say how a message was delivered.'),
  MESSAGE_EDIT: {
    level: 'NATIVE',
    note: 'Only whether a note is private or public can be changed; no call to change a text is documented.',
  },
  MESSAGE_DELETE: never('No call to remove an entry is documented.'),
  NOTE_PRIVATE: native,
  NOTE_PUBLIC: native,
  ATTACHMENT_UPLOAD: assumed,
  DRAFTS: {
    level: 'EMULATED',
    note: 'Drafts written here are kept here only; the reply DeskHero saves by itself is shown beside them.',
  },
  MENTIONS: ours,
  VIEWS: ours,
  UNREAD_COUNTS: ours,
  TRANSLATION_PREVIEW: never('DeskHero does not translate.'),
  LANGUAGE_DETECTION: { level: 'EMULATED', note: 'Detected here, from what was written.' },
  CONTACT_UPSERT: {
    level: 'READ_ONLY',
    note: 'Contacts are only seen inside tickets; one is made by opening a ticket for it.',
  },
  WEBHOOKS_IN: never('DeskHero has no webhooks; changes are found by asking.'),
  PASSTHROUGH: native,
}

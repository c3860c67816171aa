/**
 * Chatwoot, by its Application API. One conversation is one ticket with one conversation. A full round reads
 * everything; incremental rounds read what `updated_within` lists, each changed thread again as a whole (a long one:
 * its newest part), since edits, deletions and delivery marks carry no ids of their own. Two things only a full round
 * notices: read marks alone (looking moves no time stamp) and deleted conversations (nothing tells of them).
 */
import type { Ability, Connector } from '#connectors/contract.ts'
import type { Capability } from '#vocabulary.ts'
import { openAttachment } from './attachment.ts'
import { openChatwoot, type Settings, settingsShape } from './client.ts'
import { displayIdOf } from './map.ts'
import { operationsOf } from './operations.ts'
import { pull, readTicket } from './pull.ts'
import { readWebhook } from './webhook.ts'
import { writing } from './writing.ts'

const native: Ability = { level: 'NATIVE' }
const emulated = (note: string): Ability => ({ level: 'EMULATED', note })
const unsupported = (note: string): Ability => ({ level: 'UNSUPPORTED', note })

const capabilities: Record<Capability, Ability> = {
  TICKET_LIST: native,
  TICKET_GET: native,
  TICKET_CREATE: { level: 'NATIVE', note: 'With one first message at most.' },
  TICKET_UPDATE: {
    level: 'NATIVE',
    note: 'Status (all but PENDING_EXTERNAL), priority, assignee, team, labels and custom fields; subject, requester, inbox and language stay as they were made.',
  },
  TICKET_DELETE: { level: 'NATIVE', note: "For good, and only with an administrator's token." },
  TICKET_RECYCLE: emulated('Chatwoot has no recycle bin.'),
  TICKET_RESTORE: emulated('Chatwoot has no recycle bin.'),
  TICKET_MERGE: emulated('Chatwoot merges contacts, not conversations.'),
  TICKET_UNMERGE: emulated('Chatwoot merges contacts, not conversations.'),
  TICKET_READ_STATE: {
    level: 'NATIVE',
    note: "The agents' side; the contact's is read only. Marks set elsewhere are seen with the next change or full round. 10 unread means 10 or more.",
  },
  TICKET_TAGS: native,
  TICKET_ASSIGN: native,
  TICKET_SNOOZE: native,
  MESSAGE_LIST: native,
  MESSAGE_SEND: {
    level: 'NATIVE',
    note: "As the token's user, or as a bot. In the contact's name in API inboxes only.",
  },
  MESSAGE_FORWARD: unsupported('Chatwoot cannot forward a message.'),
  MESSAGE_RESEND: { level: 'NATIVE', note: 'Failed messages only.' },
  MESSAGE_EDIT: unsupported('A message cannot be changed once it is sent.'),
  MESSAGE_DELETE: { level: 'NATIVE', note: 'The message stays as "deleted", without text and files.' },
  NOTE_PRIVATE: native,
  NOTE_PUBLIC: unsupported('Chatwoot knows private notes only.'),
  ATTACHMENT_UPLOAD: {
    level: 'NATIVE',
    note: 'Up to 15 files a message, each up to 40 MB unless the server says otherwise.',
  },
  DRAFTS: emulated('Drafts stay in our store.'),
  MENTIONS: emulated('Mentions are written into the notes and read from them; who has read them is kept in our store.'),
  VIEWS: emulated("The saved filters of the token's user are read; our own views stay in our store."),
  UNREAD_COUNTS: emulated('Counted in our store.'),
  TRANSLATION_PREVIEW: unsupported('Chatwoot has no translation of unsent texts.'),
  LANGUAGE_DETECTION: { level: 'EMULATED', note: 'Detected here, from what was written.' },
  CONTACT_UPSERT: native,
  WEBHOOKS_IN: { level: 'NATIVE', note: 'Signed since about 4.13; deletions and read marks are not told.' },
  PASSTHROUGH: native,
}

export const chatwoot: Connector<Settings> = {
  key: 'chatwoot',
  name: 'Chatwoot',
  settings: settingsShape,
  capabilities,
  writing,
  readWebhook,
  connect(settings, host) {
    const source = { client: openChatwoot(settings, host), settings, host }
    return {
      check: source.client.check,
      pull: (cursor) => pull(source, cursor),
      async ticket(externalId) {
        const displayId = displayIdOf(externalId, settings.accountId)
        return displayId === null ? null : await readTicket(source, displayId)
      },
      openAttachment: (attachment) => openAttachment(source, attachment),
      operations: operationsOf(source),
    }
  },
}

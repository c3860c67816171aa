/**
 * OneBox (OneCloud) by PT Ciptadra Softindo. Tickets and messages are read by polling; it has no webhooks. Tickets can
 * be opened, answered and removed, nothing else. What is known of it comes from its public API reference; where that
 * is silent there is a setting.
 */
import type { Ability, AttachmentLocator, Connector, Host, OpenedAttachment, Session } from '#connectors/contract.ts'
import { GoneError } from '#errors.ts'
import type { Capability } from '#vocabulary.ts'
import { fileIn } from './attachments.ts'
import { openClient } from './client.ts'
import { learnNames } from './names.ts'
import { operationsOf } from './operations.ts'
import { pulling } from './pull.ts'
import { type Settings, settingsShape } from './settings.ts'
import { fetchTicket } from './whole.ts'
import { writing } from './writing.ts'

const onlyHere = 'OneBox has no such thing; it is kept in deskgraph only.'
const notThere = 'OneBox offers no call for this.'

const capabilities: Record<Capability, Ability> = {
  TICKET_LIST: { level: 'NATIVE' },
  TICKET_GET: { level: 'NATIVE' },
  TICKET_CREATE: { level: 'NATIVE', note: 'With one message, in the words of a contact who has an e-mail address.' },
  TICKET_UPDATE: {
    level: 'READ_ONLY',
    note: 'OneBox documents no call that changes a ticket; parking, languages and spam are kept in deskgraph only.',
  },
  TICKET_DELETE: { level: 'NATIVE', note: 'It is gone for good.' },
  TICKET_RECYCLE: { level: 'EMULATED', note: onlyHere },
  TICKET_RESTORE: { level: 'EMULATED', note: onlyHere },
  TICKET_MERGE: { level: 'EMULATED', note: onlyHere },
  TICKET_UNMERGE: { level: 'EMULATED', note: onlyHere },
  TICKET_READ_STATE: { level: 'EMULATED', note: 'OneBox tells of unseen comments but cannot be told.' },
  TICKET_TAGS: { level: 'READ_ONLY', note: 'Tags set in OneBox are read; it offers no call that sets them.' },
  TICKET_ASSIGN: { level: 'READ_ONLY', note: 'OneBox documents no call that assigns a ticket.' },
  TICKET_SNOOZE: { level: 'EMULATED', note: onlyHere },
  MESSAGE_LIST: { level: 'NATIVE' },
  MESSAGE_SEND: { level: 'NATIVE', note: 'An answer needs a message of the contact to answer to.' },
  MESSAGE_FORWARD: { level: 'UNSUPPORTED', note: notThere },
  MESSAGE_RESEND: { level: 'UNSUPPORTED', note: notThere },
  MESSAGE_EDIT: { level: 'UNSUPPORTED', note: notThere },
  MESSAGE_DELETE: { level: 'UNSUPPORTED', note: notThere },
  NOTE_PRIVATE: { level: 'UNSUPPORTED', note: 'OneBox has no notes; a note is never sent as an answer instead.' },
  NOTE_PUBLIC: { level: 'UNSUPPORTED', note: 'OneBox has no notes.' },
  ATTACHMENT_UPLOAD: { level: 'NATIVE', note: 'With an answer; a new ticket takes two files.' },
  DRAFTS: { level: 'EMULATED', note: onlyHere },
  MENTIONS: { level: 'UNSUPPORTED', note: 'OneBox has no notes in which somebody could be mentioned.' },
  VIEWS: { level: 'EMULATED', note: onlyHere },
  UNREAD_COUNTS: { level: 'EMULATED', note: 'Counted by deskgraph.' },
  TRANSLATION_PREVIEW: { level: 'UNSUPPORTED', note: 'OneBox does not translate.' },
  LANGUAGE_DETECTION: { level: 'EMULATED', note: 'Detected here, from what was written.' },
  CONTACT_UPSERT: {
    level: 'NATIVE',
    note: 'Contacts can be created (with fields that are assumed from the answer); no call changes one.',
  },
  WEBHOOKS_IN: { level: 'UNSUPPORTED', note: 'OneBox sends none; changes are polled.' },
  PASSTHROUGH: { level: 'NATIVE' },
}

export const onebox: Connector<Settings> = {
  key: 'onebox',
  name: 'OneBox',
  settings: settingsShape,
  capabilities,
  writing,
  connect,
}

function connect(settings: Settings, host: Host): Session {
  const client = openClient(settings, host)
  const names = learnNames()
  const parts = { client, settings, names, now: host.now }
  return {
    async check() {
      await client.findTickets({ sinceId: '0', limit: 1, offset: 0 })
    },
    pull: pulling({ ...parts, log: host.log }),
    ticket: (externalId) => fetchTicket({ id: externalId, row: null }, { ...parts, contacts: new Map() }),
    operations: operationsOf(parts),

    /** The message is read again, since the address it gave may have been good for a while only. */
    async openAttachment({ externalId, messageExternalId }: AttachmentLocator): Promise<OpenedAttachment> {
      const messageId = messageExternalId?.split(':')[0] ?? ''
      const file = fileIn(await client.message(messageId), messageExternalId ?? '', externalId)
      if (file?.bytes)
        return {
          body: new Blob([new Uint8Array(file.bytes)]).stream() as OpenedAttachment['body'],
          contentType: null,
          sizeBytes: file.bytes.length,
        }
      if (!file?.address) throw new GoneError(`message ${messageId} has no file ${externalId} any more`)
      return client.download(file.address)
    },
  }
}

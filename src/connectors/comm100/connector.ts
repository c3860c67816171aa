/**
 * Comm100 Ticketing & Messaging, REST v4. One ticket is one ticket; its messages and its notes are one thread, dealt out to
 * conversations by the original channel's conversation, else by channel.
 */
import type { Ability, Connector } from '#connectors/contract.ts'
import { idOf, objectOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Capability } from '#vocabulary.ts'
import { openAttachment } from './attachment.ts'
import { openClient } from './client.ts'
import { detectLanguage, previewTranslation } from './language.ts'
import { operationsOf } from './operations.ts'
import { pullPage } from './pull.ts'
import { openTicketReader } from './read-tickets.ts'
import { type Comm100Settings, comm100Settings } from './settings.ts'
import { readWebhook } from './webhook.ts'
import { writing } from './writing.ts'

const capabilities: Record<Capability, Ability> = {
  TICKET_LIST: { level: 'NATIVE', note: 'Recycled and merged tickets are not listed; they are looked up by number.' },
  TICKET_GET: { level: 'NATIVE' },
  TICKET_CREATE: { level: 'NATIVE' },
  TICKET_UPDATE: {
    level: 'NATIVE',
    note: 'The whole ticket is written back: two people changing it at once can overwrite each other.',
  },
  TICKET_DELETE: { level: 'NATIVE' },
  TICKET_RECYCLE: { level: 'NATIVE' },
  TICKET_RESTORE: { level: 'NATIVE', note: 'By writing the ticket back as not recycled.' },
  TICKET_MERGE: { level: 'NATIVE', note: 'One into one; several are merged one after the other.' },
  TICKET_UNMERGE: { level: 'UNSUPPORTED', note: 'Comm100 cannot take a merge back.' },
  TICKET_READ_STATE: { level: 'NATIVE', note: "For agents; the contact's side is shown, but no call changes it." },
  TICKET_TAGS: { level: 'NATIVE' },
  TICKET_ASSIGN: { level: 'NATIVE' },
  TICKET_SNOOZE: { level: 'EMULATED', note: 'Comm100 puts tickets on hold without a time; the time is kept here.' },
  MESSAGE_LIST: { level: 'NATIVE' },
  MESSAGE_SEND: { level: 'NATIVE' },
  MESSAGE_FORWARD: { level: 'UNSUPPORTED', note: 'Comm100 has no call that forwards a message.' },
  MESSAGE_RESEND: { level: 'NATIVE' },
  MESSAGE_EDIT: { level: 'NATIVE', note: 'Messages only: notes cannot be changed.' },
  MESSAGE_DELETE: { level: 'UNSUPPORTED', note: 'Comm100 keeps every message and note.' },
  NOTE_PRIVATE: { level: 'NATIVE', note: 'Plain text; not with a new ticket, and always at the time it arrives.' },
  NOTE_PUBLIC: { level: 'UNSUPPORTED', note: 'Notes at Comm100 are for agents only.' },
  ATTACHMENT_UPLOAD: {
    level: 'NATIVE',
    note: "By version 2's upload; that version 4 takes its files is assumed. The setting `uploadPath` turns it off.",
  },
  DRAFTS: {
    level: 'NATIVE',
    note: 'One draft of a reply per ticket; drafts of notes and forwards are kept here only.',
  },
  MENTIONS: { level: 'NATIVE', note: 'In notes only.' },
  VIEWS: {
    level: 'EMULATED',
    note: 'The views at Comm100 are read, and listed where our filter can say their condition; our own stay in our store.',
  },
  UNREAD_COUNTS: {
    level: 'EMULATED',
    note: 'Counted in our store, for each agent; the counts of Comm100 are not asked.',
  },
  TRANSLATION_PREVIEW: {
    level: 'NATIVE',
    note: 'Comm100 does not document what its call takes; its names are assumed.',
  },
  LANGUAGE_DETECTION: { level: 'NATIVE', note: 'Of whole tickets; the language of any other text is detected here.' },
  CONTACT_UPSERT: { level: 'NATIVE', note: 'Name, addresses and custom fields; not blocking, merging or pictures.' },
  WEBHOOKS_IN: { level: 'NATIVE', note: 'Unsigned: taken as a hint that a ticket changed, then the ticket is read.' },
  PASSTHROUGH: { level: 'NATIVE' },
}

export const comm100: Connector<Comm100Settings> = {
  key: 'comm100',
  name: 'Comm100',
  settings: comm100Settings,
  capabilities,
  writing,
  readWebhook,
  connect(settings, host) {
    const client = openClient(settings, host)
    const reader = openTicketReader(client, settings, host)
    return {
      async check() {
        await client.tags()
      },
      pull: (cursor) => pullPage({ client, reader, settings, host }, cursor),
      async ticket(externalId) {
        // Numbers only: anything else would be another path.
        if (!/^\d+$/.test(externalId)) return null
        try {
          const answer = objectOf(await client.ticket(externalId))
          if (answer === null || idOf(answer.id) === null)
            throw new RefusedError(`expected ticket ${externalId}, got something else`)
          return (await reader.read([answer])).records
        } catch (error) {
          if (error instanceof GoneError) return null
          throw error
        }
      },
      openAttachment: (attachment) => openAttachment(client, settings, attachment),
      detectLanguage: (ticketExternalId) => detectLanguage(client, ticketExternalId),
      previewTranslation: (order) => previewTranslation(client, order),
      operations: operationsOf({ client, settings, host, learned: reader.learned }),
    }
  },
}

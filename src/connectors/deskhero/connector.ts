/** DeskHero. Little of it is public: what its pages do not say is a setting (`settings.ts`) and marked ASSUMED. */
import type { Ability, AttachmentLocator, Connector, OpenedAttachment, Records } from '#connectors/contract.ts'
import { idOf, listOf, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, VendorError } from '#errors.ts'
import type { Capability } from '#vocabulary.ts'
import { type Client, openClient } from './client.ts'
import { download } from './download.ts'
import { openFetching } from './fetching.ts'
import { openPull } from './pull.ts'
import { type Settings, settings } from './settings.ts'
import { attachmentStatusOf } from './words.ts'

const native: Ability = { level: 'NATIVE' }
const assumed: Ability = { level: 'NATIVE', note: 'The call is assumed from the naming of the documented ones.' }
const ours: Ability = { level: 'EMULATED', note: 'DeskHero has no such call; it is kept here only.' }
const never = (note: string): Ability => ({ level: 'UNSUPPORTED', note })

const capabilities: Record<Capability, Ability> = {
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
    level: 'EMULATED',
    note: 'The tags of DeskHero are read; changes are kept here only, since the call is not documented.',
  },
  TICKET_ASSIGN: { level: 'NATIVE', note: 'The name of the property is assumed.' },
  TICKET_SNOOZE: ours,
  MESSAGE_LIST: native,
  MESSAGE_SEND: { level: 'NATIVE', note: 'That DeskHero mails the answer to the customer is assumed.' },
  MESSAGE_FORWARD: { level: 'NATIVE', note: 'As an entry of type FORWARD; that it is mailed is assumed.' },
  MESSAGE_RESEND: never('DeskHero does not say how a message was delivered.'),
  MESSAGE_EDIT: never('No call to change an entry is documented.'),
  MESSAGE_DELETE: never('No call to remove an entry is documented.'),
  NOTE_PRIVATE: native,
  NOTE_PUBLIC: native,
  ATTACHMENT_UPLOAD: never('No call to upload a file was found.'),
  DRAFTS: { level: 'EMULATED', note: "DeskHero's own saved reply is read; ours are kept here only." },
  MENTIONS: ours,
  VIEWS: ours,
  UNREAD_COUNTS: ours,
  TRANSLATION_PREVIEW: never('DeskHero does not translate.'),
  LANGUAGE_DETECTION: never('DeskHero does not detect languages.'),
  CONTACT_UPSERT: { level: 'READ_ONLY', note: 'Contacts are only seen inside tickets; no call for them was found.' },
  WEBHOOKS_IN: never('DeskHero has no webhooks; changes are found by asking.'),
  PASSTHROUGH: native,
}

export const deskhero: Connector<Settings> = {
  key: 'deskhero',
  name: 'DeskHero',
  settings,
  capabilities,
  connect(own, host) {
    const client = openClient(own, host.log)
    const fetching = openFetching(client, own, host)
    const check = async () => {
      await client.tickets({ page: own.firstPage, take: 1, sortBy: own.sortKeys.created, order: 'ASC' })
    }
    return {
      check,
      pull: openPull(client, fetching, own, host),
      ticket: (externalId) => unlessGone(own, check, () => fetching.ticket(externalId)),
      openAttachment: (locator) => openAttachment(locator, client, own),
    }
  },
}

/**
 * Only 200, 400 and 403 are documented (SEEN), so a missing ticket is a 400 or 404 (ASSUMED). Both could also mean a wrong
 * host, tenant or version: the ticket counts as gone only when the list of tickets still answers.
 */
async function unlessGone(
  own: Settings,
  check: () => Promise<void>,
  look: () => Promise<Records>,
): Promise<Records | null> {
  try {
    return await look()
  } catch (error) {
    const isMissing = error instanceof VendorError && own.missingTicketStatuses.includes(error.provider.httpStatus ?? 0)
    if (!isMissing) throw error
    await check()
    return null
  }
}

/** Download addresses may expire, and ours are kept without their signature: the ticket is asked for a fresh one. */
async function openAttachment(locator: AttachmentLocator, client: Client, own: Settings): Promise<OpenedAttachment> {
  const { conversations, auto_saved_reply: draft } = await client.ticket(locator.ticketExternalId)
  const files = [...listOf(conversations), draft ?? null]
    .flatMap((entry) => listOf(objectOf(entry)?.sys_attachments))
    .map(objectOf)
  const file = files.find((candidate) => idOf(candidate?.id) === locator.externalId)
  if (!file) throw new GoneError(`attachment ${locator.externalId} is no more in ticket ${locator.ticketExternalId}`)
  const status = wordOf(attachmentStatusOf, file.status) ?? 'UNKNOWN'
  const url = status === 'OK' || status === 'WARNING' ? textOf(file.download_url) : null
  if (url === null)
    throw new RefusedError(
      `attachment ${locator.externalId} cannot be downloaded: it is ${status}${textOf(file.status_message) ? `, ${file.status_message}` : ''}`,
    )
  return download(url, client, own)
}

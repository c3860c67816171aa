/** DeskHero. Little of it is public: what its pages do not say is a setting (`settings.ts`) and marked ASSUMED. */
import type { AttachmentLocator, Connector, OpenedAttachment } from '#connectors/contract.ts'
import { idOf, listOf, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import { capabilities } from './capabilities.ts'
import { type Client, openClient } from './client.ts'
import { download } from './download.ts'
import { openFetching } from './fetching.ts'
import { openLooking } from './looking.ts'
import { operationsOf } from './operations.ts'
import { openPull } from './pull.ts'
import { type Settings, settings } from './settings.ts'
import { attachmentStatusOf } from './words.ts'
import { writing } from './writing.ts'

export const deskhero: Connector<Settings> = {
  key: 'deskhero',
  name: 'DeskHero',
  settings,
  capabilities,
  writing,
  connect(own, host) {
    const client = openClient(own, host.log)
    const fetching = openFetching(client, own, host)
    const looking = openLooking(client, own)
    return {
      check: looking.check,
      pull: openPull(client, fetching, own, host),
      ticket: (externalId) => looking.unlessGone(() => fetching.ticket(externalId)),
      openAttachment: (locator) => openAttachment(locator, client, own),
      operations: operationsOf(client, looking, own),
    }
  },
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

/** Opens the bytes of an attachment. The token goes to the vendor's origin only; other origins must be configured. */
import type { OpenedAttachment } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

/** `url` may be relative to the vendor's origin. */
export function download(url: string, client: Client, settings: Settings): Promise<OpenedAttachment> {
  const allowed = new Set([client.origin, ...settings.attachmentOrigins.map((origin) => new URL(origin).origin)])
  return openFile(URL.parse(url, client.origin), {
    reachOf: ({ origin }) => (allowed.has(origin) ? 'configured' : null),
    headersFor: ({ origin }) => (origin === client.origin ? client.authorization : {}),
    timeoutMs: settings.timeoutMs,
    budget: client.budget,
    mostRedirects: 3,
  })
}

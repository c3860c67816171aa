/**
 * Downloading files. Chatwoot gives links of Active Storage: public, unguessable, answered with a redirect to the
 * stored file (ASSUMED: public). So no credentials are sent at all, and only known hosts are called.
 */
import type { AttachmentLocator, OpenedAttachment } from '#connectors/contract.ts'
import { openFile } from '#connectors/download.ts'
import { GoneError } from '#errors.ts'
import type { Chatwoot, Settings } from './client.ts'

export async function openAttachment(
  { client, settings }: { client: Chatwoot; settings: Settings },
  { vendorUrl }: AttachmentLocator,
): Promise<OpenedAttachment> {
  const { baseUrl, fileHosts, timeoutMs } = settings
  if (!vendorUrl) throw new GoneError('the vendor gives no link for this attachment')
  const hosts = new Set([new URL(baseUrl).host, ...fileHosts])
  // Links may be relative to the server.
  return openFile(URL.parse(vendorUrl, baseUrl), {
    reachOf: ({ host }) => (hosts.has(host) ? 'configured' : null),
    timeoutMs,
    budget: client.budget,
    mostRedirects: 3,
  })
}

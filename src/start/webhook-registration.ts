import { exchange } from '#connectors/exchange.ts'
import type { SyncedBackend } from '#flows/sync/syncing.ts'
import type { Log } from '#platform/log.ts'

/** Tells the sandboxes of those vendors that post their changes to post them to us. Without it the rounds see them later. */
export async function registerWebhooks(gatewayUrl: string, backends: SyncedBackend[], log: Log): Promise<void> {
  await Promise.all(
    backends.map(async ({ workspaceKey, key, connector, settings }) => {
      const sandbox = addressIn(settings)
      if (!connector.readWebhook || sandbox === null) return
      const place = workspaceKey === undefined ? key : `${workspaceKey}/${key}`
      const address = new URL(`/webhooks/${place}`, gatewayUrl).href
      const answer = await exchange(new URL('/__sandbox/webhook', sandbox), {
        ...{ method: 'POST', reach: 'configured', headers: {}, isRead: true, timeoutMs: 5_000, maxBytes: 10_000 },
        body: JSON.stringify({ address }),
      }).catch((error: Error) => error)
      if (answer instanceof Error || answer.status >= 300)
        log.warn(
          { backend: key, err: answer instanceof Error ? answer : answer.status },
          'no webhooks from this sandbox',
        )
    }),
  )
}

function addressIn(settings: unknown): string | null {
  const values: unknown[] = Object.values(settings ?? {})
  return values.find((value): value is string => typeof value === 'string' && URL.canParse(value)) ?? null
}

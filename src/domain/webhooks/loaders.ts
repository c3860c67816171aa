import { asc, getTableColumns, sql } from 'drizzle-orm'
import { collectFilter, noFilter } from '#platform/db/filter.ts'
import { type LoadContext, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countBy, pageBy } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { webhookDeliveries, webhooks } from './table.ts'

const { secret: _secret, formerSecret: _formerSecret, ...webhookColumns } = getTableColumns(webhooks)
export type WebhookRow = RowOf<typeof webhookColumns>
export const webhookById = oneBy(webhooks, webhooks.id, webhookColumns)
export const webhooksOfWorkspace = manyBy(webhooks, webhooks.workspaceId, webhookColumns, {
  name: 'webhooks_of_workspace',
  orderBy: [asc(webhooks.createdAt), asc(webhooks.id)],
})

const {
  body: _body,
  bodyFor: _for,
  lease: _lease,
  leaseUntil: _until,
  ...deliveryColumns
} = getTableColumns(webhookDeliveries)
export type WebhookDeliveryRow = RowOf<typeof deliveryColumns>
export const webhookDeliveryById = oneBy(webhookDeliveries, webhookDeliveries.id, deliveryColumns, {
  // Those of a deleted webhook are on their way out.
  where: sql`exists (select from ${webhooks} where ${webhooks.workspaceId} = ${webhookDeliveries.workspaceId}
    and ${webhooks.id} = ${webhookDeliveries.webhookId})`,
})

const newestFirst: NamedOrder = {
  name: 'webhook deliveries, newest first',
  steps: [{ by: webhookDeliveries.number, type: 'bigint', direction: 'DESC' }],
}
const source = {
  ...{ name: 'webhook_deliveries', table: webhookDeliveries, columns: deliveryColumns, order: newestFirst },
}
const deliveryPages = pageBy(webhookDeliveries.webhookId, source)
const deliveryCounts = countBy(webhookDeliveries.webhookId, source)

const failed = collectFilter('failed')
failed.add('failed', sql`${webhookDeliveries.state} <> 'SUCCEEDED' and ${webhookDeliveries.attempts} > 0`)
const onlyFailedOnes = failed.done()

/** `onlyFailed`: given up, or not taken so far. */
export async function deliveriesOfWebhook(
  context: LoadContext,
  webhookId: string,
  { onlyFailed, ...args }: PageArguments & { onlyFailed: boolean },
): Promise<Connection<WebhookDeliveryRow>> {
  const filter = onlyFailed ? onlyFailedOnes : noFilter
  const page = await deliveryPages(context, webhookId, pageRequestOf(args, newestFirst), { filter })
  return { page, order: newestFirst.name, count: () => deliveryCounts(context, webhookId, filter) }
}

/** What clients see beside a message: how far it is on its way to its help desk. */
import { sql } from 'drizzle-orm'
import type { MessageDelivery } from '#domain/messages/table.ts'
import type { Db } from '#platform/db/client.ts'

export type ShownDelivery = {
  status: Extract<MessageDelivery['status'], 'QUEUED' | 'SENDING' | 'SENT' | 'FAILED'>
  /** Why it failed, also where it is tried again; left out: nothing is wrong any more. */
  failReason?: string | null
  /** Since when; left out: as it was. */
  at?: Date
  /** Left out: as it was. */
  retryCount?: number
}

/**
 * Shows it beside those messages, and says beside which. Left alone is what the help desk itself says of a message that it
 * has; and what was withdrawn is not on its way again.
 */
export async function showDelivery(
  db: Db,
  workspaceId: string,
  messageIds: readonly string[],
  { status, failReason = null, at, retryCount }: ShownDelivery,
): Promise<string[]> {
  if (messageIds.length === 0) return []
  const isOurs = {
    QUEUED: sql`external_id like 'deskgraph:%' and not is_deleted`,
    SENDING: sql`external_id like 'deskgraph:%' and not is_deleted`,
    SENT: sql`coalesce(delivery ->> 'status', 'QUEUED') in ('QUEUED', 'SENDING', 'FAILED')`,
    FAILED: sql`external_id like 'deskgraph:%'`,
  }[status]
  const { rows } = await db.execute<{ id: string }>(sql`
    update messages set delivery = coalesce(delivery, '{}') || ${JSON.stringify({ status, failReason, at, retryCount })}::jsonb
    where workspace_id = ${workspaceId} and id = any(${sql.param(messageIds)}::uuid[]) and ${isOurs}
    returning id`)
  return rows.map(({ id }) => id)
}

/** What clients see beside the messages of a delivery. */
import { insertChanges } from '#domain/changes/log.ts'
import { type ShownDelivery, showDelivery } from '#domain/deliveries/message-status.ts'
import type { Db } from '#platform/db/client.ts'
import type { Claimed } from './claim.ts'

/** Those that it brings, or sends again. */
export function messagesOf({ operation, input, messageId }: Claimed): string[] {
  if (operation === 'createMessages' || operation === 'createTicket')
    return (input as { messageIds: string[] }).messageIds
  return operation === 'resendMessage' && messageId ? [messageId] : []
}

/** Also in the change log once the end is known: whoever watches the ticket sees it arrive or fail. */
export async function noteMessages(
  db: Db,
  { workspaceId, ticketId }: Claimed,
  messageIds: string[],
  shown: ShownDelivery,
): Promise<void> {
  const changed = await showDelivery(db, workspaceId, messageIds, shown)
  if (ticketId === null || (shown.status !== 'SENT' && shown.status !== 'FAILED')) return
  await insertChanges(
    db,
    changed.map((messageId) => ({
      ...{ workspaceId, ticketId, messageId, kind: 'UPDATED', changedFields: ['delivery'], version: null },
      ...{ source: 'COMMAND', at: new Date() },
    })),
  )
}

/** Counters of tickets and conversations after something of them was written here. */
import { and, eq, sql } from 'drizzle-orm'
import { conversations } from '#domain/conversations/table.ts'
import { recountLooks } from '#domain/looks/recounting.ts'
import type { WholeTicket } from '#domain/tickets/table.ts'
import type { Db } from '#platform/db/client.ts'
import { readConversationCounts, readTicketCounts } from './counting.ts'

/**
 * The rows with the counters their messages make; only what is unread for those who looked is written at once. What the
 * vendor counts itself stays.
 */
export async function recounted(tx: Db, workspaceId: string, rows: WholeTicket[]): Promise<WholeTicket[]> {
  const ids = rows.map(({ id }) => id)
  await recountLooks(tx, workspaceId, ids)
  const counts = await readTicketCounts(tx, workspaceId, ids)
  return rows.map((row) => {
    const { messageCount, attachmentCount, preview, unansweredCount } = counts.get(row.id) ?? nothing
    const unreadMessageCount = row.isReadByAgent ? 0 : Math.max(1, unansweredCount)
    return { ...row, messageCount, attachmentCount, preview, unreadMessageCount }
  })
}

const nothing = { messageCount: 0, attachmentCount: 0, preview: null, unansweredCount: 0 }

/** Writes the counters of these conversations. */
export async function recountConversations(tx: Db, workspaceId: string, conversationIds: string[]): Promise<void> {
  for (const [id, { messageCount, lastMessageAt }] of await readConversationCounts(tx, workspaceId, conversationIds)) {
    await tx
      .update(conversations)
      .set({
        messageCount,
        ...(lastMessageAt && {
          lastActivityAt: sql`greatest(last_activity_at, ${lastMessageAt.toISOString()}::timestamptz)`,
        }),
      })
      .where(and(eq(conversations.workspaceId, workspaceId), eq(conversations.id, id)))
  }
}

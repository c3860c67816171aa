/** Whether mentions are read. Ours alone: no help desk hears of it. */
import { and, eq, ne, type SQL, sql } from 'drizzle-orm'
import { mentionsConcerning } from '#domain/tickets/filter.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { mentions } from './table.ts'

/** Given ones or those of a ticket. */
export type WhichMentions = { ids: readonly string[] } | { ticketId: string }

export type MentionState = { id: string; ticketId: string; isRead: boolean }

/** Those of the given ones that concern a viewer, locked, in the order of their ids; the others look like missing ones. */
export function lockMentions(
  tx: Db,
  { workspaceId, viewer, which }: { workspaceId: string; viewer: Viewer; which: WhichMentions },
): Promise<MentionState[]> {
  const whose = mentionsConcerning(viewer)
  const isTheirs: Record<typeof whose, SQL | undefined> = {
    OWN: eq(mentions.agentId, viewer.actorId ?? ''),
    ALL: undefined,
    NONE: sql`false`,
  }
  return tx
    .select({ id: mentions.id, ticketId: mentions.ticketId, isRead: mentions.isRead })
    .from(mentions)
    .where(
      and(
        eq(mentions.workspaceId, workspaceId),
        'ids' in which ? anyOfIds(mentions.id, which.ids) : eq(mentions.ticketId, which.ticketId),
        isTheirs[whose],
      ),
    )
    .orderBy(mentions.id)
    .for('update')
}

/** Marks mentions, and says of which tickets some changed. */
export async function markMentions(
  tx: Db,
  { workspaceId, ids, isRead, now }: { workspaceId: string; ids: readonly string[]; isRead: boolean; now: Date },
): Promise<string[]> {
  if (ids.length === 0) return []
  const changed = await tx
    .update(mentions)
    .set({ isRead, readAt: isRead ? now : null })
    .where(and(eq(mentions.workspaceId, workspaceId), anyOfIds(mentions.id, ids), ne(mentions.isRead, isRead)))
    .returning({ ticketId: mentions.ticketId })
  return [...new Set(changed.map(({ ticketId }) => ticketId))].sort()
}

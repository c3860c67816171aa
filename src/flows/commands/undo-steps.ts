/** What can be taken back, and how: kept under a token for a while. */

import { randomBytes } from 'node:crypto'
import type { PendingField } from '#domain/tickets/fields.ts'
import { undos } from '#domain/undos/table.ts'
import { sha256 } from '#sha256.ts'
import type { Command } from './outcome.ts'

export type UndoStep =
  | {
      kind: 'fields'
      ticketId: string
      fields: PendingField[]
      /** Columns as they were and as they became, times as ISO text. */
      before: Record<string, unknown>
      after: Record<string, unknown>
      tags: { added: string[]; removed: string[] } | null
    }
  | { kind: 'recycling'; ticketId: string; wasRecycled: boolean }
  | { kind: 'readState'; ticketId: string; side: 'AGENT' | 'CONTACT'; wasRead: boolean }
  /** ISO text; null: put back as unread, NEVER: they had not looked. */
  | { kind: 'look'; actorId: string; ticketId: string; seenUpTo: string | null }
  | { kind: 'merge'; targetId: string; sourceIds: string[]; addedTagIds: string[] }

const UNDO_LIFE_MS = 10 * 60_000

/** The token and its end, for the payload; nothing when there is nothing to take back. */
export async function keepUndo(
  { tx, workspaceId, viewer, now }: Command,
  steps: UndoStep[],
): Promise<{ undoToken?: string; undoableUntil?: string }> {
  if (steps.length === 0) return {}
  const undoToken = randomBytes(24).toString('base64url')
  const expiresAt = new Date(now.getTime() + UNDO_LIFE_MS)
  await tx
    .insert(undos)
    .values({ workspaceId, tokenHash: sha256(undoToken), tokenName: viewer.tokenName, steps, expiresAt })
  return { undoToken, undoableUntil: expiresAt.toISOString() }
}
